"""The catalogue of policies as a page to read: what `docs/policies.md` holds, and `suara policy show` prints."""

from collections.abc import Iterable, Mapping

from election.policy.presets import ACTIONS, DEFAULT, PRESETS, WHY, WORDS
from election.policy.table import BARS, REFUSED, Action, Situation
from election.reasons import reason

HEAD = f"""\
# Policies

Generated from `election/policy` by `suara policy show > docs/policies.md`; a test keeps it true.

A policy is a table: in which **situation** of a block's evidence the machine takes which **action**. The situation can
be read off any decision in the public log, by the codes of its reasons or marks, so that anyone can apply the table
again. A contest begins with its bundle's preset: `{DEFAULT}`, or `candidates-confirmed-3` where the bundle lets
officers confirm candidates' votes. Two people adopt another at the desk, or the server's operator does with
`suara policy adopt`; the adoption is an event of the contest's journal (`policy_adopted`).

From its number on everything that the machine decided is decided anew: what counts may be held, what is held may
count. What two people decided stays. A decision names its policy, eight hex digits of the table and eight of the
thresholds from which a model's reading is sure enough. A new release with other thresholds decides new evidence by
them; what was decided before is decided anew only after an adoption, so that two releases never overturn each other.

No table makes a block count that breaks an error rule of its own ([rules](rules.md)), nor one with these codes:
"""


def markdown() -> str:
    """The whole page."""
    bars = "\n".join(f"- `{code}`: {_two(*reason(code))}" for code in sorted(BARS))
    parts = [HEAD + bars + "\n", _actions(), _situations(), _presets(), _refused()]
    return "\n".join(parts)


def told(name: str, number: int, table: Mapping[str, str]) -> str:
    """One policy as lines of text."""
    since = f", in force from number {number} on" if number else ""
    width = max(map(len, Situation))
    rows = (f"  {one:<{width}}  {table[one]:<12}  {WORDS[one][1]}" for one in reversed(Situation))
    return "\n".join((f"{name}{since}", *rows))


def differences(found: Iterable[tuple[Situation, Action, Action]]) -> list[str]:
    """A line for each situation that two tables treat differently."""
    return [f"{one}: {before} -> {after}   ({WORDS[one][1]})" for one, before, after in found]


def _two(indonesian: str, english: str) -> str:
    return f"{indonesian}. *{english}.*"


def _actions() -> str:
    rows = [f"| `{action}` | {words[0]} | {words[1]} |" for action, words in ACTIONS.items()]
    return "\n".join(("## Actions\n", "| action | Indonesian | English |", "| --- | --- | --- |", *rows, ""))


def _situations() -> str:
    lines = [
        "## Situations, and what the default does\n",
        "Where several fit, the one further down names the evidence.\n",
        "| situation | what it is | default | why |",
        "| --- | --- | --- | --- |",
    ]
    for one in reversed(Situation):
        why = f"{WHY[one][0]} *{WHY[one][1]}*"
        lines.append(f"| `{one}` | {_two(*WORDS[one])} | `{PRESETS[DEFAULT].table[one]}` | {why} |")
    return "\n".join((*lines, ""))


def _presets() -> str:
    head = " | ".join(f"`{name}`" for name in PRESETS)
    lines = ["## Presets\n", *(f"- `{preset.name}`: {' '.join(preset.about)}" for preset in PRESETS.values()), ""]
    lines += [f"| situation | {head} |", f"| --- |{' --- |' * len(PRESETS)}"]
    for one in reversed(Situation):
        lines.append(f"| `{one}` | {' | '.join(f'`{preset.table[one]}`' for preset in PRESETS.values())} |")
    return "\n".join((*lines, ""))


def _refused() -> str:
    rows = [f"| `{one}` | `{action}` | {words[0]} | {words[1]} |" for (one, action), words in sorted(REFUSED.items())]
    head = ("## What no table may say\n", "| situation | action | sebab | why |", "| --- | --- | --- | --- |")
    return "\n".join((*head, *rows, ""))
