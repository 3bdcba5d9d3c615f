"""Our own documents of what is said beside the totals: outcome and outlook, D.Hasil, determinations, disputes, dapil.

Pure functions from rows to JSON values, as in `v1`; outcome and outlook are handed on as they were published.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from election.bundle.dapil import District
from election.contest import Contest
from publisher.rows import DapilRow
from publisher.told import Determination, Dispute, Json, Outcome, Plenary, Told


class Dapil(Struct, frozen=True):
    """A dapil of a party contest: what is counted there and what it comes to. `ballot`: the fields of its totals."""

    district: District
    ballot: Contest
    row: DapilRow
    told: Told

    @property
    def totals(self) -> dict[str, int]:
        """Field → sum of the blocks that count; zeros where there is no row yet."""
        return dict(zip(self.ballot.fields, self.row.totals or (0,) * len(self.ballot.fields), strict=True))


def of_area(told: Told, ballot: Contest) -> Json:
    """The keys of an area's document that say what is said beside its totals."""
    return {
        "outcome": _outcome(told.outcome),
        "plenary": _plenary(told, ballot),
        "determination": _determination(told.determination),
        "disputes": [dispute(one) for one in told.disputes],
    }


def of_dapil(of: Dapil) -> Json:
    """The keys of a dapil's document, but for those that all documents have."""
    one = of.district
    return {
        "kode": one.kode,
        "nama": one.nama,
        "areas": list(one.areas),
        "seats": one.seats or None,
        "number": of.row.number,
        "tps": {"total": of.row.tps, "counted": of.row.counted},
        "totals": of.totals,
        "outcome": _outcome(of.told.outcome),
    }


def dispute(one: Dispute) -> Json:
    """One dispute. `number` and `index` are those of the event that opened it, `moved` that of its last move."""
    facts: Json = msgspec.to_builtins(one)
    return {**facts, "index": one.number - 1}


def _outcome(told: Outcome | None) -> Json | None:
    return None if told is None else {
        "number": told.number,
        "at": told.at,
        "result": told.outcome,
        "outlook": told.outlook or None,
    }  # fmt: skip


def _plenary(told: Told, ballot: Contest) -> Json | None:
    if told.plenary is None:
        return None
    facts = {name: getattr(told.plenary, name) for name in Plenary.__struct_fields__}
    printed = None if told.printed is None else {
        **{name: getattr(told.printed, name) for name in ("number", "at", "document", "source", "role")},
        "figures": _figures(ballot, told.printed.figures),
    }  # fmt: skip
    return {**facts, "printed": printed, "differences": [msgspec.to_builtins(one) for one in told.differences]}


def _figures(ballot: Contest, figures: Mapping[str, Sequence[int | None]]) -> Json:
    return {
        field: value
        for block, fields in ballot.blocks.items()
        for field, value in zip(fields, figures.get(block, ()), strict=False)
    }


def _determination(told: Determination | None) -> Json | None:
    if told is None:
        return None
    facts: Json = msgspec.to_builtins(told)
    return {**facts, "index": told.number - 1}
