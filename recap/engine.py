"""The role: follows each contest's journal, judges what came in, keeps the totals, and cuts them for the public.

A contest has its tasks: one folds the journal, one judges, one cuts, one checks the deltas against the whole, and each
companion works beside them. All that lasts is the journal: the engine may be killed between any two lines, and run
twice at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
from msgspec import Struct
from prometheus_client import Counter, Gauge

from election.bundle import Bundle
from election.clock import Clock
from election.codes import is_tps
from election.errors import Unavailable
from election.event import KINDS, Ruling
from election.record import ABOVE
from election.rules import Limits
from recap import outlook, reads, snapshot, strangers
from recap.adjudicate import Place
from recap.companion import Companion, Seat, Take
from recap.cuts import Hours
from recap.cutter import Cutter
from recap.judge import Judge
from recap.layouts import Layouts
from recap.marking import Marking
from recap.owed import Owed, Unjudged
from recap.plenary import companion as plenary
from recap.policy import Policy, PolicyInForce
from recap.published import Published
from recap.reads_view import Counted
from recap.records import Records
from recap.screens.companion import Together
from recap.snapshot import Snapshot, SnapshotDamaged
from recap.state import State
from storage import findings
from storage.connect import LOST, pause
from storage.journal import Entry
from storage.opened import Storage
from storage.replay import replay
from storage.scans import AWAY

log = logging.getLogger(__name__)

FOLDED = Counter("suara_recap_events", "Journal entries folded in", ["contest"])
NUMBER = Gauge("suara_recap_cut", "Journal number of the last cut", ["contest"])
OWED = Gauge("suara_recap_owed", "Records that wait to be judged", ["contest"])
SHADOW = Counter("suara_recap_shadow_differences", "Areas whose deltas differed from the full roll-up", ["contest"])
ROUND = Gauge("suara_recap_shadow_seconds", "Duration of the last comparison with the whole", ["contest"])

RULINGS = frozenset(tag for tag, kind in KINDS.items() if issubclass(kind, Ruling))
"""What a roll-up looks at closely."""

BATCH = 1_000
"""Entries that are folded one by one; whoever is further behind leaps."""


NOT_BY_A_CUT = "result.not_by_a_cut"

SHARE = 4
"""Rests longer than a look for strange rows takes: a nation's 30 million of one contest take some ten seconds."""

COMPANIONS: tuple[Take, ...] = (plenary.companion, outlook.companion)
"""What sits beside every contest's engine."""


class Pace(Struct, frozen=True):
    """How often what happens; seconds where not said otherwise."""

    cut: float = 0.04
    snapshot: float = 60.0
    snapshot_events: int = 200_000
    check: float = 60.0
    strange: float = 15.0  # between two looks for rows that no cut has written
    again: float = 0.5  # until scores that were missing are asked for anew
    judged: int = 16  # records whose decisions are appended together; each takes some 20 ms to decode
    looked: int = 200  # records of which nothing new is known, looked at together
    rows: int = 100  # TPS a transaction; while more wait, totals are published ahead of them


class ContestEngine:
    """The engine of one contest. Everything in it can be rebuilt from the journal."""

    def __init__(
        self,
        bundle: Bundle,
        storage: Storage,
        key: str,
        *,
        snapshots: Path,
        clock: Clock,
        policy: Policy | None = None,
        pace: Pace | None = None,
        takes: Sequence[Take] = (),
    ) -> None:
        """`snapshots` is a folder of this engine's own. Without a `policy`, the bundle's and those adopted after it."""
        self.key, self._bundle, self._pace, self._storage = key, bundle, pace or Pace(), storage
        self._journal = storage.journal(key)
        self._limits = Limits(reserve=bundle.settings.reserve(key), voters=bundle.settings.voters(key))
        self._fingerprint = snapshot.fingerprint(bundle, key)
        self.path = snapshots / f"{key}.recap"
        self.state = State(bundle, key)
        self.hours = Hours(snapshots / "hours" / key, key, self._fingerprint)
        self.policy = PolicyInForce(bundle.settings) if policy is None else PolicyInForce.fixed(policy)
        self._judge = Judge(self._journal, storage.artefacts, self.policy, clock)
        self.records = Records(storage.pool, self._journal, self.state, Layouts(self.state.printed))
        self._turn = asyncio.Lock()
        """Held by whoever moves the state, and by whoever needs it to stand still across an await."""
        self._changed, self._work = asyncio.Event(), asyncio.Event()
        seat = Seat(bundle, key, self.state, self._journal, storage.pool, clock, self._changed.set)
        self.companions: tuple[Companion, ...] = (self.policy, *(take(seat) for take in takes))
        published = Published(storage.pool, key, self.companions)
        marking = Marking(self.state.printed, self._limits)
        self.cutter = Cutter(bundle, self.state, self.records, published, clock, marking)
        self.owed = Owed()
        self.ready = False
        """Whether the state has caught up with the journal since the start."""
        self._kept = (0, 0.0)

    async def run(self) -> None:
        """Until cancelled. Leaves a snapshot when it ends in good order."""
        self.thaw()
        await self._again(self.catch_up)
        self.ready = True
        await self._again(self.cutter.begin)
        self._changed.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                beside = [companion.work for companion in self.companions]
                for part in (self._follow, self._judge_all, self._cut_all, self._check_all, self._look_all, *beside):
                    tasks.create_task(self._again(part))
        except asyncio.CancelledError:
            self.hours.flush()
            snapshot.save(self.path, self._snapshot())
            raise

    def thaw(self) -> None:
        """Begins where the last snapshot was taken, if there is one."""
        try:
            self.owed.look_again(sorted(snapshot.thaw(self.path, self.state, self._fingerprint)))
        except FileNotFoundError:
            log.info("%s: no snapshot, the journal is replayed from its start", self.key)
        except SnapshotDamaged as damaged:
            log.warning("%s", damaged)
        self.hours.begin(self.state)
        self._kept = (self.state.number, _now())

    # --- follow -----------------------------------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Folds what the journal holds now, before anything is judged or published."""
        before = self.state.number
        for companion in self.companions:
            # They keep nothing on disk: they are told of everything rare up to where the state stands.
            entries = await self._journal.of_kinds(companion.kinds)
            companion.fold([entry for entry in entries if entry.number <= before])
        self.policy.anew()
        await self._leap()
        await self.records.catch_up()

    async def _leap(self) -> None:
        """Folds all that the journal holds, looking closely only at rulings; records are read when they are needed."""
        wanted = RULINGS.union(*(companion.kinds for companion in self.companions))
        unjudged = Unjudged(self.state.tree.n_tps)
        try:
            size = await self._journal.size()
            async for entries in replay(self._storage.pool, self.key, self.state.number, size, wanted):
                async with self._turn:
                    for hour, some in self.hours.split(entries):
                        await self._keep(hour)
                        touched = self._moved(some)
                        self.records.forget(touched, some)
                        unjudged.fold(self.state.tree, some)
        finally:
            self.owed.look_again(unjudged.rows())
            self._work.set()

    async def _follow(self) -> None:
        while True:
            async for entries in self._journal.follow(self.state.number, limit=BATCH):
                async with self._turn:
                    for hour, some in self.hours.split(entries):
                        await self._keep(hour)
                        self.records.apply(some)
                        self.owed.add(self._moved(some))
                self._work.set()
                if len(entries) == BATCH and await self._journal.size() - self.state.number >= BATCH:
                    break
            await self._leap()

    def _moved(self, entries: Sequence[Entry]) -> list[int]:
        """Moves companions and state past `entries`; answers the TPS rows that these are about."""
        before = self.state.number
        for companion in self.companions:
            if wanted := [entry for entry in entries if entry.kind in companion.kinds]:
                companion.fold(wanted)
        rows = self.state.fold(entries)
        self.cutter.touched(rows)
        if any(entry.kind in ABOVE and entry.event is not None and not is_tps(entry.event.tps) for entry in entries):
            self.cutter.moved(before)
        if self.policy.anew():
            self.owed.look_again(np.flatnonzero(self.state.last).tolist())
        FOLDED.labels(self.key).inc(len(entries))
        self._changed.set()
        return rows

    async def _keep(self, hour: str | None) -> None:
        """The state as it stands at the beginning of an hour is kept; nothing moves meanwhile."""
        if hour is not None:
            await self.hours.keep(hour, self.state)

    # --- judge ------------------------------------------------------------------------------------------------------

    async def _judge_all(self) -> None:
        while True:
            while not self.owed.idle:
                await self.judge_some()
                OWED.labels(self.key).set(len(self.owed))
            self._work.clear()
            await self._work.wait()

    async def judge_some(self) -> None:
        """Judges some of the records owed. One that is touched meanwhile is owed again."""
        rows = waiting = self.owed.take(self._pace.judged, self._pace.looked)
        try:
            async with self._turn:
                cases = [*zip(map(self._place, rows), await self.records.at(rows), strict=True)]
            done = await self._judge.judge(cases)
            waiting = [row for row, judged in zip(rows, done, strict=True) if not judged]
        finally:
            self.owed.done(rows, waiting)
        if waiting and len(self.owed) == len(waiting):
            await asyncio.sleep(self._pace.again)  # there is nothing else to judge meanwhile

    def _place(self, row: int) -> Place:
        dpt = (int(self._bundle.dpt_l[row]), int(self._bundle.dpt_p[row]))
        return Place(self.key, self._bundle.tree.tps_kode(row), self.state.ballot(row), dpt, self._limits)

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
        """Publishes everything that changed after the last cut: while many records wait, totals ahead of them."""
        while True:
            if self.cutter.waiting > self._pace.rows:
                await self._cut(0)
            await self._cut(self._pace.rows)
            if not self.cutter.waiting:
                break

    async def _cut(self, rows: int) -> None:
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)
            cut, told = await self.cutter.take(rows)
            await self.cutter.write(cut, told, turn.aclose)
        NUMBER.labels(self.key).set(self.cutter.cut)

    async def _save_at_times(self) -> None:
        number, moment = self._kept
        events = self.state.number - number
        if events >= self._pace.snapshot_events or (events and _now() - moment >= self._pace.snapshot):
            self._kept = (self.state.number, _now())
            await asyncio.to_thread(self.hours.flush)
            await asyncio.to_thread(snapshot.save, self.path, self._snapshot())

    def _snapshot(self) -> Snapshot:
        return Snapshot.of(self.state, self.owed.all(), self._fingerprint)

    # --- check ------------------------------------------------------------------------------------------------------

    async def _check_all(self) -> None:
        while True:
            await self.compare()
            await asyncio.sleep(self._pace.check)
            await self.check()

    async def compare(self) -> None:
        """Looks through everything published, a piece at a time; whatever differs from the state is written anew."""
        async for areas, rows in self.cutter.differing():
            self.cutter.differ(areas, rows)
            self._changed.set()

    async def _look_all(self) -> None:
        while True:
            started = _now()
            await self.look()
            await asyncio.sleep(max(self._pace.strange, SHARE * (_now() - started)))

    async def look(self) -> strangers.Strange:
        """Looks for published rows that something else has written: alarm, and the next cut writes them anew.

        The finding stands until a person has seen it (`suara findings`).
        """
        found = await strangers.found(self._storage.pool, self.key)
        places = [f"{table} {kode}" for table, kodes in found.items() for kode in kodes]
        for place in await findings.note(self._storage.pool, self.key, NOT_BY_A_CUT, places):
            log.error("%s: a published row was not written by a cut: %s", self.key, place)
        if found:
            self.cutter.strange(found)
            self._changed.set()
        return found

    async def check(self) -> int:
        """Sums everything anew beside the deltas. Where they differ: alarm, put right, publish.

        Answers in how many areas they differed.
        """
        started = _now()
        holds = await asyncio.to_thread(self.state.sound)
        ROUND.labels(self.key).set(_now() - started)
        if holds:
            return 0
        async with self._turn:
            found = await asyncio.to_thread(self.state.rebuild)
            self.cutter.differ(found)
        log.error("%s: the totals of %d areas are not those of their TPS", self.key, len(found))
        SHADOW.labels(self.key).inc(len(found))
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
                log.warning("%s: %s: trying again", self.key, error)
            wait = 0.1 if _now() - started > 10 else min(2 * wait, 5.0)
            await pause(wait)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    snapshots: Path,
    clock: Clock,
    host: str = reads.HOST,
    port: int | None = None,
    policy: Policy | None = None,
    pace: Pace | None = None,
    takes: Sequence[Take] = COMPANIONS,
) -> None:
    """Recapitulates contests of the bundle until cancelled, and answers questions about them on `port`.

    `snapshots` is a folder of this engine's own; `also` is `live`'s. Screens sit beside every contest, and know of each
    other's.
    """
    takes = (*takes, Together())
    engines = {
        key: ContestEngine(
            bundle, storage, key, snapshots=snapshots, clock=clock, policy=policy, pace=pace, takes=takes
        )
        for key in bundle.live
    }
    async with asyncio.TaskGroup() as tasks:
        for engine in engines.values():
            tasks.create_task(engine.run())
        if port is not None:
            counted = {key: _counted(engine) for key, engine in engines.items()}
            tasks.create_task(reads.serve(bundle, counted, host=host, port=port))
        if not engines:
            await asyncio.Event().wait()


def _counted(engine: ContestEngine) -> Counted:
    return Counted(engine.state, engine.hours, lambda: engine.ready)
