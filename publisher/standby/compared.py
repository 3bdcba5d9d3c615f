"""Rows of the standby held against what the log comes to: each difference with its place, its field and both values.

Pure. A block's warnings are judged only as far as the log has them: those that name a decision's situation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from election.event import Figures
from election.policy import naming
from election.record import Block, Record
from publisher.standby.recount import Sums, shown

ABSENT_ROW = "(no row)"


class Difference(Struct, frozen=True):
    """One value that is not what the log has. `place`: TPS and block, area or dapil."""

    table: str
    place: str
    field: str
    standby: Any
    log: Any

    def line(self) -> str:
        """For a terminal."""
        return f"{self.table} {self.place} {self.field}: standby {self.standby}, log {self.log}"


Row = Mapping[str, Any]


def blocks(tps: str, record: Record | None, rows: Mapping[str, Row]) -> Iterator[Difference]:
    """A record's rows by block. Of a TPS of which the log says nothing there are none."""
    wanted = {} if record is None else dict(zip((block.name for block in record.blocks), told(record), strict=True))
    for name in dict.fromkeys((*wanted, *rows)):
        row = rows.get(name)
        found = None if row is None else _block_row(row)
        yield from differing("block", f"{tps} {name}", found, wanted.get(name))


def told(record: Record) -> list[dict[str, Any]]:
    """The rows that a record's blocks should have."""
    decided = max((block.decision for block in record.blocks), default=0)
    keyed: dict[str, int] = {}
    for reading in record.readings:
        keyed |= dict.fromkeys(reading.event.figures, reading.number)
    return [
        _block(block, record.version, max(block.number, decided if block.decision else 0, keyed.get(block.name, 0)))
        for block in record.blocks
    ]


def _block(block: Block, version: int, number: int) -> dict[str, Any]:
    return {
        "state": block.state.value, "number": number, "decision": block.decision, "version": version,
        "figures": _figures(block.figures), "read": _figures(block.read), "reasons": list(block.reasons),
        "at": block.at, "warnings": list(naming(block.warnings)),
    }  # fmt: skip


def _block_row(row: Row) -> dict[str, Any]:
    names = ("state", "number", "decision", "version", "figures", "read", "at")
    return {name: row[name] for name in names} | {
        "reasons": list(row["reasons"] or ()), "warnings": list(naming(row["warnings"] or ())),
    }  # fmt: skip


def _figures(figures: Figures | None) -> list[int | None] | None:
    """Figures as a column has them; what no form could carry is missing."""
    return None if figures is None else [None if shown(figure) < 0 else figure for figure in figures]


def area(kode: str, sums: Sums, fields: Sequence[str], names: Sequence[str], row: Row | None) -> Iterator[Difference]:
    """An area's row. `names`: what each of `residuals` is about."""
    wanted = _area(sums, fields, names)
    yield from differing("area", kode, None if row is None else _area_row(row, fields, names), wanted)


def _area(sums: Sums, fields: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    return {
        "tps": sums.tps, "tps_counted": sums.counted, "tps_held": sums.waits,
        "tps_waiting": sums.tps - sums.counted - sums.waits, "adm_counted": sums.adm_counted,
        "adm_held": sums.adm_held, "versions": sums.versions, "final": sums.final, "number": sums.number,
        **_named("totals", fields, sums.totals.tolist()), **_named("held", fields, sums.held.tolist()),
        **_named("residuals", names, np.ravel(sums.residuals).tolist()),
    }  # fmt: skip


def _area_row(row: Row, fields: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    plain = (
        "tps", "tps_counted", "tps_held", "tps_waiting", "adm_counted", "adm_held", "versions", "final", "number",
    )  # fmt: skip
    return {name: row[name] for name in plain} | {
        **_named("totals", fields, row["totals"]), **_named("held", fields, row["held"]),
        **_named("residuals", names, row["residuals"]),
    }  # fmt: skip


def dapil(kode: str, sums: Sums, fields: Sequence[str], row: Row | None) -> Iterator[Difference]:
    """A dapil's row."""
    wanted = {"tps": sums.tps, "tps_counted": sums.counted, "number": sums.number}
    found = None if row is None else {name: row[name] for name in wanted} | _named("totals", fields, row["totals"])
    yield from differing("dapil", kode, found, wanted | _named("totals", fields, sums.totals.tolist()))


def _named(what: str, names: Sequence[str], values: Sequence[int] | None) -> dict[str, Any]:
    """Each value under its name; all in one where they are another number than the names."""
    if values is None or len(values) != len(names):
        return {what: values}
    return {f"{what}.{name}": value for name, value in zip(names, values, strict=True)}


def differing(table: str, place: str, found: Row | None, wanted: Row | None) -> Iterator[Difference]:
    """Where two rows differ, field by field; as one where either is missing."""
    if found is None or wanted is None:
        if found is not wanted:
            yield Difference(table, place, "row", ABSENT_ROW if found is None else "a row", _presence(wanted))
        return
    for field in dict.fromkeys((*wanted, *found)):
        if found.get(field) != wanted.get(field):
            yield Difference(table, place, field, found.get(field), wanted.get(field))


def _presence(row: Row | None) -> str:
    return ABSENT_ROW if row is None else "a row"
