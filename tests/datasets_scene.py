"""An evening of every contest as open data, built from the real engines' rows for tests to read as strangers do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from engine_scene import Night, clock, truth_of
from publisher_contests import Evening, cut, evening, rulings

from election import bundle as bundles
from election.bundle import Bundle
from election.codes import LEVELS, NATION_CODE
from publisher.datasets.service import Datasets
from publisher.earlier.kept import keep
from publisher.earlier.model import Earlier, Place
from publisher.earlier.publishing import lay, publish
from publisher.folder import Folder
from storage.opened import Storage, open_storage
from storage.settings import Settings


def then_of(bundle: Bundle) -> Earlier:
    """The election before, of the same areas under other keys; every kelurahan has its own figures."""
    tree, places, figures = bundle.tree, {}, {}
    for area in range(tree.n_areas):
        parent = "" if not area else f"k{int(tree.parent[area])}"
        key = NATION_CODE if not area else f"k{area}"
        above = NATION_CODE if parent == "k0" else parent
        places[key] = Place(key, LEVELS[tree.tingkat(area)], above, tree.nama(area).title(), "" if area else "0")
        inside = range(*tree.tps_of(area).indices(tree.n_tps))
        figures[key] = {"kpu": {"paslon_1": sum(inside), "paslon_2": len(inside), "pemilih_dpt_j": 1000}}
    return Earlier("2024", "ppwp", "2024-02-14", {"paslon_1": "A", "paslon_2": "B"}, places, figures)


KEYS = ("ppwp", "pdpr", "pdpd", "pdprdk", "pkwkk")
"""One contest of each kind: pairs of a nation and of a place, candidates, parties with dapil of both."""

_MADE: list["OpenData"] = []


@pytest.fixture(scope="session")
def opened(servers, tmp_path_factory: pytest.TempPathFactory) -> "OpenData":
    """Built before the vote and after an evening, with an earlier election beside it; one for all modules."""
    if not _MADE:  # a fixture that several modules import is one in each of them
        _MADE.append(_opened(servers, tmp_path_factory.mktemp("opendata")))
    return _MADE[0]


def _opened(servers, folder: Path) -> "OpenData":
    servers.execute("create database open_data template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("open_data"), redis_url=servers.redis_url)
    found = OpenData(settings, folder)
    assert set(found.build()) == set(KEYS)
    package = json.loads((found.data / "datapackage.json").read_text())["resources"]
    csvs = [one["path"] for one in package if one.get("format") == "csv"]
    found.zero = {path: (found.data / path).read_bytes() for path in csvs}
    found.act()
    found.act(rulings, ("pdpd",))
    keep(folder / "earlier", then_of(found.bundle))
    publish(Folder(found.public), lay(found.bundle, folder / "earlier"))
    found.now = found.now.replace(hour=15)
    assert set(found.build()) == set(KEYS)
    return found


class OpenData:
    """The open data of one invented election, and the means to go on behind them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.bundle: Bundle = bundles.make(
            folder / "bundle", seed=5, provinsi=2, kabupaten=3, kecamatan=5, kelurahan=7, tps=16, abroad=2,
            contests=KEYS,
        )  # fmt: skip
        self.public = folder / "public"
        self.now: datetime = clock()
        self.zero: dict[str, bytes] = {}  # files as they were before the vote

    @property
    def data(self) -> Path:
        return self.public / "data"

    def act(self, act: Callable[[Night], Awaitable[None]] = evening, keys: tuple[str, ...] = KEYS) -> None:
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

    def show(self, key: str) -> None:
        """Publish the documents of a contest, too."""
        self._run(self._show, key)

    async def _show(self, key: str) -> None:
        async with await open_storage(self.settings) as storage:
            await Evening(self.bundle, self.settings, self.public).publish(storage, key)

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
