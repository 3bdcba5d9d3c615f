"""What the site shows of a record, read from its own public files: what a report differs from, and what became of it.

So the room needs neither journal nor `published`, and says what a visitor can see for themselves.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from election.bundle import Bundle, UnknownContest
from election.contest import Contest
from election.region import UnknownTps
from publisher import places
from publisher.reports.errors import NoSuchPlace

Figures = dict[str, int | None]


class _Block(Struct):
    counted: Figures | None = None
    officer: Figures | None = None
    machine: Figures | None = None


class _Record(Struct):
    tps: str
    version: int = 1
    blocks: dict[str, _Block] = {}


class _Kelurahan(Struct):
    cursor: int = 0
    records: list[_Record] = []


_DECODER = msgspec.json.Decoder(_Kelurahan)
_NOTHING = _Kelurahan()


class Shown(Struct, frozen=True, kw_only=True):
    """One record as the public files have it."""

    ballot: Contest
    tps: str
    name: str
    place: str  # kelurahan, kecamatan, kabupaten
    number: int  # of the journal, up to which this is told
    version: int
    counted: Figures
    told: Figures  # what counts, else what the officer keyed

    @property
    def contest(self) -> str:
        """The contest's key."""
        return self.ballot.key

    @property
    def fields(self) -> tuple[str, ...]:
        """The numbers of the record's form."""
        return self.ballot.fields

    @property
    def page(self) -> str:
        """Where the page of the record lies."""
        return places.tps_page(self.contest, self.tps)

    def counts(self, field: str) -> int | None:
        """The figure that counts; None where none does."""
        return self.counted.get(field)

    def tells(self, field: str) -> bool:
        """Whether anything is shown of a field."""
        return self.told.get(field) is not None


def shown(bundle: Bundle, public: Path, key: str, tps: str) -> Shown:
    """The record as the files below `public` have it. Reads a file. Raises NoSuchPlace."""
    try:
        row = bundle.tree.tps_index(tps)
        if key not in bundle.live or not bundle.holds(key, row):
            raise NoSuchPlace(contest=key, tps=tps)
        ballot = bundle.ballot(key, row)
    except (UnknownTps, UnknownContest):
        raise NoSuchPlace(contest=key[:20], tps=tps[:20]) from None
    tree = bundle.tree
    path = tree.path(row)
    document = _read(public / places.v1(key, tree.kode(path[-1])))
    record = next((one for one in document.records if one.tps == tps), _Record(tps))
    counted, told = _figures(record)
    return Shown(
        ballot=ballot, tps=tps, name=tree.tps_nama(row), place=", ".join(tree.nama(area) for area in path[:1:-1]),
        number=document.cursor, version=record.version, counted=counted, told=told,
    )  # fmt: skip


def _figures(record: _Record) -> tuple[Figures, Figures]:
    counted: Figures = {}
    told: Figures = {}
    for block in record.blocks.values():
        counted |= block.counted or {}
        told |= block.counted or block.officer or block.machine or {}
    return counted, told


def _read(path: Path) -> _Kelurahan:
    """A kelurahan's document; an empty one where it is not there yet."""
    try:
        return _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return _NOTHING
