"""The sums of areas in the public data of 2024's form, held against what was worked out from the log.

They name no cursor: they are of the cut of our own document of the same area, which is read beside them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from election.codes import NATION_CODE
from election.contest import CONTEST_TYPES
from monitor.documents import compared
from monitor.finding import Finding
from monitor.standing import Standing
from monitor.stations import Ballot
from monitor.sums import Sums
from monitor.totals import Totals


class Progress(Struct, frozen=True):
    """TPS in all, and those that count."""

    total: int
    progres: int


class Aggregate(Struct, frozen=True):
    """`pemilu/hhcw/{contest}/….json`; keys of `chart` and `table` that are no choice are for others."""

    chart: dict[str, Any]
    progres: Progress
    table: dict[str, Any] = {}


_aggregate = msgspec.json.Decoder(Aggregate)


def path(contest: str, kode: str) -> str:
    """Where the sums of an area lie."""
    top = "pilkada" if CONTEST_TYPES[contest].local else "pemilu"
    if kode == NATION_CODE:
        return f"{top}/hhcw/{contest}.json"
    codes = [kode[:digits] for digits in (2, 4, 6, 10) if digits <= len(kode)]
    return f"{top}/hhcw/{contest}/{'/'.join(codes)}.json"


def differences(data: bytes, kode: str, of: Totals, standing: Standing, log: str, where: str) -> list[Finding]:
    """What the sums of an area say otherwise than the log. Raises msgspec.DecodeError."""
    told = _aggregate.decode(data)
    stations = standing.stations
    rows = stations.within(kode)
    own, shown = of.sums(kode, standing), stations.shown(rows)
    theirs = {**_votes(told.chart, shown), "progres.total": told.progres.total, "progres.progres": told.progres.progres}
    ours = {**_own(own, shown), "progres.total": own.tps["total"], "progres.progres": own.tps["counted"]}
    found = list(compared(theirs, ours, log, where))
    for child, votes in told.table.items():
        below = stations.within(child)
        if below.stop > below.start and isinstance(votes, Mapping):
            found += compared(_votes(votes, shown), _own(of.sums(child, standing), shown), log, f"{where} {child}")
    return found


def _votes(told: Mapping[str, Any], shown: Ballot) -> dict[str, Any]:
    return {f"chart.{id_}": told[id_] for id_ in shown.choices if id_ in told}


def _own(own: Sums, shown: Ballot) -> dict[str, Any]:
    """Nothing at all where nothing counts, as in 2024."""
    if not own.tps["counted"]:
        return {}
    return {f"chart.{id_}": own.totals[field] for id_, field in shown.choices.items() if field in own.totals}
