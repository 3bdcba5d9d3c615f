"""The rows of schema `published` as they follow from the state and the records, and nothing of SQL.

Each row's `number` is that of the last event that changed it, so that any engine, whenever it cut, writes the same row.
What is marked on a block is `marking`'s.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from election.block import BlockState
from election.contest import SUARA
from election.event import Figures
from election.policy import naming
from election.record import Block, Opened, Photo, Record
from recap.marking import Marks, shown
from recap.state import State


class AreaRow(Struct, frozen=True):
    """`published.area`, its arrays as whole numbers."""

    kode: str
    tingkat: int
    number: int
    tps: int
    tps_counted: int
    tps_held: int
    tps_waiting: int
    adm_counted: int
    adm_held: int
    totals: list[int]
    held: list[int]
    residuals: list[int]
    fields_own: bool
    versions: int
    final: int


class DapilRow(Struct, frozen=True):
    """`published.dapil`."""

    dapil: str
    number: int
    tps: int
    tps_counted: int
    totals: list[int]


class BlockRow(Struct, frozen=True):
    """`published.block`."""

    tps: str
    block: str
    state: str
    number: int
    decision: int
    figures: Figures | None
    read: Figures | None
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    at: str
    version: int


class VersionRow(Struct, frozen=True):
    """`published.version`: a block of a version that no longer counts. `state` is where it stood."""

    tps: str
    version: int
    block: str
    state: str
    figures: Figures | None
    number: int
    at: str
    ground: str
    order_ref: str


class PageRow(Struct, frozen=True):
    """`published.page`: the photo that speaks for a page."""

    tps: str
    page: int
    number: int
    scan: int
    sha256: str
    rendition: str | None
    state: str
    fault: str | None
    quality: int | None
    at: str


def area_rows(state: State, areas: Sequence[int]) -> list[AreaRow]:
    """The rows of these area indices; areas in which nobody votes in this contest have none."""
    return [_area_row(state, area) for area in areas if state.tps[area] or not area]


def _area_row(state: State, area: int) -> AreaRow:
    columns, tree = state.columns, state.tree
    sums, tps = state.areas[area].tolist(), int(state.tps[area])
    counted, held = sums[columns.tps_counted], sums[columns.tps_held]
    return AreaRow(
        kode=tree.kode(area),
        tingkat=tree.tingkat(area),
        number=int(state.area_numbers[area]),
        tps=tps,
        tps_counted=counted,
        tps_held=held,
        tps_waiting=tps - counted - held,
        adm_counted=sums[columns.adm_counted],
        adm_held=sums[columns.adm_held],
        totals=state.totals(area).tolist(),
        held=state.held(area).tolist(),
        residuals=sums[columns.residuals],
        fields_own=bool(state.printed.of_area[area] >= 0),
        versions=sums[columns.versions],
        final=sums[columns.count(SUARA, BlockState.FINAL)],
    )


def dapil_rows(state: State, dapil: Sequence[int], tps: Sequence[int]) -> list[DapilRow]:
    """The rows of these positions in `printed.dapil`, each with how many TPS it has."""
    return [
        DapilRow(
            dapil=state.printed.dapil[one].kode,
            number=int(state.dapil_numbers[one]),
            tps=here,
            tps_counted=int(state.dapil[one, state.columns.tps_counted]),
            totals=state.dapil_totals(one).tolist(),
        )
        for one, here in zip(dapil, tps, strict=True)
    ]


def page_rows(tps: str, record: Record) -> list[PageRow]:
    """The rows of a record's pages: of those of which its version has no photo yet, the photo of the version before."""
    rows: dict[int, PageRow] = {}
    for earlier, after in zip(record.earlier, _began(record), strict=True):
        rows |= {row.page: row for row in _page_rows(tps, earlier.photos, after)}
    rows |= {row.page: row for row in _page_rows(tps, record.photos, None)}
    return [row for _, row in sorted(rows.items())]


def _page_rows(tps: str, photos: tuple[Photo, ...], after: Opened | None) -> Iterator[PageRow]:
    """`after` is what put an end to the version that the photos are of."""
    for page, photo in Record((), photos=photos).pages.items():
        read = photo.read
        numbers = [n for other in photos if other.page == page for n in (other.number, other.read_number)]
        state = "read" if read else "received"
        yield PageRow(
            tps=tps,
            page=page,
            number=max(numbers) if after is None else after.number,
            scan=photo.number,
            sha256=photo.sha256,
            rendition=read.rendition if read else None,
            state=state if after is None else BlockState.SUPERSEDED.value,
            fault=photo.fault,
            quality=read.quality if read else None,
            at=read.at if read else photo.at,
        )


def _began(record: Record) -> list[Opened | None]:
    """For each earlier version, how the one after it began."""
    return [*(earlier.opened for earlier in record.earlier), record.opened][1:]


def block_rows(tps: str, record: Record, marks: Marks) -> list[BlockRow]:
    """The rows of a record's blocks, with what is marked on each."""
    decided = max((block.decision for block in record.blocks), default=0)
    return [
        BlockRow(
            tps=tps,
            block=block.name,
            state=block.state.value,
            number=max(block.number, decided if block.decision else 0, _keyed(record, block)),
            decision=block.decision,
            figures=shown(block.figures),
            read=shown(block.read),
            reasons=block.reasons,
            warnings=(*naming(block.warnings), *marks.get(block.name, ())),
            at=block.at,
            version=record.version,
        )
        for block in record.blocks
    ]


def version_rows(tps: str, record: Record) -> list[VersionRow]:
    """The rows of the versions before the one that counts, with the ruling that began the next one."""
    return [
        VersionRow(
            tps=tps,
            version=earlier.version,
            block=block.name,
            state=(block.stood or block.state).value,
            figures=shown(block.figures),
            number=after.number,
            at=after.at,
            ground=after.ground,
            order_ref=after.order,
        )
        for earlier, after in zip(record.earlier, _began(record), strict=True)
        if after is not None
        for block in earlier.blocks
    ]


def _keyed(record: Record, block: Block) -> int:
    """Number of the officer's latest reading: one that moves nothing is a line of the record's history all the same."""
    reading = record.reading(block.name)
    return reading.number if reading else 0
