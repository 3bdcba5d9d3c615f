"""Draws and photographs the forms of the night, a few ahead of those who send them, in processes that yield to others.

How a form is drawn and photographed lives in `paper`; here is only when, where to, and how small.
"""

import asyncio
import multiprocessing
import os
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from election.contest import Contest
from loadtest.night.chance import generator

LARGEST_PHOTO = 300_000
"""Bytes: what the officers' app compresses to."""

_NICE = 10


class Sitting(Struct, frozen=True):
    """What to draw of one form: the figures on the paper, and how hard each page's photo is to read."""

    seed: int
    tps: str
    ballot: Contest
    figures: dict[str, int]
    hardness: tuple[float, ...]
    place: dict[str, str]  # names of the areas and the TPS, as written on every page

    @property
    def name(self) -> tuple[str, str]:
        """Contest and TPS: nobody else's."""
        return self.ballot.key, self.tps


def photo_path(folder: Path, contest: str, tps: str, page: int) -> Path:
    """Where the photo of a page lies until it is acknowledged."""
    return folder / f"{contest}-{tps}-{page}.jpg"


def draw(sitting: Sitting, folder: Path) -> tuple[Path, ...]:
    """Draws and photographs every page that is not there yet; the same sitting always gives the same pictures."""
    from election import form  # noqa: PLC0415 - drawing runs in a child: the parent stays small
    from paper import hand  # noqa: PLC0415
    from paper.fill import write  # noqa: PLC0415
    from paper.photo import photograph  # noqa: PLC0415

    template = form.of(sitting.ballot)
    writer = hand.invent(generator(sitting.seed, "writer", sitting.tps))
    paths = []
    for page, hardness in zip(template.pages, sitting.hardness, strict=True):
        path = photo_path(folder, sitting.ballot.key, sitting.tps, page.number)
        paths.append(path)
        if path.exists():
            continue
        rng = generator(sitting.seed, "paper", sitting.ballot.key, sitting.tps, str(page.number))
        filled = write(template, page.number, sitting.figures, rng, writer, sitting.place)
        _place(path, small_enough(photograph(filled.picture, rng, hardness).jpeg))
    return tuple(paths)


def small_enough(jpeg: bytes, limit: int = LARGEST_PHOTO) -> bytes:
    """The photo in at most `limit` bytes: as it is, or compressed harder as the officers' app would."""
    import cv2  # noqa: PLC0415 - runs in a child
    import numpy as np  # noqa: PLC0415

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if len(jpeg) > limit else None
    for quality in range(60, 0, -8):
        if len(jpeg) <= limit:
            break
        jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return jpeg


def _place(path: Path, data: bytes) -> None:
    """Whole or not at all, so that a killed draughtsman leaves no half photo behind."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(data)
    part.rename(path)


def _settle(parent: int) -> None:
    """In the child: give way to everyone, and end when the parent ends, however it ends."""
    os.nice(_NICE)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


class Studio:
    """A small pool of draughtsmen. `folder` holds the photos from drawing to acknowledgement."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for half in folder.glob("*.part"):
            half.unlink()
        self._folder = folder
        self._asked: dict[tuple[str, str], Future[tuple[Path, ...]]] = {}
        self._pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=_settle, initargs=(os.getpid(),)
        )

    def __enter__(self) -> "Studio":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def ask(self, sitting: Sitting) -> None:
        """Puts a form in the draughtsmen's queue, once."""
        if sitting.name not in self._asked:
            self._asked[sitting.name] = self._pool.submit(draw, sitting, self._folder)

    async def photos(self, sitting: Sitting) -> tuple[bytes, ...]:
        """The photos of a form, page by page, as soon as they are drawn."""
        self.ask(sitting)
        paths = await asyncio.wrap_future(self._asked[sitting.name])
        return tuple([path.read_bytes() for path in paths])

    def done(self, sitting: Sitting, *, keep: bool = False) -> None:
        """The photos of a form are acknowledged; without `keep` they are thrown away."""
        asked = self._asked.pop(sitting.name, None)
        if asked is not None and not keep:
            for path in asked.result():
                path.unlink(missing_ok=True)
