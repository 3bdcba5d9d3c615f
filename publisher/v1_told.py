"""Our own documents of what is said beside the totals: outcome and outlook, D.Hasil, determinations, disputes, dapil.

Pure functions from rows to the types of `publisher.shapes`, as in `v1`; outcome and outlook are handed
on as they were published.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from election.bundle.dapil import District
from election.contest import Contest
from election.event import Figures
from election.record import Dispute as RecordDispute
from publisher.rows import DapilRow
from publisher.shapes import beside as shapes
from publisher.told import Determination, Dispute, Outcome, Printed, Told


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


def of_area(told: Told, ballot: Contest) -> dict[str, Any]:
    """The keys of an area's document that say what is said beside its totals."""
    return {
        "outcome": outcome(told.outcome),
        "plenary": _plenary(told, ballot),
        "determination": _determination(told.determination),
        "disputes": tuple(dispute(one) for one in told.disputes),
    }


def outcome(told: Outcome | None) -> shapes.Outcome | None:
    """Outcome and outlook, or that there are none."""
    return None if told is None else shapes.Outcome(told.number, told.at, told.outcome, told.outlook or None)


def dispute(one: Dispute | RecordDispute, tps: str | None = None) -> shapes.Dispute:
    """One dispute, of an area or of a TPS."""
    return shapes.Dispute(
        number=one.number,
        kode=tps or UNSET,
        block=one.block,
        forum=one.forum,
        cause=one.cause,
        reference=one.reference,
        status=one.status,
        follow_up=one.follow_up,
        documents=one.documents,
        moved=one.moved,
        at=one.at,
        index=one.number - 1,
    )


def _plenary(told: Told, ballot: Contest) -> shapes.Plenary | None:
    if told.plenary is None:
        return None
    printed = None if told.printed is None else _printed(told.printed, ballot)
    return shapes.Plenary(**asdict(told.plenary), printed=printed, differences=told.differences)


def _printed(told: Printed, ballot: Contest) -> shapes.Printed:
    return shapes.Printed(**asdict(told) | {"figures": _figures(ballot, told.figures)})


def _figures(ballot: Contest, figures: Mapping[str, Figures]) -> shapes.Given:
    return {
        field: value
        for block, fields in ballot.blocks.items()
        for field, value in zip(fields, figures.get(block, ()), strict=False)
    }


def _determination(told: Determination | None) -> shapes.Determination | None:
    return None if told is None else shapes.Determination(**asdict(told), index=told.number - 1)
