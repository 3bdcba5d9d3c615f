"""A D.Hasil at the desk: which of its columns are entered, what a column's form says, and the event that it becomes.

What a document has is `election.plenary`'s; holding it against our sums is `recap`'s, and is read here afterwards.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from msgspec import Struct

from election import plenary as documents
from election import words
from election.contest import Contest
from election.event import Figures, RecapEntered
from election.plenary import Column, Document, Fault
from election.rules import identities
from election.tally import ABSENT
from election.words import Words
from review.accounts import Account
from review.errors import BadSum, DocumentDiffers, NothingEntered
from review.pages import sum_words
from review.sent import Sent
from storage.journal import Entry, Journal

DIGITS = 9
"""More than a nation's votes have."""

FIGURE = re.compile(r"[0-9]+|[0-9]{1,3}(\.[0-9]{3})+")
"""Dots stand between thousands, or nowhere: 12.5 is no 125."""

AS_PRINTED = "as_printed"
"""The box by which a person says that the paper itself says so, though its sums do not agree."""


AGAINST: dict[str, Words] = {
    "records": (", TPS di bawahnya", ", the TPS below"),
    "columns": (", kolom dokumen ini", ", the columns of this document"),
    "below": (", D.Hasil tingkat di bawah", ", the D.Hasil of the level below"),
    "areas": (", wilayah dapil", ", the areas of the dapil"),
}
"""What a printed figure is held against."""


class Entered(Struct, frozen=True):
    """A column as it was entered last."""

    number: int  # of the recap_entered
    figures: dict[str, Figures]
    source: str
    role: str
    at: str


class Difference(Struct, frozen=True):
    """A field in which a document and our sums differ, as `published.difference` has it."""

    of: str
    rule: str
    against: str  # what it is held against: records, columns, below, areas, or the other side of a rule
    field: str
    ours: int | None
    theirs: int | None

    @property
    def size(self) -> int:
        """By how much."""
        return abs((self.ours or 0) - (self.theirs or 0))

    def called(self, contest: Contest) -> Words:
        """What the figure is called, and what it is held against."""
        name = words.field(contest, self.field) if self.field in contest.fields else (self.field, self.field)
        against = AGAINST.get(self.against, ("", ""))
        return f"{name[0]}{against[0]}", f"{name[1]}{against[1]}"


async def entered(journal: Journal, document: Document) -> dict[str, Entered]:
    """Code of each entered column → what stands. An entry that another had overtaken changes nothing."""
    return fold(await journal.of_record(document.kode))


def fold(entries: Sequence[Entry]) -> dict[str, Entered]:
    """As `entered`, of the area's own events."""
    found: dict[str, Entered] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, RecapEntered):
            before = found.get(event.of)
            if event.replaces == (before.number if before else 0):
                found[event.of] = Entered(entry.number, event.figures, event.source, event.role, event.at)
    return found


def column_of(document: Document, kode: str, entered: Mapping[str, Entered]) -> Column:
    """The column asked for; without a question the first that nobody has entered, else the total."""
    asked = document.column(kode)
    if asked is not None:
        return asked
    missing = document.missing({of: one.figures for of, one in entered.items()})
    return document.column(missing[0]) or document.total if missing else document.total


def event(
    sent: Sent,
    who: Account,
    document: Document,
    column: Column,
    before: Mapping[str, Entered],
    at: str,
    pdf: str | None,
) -> RecapEntered:
    """The event of a column's form. Blank fields are fields that the document does not print.

    Raises BadSum, and DocumentDiffers where its sums do not agree and nobody said that the paper says so.
    """
    contest = column.contest
    figures = documents.by_block(contest, [_figure(sent, field) for field in contest.fields])
    if all(figure is None for row in figures.values() for figure in row):
        raise NothingEntered
    printed = {**{of: one.figures for of, one in before.items()}, column.kode: figures}
    broken = [fault for fault in documents.faults(document, printed) if fault.of == column.kode]
    if broken and AS_PRINTED not in sent.texts:
        raise DocumentDiffers(what=_first(broken, "id"), what_en=_first(broken, "en"))
    return RecapEntered(
        tps=document.kode,
        at=at,
        of=column.kode,
        replaces=sent.number("on"),
        figures=figures,
        document=pdf,
        source="entered",
        role=who.role,
        account=who.name,
    )


class Line(Struct, frozen=True):
    """One field of a column's form."""

    field: str
    words: Words
    value: str  # what stands in it: as typed, else as entered
    columns: int | None  # in the document's total: what its columns add up to


class Form(Struct, frozen=True):
    """A column's form."""

    blocks: list[tuple[Words, list[Line], list[list[Any]]]]  # name, lines, sums for the page's script
    on: int  # number of the entry that this one would replace


def form(document: Document, column: Column, entered: Mapping[str, Entered], typed: Mapping[str, str]) -> Form:
    """The form of a column, with what was typed in vain, else what was entered before."""
    contest, before = column.contest, entered.get(column.kode)
    stands = _flat(contest, before.figures) if before else {}
    printed = {of: one.figures for of, one in entered.items()}
    whole = column is document.total and set(document.missing(printed)) <= {document.kode}
    sums = documents.column_sums(document, printed) if whole else {}
    blocks: list[tuple[Words, list[Line], list[list[Any]]]] = [
        (
            words.block(contest, block),
            [_line(contest, field, stands, sums, typed) for field in fields],
            [[sum_words(contest, dict(one.terms)), one.terms] for one in identities(contest) if one.block == block],
        )
        for block, fields in contest.blocks.items()
    ]
    return Form(blocks, before.number if before else 0)


def _line(
    contest: Contest, field: str, stands: Mapping[str, int], sums: Mapping[str, int], typed: Mapping[str, str]
) -> Line:
    kept = "" if field not in stands else str(stands[field])
    total = sums.get(field, ABSENT)
    return Line(field, words.field(contest, field), typed.get(field, kept), None if total == ABSENT else total)


def _flat(contest: Contest, figures: Mapping[str, Figures]) -> dict[str, int]:
    return {
        field: value
        for block, fields in contest.blocks.items()
        for field, value in zip(fields, figures.get(block, ()), strict=False)
        if value is not None
    }


async def differences(pool: asyncpg.Pool, key: str, kode: str) -> list[Difference]:
    """Where the document of `kode` and our sums differ, the largest first."""
    rows = await pool.fetch(
        "select of, rule, against, field, ours, theirs from published.difference where contest = $1 and kode = $2",
        key,
        kode,
    )
    found = [Difference(*row) for row in rows]
    return sorted(found, key=lambda one: (-one.size, one.of, one.field))


def _figure(sent: Sent, field: str) -> int | None:
    typed = sent.texts.get(field, "").strip()
    if not typed:
        return None
    digits = typed.replace(".", "")
    if not FIGURE.fullmatch(typed) or len(digits) > DIGITS:
        raise BadSum(field=field)
    return int(digits)


def _first(broken: Sequence[Fault], language: str) -> str:
    """The first three, and how many more."""
    rest = f" (+{len(broken) - 3})" if len(broken) > 3 else ""
    return " ".join(str(getattr(fault, language)) for fault in broken[:3]) + rest
