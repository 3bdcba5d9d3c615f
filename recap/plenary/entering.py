"""From a file of D.Hasil to the journal of a running system: what is new as events, each under a key of its own.

Which rows of a file can be used at all is `reading`'s to say; what people type at the desk enters in `review`.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from election.bundle import Bundle
from election.contest import Contest
from election.event import Figures, RecapEntered, canonical
from election.plenary import Document, Fault, by_block, contest_of, document, faults
from election.tally import ABSENT
from recap.plenary.entered import Entered
from recap.plenary.reading import Recap
from recap.plenary.sides import I64, kode_of
from recap.tally.reading import Refusal
from storage.journal import Draft

ROLE, SOURCE = "server", "file"
"""Whose hand it is, as the log says: the machine's own, from a file."""


class Entering(Struct, frozen=True):
    """What a file would bring: events to append, columns that stand so already, and what the documents break."""

    drafts: tuple[Draft, ...]
    same: int
    refused: tuple[Refusal, ...]
    faults: tuple[Fault, ...]


def entering(bundle: Bundle, recap: Recap, stands: Entered, at: str, scan: str | None = None) -> Entering:
    """`at`: the time; `scan`: SHA-256 of the scanned document, hex, where the file is of one.

    Raises NoDocument, which no row that was read can lead to.
    """
    key = recap.contest.key
    drafts, refused, same, printed = [], list(recap.refused), 0, dict[str, dict[str, dict[str, Figures]]]()
    for i in range(len(recap)):
        contest = _contest(bundle, key, int(recap.place[i]))
        kode, of = (kode_of(bundle.tree, int(place[i])) for place in (recap.document, recap.place))
        if (strange := _strange(recap, contest, recap.figures[i])) is not None:
            refused.append(Refusal(recap.file, int(recap.rows[i]), of, "recap.not_on_the_ballot", strange))
            continue
        figures = by_block(contest, _values(recap, contest, recap.figures[i]))
        printed.setdefault(kode, {})[of] = figures
        draft = _draft(key, kode, of, figures, stands, at, scan)
        same += draft is None
        drafts += [] if draft is None else [draft]
    found = [fault for kode, columns in printed.items() for fault in faults(document(bundle, key, kode), columns)]
    return Entering(tuple(drafts), same, tuple(refused), tuple(found))


def digest_of(file: Path) -> str:
    """SHA-256 of a file, hex."""
    return sha256(file.read_bytes()).hexdigest()


def blank(of: Document) -> Iterator[Sequence[str]]:
    """The rows of an empty file for a document: heading first, then a row a column, its total last."""
    yield "document", "of", "nama", *of.total.contest.fields
    for column in of.all:
        yield of.kode, column.kode, column.nama, *[""] * len(of.total.contest.fields)


def _contest(bundle: Bundle, key: str, place: int) -> Contest:
    """The contest with the fields of a column."""
    if place < bundle.tree.n_areas:
        return contest_of(bundle, key, place)
    printed = bundle.printed(key)
    return printed.ballots[int(printed.of_tps[place - bundle.tree.n_areas])]


def _strange(recap: Recap, contest: Contest, figures: I64) -> str | None:
    """A field with a figure that the area's ballot does not have."""
    given = (field for field, value in zip(recap.fields, figures, strict=True) if value != ABSENT)
    return next((field for field in given if field not in contest.fields), None)


def _values(recap: Recap, contest: Contest, figures: I64) -> list[int | None]:
    known = {field: int(value) for field, value in zip(recap.fields, figures, strict=True) if value != ABSENT}
    return [known.get(field) for field in contest.fields]


def _draft(
    key: str, kode: str, of: str, figures: dict[str, Figures], stands: Entered, at: str, scan: str | None
) -> Draft | None:
    """The event, or None where the same stands already."""
    before = stands.documents.get(kode, {}).get(of)
    if before is not None and (told := before.told).figures == figures and scan in {None, told.document}:
        return None
    replaces = 0 if before is None else before.number
    event = RecapEntered(
        tps=kode, at=at, replaces=replaces, of=of, figures=figures, document=scan, source=SOURCE, role=ROLE,
        account=ROLE,
    )  # fmt: skip
    said = canonical(["recap_entered", key, kode, of, replaces, {b: list(row) for b, row in figures.items()}, scan])
    return Draft(event=event, key=sha256(said).digest(), expect=replaces)
