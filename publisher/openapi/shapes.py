"""What the documents of `v1/` hold, as types: what `publisher.v1` writes, for programs that read it.

Only shapes; what the keys mean is told by docs/formats.md. A test holds every document of an invented election to
them, and fails where a document has a key that no type here names.
"""

from typing import Any, Literal

from msgspec import Struct

Figures = dict[str, int]
Given = dict[str, int | None]
Open = dict[str, Any]
"""An object whose keys another document of ours tells."""


class Place(Struct):
    """An area by code, name and level."""

    kode: str
    nama: str
    tingkat: int


class Progress(Struct):
    """Four parts that add up to `total`."""

    total: int
    counted: int
    held: int
    arriving: int
    absent: int


class Administrasi(Struct):
    """TPS whose voters and ballots count, and are held."""

    counted: int
    held: int


class LeftOut(Struct):
    """What the totals leave out."""

    tps: int
    held: Figures


class Residual(Struct):
    """Written − computed of one identity, over an area."""

    sum: int
    abs: int
    count: int


class Child(Struct):
    """An area right below."""

    kode: str
    nama: str
    tps: Progress
    totals: Figures


class Outcome(Struct):
    """Who would be elected, and what can still change."""

    number: int
    at: str
    result: Open
    outlook: Open | None


class Difference(Struct):
    """A figure of a D.Hasil that differs."""

    of: str
    rule: str
    against: str
    field: str
    ours: int | None
    theirs: int | None


class Printed(Struct):
    """What a D.Hasil prints as its total."""

    number: int
    at: str
    document: str | None
    source: str
    role: str
    figures: Given


class Plenary(Struct):
    """A D.Hasil beside our sums."""

    columns: int
    entered: int
    tps: int
    tps_settled: int
    tps_final: int
    differing: int
    confirmed: int
    stands: bool
    printed: Printed | None
    differences: list[Difference]


class Determination(Struct):
    """The decision that closes a result."""

    number: int
    index: int
    sk: str
    date: str
    sk_sha256: str
    ba_sha256: str
    upto: int
    at: str


class Dispute(Struct):
    """A dispute and where it stands."""

    number: int
    index: int
    block: str | None
    forum: str
    cause: str
    reference: str
    status: str
    follow_up: str | None
    documents: list[str]
    moved: int
    at: str
    kode: str | None = None  # of a TPS


class Change(Struct):
    """A figure that a decision changed."""

    field: str
    old: int | None
    new: int | None


class Block(Struct):
    """A block of a record."""

    state: str
    at: str | None
    number: int
    index: int | None
    counted: Given | None
    officer: Given | None
    machine: Given | None
    proposed: list[Change]
    reasons: list[str]
    warnings: list[str]


class Page(Struct):
    """A page of a form; only `page` and `state` before a photo came."""

    page: int
    state: Literal["awaited", "received", "read"]
    fault: str | None = None
    quality: int | None = None
    at: str | None = None
    number: int | None = None
    index: int | None = None
    sha256: str | None = None
    size: int | None = None
    picture: Literal["shown", "awaits_reading", "awaits_outline", "none"] | None = None
    rendition: str | None = None
    url: str | None = None
    model: str | None = None


class Step(Struct):
    """A line of a record's history."""

    number: int
    index: int | None
    at: str
    kind: str
    page: int | None
    block: str | None
    state: str | None
    reasons: list[str]
    roles: list[str]
    changes: list[Change]


class Stood(Struct):
    """A block of a version that no longer counts."""

    state: str
    figures: list[int | None] | None


class Ended(Struct):
    """A version that no longer counts, and why."""

    version: int
    ground: str
    order: str
    document: str | None
    at: str
    number: int
    index: int | None
    blocks: dict[str, Stood]
    url: str | None = None


class Log(Struct):
    """Where an event stands."""

    number: int
    index: int | None


class Record(Struct):
    """A TPS's record."""

    tps: str
    nama: str
    number: int
    version: int
    blocks: dict[str, Block]
    pages: list[Page]
    history: list[Step]
    determined: Log | None = None
    versions: list[Ended] = []
    disputes: list[Dispute] = []
    ballot: int | None = None


class Head(Struct, kw_only=True):
    """What the document of every area has."""

    v: Literal[1]
    contest: str
    kode: str
    nama: str
    tingkat: int
    path: list[Place]
    cursor: int
    at: str
    number: int
    tps: Progress
    administrasi: Administrasi
    totals: Figures
    left_out: LeftOut
    residuals: dict[str, Residual]
    final: int
    reopened: int
    dapil: list[str]
    outcome: Outcome | None
    plenary: Plenary | None
    determination: Determination | None
    disputes: list[Dispute]


class Area(Head, kw_only=True):
    """`v1/{contest}/{kode}.json` above the kelurahan."""

    children: list[Child]


class Kelurahan(Head, kw_only=True):
    """`v1/{contest}/{kode}.json` of a kelurahan."""

    records: list[Record]


class DapilTps(Struct):
    """How far a dapil is counted."""

    total: int
    counted: int


class Dapil(Struct):
    """`v1/{contest}/dapil/{kode}.json`."""

    v: Literal[1]
    contest: str
    cursor: int
    at: str
    kode: str
    nama: str
    areas: list[str]
    seats: int | None
    number: int
    tps: DapilTps
    totals: Figures
    outcome: Outcome | None


class Cursor(Struct):
    """`v1/{contest}/cursor.json`."""

    v: Literal[1]
    contest: str
    cursor: int
    at: str


class EarlierThen(Struct):
    """What an area was called then."""

    key: str
    nama: str


class EarlierElection(Struct):
    """An area's figures in one earlier election."""

    election: str
    date: str
    basis: Literal["same", "recomposed", "bounds_changed", "not_there"]
    how: str | None
    then: EarlierThen | None
    choices: dict[str, str]
    sources: dict[str, Figures]


class Earlier(Struct):
    """`v1/{contest}/earlier/{kode}.json`."""

    v: Literal[1]
    contest: str
    level: str
    kode: str
    nama: str
    elections: list[EarlierElection]
