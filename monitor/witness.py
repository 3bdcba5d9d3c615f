"""A witness: an HTTP server that signs a log's heads for as long as the log only grows (C2SP tlog-witness).

What is signed is `tlog.witness`'s to judge; here is the order that makes the judgement worth something: one request
of a log at a time, and what was seen is on the disk before it is answered.
"""

import asyncio
import base64
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
from aiohttp import web
from msgspec import Struct

from tlog.note import NoteError, Signer, Verifier
from tlog.tree import EMPTY_ROOT
from tlog.witness import TEXT_TYPE, Answer, Request, Seen, judge

LARGEST = 65_536
"""Bytes of a request: 63 hashes and a checkpoint with many signatures fit well within."""


class Kept(Struct, frozen=True):
    """What lies on the disk of one log."""

    origin: str
    size: int
    root: str


class Memory:
    """The heads that were signed, a file a log in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def seen(self, origin: str) -> Seen:
        """What was signed last. Raises OSError, msgspec.DecodeError: who cannot remember signs nothing."""
        try:
            kept = msgspec.json.decode(self._path(origin).read_bytes(), type=Kept)
        except FileNotFoundError:
            return Seen(0, EMPTY_ROOT)
        return Seen(kept.size, base64.b64decode(kept.root))

    def keep(self, origin: str, seen: Seen) -> None:
        """Remembers; on the disk when this returns. Raises OSError."""
        path = self._path(origin)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(msgspec.json.encode(Kept(origin, seen.size, base64.b64encode(seen.root).decode())))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def alone(self, origin: str) -> Iterator[None]:
        """One judgement of this log at a time, whoever else has this folder: threads and other processes wait."""
        with self._path(origin).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.json"


class WitnessServer:
    """Answers `POST /add-checkpoint`. `logs` are the keys trusted, by origin; `now` answers seconds since 1970."""

    def __init__(
        self, logs: Mapping[str, tuple[Verifier, ...]], memory: Memory, signer: Signer, now: Callable[[], int]
    ) -> None:
        self._logs, self._memory, self._signer, self._now = logs, memory, signer, now

    async def add_checkpoint(self, request: web.Request) -> web.Response:
        """One head: a cosignature, or why there is none."""
        try:
            asked = Request.parse((await request.read()).decode())
        except (NoteError, UnicodeDecodeError) as error:
            return web.Response(status=400, text=f"{error}\n")
        origin = asked.checkpoint.origin
        if origin not in self._logs:
            return _response(judge(asked, self._logs, Seen(), self._signer, self._now()))
        return _response(await asyncio.to_thread(self._judge, asked, origin))

    def _judge(self, asked: Request, origin: str) -> Answer:
        try:
            with self._memory.alone(origin):  # the thread's, which goes on where the request is cancelled
                answer = judge(asked, self._logs, self._memory.seen(origin), self._signer, self._now())
                if answer.seen is not None:
                    self._memory.keep(origin, answer.seen)
        except (OSError, msgspec.DecodeError, ValueError) as error:
            return Answer(500, f"this witness cannot remember now: {type(error).__name__}\n")
        return answer

    async def about(self, _request: web.Request) -> web.Response:
        """Who this is and which logs it knows, for people and scripts."""
        lines = [self._signer.verifier.text, *sorted(self._logs)]
        return web.Response(text="\n".join(lines) + "\n")

    def app(self) -> web.Application:
        """The application."""
        server = web.Application(client_max_size=LARGEST)
        server.router.add_post("/add-checkpoint", self.add_checkpoint)
        server.router.add_get("/", self.about)
        return server


def _response(answer: Answer) -> web.Response:
    return web.Response(
        status=answer.status, body=answer.body.encode(), headers={"Content-Type": answer.type or TEXT_TYPE}
    )
