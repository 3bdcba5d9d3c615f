"""An evening of every contest at once, through the real engines: for tests of what the public gets of each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from engine_scene import Night, engine_of

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from election.clock import system_clock
from election.contest import CONTEST_TYPES, SUARA
from publisher.chronicle.chronicler import Chronicler
from publisher.chronicle.front import Front
from publisher.folder import Folder
from publisher.follower import Follower
from publisher.site import Site as Pages
from recap.engine import ContestEngine
from recap.outlook import Outlooks
from recap.service import COMPANIONS
from storage.opened import Storage, open_storage
from storage.settings import Settings

ALL = tuple(CONTEST_TYPES)
AT = "2029-02-14T12:30:00.000Z"
BASE = "https://suara.example"


def invented(folder: Path, seed: int = 5, tps: int = 24) -> Bundle:
    """Two provinces, four kabupaten and some TPS abroad, with every contest there is."""
    return bundles.make(
        folder, seed=seed, provinsi=2, kabupaten=4, kecamatan=8, kelurahan=10, tps=tps, abroad=2, contests=ALL
    )


async def hold(night: Night, row: int, block: str, figures: ev.Figures) -> int:
    """The machine holds a block."""
    return await night.send(
        ev.BlockHeld(
            tps=night.tps(row), at=AT, block=block, replaces=0, figures=figures, scans=(), reading=0, salt=None,
            read=None, reasons=("E404",), policy="p",
        ),
        expect=0,
    )  # fmt: skip


async def reopen(night: Night, tps: str, version: int = 2, replaces: int = 0, ground: str = "psu") -> int:
    """The record begins anew."""
    return await night.send(
        ev.VersionOpened(
            tps=tps, at=AT, replaces=replaces, version=version, ground=ground, order="12/PSU/2029", document=None,
            roles=("kpu_kabkota", "kpu_kabkota"), accounts=("private.name", "private.other"),
        ),
        expect=await night.journal.decided(tps, "*"),
    )  # fmt: skip


async def dispute(night: Night, kode: str, block: str | None = None) -> int:
    """Somebody disputes a result."""
    return await night.send(
        ev.DisputeOpened(
            tps=kode, at=AT, forum=next(iter(ev.FORUMS)), cause=next(iter(ev.CAUSES)), reference="7/PHPU/2029",
            documents=("d" * 64,), role="kpu_ri", account="private.name", block=block,
        )
    )  # fmt: skip


async def determine(night: Night, kode: str, totals: Sequence[int]) -> int:
    """The result of an area is closed."""
    return await night.send(
        ev.ResultDetermined(
            tps=kode, at=AT, replaces=0, number="360 Tahun 2029", date="2029-03-20", sk="a" * 64, ba="b" * 64,
            upto=await night.journal.size(), totals=tuple(totals), roles=("kpu_ri", "kpu_ri"),
            accounts=("private.name", "private.other"), despite=next(iter(ev.DESPITE)),
        ),
        expect=0,
    )  # fmt: skip


async def print_total(night: Night, kode: str, figures: dict[str, ev.Figures], replaces: int = 0) -> int:
    """The total of an area's D.Hasil is entered."""
    return await night.send(
        ev.RecapEntered(
            tps=kode, at=AT, replaces=replaces, of=kode, figures=figures, document="c" * 64, source="entered",
            role="ppk", account="private.name",
        ),
        expect=replaces,
    )  # fmt: skip


@dataclass
class Evening:
    """A site of every contest, and the means to go on behind it."""

    bundle: Bundle
    settings: Settings
    public: Path
    keys: tuple[str, ...] = ALL

    def rows(self, key: str) -> list[int]:
        """TPS that hold a contest."""
        return [int(row) for row in np.flatnonzero(self.bundle.tps_holding(key))]

    def go_on(self, act: Callable[[Night], Awaitable[None]], keys: Sequence[str] | None = None) -> None:
        """Act in every contest, cut, publish. In a thread: a browser's driver may hold this one's loop."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._go_on(act, keys or self.keys)).result()

    async def publish(self, storage: Storage, key: str) -> bool:
        """Publish what is there; False where there was nothing to do."""
        pages, folder = Pages(self.bundle, self.bundle.live, BASE), Folder(self.public)
        given = storage, folder, pages
        told = await Follower(self.bundle, key, *given, BASE, system_clock).catch_up()
        await Chronicler(self.bundle, key, *given, BASE, system_clock).catch_up()
        await Front(self.bundle, *given, system_clock).catch_up()
        return told

    async def _go_on(self, act: Callable[[Night], Awaitable[None]], keys: Sequence[str]) -> None:
        async with await open_storage(self.settings) as storage:
            for key in keys:
                await act(Night(self.bundle, storage, key))
                await cut(self.bundle, storage, key, self.public.parent / "snapshots")
                await self.publish(storage, key)


async def cut(bundle: Bundle, storage: Storage, key: str, snapshots: Path) -> ContestEngine:
    """What the engine and its companions make of the journal, published."""
    engine = engine_of(bundle, storage, snapshots, key, takes=COMPANIONS)
    await engine.catch_up()
    await engine.cutter.begin()
    for companion in engine.companions:
        while isinstance(companion, Outlooks) and not await companion.look():
            pass
    for _ in range(4):  # a cut writes some documents; what is owed comes with the next
        await engine.cut()
    return engine


async def evening(night: Night) -> None:
    """Half of the TPS counted whole, one with its votes held, the others silent."""
    rows = [int(row) for row in np.flatnonzero(night.bundle.tps_holding(night.key))]
    for row in rows[::2]:
        await night.counted(row)
    some = rows[1]
    ballot = night.ballot(some)
    await hold(night, some, SUARA, tuple(range(len(ballot.blocks[SUARA]))))


async def rulings(night: Night) -> None:
    """The first TPS votes again, the third is disputed, its kelurahan's D.Hasil differs, a province is determined."""
    tree = night.bundle.tree
    await reopen(night, night.tps(0))
    await dispute(night, night.tps(2))
    kelurahan = int(tree.tps_parent[2])
    shown = night.bundle.printed(night.key).shown(kelurahan)
    figures = {block: tuple(7 for _ in fields) for block, fields in shown.blocks.items()}
    await print_total(night, tree.kode(kelurahan), figures)
    province = tree.kode(tree.path(0)[1])
    await dispute(night, province)
    await determine(night, province, [1] * len(night.bundle.printed(night.key).common))
