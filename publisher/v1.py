"""Our own public documents: what the public documents of 2024 had no words for.

One document an area; a kelurahan's has the records of its TPS. Pure functions from rows and views to JSON values;
`docs/formats.md` tells strangers what the keys mean, and a test holds the two together.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from election.bundle.dapil import District
from election.contest import Contest
from election.event import Figures
from publisher.rows import AreaRow, Cut
from publisher.told import NOTHING, Told
from publisher.v1_told import Dapil, of_area, of_dapil
from publisher.view import BlockView, Change, Line, PageView, RecordView, VersionView

Json = dict[str, object]

VERSION = 1


class Place(Struct, frozen=True):
    """An area or TPS by code and name."""

    kode: str
    nama: str
    tingkat: int


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


def area(path: Sequence[Place], of: Counted, children: Iterable[Counted], cut: Cut) -> Json:
    """`v1/{contest}/{kode}.json` of an area above the kelurahan."""
    return {**_head(path, of, cut), "children": [_child(below) for below in children]}


def kelurahan(path: Sequence[Place], of: Counted, records: Iterable[object], cut: Cut) -> Json:
    """`v1/{contest}/{kode}.json` of a kelurahan, with the records of its TPS."""
    return {**_head(path, of, cut), "records": list(records)}


def dapil(of: Dapil, cut: Cut) -> Json:
    """`v1/{contest}/dapil/{kode}.json`."""
    return {"v": VERSION, "contest": of.ballot.key, "cursor": cut.number, "at": cut.at, **of_dapil(of)}


def record(place: Place, of: RecordView | None, images: Mapping[int, str]) -> Json:
    """One TPS's record; `of` is None where nothing has come in. `images` has the address of each page's picture."""
    named: Json = {"tps": place.kode, "nama": place.nama}
    if of is None:
        return {**named, "number": 0, "version": 1, "blocks": {}, "pages": [], "history": []}
    return {
        **named,
        "number": of.number,
        "version": of.version,
        "determined": _log(of.determined) if of.determined else None,
        "versions": [_version(one) for one in of.versions],
        "disputes": [{**msgspec.to_builtins(case), "index": case.number - 1} for case in of.disputes],
        "blocks": {block.name: _block(block) for block in of.blocks},
        "pages": [_page(page, images) for page in of.pages],
        "history": [_line(line) for line in of.history],
    }


def version(ballot: Contest, tps: Place, one: VersionView) -> Json:
    """`v1/{contest}/versions/{tps}/{number}.json`: a version that no longer counts, its figures by field.

    Nothing of it depends on when it is written, so that its address may be kept for ever.
    """
    told = _version(one)
    blocks = {
        block.name: {"state": block.stood, "figures": _keyed(ballot, block.name, block.figures)}
        for block in one.blocks
        if block.stood
    }
    return {"v": VERSION, "contest": ballot.key, "tps": tps.kode, "nama": tps.nama, **told, "blocks": blocks}


def _keyed(ballot: Contest, block: str, figures: Figures | None) -> Json | None:
    return None if figures is None else dict(zip(ballot.blocks[block], figures, strict=True))


def cursor(contest: str, cut: Cut) -> Json:
    """`v1/{contest}/cursor.json`: up to where everything here is written."""
    return {"v": VERSION, "contest": contest, "cursor": cut.number, "at": cut.at}


def _head(path: Sequence[Place], of: Counted, cut: Cut) -> Json:
    return {
        "v": VERSION,
        "contest": of.ballot.key,
        "kode": of.place.kode,
        "nama": of.place.nama,
        "tingkat": of.place.tingkat,
        "path": [{"kode": place.kode, "nama": place.nama, "tingkat": place.tingkat} for place in path],
        "cursor": cut.number,
        "at": cut.at,
        "number": of.row.number,
        "tps": _progress(of),
        "administrasi": {"counted": of.row.adm_counted, "held": of.row.adm_held},
        "totals": of.totals,
        "left_out": {
            "tps": of.row.tps - of.row.counted,
            "held": of.held,
        },
        "residuals": _residuals(of),
        "final": of.row.final,
        "reopened": of.row.versions,
        "dapil": [one.kode for one in of.dapil],
        **of_area(of.told, of.ballot),
    }


def _child(of: Counted) -> Json:
    return {
        "kode": of.place.kode,
        "nama": of.place.nama,
        "tps": _progress(of),
        "totals": of.totals,
    }


def _progress(of: Counted) -> Json:
    """Four parts that add up to all."""
    row = of.row
    return {
        "total": row.tps,
        "counted": row.counted,
        "held": row.held,
        "arriving": of.arriving,
        "absent": of.absent,
    }


def _named(contest: Contest, figures: Sequence[int]) -> dict[str, int]:
    return dict(zip(contest.fields, figures or (0,) * len(contest.fields), strict=True))


def _residuals(of: Counted) -> Json:
    """Identity → Σr, Σ|r| and the count of r ≠ 0, over the area. A rule with a line for l, p and j has three."""
    names = [f"{code}.{part}".rstrip(".") for code, part in of.identities]
    triples = (of.row.residuals[at : at + 3] for at in range(0, len(of.row.residuals), 3))
    return {
        name: dict(zip(("sum", "abs", "count"), three, strict=True))
        for name, three in zip(names, triples, strict=False)
    }


def _block(block: BlockView) -> Json:
    return {
        "state": block.state.value,
        "at": block.at or None,
        **_log(block.decision),
        "counted": _figures(block, block.counted),
        "officer": _figures(block, block.officer),
        "machine": _figures(block, block.machine),
        "proposed": [_change(change) for change in block.proposed],
        "reasons": list(block.reasons),
        "warnings": list(block.warnings),
    }


def _log(number: int) -> Json:
    """Where an event stands: journal number, and index in the public log. 0 is no event."""
    return {"number": number, "index": number - 1 if number else None}


def _figures(block: BlockView, figures: Figures | None) -> Json | None:
    return None if figures is None else dict(zip(block.fields, figures, strict=True))


def _version(of: VersionView) -> Json:
    """What no longer counts, and on what ground and whose order the next version began."""
    return {
        "version": of.version,
        "ground": of.ended.ground,
        "order": of.ended.order,
        "document": of.ended.document,
        "at": of.ended.at,
        **_log(of.ended.number),
        "blocks": {block.name: {"state": block.stood, "figures": block.figures} for block in of.blocks if block.stood},
    }


def _page(page: PageView, images: Mapping[int, str]) -> Json:
    photo = page.photo
    if photo is None:
        return {"page": page.page, "state": "awaited"}
    return {
        "page": page.page,
        "state": "read" if photo.read else "received",
        "fault": photo.fault,
        "quality": photo.read.quality if photo.read else None,
        "at": photo.at,
        **_log(photo.number),
        "sha256": photo.sha256,
        "size": photo.size,
        "picture": photo.picture,
        "rendition": page.rendition,
        "url": images.get(page.page),
        "model": photo.read.model if photo.read else None,
    }


def _line(line: Line) -> Json:
    step = line.step
    return {
        **_log(step.number),
        "at": step.at,
        "kind": step.kind,
        "page": step.page,
        "block": step.block,
        "state": step.state.value if step.state else None,
        "reasons": list(step.reasons),
        "roles": list(step.roles),
        "changes": [_change(change) for change in line.changes],
    }


def _change(change: Change) -> Json:
    return {"field": change.field, "old": change.old, "new": change.new}
