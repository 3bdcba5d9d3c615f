"""A client that is never what is measured: closed-loop connections over uvloop, requests made beforehand.

Each connection sends its next request when the answer to the last one is whole. Nothing of the body is copied in
Python: head, a part that all requests share, and a tail of its own go out as they lie.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, repeat

Request = Sequence[bytes | memoryview]
"""Buffers of one request, in order."""


@dataclass
class Turn:
    """What one turn of one arm brought."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    """Seconds from the first byte out to the last byte in, of the answers that are good."""
    client_cpu: float = 0.0
    starved: bool = False
    """Whether the requests ran out before the time."""

    @property
    def good(self) -> int:
        """Requests that were answered as done."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)


class _Line(asyncio.Protocol):
    """One connection, on which one request at a time is out."""

    def __init__(self) -> None:
        self._answer, self._whole = bytearray(), -1
        self.open, self.answered = True, asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        self.transport = transport
        transport.set_write_buffer_limits(high=1 << 22)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if self._whole < 0:
            end = self._answer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._whole = end + 4 + _length(self._answer[:end].lower())
        if len(self._answer) >= self._whole and not self.answered.done():
            self.answered.set_result(int(self._answer[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if not self.answered.done():
            self.answered.set_result(0)

    async def ask(self, request: Request) -> int:
        """The status of the answer; 0 where the line went without one."""
        self._answer, self._whole = bytearray(), -1
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.writelines(request)
        return await self.answered


async def _one(
    turn: Turn, port: int, requests: Iterator[Request], until: float, pause: float, beat: Iterator[float]
) -> None:
    loop, line = asyncio.get_running_loop(), None
    while True:
        if (early := next(beat) - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if (began := time.perf_counter()) >= until:
            break
        request = next(requests, None)
        if request is None:
            turn.starved = True
            break
        if line is None or not line.open:
            _, line = await loop.create_connection(_Line, "127.0.0.1", port)
        status = await line.ask(request)
        turn.statuses[status] += 1
        if 200 <= status < 300:
            turn.waits.append(time.perf_counter() - began)
        else:
            await asyncio.sleep(pause)
    if line is not None:
        line.transport.close()


def _length(head: bytes | bytearray) -> int:
    at = head.find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def drive(
    ports: Sequence[int],
    requests: Iterator[Request],
    *,
    lines: int,
    seconds: float,
    pause: float = 0.02,
    rate: float = 0.0,
) -> Turn:
    """Sends for so long over so many connections, spread over `ports`; who is sent away tries the next after `pause`
    seconds. With a `rate`, no more than so many requests a second, evenly. A status of 0 counts lines that went
    without an answer.
    """
    turn = Turn()
    began, cpu = time.perf_counter(), time.process_time()
    places = islice((port for _ in range(lines) for port in ports), lines)
    beats = (count(began + place / rate, lines / rate) if rate else repeat(began) for place in range(lines))
    await asyncio.gather(
        *(_one(turn, port, requests, began + seconds, pause, beat) for port, beat in zip(places, beats, strict=True))
    )
    turn.seconds, turn.client_cpu = time.perf_counter() - began, time.process_time() - cpu
    return turn
