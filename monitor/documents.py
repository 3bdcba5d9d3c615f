"""Our public documents as an outsider reads them, held against what was worked out from the log.

Of a document every figure that follows from the log is compared, each difference named with both values. What stands
in it for people (names, history, addresses) is not looked at here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from election.codes import NATION_CODE
from monitor.columns import BLANK
from monitor.finding import Finding
from monitor.standing import STATES, Standing
from monitor.stations import District
from monitor.sums import COUNTING, Sums, totals
from monitor.totals import Totals

KELURAHAN_DIGITS = 10

Flat = dict[str, Any]


class LeftOut(Struct, frozen=True):
    """What a total leaves out."""

    tps: int
    held: dict[str, int]


class Child(Struct, frozen=True):
    """An area below, in its parent's document."""

    kode: str
    tps: dict[str, int]
    totals: dict[str, int]


class Block(Struct, frozen=True):
    """A block of a record."""

    state: str
    counted: dict[str, int | None] | None = None
    officer: dict[str, int | None] | None = None


class Page(Struct, frozen=True):
    """A page of a record: SHA-256 of its masked picture, where there is one."""

    page: int
    rendition: str | None = None


class Told(Struct, frozen=True):
    """A TPS's record."""

    tps: str
    version: int
    blocks: dict[str, Block]
    pages: tuple[Page, ...] = ()


class Document(Struct, frozen=True):
    """`v1/{contest}/{kode}.json`."""

    kode: str
    cursor: int
    tps: dict[str, int]
    administrasi: dict[str, int]
    totals: dict[str, int]
    left_out: LeftOut
    residuals: dict[str, dict[str, int]]
    final: int
    reopened: int
    children: tuple[Child, ...] = ()
    records: tuple[Told, ...] = ()


class OfDapil(Struct, frozen=True):
    """`v1/{contest}/dapil/{kode}.json`."""

    kode: str
    cursor: int
    tps: dict[str, int]
    totals: dict[str, int]


class Cursor(Struct, frozen=True):
    """`v1/{contest}/cursor.json`."""

    cursor: int
    at: str


_document = msgspec.json.Decoder(Document)
_of_dapil = msgspec.json.Decoder(OfDapil)


def read(data: bytes) -> Document:
    """Raises msgspec.DecodeError."""
    return _document.decode(data)


def read_dapil(data: bytes) -> OfDapil:
    """Raises msgspec.DecodeError."""
    return _of_dapil.decode(data)


def differences(document: Document, of: Totals, standing: Standing, log: str, path: str) -> list[Finding]:
    """What a document says otherwise than the log."""
    ours = of.sums(document.kode, standing)
    found = list(compared(_told(document), _own(ours), log, path))
    residuals = _flat("residuals", of.residuals_of(document.kode, standing))
    found += compared(_flat("residuals", document.residuals), residuals, log, path, zeros=True)
    found += _left_out(document, of, log, path)
    for child in document.children:
        below = of.sums(child.kode, standing)
        if child.tps == below.tps and child.totals == below.totals:
            continue
        told = {**_flat("tps", child.tps), **_flat("totals", child.totals)}
        own = {**_flat("tps", below.tps), **_flat("totals", below.totals)}
        found += compared(told, own, log, f"{path} {child.kode}")
    for record in document.records:
        found += _record(record, standing, log, path)
    return found


def differences_dapil(
    document: OfDapil, of: Totals, one: District, standing: Standing, log: str, path: str
) -> list[Finding]:
    """The same of a dapil's document."""
    stations = of.stations
    rows = np.flatnonzero(stations.district == stations.dapil.index(one))
    shown = stations.shared if one.ballot < 0 else stations.ballots[one.ballot]
    votes = standing.states[rows, stations.blocks["suara"]]
    counted = int(np.count_nonzero(np.isin(votes, COUNTING)))
    own = {"tps.total": len(rows), "tps.counted": counted, **_flat("totals", totals(standing, rows, shown))}
    told = {**_flat("tps", document.tps), **_flat("totals", document.totals)}
    return list(compared(told, own, log, path))


def _left_out(document: Document, of: Totals, log: str, path: str) -> Iterator[Finding]:
    """Areas and TPS of the area that its document does not tell of, or tells of twice."""
    below = of.stations.below(document.kode)
    children, records = [one.kode for one in document.children], [one.tps for one in document.records]
    told = records if document.kode != NATION_CODE and len(document.kode) == KELURAHAN_DIGITS else children
    for kode in sorted(set(below) - set(told)):
        yield Finding("document.differs", log, f"{path} {kode}", "listed", 1, 0)
    for kode, times in Counter([*children, *records]).items():
        if times > 1:
            yield Finding("document.differs", log, f"{path} {kode}", "listed", 1, times)


def _told(document: Document) -> Flat:
    return {
        **_flat("tps", document.tps),
        **_flat("administrasi", document.administrasi),
        **_flat("totals", document.totals),
        **_flat("left_out.held", document.left_out.held),
        "left_out.tps": document.left_out.tps,
        "final": document.final,
        "reopened": document.reopened,
    }


def _own(ours: Sums) -> Flat:
    return {
        **_flat("tps", ours.tps),
        **_flat("administrasi", ours.administrasi),
        **_flat("totals", ours.totals),
        **_flat("left_out.held", ours.held),
        "left_out.tps": ours.tps["total"] - ours.tps["counted"],
        "final": ours.final,
        "reopened": ours.reopened,
    }


def _record(record: Told, standing: Standing, log: str, path: str) -> Iterator[Finding]:
    where = f"{path} {record.tps}"
    row = int(standing.stations.rows([record.tps])[0])
    if row < 0:
        yield Finding("document.unknown_tps", log, where)
        return
    ballot = standing.stations.ballots[standing.stations.ballot[row]]
    told: Flat = {"version": record.version}
    ours: Flat = {"version": int(standing.version[row])}
    if not record.blocks:  # nothing has come in
        told |= {f"{name}.state": "awaited" for name in ballot.blocks}
    for name, span in ballot.spans.items():
        state = str(STATES[standing.states[row, standing.stations.blocks[name]]])
        figures = [None if one == BLANK else one for one in standing.figures[row, span].tolist()]
        given = dict(zip(ballot.blocks[name], figures, strict=True))
        counts = state in ("counted", "verified", "final")
        ours |= {f"{name}.state": state, **(_flat(name, given) if counts or state == "held" else {})}
        block = record.blocks.get(name)
        if block is not None:
            shown = (block.officer if block.state == "held" else block.counted) or {}
            shown = shown or ({} if not counts and state != "held" else dict.fromkeys(given))
            told |= {f"{name}.state": block.state, **_flat(name, shown)}
            if block.state == "held" and block.counted:
                told |= _flat(f"{name}.counted", block.counted)
    told |= {f"{name}.state": block.state for name, block in record.blocks.items() if name not in ballot.spans}
    yield from compared(told, ours, log, where)


def _flat(prefix: str, told: Mapping[str, Any]) -> Flat:
    """`{"a": {"b": 1}}` under `x` as `{"x.a.b": 1}`."""
    found: Flat = {}
    for name, value in told.items():
        if isinstance(value, Mapping):
            found |= _flat(f"{prefix}.{name}", value)
        else:
            found[f"{prefix}.{name}"] = value
    return found


def compared(told: Flat, ours: Flat, log: str, where: str, *, zeros: bool = False) -> Iterator[Finding]:
    """Each figure that differs, published against worked out. `zeros`: what one of them leaves out is 0."""
    if told == ours:
        return
    for name in dict.fromkeys((*ours, *told)):
        a, b = ours.get(name), told.get(name)
        if a != b and not (zeros and not a and not b):
            yield Finding("document.differs", log, where, name, a, b)
