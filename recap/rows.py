"""The rows of schema `published` as they follow from the state and the records, and nothing of SQL.

Each row's `number` is that of the last event that changed it, so that any engine, whenever it cut, writes the same row.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.contest import Contest
from election.event import Figures
from election.record import Block, Record
from election.rules import RULES, Limits, Verdict, judge, verdict
from election.tally import Tallies
from recap.state import LARGEST, State


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
    columns, tree = state.columns, state.tree
    rows = []
    for area in areas:
        tps = int(state.tps[area])
        if not tps and area:
            continue
        sums = state.areas[area].tolist()
        counted, held = sums[columns.tps_counted], sums[columns.tps_held]
        rows.append(
            AreaRow(
                kode=tree.kode(area),
                tingkat=tree.tingkat(area),
                number=int(state.area_numbers[area]),
                tps=tps,
                tps_counted=counted,
                tps_held=held,
                tps_waiting=tps - counted - held,
                adm_counted=sums[columns.adm_counted],
                adm_held=sums[columns.adm_held],
                totals=sums[columns.totals],
                held=sums[columns.held],
                residuals=sums[columns.residuals],
            )
        )
    return rows


def page_rows(tps: str, record: Record) -> list[PageRow]:
    """The rows of a record's pages."""
    rows = []
    for page, photo in record.pages.items():
        read = photo.read
        numbers = [n for other in record.photos if other.page == page for n in (other.number, other.read_number)]
        rows.append(
            PageRow(
                tps=tps,
                page=page,
                number=max(numbers),
                scan=photo.number,
                sha256=photo.sha256,
                rendition=read.rendition if read else None,
                state="read" if read else "received",
                fault=photo.fault,
                quality=read.quality if read else None,
                at=read.at if read else photo.at,
            )
        )
    return rows


def block_rows(tps: str, record: Record, marks: dict[str, tuple[str, ...]]) -> list[BlockRow]:
    """The rows of a record's blocks, with what is marked on each."""
    decided = max(block.decision for block in record.blocks)
    return [
        BlockRow(
            tps=tps,
            block=block.name,
            state=block.state.value,
            number=max(block.number, decided if block.decision else 0, _keyed(record, block)),
            decision=block.decision,
            figures=_shown(block.figures),
            read=_shown(block.read),
            reasons=block.reasons,
            warnings=marks.get(block.name, ()),
            at=block.at,
        )
        for block in record.blocks
    ]


def _keyed(record: Record, block: Block) -> int:
    """Number of the officer's latest reading: one that moves nothing is a line of the record's history all the same."""
    reading = record.reading(block.name)
    return reading.number if reading else 0


def _shown(figures: Figures | None) -> Figures | None:
    """Figures as a column holds them; one that no form could carry is shown as missing."""
    if figures is None:
        return None
    return tuple(figure if figure is not None and 0 <= figure <= LARGEST else None for figure in figures)


def marks(
    contest: Contest, records: Sequence[Record], dpt: NDArray[np.int32], limits: Limits
) -> list[dict[str, tuple[str, ...]]]:
    """What is unusual about each record's decided blocks, by block: rules between blocks, warnings, and on blocks that
    people decided their broken error rules too. `dpt` int32[n, 2].

    Told from the figures as they stand now, so that a mark never outlives the figure it was about.
    """
    told = [_told(contest, record) for record in records]
    findings = judge(contest, Tallies.of_records(contest, told), dpt_l=dpt[:, 0], dpt_p=dpt[:, 1], limits=limits)
    found = []
    for row, record in enumerate(records):
        codes = verdict(findings, row) if told[row] else None
        found.append(
            {} if codes is None else {b.name: _marks(b, codes, told[row]) for b in record.blocks if b.decision}
        )
    return found


def _told(contest: Contest, record: Record) -> dict[str, Figures]:
    return {
        block.name: figures
        for block in record.blocks
        if (figures := _shown(block.figures)) is not None and len(figures) == len(contest.blocks[block.name])
    }


def _marks(block: Block, codes: Verdict, told: Mapping[str, Figures]) -> tuple[str, ...]:
    unusual = [code for code in codes["warnings"] if RULES[code].block not in told or RULES[code].block == block.name]
    errors = [code for code in codes["errors"][block.name] if code not in block.reasons]
    return tuple(dict.fromkeys([*codes["between"], *errors, *unusual]))
