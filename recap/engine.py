"""The role: follows each live contest's journal, judges what came in, keeps the totals, and cuts them for the public.

A contest has four tasks: one folds the journal, one judges, one cuts, one checks the deltas against the whole. All that
lasts is the journal: the engine may be killed between any two lines, and run twice at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct
from prometheus_client import Counter, Gauge

from election import form as forms
from election.bundle import Bundle
from election.clock import Clock
from election.contest import Contest
from election.errors import Unavailable
from election.record import layout
from election.rules import Limits
from recap import snapshot
from recap.adjudicate import Place
from recap.companion import Companion, Seat, Take
from recap.cutter import Cutter
from recap.judge import Judge
from recap.policy import Policy
from recap.published import Published
from recap.records import Records
from recap.snapshot import Snapshot, SnapshotDamaged
from recap.state import State
from storage.connect import LOST, pause
from storage.journal import Entry
from storage.opened import Storage
from storage.scans import AWAY

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
    judged: int = 16  # records whose decisions are appended together; each takes some 20 ms to decode
    rows: int = 2_000  # TPS a transaction; more at once only after a long absence


class ContestEngine:
    """The engine of one contest. Everything in it can be rebuilt from the journal."""

    def __init__(
        self,
        bundle: Bundle,
        storage: Storage,
        contest: Contest,
        *,
        snapshots: Path,
        clock: Clock,
        policy: Policy,
        pace: Pace,
        takes: Sequence[Take] = (),
    ) -> None:
        key = contest.key
        self._bundle, self._contest, self._pace = bundle, contest, pace
        self._journal = storage.journal(key)
        self._limits = Limits(reserve=bundle.settings.reserve(key), voters=bundle.settings.voters(key))
        self._fingerprint = snapshot.fingerprint(bundle, key)
        self._judge = Judge(self._journal, storage.artefacts, policy, clock)
        self.path = snapshots / f"{key}.recap"
        self.state = State(bundle, key)
        self.records = Records(self._journal, self.state, layout(forms.load(contest.form)))
        self._turn = asyncio.Lock()
        """Held by whoever moves the state, and by whoever needs it to stand still across an await."""
        self._changed, self._work = asyncio.Event(), asyncio.Event()
        seat = Seat(bundle, key, self.state, self._journal, storage.pool, clock, self._changed.set)
        self.companions: tuple[Companion, ...] = tuple(take(seat) for take in takes)
        published = Published(storage.pool, key, self.companions)
        self.cutter = Cutter(bundle, self.state, self.records, published, clock, self._limits)
        self.owed: set[int] = set()
        """TPS rows whose evidence is not judged yet."""
        self.judging: set[int] = set()
        """Those of them whose decisions are on their way into the journal."""
        self._kept = (0, 0.0)

    async def run(self) -> None:
        """Until cancelled. Leaves a snapshot when it ends in good order."""
        self._thaw()
        await self._again(self.catch_up)
        await self._again(self.cutter.compare)
        self._changed.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                beside = [companion.work for companion in self.companions]
                for part in (self._follow, self._judge_all, self._cut_all, self._check_all, *beside):
                    tasks.create_task(self._again(part))
        except asyncio.CancelledError:
            snapshot.save(self.path, self._snapshot())
            raise

    def _thaw(self) -> None:
        try:
            self.owed = snapshot.thaw(self.path, self.state, self._fingerprint)
        except FileNotFoundError:
            log.info("%s: no snapshot, the journal is replayed from its start", self._contest.key)
        except SnapshotDamaged as damaged:
            log.warning("%s", damaged)
        self._kept = (self.state.number, _now())

    async def catch_up(self) -> None:
        """Folds what the journal holds now, before anything is judged or published."""
        size = await self._journal.size()
        await self._tell()
        while self.state.number < size:
            self._fold(await self._journal.read(self.state.number))

    async def _tell(self) -> None:
        """Companions keep nothing on disk: they are told of everything rare up to where the state stands."""
        for companion in self.companions:
            entries = await self._journal.of_kinds(companion.kinds)
            companion.fold([entry for entry in entries if entry.number <= self.state.number])

    # --- follow -----------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        async for entries in self._journal.follow(self.state.number):
            async with self._turn:
                self._fold(entries)

    def _fold(self, entries: Sequence[Entry]) -> None:
        self.records.apply(entries)
        for companion in self.companions:
            if wanted := [entry for entry in entries if entry.kind in companion.kinds]:
                companion.fold(wanted)
        self.owed.update(self.state.fold(entries))
        FOLDED.labels(self._contest.key).inc(len(entries))
        self._changed.set()
        self._work.set()

    # --- judge ------------------------------------------------------------------------------------------------------

    async def _judge_all(self) -> None:
        while True:
            while self.owed:
                await self.judge_some()
                OWED.labels(self._contest.key).set(len(self.owed))
            self._work.clear()
            await self._work.wait()

    async def judge_some(self) -> None:
        """Judges some of the records owed. One that is touched meanwhile is owed again."""
        rows = [self.owed.pop() for _ in range(min(self._pace.judged, len(self.owed)))]
        self.judging.update(rows)
        waiting = rows
        try:
            async with self._turn:
                cases = [*zip(map(self._place, rows), await self.records.at(rows), strict=True)]
            done = await self._judge.judge(cases)
            waiting = [row for row, judged in zip(rows, done, strict=True) if not judged]
        finally:
            self.owed.update(waiting)
            self.judging.difference_update(rows)
        if waiting and len(self.owed) == len(waiting):
            await asyncio.sleep(self._pace.again)  # there is nothing else to judge meanwhile

    def _place(self, row: int) -> Place:
        dpt = (int(self._bundle.dpt_l[row]), int(self._bundle.dpt_p[row]))
        return Place(self._contest.key, self._bundle.tree.tps_kode(row), self._contest, dpt, self._limits)

    # --- cut --------------------------------------------------------------------------------------------------------

    async def _cut_all(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.cut()
            except BaseException:
                self._changed.set()
                raise
            await self._save_at_times()
            await asyncio.sleep(self._pace.cut)

    async def cut(self) -> None:
        """Publishes everything that changed after the last cut."""
        async with self._turn:
            taken = await self.cutter.take(self._pace.rows)
            await self.cutter.write(taken)
        NUMBER.labels(self._contest.key).set(taken.number)

    async def _save_at_times(self) -> None:
        number, moment = self._kept
        events = self.state.number - number
        if events >= self._pace.snapshot_events or (events and _now() - moment >= self._pace.snapshot):
            self._kept = (self.state.number, _now())
            await asyncio.to_thread(snapshot.save, self.path, self._snapshot())

    def _snapshot(self) -> Snapshot:
        return Snapshot.of(self.state, self.owed | self.judging, self._fingerprint)

    # --- check ------------------------------------------------------------------------------------------------------

    async def _check_all(self) -> None:
        while True:
            await asyncio.sleep(self._pace.check)
            await self.check()

    async def check(self) -> int:
        """Sums everything anew beside the deltas. Where they differ: alarm, put right, publish.

        Answers in how many areas they differed.
        """
        if await asyncio.to_thread(self.state.sound):
            return 0
        async with self._turn:
            found = self.state.rebuild()
            self.cutter.differ(found)
        log.error("%s: the totals of %d areas are not those of their TPS", self._contest.key, len(found))
        SHADOW.labels(self._contest.key).inc(len(found))
        self._changed.set()
        return len(found)

    async def _again(self, part: Callable[[], Awaitable[None]]) -> None:
        """Runs `part`; where the database or a store is away, tries again for as long as that takes."""
        wait = 0.1
        while True:
            started = _now()
            try:
                return await part()
            except (*LOST, *AWAY, Unavailable) as error:
                log.warning("%s: %s: trying again", self._contest.key, error)
            wait = 0.1 if _now() - started > 10 else min(2 * wait, 5.0)
            await pause(wait)


def _now() -> float:
    return asyncio.get_running_loop().time()


def live(bundle: Bundle) -> list[Contest]:
    """The contests that can be recapitulated; says which cannot."""
    for key in bundle.contests.keys() - bundle.live.keys():
        log.info("%s has no form or no ballot of the whole nation: it is not recapitulated", key)
    return list(bundle.live.values())


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
    contests = live(bundle)
    policy, pace = policy or Policy(), pace or Pace()
    async with asyncio.TaskGroup() as tasks:
        for contest in contests:
            engine = ContestEngine(bundle, storage, contest, snapshots=snapshots, clock=clock, policy=policy, pace=pace)
            tasks.create_task(engine.run())
    if not contests:
        await asyncio.Event().wait()
