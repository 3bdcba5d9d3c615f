"""The engine of a contest: follows its journal, judges what came in, keeps the totals, and cuts them for the public.

It has its tasks: one folds the journal, one judges, one cuts, `scrutiny` looks over all that, and each companion works
beside them. All that lasts is the journal: the engine may be killed between any two lines, and run twice at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
from prometheus_client import Counter, Gauge

from election.bundle import Bundle
from election.clock import Clock
from election.codes import is_tps
from election.errors import Unavailable
from election.event import KINDS, Ruling
from election.record import ABOVE
from election.rules import Limits
from recap import snapshot
from recap.adjudicate import Place
from recap.companion import Companion, Seat, Take
from recap.cuts import Hours
from recap.cutter import Cutter
from recap.judge import Judge
from recap.layouts import Layouts
from recap.marking import Marking
from recap.owed import Owed, Unjudged
from recap.pace import Pace
from recap.policy import Policy, PolicyInForce
from recap.published import Published
from recap.records import Records
from recap.scrutiny import Scrutiny
from recap.snapshot import Snapshot, SnapshotDamaged
from recap.state import State
from storage.connect import LOST, pause
from storage.journal import Entry
from storage.opened import Storage
from storage.replay import replay
from storage.scans import AWAY

log = logging.getLogger(__name__)

FOLDED = Counter("suara_recap_events", "Journal entries folded in", ["contest"])
NUMBER = Gauge("suara_recap_cut", "Journal number of the last cut", ["contest"])
OWED = Gauge("suara_recap_owed", "Records that wait to be judged", ["contest"])

RULINGS = frozenset(tag for tag, kind in KINDS.items() if issubclass(kind, Ruling))
"""What a roll-up looks at closely."""

BATCH = 1_000
"""Entries that are folded one by one; whoever is further behind leaps."""


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
        self.scrutiny = Scrutiny(storage.pool, self.state, self.cutter, self._turn, self._changed.set, self._pace)
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
                for part in (self._follow, self._judge_all, self._cut_all, *self.scrutiny.parts, *beside):
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
