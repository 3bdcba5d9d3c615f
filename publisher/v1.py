"""Our own public documents: what the public documents of 2024 had no words for.

One document an area and a dapil; a kelurahan's has the records of its TPS, which `v1_record` tells. Pure functions from
rows to the types of `publisher.shapes`; `docs/formats.md` tells strangers what the keys mean.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from msgspec import Raw, Struct

from election.bundle.dapil import District
from election.contest import Contest
from publisher.rows import AreaRow, Cut
from publisher.shapes import VERSION
from publisher.shapes.area import (
    Administrasi,
    Area,
    Child,
    Cursor,
    DapilTps,
    Kelurahan,
    LeftOut,
    Place,
    Progress,
    Residual,
)
from publisher.shapes.area import Dapil as DapilDocument
from publisher.shapes.record import Record
from publisher.told import NOTHING, Told
from publisher.v1_told import Dapil, of_area, outcome


class Counted(Struct, frozen=True):
    """An area's row, with how many of its waiting TPS have sent something that nobody has decided yet."""

    place: Place
    ballot: Contest  # that its totals are shown by
    row: AreaRow
    arriving: int
    identities: tuple[tuple[str, str], ...] = ()  # of the contest, in the order of the row's residuals
    told: Told = NOTHING  # what is said beside the totals; of an area whose document is written, not of its children
    dapil: tuple[District, ...] = ()  # that its TPS belong to, of party contests

    @property
    def totals(self) -> dict[str, int]:
        """Field → sum of the blocks that count; zeros where there is no row yet."""
        return _named(self.ballot, self.row.totals)

    @property
    def held(self) -> dict[str, int]:
        """The same of the blocks that are held."""
        return _named(self.ballot, self.row.held_totals)

    @property
    def absent(self) -> int:
        """TPS of whose votes block nothing has come in."""
        return self.row.waiting - self.arriving


def area(path: Sequence[Place], of: Counted, children: Iterable[Counted], cut: Cut) -> Area:
    """`v1/{contest}/{kode}.json` of an area above the kelurahan."""
    return Area(**_head(path, of, cut), children=tuple(map(_child, children)))


def kelurahan(path: Sequence[Place], of: Counted, records: Iterable[Record | Raw], cut: Cut) -> Kelurahan:
    """`v1/{contest}/{kode}.json` of a kelurahan, with the records of its TPS; a kept one is the bytes of a record."""
    return Kelurahan(**_head(path, of, cut), records=cast("tuple[Record, ...]", tuple(records)))


def dapil(of: Dapil, cut: Cut) -> DapilDocument:
    """`v1/{contest}/dapil/{kode}.json`."""
    one = of.district
    return DapilDocument(
        v=VERSION,
        contest=of.ballot.key,
        cursor=cut.number,
        at=cut.at,
        kode=one.kode,
        nama=one.nama,
        areas=tuple(one.areas),
        seats=one.seats or None,
        number=of.row.number,
        tps=DapilTps(of.row.tps, of.row.counted),
        totals=of.totals,
        outcome=outcome(of.told.outcome),
    )


def cursor(contest: str, cut: Cut) -> Cursor:
    """`v1/{contest}/cursor.json`: up to where everything here is written."""
    return Cursor(VERSION, contest, cut.number, cut.at)


def _head(path: Sequence[Place], of: Counted, cut: Cut) -> dict[str, Any]:
    """What `Head` has."""
    row = of.row
    return {
        "v": VERSION,
        "contest": of.ballot.key,
        "kode": of.place.kode,
        "nama": of.place.nama,
        "tingkat": of.place.tingkat,
        "path": tuple(path),
        "cursor": cut.number,
        "at": cut.at,
        "number": row.number,
        "tps": _progress(of),
        "administrasi": Administrasi(row.adm_counted, row.adm_held),
        "totals": of.totals,
        "left_out": LeftOut(row.tps - row.counted, of.held),
        "residuals": _residuals(of),
        "final": row.final,
        "reopened": row.versions,
        "dapil": tuple(one.kode for one in of.dapil),
        **of_area(of.told, of.ballot),
    }


def _child(of: Counted) -> Child:
    return Child(of.place.kode, of.place.nama, _progress(of), of.totals)


def _progress(of: Counted) -> Progress:
    """Four parts that add up to all."""
    return Progress(of.row.tps, of.row.counted, of.row.held, of.arriving, of.absent)


def _named(contest: Contest, figures: Sequence[int]) -> dict[str, int]:
    return dict(zip(contest.fields, figures or (0,) * len(contest.fields), strict=True))


def _residuals(of: Counted) -> dict[str, Residual]:
    """By identity, over the area. A rule with a line for l, p and j has three."""
    names = [f"{code}.{part}".rstrip(".") for code, part in of.identities]
    triples = (of.row.residuals[at : at + 3] for at in range(0, len(of.row.residuals), 3))
    return {name: Residual(*three) for name, three in zip(names, triples, strict=False)}
