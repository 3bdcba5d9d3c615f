"""Our own public documents of one TPS's record: as it stands, and each version that no longer counts.

Pure functions from views to the types of `publisher.shapes`, as in `v1`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from election.contest import Contest
from election.event import Figures
from publisher.shapes import VERSION
from publisher.shapes.area import Place
from publisher.shapes.record import Block, Ended, Given, Log, Page, Record, Step, Stood, StoodNamed, Version
from publisher.v1_told import dispute
from publisher.view import BlockView, Line, PageView, RecordView, VersionView


def record(place: Place, of: RecordView | None, images: Mapping[int, str]) -> Record:
    """One TPS's record; `of` is None where nothing has come in. `images` has the address of each page's picture."""
    if of is None:
        return Record(tps=place.kode, nama=place.nama, number=0, version=1, blocks={}, pages=(), history=())
    return Record(
        tps=place.kode,
        nama=place.nama,
        number=of.number,
        version=of.version,
        determined=Log(of.determined, _index(of.determined)) if of.determined else None,
        versions=tuple(map(_ended, of.versions)),
        disputes=tuple(dispute(case, of.tps) for case in of.disputes),
        blocks={block.name: _block(block) for block in of.blocks},
        pages=tuple(_page(page, images) for page in of.pages),
        history=tuple(map(_step, of.history)),
    )


def version(ballot: Contest, tps: Place, one: VersionView) -> Version:
    """`v1/{contest}/versions/{tps}/{number}.json`: a version that no longer counts, its figures by field.

    Nothing of it depends on when it is written, so that its address may be kept for ever.
    """
    blocks = {
        block.name: StoodNamed(block.stood.value, _given(ballot.blocks[block.name], block.figures))
        for block in one.blocks
        if block.stood
    }
    return Version(v=VERSION, contest=ballot.key, tps=tps.kode, nama=tps.nama, **_ending(one), blocks=blocks)


def _block(block: BlockView) -> Block:
    return Block(
        state=block.state.value,
        at=block.at or None,
        number=block.decision,
        index=_index(block.decision),
        counted=_given(block.fields, block.counted),
        officer=_given(block.fields, block.officer),
        machine=_given(block.fields, block.machine),
        proposed=block.proposed,
        reasons=block.reasons,
        warnings=block.warnings,
    )


def _index(number: int) -> int | None:
    """Where the event of this journal number stands in the public log; 0 is no event."""
    return number - 1 if number else None


def _given(fields: Sequence[str], figures: Figures | None) -> Given | None:
    return None if figures is None else dict(zip(fields, figures, strict=True))


def _ended(of: VersionView) -> Ended:
    blocks = {block.name: Stood(block.stood.value, block.figures) for block in of.blocks if block.stood}
    return Ended(**_ending(of), blocks=blocks)


def _ending(of: VersionView) -> dict[str, Any]:
    """What no longer counts, and on what ground and whose order the next version began."""
    ended = of.ended
    return {
        "version": of.version,
        "ground": ended.ground,
        "order": ended.order,
        "document": ended.document,
        "at": ended.at,
        "number": ended.number,
        "index": _index(ended.number),
    }


def _page(page: PageView, images: Mapping[int, str]) -> Page:
    photo = page.photo
    if photo is None:
        return Page(page.page, "awaited")
    return Page(
        page=page.page,
        state="read" if photo.read else "received",
        fault=photo.fault,
        quality=photo.read.quality if photo.read else None,
        at=photo.at,
        number=photo.number,
        index=_index(photo.number),
        sha256=photo.sha256,
        size=photo.size,
        picture=photo.picture,
        rendition=page.rendition,
        url=images.get(page.page),
        model=photo.read.model if photo.read else None,
    )


def _step(line: Line) -> Step:
    step = line.step
    return Step(
        number=step.number,
        index=_index(step.number),
        at=step.at,
        kind=step.kind,
        page=step.page,
        block=step.block,
        state=step.state.value if step.state else None,
        reasons=step.reasons,
        roles=step.roles,
        changes=line.changes,
    )
