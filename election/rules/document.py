"""The catalogue as a page to read: what `docs/rules.md` holds, and `suara rules` prints."""

from collections.abc import Iterable

from election.contest import ADM, CONTEST_TYPES, SUARA
from election.rules.identities import IDENTITIES
from election.rules.rule import ALL, AREA, BETWEEN, PARTY, RECORD, Rule, Severity, catalogue

HEAD = """\
# Rules

Generated from `election/rules` by `suara rules > docs/rules.md`; a test keeps it true.

A rule is one function over columns of whole numbers: the same for one record, a province or a nation. It is judged
where all its figures are given, and nowhere else. A block that breaks one of its own error rules is held until a person
has decided; a rule between blocks marks the record and queues it; a warning is published, marked. Nothing is repaired.
The texts are what a person is told: {left} and {right} are the two sides, {difference} is left − right, and {part_id},
{part_en} and {field} name the figure. "(unverified)" marks what was not read in the law's own text.
"""

SECTIONS = (
    (Severity.ERROR, ADM, "Errors of the data page (`administrasi`)"),
    (Severity.ERROR, SUARA, "Errors of the votes (`suara`)"),
    (Severity.ERROR, PARTY, "Errors of a party's page (its own block, `partai_n`)"),
    (Severity.ERROR, BETWEEN, "Errors between the blocks"),
    (Severity.ERROR, RECORD, "Errors between two readings of one figure (in the block of that figure)"),
    (Severity.ERROR, AREA, "Errors of the recapitulation (sums of areas; no record is judged by them)"),
    (Severity.WARNING, None, "Warnings"),
)


def markdown() -> str:
    """The whole page."""
    parts = [HEAD, _linear()]
    for severity, block, title in SECTIONS:
        rules = [r for r in catalogue() if r.severity is severity and block in {None, r.block}]
        parts += [f"\n## {title}\n", _table(rules), *map(entry, rules)]
    return "\n".join(parts)


def _linear() -> str:
    codes = ", ".join(IDENTITIES)
    return (
        f"Linear equalities: {codes}.\n"
        "Their residuals add up, so every area carries Σr, Σ|r| and the count of r ≠ 0 of each."
    )


def _table(rules: Iterable[Rule]) -> str:
    rows = [f"| [{r.code}](#{r.code.lower()}) | {_cell(r.definition)} | {_contests(r)} | {_state(r)} |" for r in rules]
    return "\n".join(["| code | arithmetic | contests | judged |", "| --- | --- | --- | --- |", *rows, ""])


def entry(rule: Rule) -> str:
    """One rule at length."""
    block = f"\nBlock: `{rule.block}`.\n" if rule.severity is Severity.WARNING else ""
    needs = f"\nNeeds {rule.needs}.\n" if rule.needs else ""
    return (
        f"### {rule.code}\n\n{rule.definition}\n{block}{needs}\n"
        f"- Law: {rule.law}\n- Indonesian: {rule.text_id}\n- English: {rule.text_en}\n"
    )


def _state(rule: Rule) -> str:
    if rule.function is None:
        return "waits"
    return "with more data" if rule.needs else "yes"


def _contests(rule: Rule) -> str:
    return "all" if rule.contests == ALL else ", ".join(key for key in CONTEST_TYPES if key in rule.contests)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
