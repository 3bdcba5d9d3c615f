"""What recapitulation says of areas and dapil beside their totals, as the publisher reads it: rows and nothing more.

Outcome and outlook, D.Hasil beside our sums, determinations, disputes. What is told of an event long past appears late:
what is new is found by the turn in which it was said, never by the event's number.
"""

from collections.abc import Mapping, Sequence

import asyncpg
import msgspec
from msgspec import Struct

from election.event import Figures

Json = dict[str, object]

SHOWN = 100
"""Differences of one document that are published with it; how many there are is told beside them."""


class Outcome(Struct, frozen=True):
    """Who would be elected, and what can still change, as of journal number `number`."""

    number: int
    at: str
    outcome: Json
    outlook: Json


class Plenary(Struct, frozen=True):
    """A D.Hasil, as far as it is judged; the table's own words."""

    columns: int
    entered: int
    tps: int
    tps_settled: int
    tps_final: int
    differing: int
    confirmed: int
    stands: bool


class Printed(Struct, frozen=True):
    """What a D.Hasil prints as its own total: block → figures."""

    number: int
    figures: dict[str, Figures]
    document: str | None
    source: str
    role: str
    at: str


class Difference(Struct, frozen=True):
    """A figure of a D.Hasil that is another one than what it is held against."""

    of: str
    rule: str
    against: str
    field: str
    ours: int | None
    theirs: int | None


class Determination(Struct, frozen=True):
    """Penetapan: the decision that closes the result, with the SHA-256 of its papers."""

    number: int
    sk: str
    date: str
    sk_sha256: str
    ba_sha256: str
    upto: int
    at: str


class Dispute(Struct, frozen=True):
    """A dispute and where it stands; `number` is that of the event that opened it."""

    number: int
    block: str | None
    forum: str
    cause: str
    reference: str
    status: str
    follow_up: str | None
    documents: tuple[str, ...]
    moved: int
    at: str


class Told(Struct, frozen=True):
    """Everything of one place."""

    outcome: Outcome | None = None
    plenary: Plenary | None = None
    printed: Printed | None = None
    differences: tuple[Difference, ...] = ()
    determination: Determination | None = None
    disputes: tuple[Dispute, ...] = ()


NOTHING = Told()

_ONE: tuple[tuple[str, type[Struct]], ...] = (
    ("outcome", Outcome),
    ("plenary", Plenary),
    ("determination", Determination),
)
"""Table and what a row of it is; a place has at most one of each."""


async def since(connection: asyncpg.Connection, contest: str, turn: int) -> list[tuple[str, str]]:
    """(what, code of the place) of everything said after `turn`."""
    rows = await connection.fetch(
        "select what, kode from published.news where contest = $1 and turn > $2", contest, turn
    )
    return [(row["what"], row["kode"]) for row in rows]


async def of(connection: asyncpg.Connection, contest: str, kodes: Sequence[str]) -> dict[str, Told]:
    """What is said of these places, of those of which anything is."""
    found: dict[str, dict[str, object]] = {}
    for table, kind in _ONE:
        for kode, (row, *_) in (await _rows(connection, table, kind, contest, kodes)).items():
            found.setdefault(kode, {})[table] = row
    for kode, disputes in (await _rows(connection, "dispute", Dispute, contest, kodes, order="number")).items():
        found.setdefault(kode, {})["disputes"] = tuple(disputes)
    judged = [kode for kode, told in found.items() if "plenary" in told]
    for kode, (row, *_) in (await _rows(connection, "recap", Printed, contest, judged, where="of = kode")).items():
        found[kode]["printed"] = row
    order = "abs(coalesce(theirs, 0) - coalesce(ours, 0)) desc, of, rule, against, field"
    for kode, rows in (await _rows(connection, "difference", Difference, contest, judged, order=order)).items():
        found[kode]["differences"] = tuple(rows[:SHOWN])
    return {kode: msgspec.convert(told, Told) for kode, told in found.items()}


async def _rows(
    connection: asyncpg.Connection,
    table: str,
    kind: type[Struct],
    contest: str,
    kodes: Sequence[str],
    *,
    where: str = "true",
    order: str = "kode",
) -> dict[str, list[Struct]]:
    if not kodes:
        return {}
    rows = await connection.fetch(
        f"select kode, {', '.join(kind.__struct_fields__)} from published.{table} "  # noqa: S608 — our words
        f"where contest = $1 and kode = any($2) and {where} order by {order}",
        contest,
        kodes,
    )
    found: dict[str, list[Struct]] = {}
    for row in rows:
        found.setdefault(row["kode"], []).append(msgspec.convert(_facts(row, kind), kind))
    return found


def _facts(row: Mapping[str, object], kind: type[Struct]) -> Json:
    """A row's columns; those of type jsonb come as text."""
    return {
        name: msgspec.json.decode(value) if name in _JSON and isinstance(value, str) else value
        for name in kind.__struct_fields__
        if (value := row[name]) is not None or name not in _JSON
    }


_JSON = frozenset({"outcome", "outlook", "figures"})
