"""A sealer that is killed between any two of its lines. Run as a program: it splits itself into processes, which no
process can do in which other tests have left threads."""

import asyncio
import os
import sys
import threading
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from intake_scene import AT
from seal_scene import NOW, files

from election.event import PageRead, ScanReceived
from storage.backend import backend
from storage.draft import Entry
from storage.intake.disk import Disk
from storage.intake.pack import Parcel
from storage.intake.packs import Packs
from storage.intake.shelf import PackShelf, Sizes
from storage.scans import Store
from storage.seal.cabinet import Cabinet
from storage.seal.keys import Keys
from storage.seal.sealer import Sealer

PHOTOS = [bytes([n]) * 9000 for n in range(3)]
"""Two lie in a pack, the third in the folder."""

HASHES = [sha256(data).hexdigest() for data in PHOTOS]
WATCHED = ("storage/seal/sealer.py", "storage/seal/cabinet.py", "storage/seal/keys.py", "storage/durable.py",
           "storage/intake/packs.py", "storage/intake/index.py", "storage/scans.py")  # fmt: skip
KILLS = 24


class Journal:
    """Three photos came in, and the machine has looked at each."""

    events = [ScanReceived(tps="1", at=AT, page=2, sha256=sha, size=9000) for sha in HASHES] + [
        PageRead(
            tps="1", at=AT, scan=n, page=2, fault=None, quality=9, scores=None, rendition=None, model="", program=""
        )
        for n in (1, 2, 3)
    ]

    async def read(self, after: int, limit: int) -> list[Entry]:
        return [Entry(n, event, b"", "") for n, event in enumerate(self.events, 1) if n > after][:limit]

    async def entries(self, numbers: list[int]) -> dict[int, Entry]:
        return {n: Entry(n, self.events[n - 1], b"", "") for n in numbers}


class Cursor:
    """What the database keeps for a sealer, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def fetchval(self, _sql: str, _contest: str) -> int:
        return int(self.path.read_text()) if self.path.exists() else 0

    async def execute(self, _sql: str, _contest: str, _start: int, number: int) -> None:
        self.path.write_text(str(number))


def machine(folder: Path) -> Any:
    """A machine's storage without its database."""
    packs, cabinet = Packs(folder / "packs"), Cabinet(backend(folder / "sealed"), "", Keys(folder / "keys"))
    return SimpleNamespace(
        packs=packs, cabinet=cabinet, scans=Store(backend(folder / "scans"), "", packs, cabinet),
        pool=Cursor(folder / "cursor"), journal=lambda _: Journal(),
    )  # fmt: skip


def fill(folder: Path) -> None:
    """Two photos in a closed pack and one outside, before anything is sealed. Starts no thread that lives on."""

    async def run() -> None:
        packs = Packs(folder / "packs")
        shelf = PackShelf(packs, Sizes(first=1 << 16, largest=1 << 16, flush=1 << 16), Disk(reserve=0))
        for sha, data in list(zip(HASHES, PHOTOS, strict=True))[:2]:
            await shelf.keep(Parcel(sha[:8].encode(), b"ppwp {}", bytes.fromhex(sha), data))
        await shelf.close()
        packs.close()

    asyncio.run(run())
    sha = HASHES[2]
    target = folder / "scans" / sha[:2] / sha[2:4] / sha
    target.parent.mkdir(parents=True)
    target.write_bytes(PHOTOS[2])
    Keys(folder / "keys").make_custodian(folder / "custodian.key")


async def seal(folder: Path) -> None:
    own = Sealer(machine(folder), ("ppwp",), lambda: NOW)
    await own.follow()
    await own.tidy()


async def all_there(folder: Path) -> None:
    """Every photo, whatever happened, and with the next pass an end in which nothing lies in the clear."""
    store = machine(folder).scans
    for sha, data in zip(HASHES, PHOTOS, strict=True):
        assert await store.get(sha) == data
    await seal(folder)
    await seal(folder)
    for sha, data in zip(HASHES, PHOTOS, strict=True):
        assert await store.get(sha) == data
    assert not files(folder / "packs", "*.pack") and not [f for f in files(folder / "scans", "*") if len(f.name) == 64]
    assert len(files(folder / "sealed", "*.age")) == 3


def lines(folder: Path, kill: int | None) -> int:
    """Seals in a process that ends itself before the `kill`-th line; answers how many lines there were."""
    into, out = os.pipe()
    child = os.fork()
    if child:
        os.close(out)
        with os.fdopen(into) as said:
            told = said.read()
        os.waitpid(child, 0)
        return int(told or 0)
    count = 0

    def trace(frame: Any, what: str, _arg: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.endswith(WATCHED):
            return None
        if what == "line":
            count += 1
            if count == kill:
                os._exit(9)
        return trace

    sys.settrace(trace)
    threading.settrace(trace)
    asyncio.run(seal(folder))
    sys.settrace(None)
    os.write(out, str(count).encode())
    os._exit(0)


def apart(folder: Path) -> None:
    """Checks in a process of its own: libraries with threads must not be there when the next one is split off."""
    child = os.fork()
    if not child:
        try:
            asyncio.run(all_there(folder))
        except BaseException:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def main(folder: Path) -> None:
    """Kills it at lines all over; each time every photo must be there, and the next pass must end the work."""
    (folder / "0").mkdir()
    fill(folder / "0")
    whole = lines(folder / "0", None)
    apart(folder / "0")
    assert whole > 300, whole
    for kill in range(1, whole, max(1, whole // KILLS)):
        here = folder / str(kill)
        here.mkdir()
        fill(here)
        assert lines(here, kill) == 0, "it was not killed"
        apart(here)
    print(f"killed at {len(list(folder.iterdir())) - 1} of {whole} lines")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
