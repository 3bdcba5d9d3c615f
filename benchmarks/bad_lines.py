"""Phones on bad lines, thousands at once, from several processes: a client that has time for each of them.

A phone sends what a first TCP window holds, then a packet from time to time, and begins again wherever its line was
ended. What the front door makes of them, and what memory it takes, is `bench_overload`'s to say.
"""

import asyncio
import os
import random
import resource
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import line

FIRST, STEP = 14_600, 1_460
"""Bytes: ten packets at once (RFC 6928), then one by one."""

PAUSE = 3.0
"""Seconds between two packets: 4 kbit/s, twice what must come."""

RISE = 12.0
"""Seconds over which the phones come in."""


@dataclass(frozen=True)
class Crowd:
    """The processes that play phones; each writes down how many of its lines are open and have brought what was sent.

    Call `end` once.
    """

    pids: tuple[int, ...]
    ends: tuple[socket.socket, ...]

    def alive(self) -> int:
        """Phones that are sending at this moment."""
        for end in self.ends:
            end.send(b"?")
        return sum(int(end.recv(32)) for end in self.ends)

    def end(self) -> None:
        """Everybody goes, without a word."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for end in self.ends:
            end.close()


def start(port: int, photos: Sequence[line.Request], processes: int = 4) -> Crowd:
    """A phone for every photo; all have come after `RISE` seconds."""
    started = [_start(port, photos[number::processes]) for number in range(processes)]
    return Crowd(tuple(pid for pid, _ in started), tuple(end for _, end in started))


def _start(port: int, photos: Sequence[line.Request]) -> tuple[int, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    code = 1
    try:
        import uvloop

        ours.close()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        uvloop.run(_play(port, photos, theirs))
        code = 0
    finally:
        os._exit(code)


async def _play(port: int, photos: Sequence[line.Request], asked: socket.socket) -> None:
    phones = [_Phone(port, photo) for photo in photos]
    asyncio.get_running_loop().add_reader(asked, lambda: _answer(asked, phones))
    await asyncio.gather(*(phone.live() for phone in phones))


def _answer(asked: socket.socket, phones: "Sequence[_Phone]") -> None:
    asked.recv(1)
    asked.send(str(sum(phone.sending for phone in phones)).encode())


class _Phone:
    """One photo a little at a time."""

    def __init__(self, port: int, photo: line.Request) -> None:
        self._port, self._photo, self.sending = port, photo, False

    async def live(self) -> None:
        await asyncio.sleep(random.uniform(0, RISE))
        while True:
            with suppress(OSError):
                await self._once()
            self.sending = False
            await asyncio.sleep(random.uniform(1, 3))

    async def _once(self) -> None:
        loop, (head, body, _) = asyncio.get_running_loop(), self._photo
        transport, reading = await loop.create_connection(line._Line, "127.0.0.1", self._port)
        try:
            transport.writelines((head, memoryview(body)[:FIRST]))
            self.sending = True
            for start in range(FIRST, len(body), STEP):
                await asyncio.sleep(random.uniform(0.5, 1.5) * PAUSE)
                if not reading.open or reading.answered.done():
                    return
                transport.write(memoryview(body)[start : start + STEP])
            await reading.answered
        finally:
            transport.abort()
