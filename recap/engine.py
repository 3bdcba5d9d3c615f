"""The role: follows each live contest's journal, judges what came in, keeps the totals, and cuts them for the public.

A contest has four tasks: one folds the journal, one judges, one cuts, one checks the deltas against the whole. All that
lasts is the journal: the engine may be killed between any two lines, and run twice at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from prometheus_client import Counter, Gauge

from election import form as forms
from election.bundle import Bundle
from election.clock import Clock, stamp
from election.contest import Contest, Kind
from election.errors import Unavailable
from election.record import Record, layout
from election.rules import Limits
from recap import snapshot
from recap.adjudicate import Place, Policy
from recap.judge import Judge
from recap.published import Cut, Published
from recap.records import Records
from recap.rows import area_rows, block_rows, marks, page_rows
from recap.snapshot import SnapshotDamaged
from recap.state import State, recomputed
from storage.connect import LOST
from storage.journal import Entry
from storage.opened import Storage

log = logging.getLogger(__name__)

FOLDED = Counter("suara_recap_events", "Journal entries folded in", ["contest"])
NUMBER = Gauge("suara_recap_cut", "Journal number of the last cut", ["contest"])
OWED = Gauge("suara_recap_owed", "Records that wait to be judged", ["contest"])
SHADOW = Counter("suara_recap_shadow_differences", "Areas whose deltas differed from the full roll-up", ["contest"])


class Pace(Struct, frozen=True):
    """How often what happens; seconds where not said otherwise."""

    cut: float = 0.25
    snapshot: float = 60.0
    snapshot_events: int = 200_000
    check: float = 300.0
    again: float = 0.5  # until scores that were missing are asked for anew
    judged: int = 64  # records judged at a time
    rows: int = 2_000  # TPS a transaction; more than this at once only after a long absence


class ContestEngine:
    """The engine of one contest. Everything in it can be rebuilt from the journal."""

    def __init__(
        self,
        bundle: Bundle,
        storage: Storage,
        contest: Contest,
        snapshots: Path,
        clock: Clock,
        policy: Policy,
        pace: Pace,
    ) -> None:
        key = contest.key
        self.bundle, self.contest, self.clock, self.pace = bundle, contest, clock, pace
        self.journal = storage.journal(key)
        self.published = Published(storage.pool, key)
        self.judge = Judge(self.journal, storage.artefacts, policy, clock)
        self.layout = layout(forms.load(contest.form))
        self.limits = Limits(reserve=bundle.settings.reserve(key), voters=bundle.settings.voters(key))
        self.path = snapshots / f"{key}.recap"
        self.fingerprint = snapshot.fingerprint(bundle, contest)
        self.state = State(bundle.tree, contest, bundle.tps_holding(key))
        self.records = Records(self.journal, self.state, self.layout)
        self.turn = asyncio.Lock()
        """Held by whoever needs the state to stand still across an await, and by whoever moves it."""
        self.changed, self.work = asyncio.Event(), asyncio.Event()
        self.owed: set[int] = set()
        self.judging: set[int] = set()
        self.cut = -1
        self.differing: tuple[set[int], set[int]] = (set(), set())
        self.kept = (0, 0.0)

    async def run(self) -> None:
        """Until cancelled. Leaves a snapshot when it ends in good order."""
        self._thaw()
        await self._again(self._catch_up)
        await self._again(self._compare)
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in (self._follow, self._judge, self._publish, self._check):
                    tasks.create_task(self._again(part))
        except asyncio.CancelledError:
            snapshot.write(self.path, self._freeze())
            raise

    # --- start ------------------------------------------------------------------------------------------------------

    def _thaw(self) -> None:
        try:
            self.owed = snapshot.thaw(self.path, self.state, self.fingerprint)
        except FileNotFoundError:
            log.info("%s: no snapshot, the journal is replayed from its start", self.contest.key)
        except SnapshotDamaged as damaged:
            log.warning("%s", damaged)
        self.kept = (self.state.number, _now())

    async def _catch_up(self) -> None:
        """Folds what the journal holds now, before anything is judged or published."""
        size = await self.journal.size()
        while self.state.number < size:
            async with self.turn:
                self._fold(await self.journal.read(self.state.number))

    async def _compare(self) -> None:
        """What was published may lag behind the snapshot or lead it; whatever differs is written anew."""
        self.cut = min(await self.published.number(), self.state.number)
        areas, rows = await self.published.differing(self.state)
        self.differing = (set(areas), set(rows))
        self.changed.set()

    # --- the four tasks ---------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        async for entries in self.journal.follow(self.state.number):
            async with self.turn:
                self._fold(entries)

    def _fold(self, entries: Sequence[Entry]) -> None:
        self.records.apply(entries)
        self.owed.update(self.state.fold(entries))
        FOLDED.labels(self.contest.key).inc(len(entries))
        self.changed.set()
        self.work.set()

    async def _judge(self) -> None:
        while True:
            while self.owed:
                await self._judge_some()
                OWED.labels(self.contest.key).set(len(self.owed))
            self.work.clear()
            await self.work.wait()

    async def _judge_some(self) -> None:
        """A record is owed until its decisions are in the journal; one that is touched meanwhile is owed again."""
        async with self.turn:
            rows = [self.owed.pop() for _ in range(min(self.pace.judged, len(self.owed)))]
            self.judging.update(rows)
            try:
                cases = [*zip(map(self._place, rows), await self.records.at(rows), strict=True)]
            except BaseException:
                self._give_back(rows)
                raise
        try:
            done = await self.judge.judge(cases)
        except BaseException:
            self._give_back(rows)
            raise
        waiting = [row for row, judged in zip(rows, done, strict=True) if not judged]
        self._give_back(waiting)
        self.judging.difference_update(rows)
        if len(waiting) == len(rows):
            await asyncio.sleep(self.pace.again)

    def _give_back(self, rows: Sequence[int]) -> None:
        self.owed.update(rows)
        self.judging.difference_update(rows)

    def _place(self, row: int) -> Place:
        dpt = (int(self.bundle.dpt_l[row]), int(self.bundle.dpt_p[row]))
        return Place(self.contest.key, self.bundle.tree.tps_kode(row), self.contest, dpt, self.limits)

    async def _publish(self) -> None:
        while True:
            await self.changed.wait()
            self.changed.clear()
            try:
                await self._cut()
            except BaseException:
                self.changed.set()
                raise
            await self._snapshot()
            await asyncio.sleep(self.pace.cut)

    async def _cut(self) -> None:
        """Writes all rows that changed after the last cut, or were found to differ."""
        async with self.turn:
            number = self.state.number
            areas, rows = self.differing
            changed = np.flatnonzero(self.state.area_numbers > self.cut)
            due = sorted(rows.union(map(int, np.flatnonzero(self.state.last > max(self.cut, 0)))))
            while len(due) > self.pace.rows:
                some, due = due[: self.pace.rows], due[self.pace.rows :]
                await self.published.write(await self._rows(some, (), final=False))
            cut = await self._rows(due, sorted(areas.union(map(int, changed))), final=True)
            self.differing = (set(), set())
        try:
            written = await self.published.write(cut)
        except BaseException:
            self._differ(areas, rows)
            raise
        if not written:
            self._differ(areas, rows)
        # A newer cut of another engine holds all that this one would have written.
        self.cut = number
        NUMBER.labels(self.contest.key).set(number)

    def _differ(self, areas: set[int], rows: set[int]) -> None:
        self.differing = (self.differing[0] | areas, self.differing[1] | rows)

    async def _rows(self, rows: Sequence[int], areas: Sequence[int], *, final: bool) -> Cut:
        records = await self.records.at(rows)
        codes = [self.bundle.tree.tps_kode(row) for row in rows]
        marked = self._marks(rows, records)
        return Cut(
            number=self.state.number,
            at=self.state.at or stamp(self.clock()),
            areas=area_rows(self.state, areas),
            blocks=[
                row
                for tps, record, found in zip(codes, records, marked, strict=True)
                for row in block_rows(tps, record, found)
            ],
            pages=[row for tps, record in zip(codes, records, strict=True) for row in page_rows(tps, record)],
            final=final,
        )

    def _marks(self, rows: Sequence[int], records: Sequence[Record]) -> list[dict[str, tuple[str, ...]]]:
        at = list(rows)
        dpt = np.stack([self.bundle.dpt_l[at], self.bundle.dpt_p[at]], axis=1)
        return marks(self.contest, records, dpt, self.limits)

    # --- snapshots and the shadow -----------------------------------------------------------------------------------

    async def _snapshot(self) -> None:
        number, moment = self.kept
        events = self.state.number - number
        if events >= self.pace.snapshot_events or (events and _now() - moment >= self.pace.snapshot):
            data = self._freeze()
            self.kept = (self.state.number, _now())
            await asyncio.to_thread(snapshot.write, self.path, data)

    def _freeze(self) -> bytes:
        return snapshot.freeze(self.state, self.owed | self.judging, self.fingerprint)

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(self.pace.check)
            await self.check()

    async def check(self) -> int:
        """Sums everything anew beside the deltas. Where they differ: alarm, put right, publish; answers in how many
        areas."""
        state = self.state
        async with self.turn:
            rows = (state.figures.copy(), state.states.copy(), state.decisions.copy())
            kept = (state.areas.copy(), state.area_numbers.copy())
        whole = await asyncio.to_thread(recomputed, state.tree, self.contest, *rows)
        differ = (whole[0] != kept[0]).any(axis=1) | (whole[1] != kept[1])
        if differ.any():
            found = [int(area) for area in np.flatnonzero(differ)]
            log.error("%s: totals of %d areas differ from their TPS", self.contest.key, len(found))
            SHADOW.labels(self.contest.key).inc(len(found))
            async with self.turn:
                state.rebuild()
                self._differ(set(found), set())
            self.changed.set()
        return int(differ.sum())

    async def _again(self, part: Callable[[], Awaitable[None]]) -> None:
        """Runs `part`; where the database or a store is away, tries again for as long as that takes."""
        pause = 0.1
        while True:
            started = _now()
            try:
                return await part()
            except (*LOST, Unavailable) as error:
                log.warning("%s: %s: %s, trying again", self.contest.key, part.__name__, error)
            pause = 0.1 if _now() - started > 10 else min(2 * pause, 5.0)
            await asyncio.sleep(pause)


def _now() -> float:
    return asyncio.get_running_loop().time()


def live(bundle: Bundle) -> list[Contest]:
    """The contests that can be recapitulated: those with a form and the same choices on every ballot."""
    found = []
    for holding in bundle.manifest.contests:
        contest = holding.contest
        if contest.form and contest.choices and not holding.ballots and contest.type.kind is not Kind.PARTIES:
            found.append(contest)
        else:
            log.info("%s has no form or no fixed choices: it is not recapitulated", contest.key)
    return found


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    snapshots: Path,
    clock: Clock,
    policy: Policy | None = None,
    pace: Pace | None = None,
) -> None:
    """Recapitulates every live contest of the bundle until cancelled. `snapshots` is a folder of this engine's own."""
    async with asyncio.TaskGroup() as tasks:
        for contest in live(bundle):
            engine = ContestEngine(bundle, storage, contest, snapshots, clock, policy or Policy(), pace or Pace())
            tasks.create_task(engine.run())
    if not live(bundle):
        await asyncio.Event().wait()
