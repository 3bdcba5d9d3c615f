"""What is told to whoever asks, as types; how they follow from rows is `told`'s.

`number` beside a contest is that of the cut that everything in the answer is of; a row's own is that of the last event
that changed it. The log's index of an event is its number less one.
"""

from msgspec import Struct

Named = dict[str, int]
"""Field → number."""

Figures = dict[str, int | None]
"""Field → figure as decided, null where none was given."""


class ContestStanding(Struct, frozen=True):
    """How far one contest is, and how far the standby is behind it."""

    number: int
    at: str  # of the cut, RFC 3339; empty before the first
    lag_seconds: float | None
    behind: int | None  # numbers between the primary's cut and this one, as last measured


class StatusAnswer(Struct, frozen=True):
    """How the standby stands. `lag_seconds`: how long a change takes, or has taken so far, to come here."""

    condition: str  # `sound`, else a reason code
    measured: str | None  # when its keeper looked last
    lag_seconds: float | None
    lag_p50_seconds: float | None  # over the last ten minutes
    lag_p99_seconds: float | None
    gate: str | None  # no result is told before
    contests: dict[str, ContestStanding]


class Stations(Struct, frozen=True):
    """TPS of an area by what became of their votes."""

    total: int
    counted: int
    held: int
    waiting: int


class Administration(Struct, frozen=True):
    """TPS whose voters and ballots are counted, or held."""

    counted: int
    held: int


class Residual(Struct, frozen=True):
    """What the sums of an area break of one identity."""

    rule: str
    part: str
    sum: int
    size: int
    count: int


class Area(Struct, frozen=True):
    """One area: `totals` of the blocks that count, `held` of those that are held."""

    kode: str
    nama: str
    tingkat: int
    number: int
    tps: Stations
    administrasi: Administration
    totals: Named
    held: Named
    residuals: tuple[Residual, ...]
    final: int
    reopened: int


class AreaAnswer(Struct, frozen=True):
    """An area and, where asked for, those right below it."""

    contest: str
    number: int
    at: str
    area: Area
    children: tuple[Area, ...] | None


class Block(Struct, frozen=True):
    """One block of a record. `decision`: number of the deciding event, 0 for none."""

    state: str
    number: int
    decision: int
    at: str
    figures: Figures | None
    read: Figures | None  # as the machine read it, where a decision has shown it
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


class Page(Struct, frozen=True):
    """The photo that speaks for a page; `rendition` is what can be fetched, at `/scans/{rendition}.jpg`."""

    page: int
    state: str
    number: int
    scan: int
    sha256: str
    rendition: str | None
    fault: str | None
    at: str


class Version(Struct, frozen=True):
    """A block of a version that no longer counts, and the ruling that ended it."""

    version: int
    block: str
    state: str
    figures: Figures | None
    number: int
    at: str
    ground: str
    order: str


class TpsAnswer(Struct, frozen=True):
    """One record as it stands, and what stood before."""

    contest: str
    number: int
    at: str
    tps: str
    nama: str
    version: int
    blocks: dict[str, Block]
    pages: tuple[Page, ...]
    versions: tuple[Version, ...]


class Row(Struct, frozen=True):
    """A block in a list: its figures are in the order of the form's fields, as in the log's entries."""

    state: str
    number: int
    decision: int
    figures: tuple[int | None, ...] | None


class RecordRow(Struct, frozen=True):
    """One record in a list."""

    tps: str
    version: int
    blocks: dict[str, Row]


class RecordsAnswer(Struct, frozen=True):
    """Records in the order of their TPS's codes. `next` is the `after` of the next page, null at the end.

    Pages may be of different cuts. With `since` = the first page's number only records changed since are told:
    whoever asks until none is left has all of one cut.
    """

    contest: str
    number: int
    at: str
    records: tuple[RecordRow, ...]
    next: str | None
