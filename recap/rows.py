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
from election.record import Opened, Photo, Record
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
    likeness: str | None = None


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


EVERYTHING = -1
"""A number after which every row is told."""


def page_rows(tps: str, record: Record, after: int = EVERYTHING) -> list[PageRow]:
    """The rows of a record's pages that changed after number `after`.

    Of a page of which its version has no photo yet, the photo of the version before.
    """
    rows: dict[int, PageRow] = {}
    newer: set[int] = set()
    before = zip((earlier.photos for earlier in record.earlier), _began(record), strict=True)
    for photos, ended in reversed([*before, (record.photos, None)]):
        own = tuple(photo for photo in photos if photo.page not in newer)
        newer.update(photo.page for photo in own)
        rows |= {row.page: row for row in _page_rows(tps, own, ended, after)}
    return [row for _, row in sorted(rows.items())]


def _page_rows(tps: str, photos: tuple[Photo, ...], ended: Opened | None, after: int) -> Iterator[PageRow]:
    """`ended` is what put an end to the version that the photos are of; one may be read later than that."""
    numbers: dict[int, int] = {}
    for photo in photos:
        numbers[photo.page] = max(numbers.get(photo.page, 0), photo.number, photo.read_number)
    if ended is not None:
        numbers = {page: max(number, ended.number) for page, number in numbers.items()}
    told = [page for page, number in numbers.items() if number > after]
    speaking = Record((), photos=tuple(photo for photo in photos if photo.page in told)).pages
    for page, photo in speaking.items():
        read = photo.read
        state = "read" if read else "received"
        yield PageRow(
            tps=tps,
            page=page,
            number=numbers[page],
            scan=photo.number,
            sha256=photo.sha256,
            rendition=read.rendition if read else None,
            state=state if ended is None else BlockState.SUPERSEDED.value,
            fault=photo.fault,
            quality=read.quality if read else None,
            at=read.at if read else photo.at,
            likeness=read.likeness if read and photo.legible else None,
        )


def _began(record: Record) -> list[Opened | None]:
    """For each earlier version, how the one after it began."""
    return [*(earlier.opened for earlier in record.earlier), record.opened][1:]


def block_rows(tps: str, record: Record, marks: Marks, after: int = EVERYTHING) -> list[BlockRow]:
    """The rows of a record's blocks that changed after number `after`, with what is marked on each; of a record that
    nothing was known of until then, all.

    What is ruled on an area above begins a record's history, but no rows of it.
    """
    numbers = _numbers(record)
    own = next((step.number for step in record.history if step.area is None), None)
    if own is None or own > after:
        after = EVERYTHING
    return [
        BlockRow(
            tps=tps,
            block=block.name,
            state=block.state.value,
            number=number,
            decision=block.decision,
            figures=shown(block.figures),
            read=shown(block.read),
            reasons=block.reasons,
            warnings=(*naming(block.warnings), *marks.get(block.name, ())),
            at=block.at,
            version=record.version,
        )
        for block, number in zip(record.blocks, numbers, strict=True)
        if number > after
    ]


def _numbers(record: Record) -> list[int]:
    """Of each block: its last event, the last decision on any where it is decided, and the officer's latest reading.

    A reading that moves nothing is a line of the record's history all the same.
    """
    decided = max((block.decision for block in record.blocks), default=0)
    keyed: dict[str, int] = {}
    for reading in record.readings:
        keyed |= dict.fromkeys(reading.event.figures, reading.number)
    return [max(block.number, decided if block.decision else 0, keyed.get(block.name, 0)) for block in record.blocks]


def version_rows(tps: str, record: Record, after: int = EVERYTHING) -> list[VersionRow]:
    """The rows of the versions that ceased to count after number `after`, with the ruling that began the next one."""
    return [
        VersionRow(
            tps=tps,
            version=earlier.version,
            block=block.name,
            state=(block.stood or block.state).value,
            figures=shown(block.figures),
            number=ended.number,
            at=ended.at,
            ground=ended.ground,
            order_ref=ended.order,
        )
        for earlier, ended in zip(record.earlier, _began(record), strict=True)
        if ended is not None and ended.number > after
        for block in earlier.blocks
    ]
