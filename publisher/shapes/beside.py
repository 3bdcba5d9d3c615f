"""What a document says beside its totals: outcome and outlook, D.Hasil, determination, disputes."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from publisher.told import Difference

Open = dict[str, Any]
"""An object whose keys another document of ours tells."""

Given = dict[str, int | None]


class Outcome(Struct, frozen=True):
    """Who would be elected, and what can still change."""

    number: int
    at: str
    result: Open
    outlook: Open | None


class Printed(Struct, frozen=True):
    """What a D.Hasil prints as its total."""

    number: int
    at: str
    document: str | None
    source: str
    role: str
    figures: Given


class Plenary(Struct, frozen=True):
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
    differences: tuple[Difference, ...]


class Determination(Struct, frozen=True):
    """The decision that closes a result."""

    number: int
    sk: str
    date: str
    sk_sha256: str
    ba_sha256: str
    upto: int
    at: str
    index: int


class Dispute(Struct, frozen=True, kw_only=True):
    """A dispute and where it stands. `number` and `index`: of the event that opened it, `moved` of its last move."""

    number: int
    kode: str | UnsetType = UNSET  # of a TPS
    block: str | None
    forum: str
    cause: str
    reference: str
    status: str
    follow_up: str | None
    documents: tuple[str, ...]
    moved: int
    at: str
    index: int
