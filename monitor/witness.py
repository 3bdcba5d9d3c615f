"""A witness: an HTTP server that signs a log's heads for as long as the log only grows (C2SP tlog-witness).

What is signed is `tlog.witness`'s to judge; here is the order that makes the judgement worth something: one request
of a log at a time, and what was seen is on the disk before it is answered.
"""

import asyncio
from collections.abc import Callable, Mapping

import msgspec
from aiohttp import web

from monitor.memory import Memory
from tlog.note import NoteError, Signer, Verifier
from tlog.witness import TEXT_TYPE, Answer, Request, Seen, judge

LARGEST = 65_536
"""Bytes of a request: 63 hashes and a checkpoint with many signatures fit well within."""


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
