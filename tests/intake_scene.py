"""Photos for the intake, disks that fail, and a process that dies where it is told to."""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

from election.event import ScanReceived, said
from storage.draft import phone_key
from storage.intake.disk import Disk, arena
from storage.intake.intake import Intake, Photo
from storage.intake.shelf import PackShelf, Sizes
from storage.keys import load_or_make
from storage.opened import Storage, open_storage
from storage.settings import Settings

AT = "2029-02-14T09:12:33.120Z"
SMALL = Sizes(first=1 << 20, largest=4 << 20, flush=1 << 20)
STEPS = (
    "before the flush", "in the flush", "after the flush", "before the index", "after the index",
    "before the append", "after the append", "before the signature", "making a pack",
)  # fmt: skip


def photo(number: int, size: int = 100_000, page: int = 2) -> Photo:
    """The photo of this number, always the same."""
    data = (b"\xff\xd8\xff\xe0" + number.to_bytes(8, "big")) * (size // 12 + 1)
    event = ScanReceived(tps="1", at=AT, page=page, sha256=sha256(data[:size]).hexdigest(), size=size, by="kpps")
    key = phone_key(uuid5(UUID(int=0), str(number)).bytes)
    return Photo(key=key, digest=said(event), data=data[:size], event=event, journal="ppwp")


class Failing(Disk):
    """A disk that raises what `fail` says at the numbered writes and makings (from 1)."""

    def __init__(self, fail: Callable[[str, int], int | None]) -> None:
        super().__init__(reserve=0)
        self._fail, self.counts = fail, {"make": 0, "write": 0}

    def make(self, path: Path, size: int, first: bytes) -> int:
        self._count("make")
        return Disk(reserve=0).make(path, size, first)

    def write(self, descriptor: int, parts: list[memoryview], at: int) -> None:
        self._count("write")
        super().write(descriptor, parts, at)

    def _count(self, what: str) -> None:
        self.counts[what] += 1
        code = self._fail(what, self.counts[what])
        if code is not None:
            raise OSError(code, os.strerror(code))


def intake(storage: Storage, disk: Disk | None = None, sizes: Sizes = SMALL) -> Intake:
    """An intake over small packs."""
    assert storage.packs is not None
    shelf = PackShelf(storage.packs, sizes, disk or Disk(reserve=0))
    return Intake(storage.journal, shelf, load_or_make(storage.settings.data_dir / "keys", "receipts"))


def die() -> None:
    """As a power switch would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str, after: int) -> None:
    """Makes this process die at `step`, the `after`-th time that it comes there."""
    from storage.intake import intake as intakes
    from storage.intake.index import Index
    from storage.intake.pack import Pack
    from storage.writer import Writer

    left = [after]

    def there() -> None:
        left[0] -= 1
        if not left[0]:
            die()

    def around(owner: type, name: str, *, before: bool) -> None:
        work = getattr(owner, name)

        def changed(*given, **named):
            if before:
                there()
            result = work(*given, **named)
            if not before:
                there()
            return result

        async def changed_later(*given, **named):
            if before:
                there()
            result = await work(*given, **named)
            if not before:
                there()
            return result

        setattr(owner, name, changed_later if asyncio.iscoroutinefunction(work) else changed)

    whole = Disk.write

    def torn(self: Disk, descriptor: int, parts: list[memoryview], at: int) -> None:
        """Half of the flush reaches the disk."""
        if at:
            left[0] -= 1
            if not left[0]:
                data = b"".join(parts)
                buffer = memoryview(arena(len(data)))
                buffer[: len(data)] = data
                os.pwrite(descriptor, buffer[: len(data) // 8192 * 4096], at)
                die()
        whole(self, descriptor, parts, at)

    if step == "in the flush":
        Disk.write = torn
    elif step == "before the signature":
        work = intakes.issue
        intakes.issue = lambda *given: (there(), work(*given))[1]
    else:
        when, _, what = step.partition(" the ")
        owner, name = {"flush": (Pack, "write"), "index": (Index, "add"), "append": (Writer, "settle"),
                       "": (Disk, "make")}[what]  # fmt: skip
        around(owner, name, before=when != "after")


async def send(settings: Settings, numbers: range) -> None:
    """Keeps these photos, ten at a time, and says on stdout which are acknowledged."""
    async with await open_storage(settings) as storage, intake(storage) as own:
        turn = asyncio.Semaphore(10)

        async def one(number: int) -> None:
            async with turn:
                kept = await own.keep(photo(number))
                print(number, kept.number, int(kept.outcome), flush=True)

        await asyncio.gather(*map(one, numbers))


if __name__ == "__main__":
    folder, database, redis, step, after, first, last = sys.argv[1:]
    if step:
        arm(step, int(after))
    settings = Settings(data_dir=Path(folder), database_url=database, redis_url=redis)
    asyncio.run(send(settings, range(int(first), int(last))))

__all__ = ["AT", "SMALL", "STEPS", "Failing", "arm", "die", "errno", "intake", "photo", "send"]
