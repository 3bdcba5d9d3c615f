"""What people outside report: figures of records that they see otherwise on the paper. A list to look at, no decision.

A report is settled by a correction that makes its figure count, which two people decide on as ever, or by being closed
with a reason. Taking reports in is the public side's; their states and words are `election.report`'s.
"""

from collections.abc import Sequence

import asyncpg
from msgspec import Struct

from election import report as reports
from election import words as names
from election.block import COUNTING, BlockState
from election.bundle import Bundle
from election.contest import ADM, Contest
from election.report import ReportState
from review.errors import NoSuchReport, UnknownReason
from review.waiting import SHOWN, place, span

READ = 2000
"""Reports that are weighed at once, those told most often first."""

LIST = """
select r.id, r.tps, r.version, r.field, r.value, s.times, s.stood, s.notes, coalesce(t.steps, '{}') as steps
from reports.report r
join lateral (
    select count(*) as times, (array_agg(stood order by at))[1] as stood,
        (array_agg(note order by at desc) filter (where note is not null))[1:20] as notes
    from reports.sent where report = r.id
) s on s.times > 0
left join lateral (select array_agg(kind order by at) as steps from reports.step where report = r.id) t on true
where r.contest = $1 and r.tps >= $2 and r.tps < $3 and ($4 or not 'closed' = any(coalesce(t.steps, '{}')))
order by s.times desc, r.id limit $5
"""
BLOCKS = """
select tps, block, state, version, figures, read from published.block where contest = $1 and tps = any($2)
"""
OF = "select tps from reports.report where id = $1 and contest = $2"
STEP = "insert into reports.step (report, kind, reason, account, at) values ($1, $2, $3, $4, $5) on conflict do nothing"


class Reported(Struct, frozen=True):
    """One reported figure, beside what the record says."""

    id: int
    tps: str
    name: str
    place: str
    block: str
    words: names.Words
    value: int
    counts: int | None
    keyed: int | None  # by the officer, where nothing counts yet
    machine: int | None
    times: int
    notes: tuple[str, ...]
    state: ReportState

    @property
    def moves(self) -> int:
        """By how much the figure would move, if the report is right."""
        now = self.counts if self.counts is not None else self.keyed
        return abs(self.value - (now or 0))

    @property
    def open(self) -> bool:
        """Whether anybody need look at it."""
        return self.state in {ReportState.RECEIVED, ReportState.SEEN}

    @property
    def said(self) -> names.Words:
        """Its state in words."""
        return reports.STATES[self.state]


async def waiting(pool: asyncpg.Pool, bundle: Bundle, key: str, area: str) -> list[Reported]:
    """The open reports of an area, at most `SHOWN`: votes before administration, then by how much they would move,
    then by how many people told."""
    found = await _read(pool, bundle, key, span(area), closed=False)
    ordered = sorted(
        (one for one in found if one.open), key=lambda one: (one.block == ADM, -one.moves, -one.times, one.id)
    )
    return ordered[:SHOWN]


async def of_record(pool: asyncpg.Pool, bundle: Bundle, key: str, tps: str) -> list[Reported]:
    """Every report about a record, open ones first."""
    found = await _read(pool, bundle, key, (tps, tps + "~"), closed=True)
    return sorted(found, key=lambda one: (not one.open, -one.times, one.id))


async def opened(pool: asyncpg.Pool, key: str, number: int, account: str, at: str) -> str:
    """Note that a reviewer looks at a report; answers its TPS. Raises NoSuchReport."""
    tps = await where(pool, key, number)
    await pool.execute(STEP, number, "seen", None, account, at)
    return tps


async def close(pool: asyncpg.Pool, key: str, number: int, reason: str, account: str, at: str) -> None:
    """Close a report without a change. The first reason stands. Raises NoSuchReport, UnknownReason."""
    if reason not in reports.CLOSINGS:
        raise UnknownReason
    await where(pool, key, number)
    await pool.execute(STEP, number, "closed", reason, account, at)


async def where(pool: asyncpg.Pool, key: str, number: int) -> str:
    """The TPS that a report is about. Raises NoSuchReport."""
    tps = await pool.fetchval(OF, number, key)
    if tps is None:
        raise NoSuchReport(number=number)
    return str(tps)


async def _read(
    pool: asyncpg.Pool, bundle: Bundle, key: str, codes: tuple[str, str], *, closed: bool
) -> list[Reported]:
    rows = await pool.fetch(LIST, key, *codes, closed, READ)
    blocks = await pool.fetch(BLOCKS, key, list({row["tps"] for row in rows}))
    standing = {(row["tps"], row["block"]): row for row in blocks}
    told = (_reported(bundle, key, row, standing) for row in rows)
    return [one for one in told if one is not None]


def _reported(
    bundle: Bundle, key: str, row: asyncpg.Record, standing: dict[tuple[str, str], asyncpg.Record]
) -> Reported | None:
    """The report beside its block; None where the ballot has no such number any more."""
    at = bundle.tree.tps_index(row["tps"])
    contest = bundle.ballot(key, at)
    found = _block(contest, row["field"])
    if found is None:
        return None
    name, place_in = found
    block = standing.get((row["tps"], name))
    version = block["version"] if block else 1
    state = BlockState(block["state"]) if block else BlockState.AWAITED
    figure = _at(block["figures"] if block else None, place_in)
    counts = figure if state in COUNTING else None
    return Reported(
        id=row["id"],
        tps=row["tps"],
        name=bundle.tree.tps_nama(at),
        place=place(bundle, row["tps"]),
        block=name,
        words=names.field(contest, row["field"]),
        value=row["value"],
        counts=counts,
        keyed=figure if state is BlockState.HELD else None,
        machine=_at(block["read"] if block else None, place_in),
        times=row["times"],
        notes=tuple(row["notes"] or ()),
        state=reports.state(row["value"], counts, row["stood"], row["steps"], current=row["version"] == version),
    )


def _block(contest: Contest, field: str) -> tuple[str, int] | None:
    """The block of a field, and its place there."""
    return next(((name, fields.index(field)) for name, fields in contest.blocks.items() if field in fields), None)


def _at(figures: Sequence[int | None] | None, place_in: int) -> int | None:
    return figures[place_in] if figures else None
