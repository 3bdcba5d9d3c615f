"""The engine against the real servers, for tests: invented elections, engines at work, and whoever sends to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from recap_scene import field_scores, page_read, reading, scan, truth

from election import bundle as bundles
from election import event as ev
from election import form as forms
from election import scores
from election.bundle import Bundle
from election.contest import ADM, ADMINISTRASI, SUARA, Contest
from election.record import layout
from election.scores import PageScores
from loadtest.night.truth import truth as night_truth
from recap.engine import ContestEngine
from recap.pace import Pace
from recap.policy import Policy
from storage.journal import Draft, Outcome
from storage.opened import Storage, open_storage

if TYPE_CHECKING:
    from storage.settings import Settings

QUICK = Pace(cut=0.01, again=0.02)
KEY = "ppwp"
TABLES = ("cut", "area", "dapil", "block", "version", "page")

Told = dict[str, tuple[int | None, ...]]
"""Block → figures."""


def clock() -> datetime:
    return datetime(2029, 2, 14, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Three kelurahan, fourteen TPS, the president."""
    return bundles.make(tmp_path_factory.mktemp("engine") / "b", seed=7, kelurahan=3, tps=14)


def engine_of(bundle: Bundle, storage: Storage, folder: Path, key: str = KEY, **more: Any) -> ContestEngine:
    more = {"policy": Policy(), "pace": QUICK, **more}
    return ContestEngine(bundle, storage, key, snapshots=folder, clock=clock, **more)


@asynccontextmanager
async def running(*engines: ContestEngine) -> AsyncIterator[None]:
    """Engines at work; killed, with whatever they were doing, at the end."""
    tasks = [asyncio.create_task(engine.run()) for engine in engines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ended:
            if not isinstance(end, asyncio.CancelledError):
                raise AssertionError("the engine stopped by itself") from (end if isinstance(end, Exception) else None)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Waits for `condition`; fails loudly."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 — the condition lies in the database
            await asyncio.sleep(0.01)


async def settled(storage: Storage, *engines: ContestEngine, key: str = KEY) -> None:
    """Everything in the journal is judged and published by every engine."""

    async def quiet() -> bool:
        size = await storage.journal(key).size()
        cut = await storage.pool.fetchval("select number from published.cut where contest = $1", key)
        idle = all(not len(e.owed) and e.state.number == size and e.cutter.cut == size for e in engines)
        return cut == size and idle and size == await storage.journal(key).size()

    await until(quiet)


async def at_work(engine: ContestEngine) -> None:
    """The engine has started and cut at least once."""

    async def started() -> bool:
        return engine.cutter.cut >= 0

    await until(started)


def truth_of(bundle: Bundle, key: str, row: int) -> Told:
    """Figures of one record on its own ballot that break no error rule; voters as the bundle has them."""
    if key == KEY:
        return truth(bundle, row)
    ballot, told = bundle.ballot(key, row), night_truth(bundle, 1, row, contest=key)
    true = dict(told.true)
    for party, choice in zip(ballot.choice_fields, ballot.choices, strict=True):
        if choice.candidates:
            each = true[party] // (len(choice.candidates) + 2)
            true |= {f"{party}_calon_{candidate.number}": each for candidate in choice.candidates}
            true[f"{party}_suara_partai"] = true[party] - each * len(choice.candidates)
        else:
            true[f"{party}_suara_partai"] = true[party]
    return {block: tuple(true[field] for field in fields) for block, fields in ballot.blocks.items()}


class Night:
    """Sends what officers and the reading machine send, in one contest."""

    def __init__(self, bundle: Bundle, storage: Storage, key: str = KEY) -> None:
        self.bundle, self.storage, self.key = bundle, storage, key
        self.contest = bundle.contest(key)
        self.journal = storage.journal(key)

    def tps(self, row: int) -> str:
        return self.bundle.tree.tps_kode(row)

    def ballot(self, row: int) -> Contest:
        return self.bundle.ballot(self.key, row)

    def pages(self, row: int) -> list[int]:
        """The pages of the record's form that carry figures."""
        return sorted({page for pages in layout(forms.of(self.ballot(row))).values() for page in pages})

    async def send(self, event: ev.Event, expect: int | None = None) -> int:
        (appended,) = await self.journal.append(Draft(event=event, expect=expect))
        assert appended.outcome is Outcome.APPENDED, appended
        return appended.number

    async def photo(self, row: int, page: int, paper: Told, fault: str | None = None, **more: Any) -> int:
        event = scan(self.tps(row), page)
        number = await self.send(ev.ScanReceived(**{**_fields(event), **more}))
        artefact = None if fault else await self.storage.artefacts.put(page_scores_of(self.ballot(row), paper, page))
        await self.send(page_read(self.tps(row), number, None if fault else page, artefact, fault))
        return number

    async def record(self, row: int, keyed: Told | None = None, paper: Told | None = None) -> None:
        told = truth_of(self.bundle, self.key, row)
        for page in self.pages(row):
            await self.photo(row, page, paper or told)
        await self.send(reading(self.tps(row), keyed or told))

    async def counted(self, row: int) -> None:
        """A record's blocks as a machine decided them, without all that goes before."""
        for block, figures in truth_of(self.bundle, self.key, row).items():
            await self.send(counted(self.tps(row), block, 0, figures), expect=0)


def _fields(event: ev.Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def counted(tps: str, block: str, replaces: int, figures: tuple[int | None, ...], at: str | None = None) -> ev.Event:
    return ev.BlockCounted(
        tps=tps, at=at or "2029-02-14T12:00:00.000Z", block=block, replaces=replaces, figures=figures, scans=(),
        reading=0, salt=None, policy="p",
    )  # fmt: skip


def page_scores_of(ballot: Contest, told: Told, page: int, sure: float = 15.0) -> bytes:
    """The artefact of a page of any ballot's form whose boxes and bubbles say `told`."""
    form = forms.of(ballot)
    flat = {f: n for block, fields in ballot.blocks.items() for f, n in zip(fields, told[block], strict=True)}
    fields = next(p for p in form.pages if p.number == page).fields
    seen = {f.name: field_scores(flat[f.name], bool(f.bubbles), sure) for f in fields if f.name in flat}
    return scores.encode(PageScores(form.name, page, seen))


async def rows(storage: Storage, table: str) -> list[tuple[Any, ...]]:
    found = await storage.pool.fetch(f"select * from published.{table}")
    return sorted((tuple(row.values()) for row in found), key=repr)


async def everything(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    return {table: await rows(storage, table) for table in TABLES}


async def area(storage: Storage, kode: str = "0", key: str = KEY) -> dict[str, Any]:
    found = await storage.pool.fetchrow("select * from published.area where contest = $1 and kode = $2", key, kode)
    return dict(found)


async def block(storage: Storage, tps: str, name: str, key: str = KEY) -> dict[str, Any]:
    found = await storage.pool.fetchrow(
        "select * from published.block where contest = $1 and tps = $2 and block = $3", key, tps, name
    )
    return dict(found) if found else {}


async def decisions(storage: Storage, key: str = KEY) -> list[tuple[int, ev.Decision]]:
    entries = await storage.journal(key).read(0, 100_000)
    return [(entry.number, entry.event) for entry in entries if isinstance(entry.event, ev.Decision)]


def wanted(bundle: Bundle, counted: dict[int, Told]) -> list[int]:
    """The nation's totals if these TPS are counted whole, where everybody has the same ballot."""
    fields = bundle.contest(KEY).fields
    return [sum(sum(told.values(), ())[j] for told in counted.values()) for j in range(len(fields))]


def night(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Runs an async test on storage of its own."""

    def run(storage_settings: "Settings", bundle: Bundle, tmp_path: Path) -> None:
        async def inside() -> None:
            async with await open_storage(storage_settings) as storage:
                await test(storage, bundle, tmp_path / "snapshots")

        asyncio.run(inside())

    return run


__all__ = ["ADM", "ADMINISTRASI", "KEY", "QUICK", "SUARA", "Night", "Told"]
