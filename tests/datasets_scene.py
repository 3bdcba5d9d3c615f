"""An evening of every contest as open data: built from the real engines' rows, for tests to read as strangers do."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
from engine_scene import Night, clock, truth_of
from publisher_contests import ALL, cut, evening, invented

from election.bundle import Bundle
from publisher.datasets.service import Datasets
from storage.opened import Storage, open_storage
from storage.settings import Settings


class OpenData:
    """The open data of one invented election, and the means to go on behind them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.bundle: Bundle = invented(folder / "bundle")
        self.public = folder / "public"
        self.now: datetime = clock()
        self.zero: dict[str, bytes] = {}  # files as they were before the vote

    @property
    def data(self) -> Path:
        return self.public / "data"

    def act(self, act: Callable[[Night], Awaitable[None]] = evening, keys: tuple[str, ...] = ALL) -> None:
        """Act in these contests, and cut."""
        self._run(self._act, act, keys)

    def build(self) -> list[str]:
        """One round; the contests that were built."""
        return self._run(self._build)

    def _run(self, what, *args):
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, what(*args)).result()

    async def _act(self, act: Callable[[Night], Awaitable[None]], keys: tuple[str, ...]) -> None:
        async with await open_storage(self.settings) as storage:
            for key in keys:
                await act(Night(self.bundle, storage, key))
                await cut(self.bundle, storage, key, self.folder / "snapshots")

    async def _build(self) -> list[str]:
        async with await open_storage(self.settings) as storage:
            return await self.datasets(storage).round()

    def datasets(self, storage: Storage) -> Datasets:
        return Datasets(self.bundle, self.public, storage.database_url, storage.journal, lambda: self.now)

    def published(self, query: str, *values: object) -> list[tuple]:
        """Rows of the database."""
        return self._run(self._published, query, *values)

    async def _published(self, query: str, *values: object) -> list[tuple]:
        async with await open_storage(self.settings) as storage:
            return [tuple(row) for row in await storage.pool.fetch(query, *values)]

    def tps(self, key: str, number: int) -> str:
        """A TPS that holds a contest; every second one was counted."""
        return self.bundle.tree.tps_kode(int(np.flatnonzero(self.bundle.tps_holding(key))[number]))

    def figures(self, key: str, number: int) -> dict[str, tuple]:
        """What was counted there."""
        return truth_of(self.bundle, key, int(np.flatnonzero(self.bundle.tps_holding(key))[number]))
