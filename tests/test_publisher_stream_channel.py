"""A channel under every order of things: readers join, fill up and drain between any two awaits of a telling."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_scene import QUICK, Book, eventually

from publisher.stream import channel as channels
from publisher.stream.channel import Channel
from publisher.stream.entries import Entries
from publisher.stream.event import Piece
from publisher.stream.limits import Places
from publisher.stream.mark import Mark
from publisher.stream.metrics import Metrics
from publisher.stream.reader import Reader


class Line:
    """A transport in the test's hand: it is full when the test says so, and says so at a write, as real ones do."""

    def __init__(self) -> None:
        self.reader: Reader | None = None
        self.numbers: list[int] = []
        self.full = self.paused = False

    def get_extra_info(self, name: str) -> "Line":
        return self

    def setsockopt(self, *_: int) -> None:
        pass

    def set_write_buffer_limits(self, high: int) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes | memoryview) -> None:
        text = bytes(data).decode()
        self.numbers += [int(line[4:]) for line in text.split("\n") if line.startswith("id: ") and "data" in text]
        if self.full and not self.paused:
            self.paused = True
            self.reader.pause_writing()

    def close(self) -> None:
        pass

    abort = close

    def drain(self) -> None:
        """It has sent everything."""
        self.full = False
        if self.paused:
            self.paused = False
            self.reader.resume_writing()


class Past:
    """Events without files; each question takes as long as chance will have it."""

    lasting = True

    def __init__(self, rng: random.Random) -> None:
        self.size, self._rng = 5, rng

    async def newest(self) -> Mark:
        await self._while()
        return Mark(self.size)

    async def after(self, mark: Mark, newest: Mark) -> Piece:
        await self._while()
        last = min(newest.number, mark.number + self._rng.randint(1, 4))
        text = b"".join(b"id: %d\ndata: x\n\n" % number for number in range(mark.number + 1, last + 1))
        return Piece(text, Mark(last), last - mark.number)

    async def _while(self) -> None:
        for _ in range(self._rng.randint(0, 3)):
            await asyncio.sleep(0)


STEPS = st.lists(
    st.tuples(st.sampled_from(["join", "grow", "fill", "drain", "wait"]), st.integers(0, 9)), min_size=5, max_size=60
)


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), steps=STEPS)
def test_in_whatever_order_things_happen_every_reader_hears_everything_once(seed: int, steps: list) -> None:
    async def scenario() -> None:
        past = Past(random.Random(seed))
        channel = Channel("ppwp", past, QUICK, Metrics(), lambda: 1)
        await channel.open()
        lines: list[tuple[int, Line]] = []
        for what, amount in steps:
            if what == "join":
                lines.append((start := min(amount, channel.newest.number), join(channel, start)))
            elif what == "grow":
                past.size += amount
                channel.ring()
            elif what == "wait":
                for _ in range(amount):
                    await asyncio.sleep(0)
            elif lines:
                line = lines[amount % len(lines)][1]
                if what == "fill":
                    line.full = True
                else:
                    line.drain()
        for _, line in lines:
            line.drain()
        channel.ring()
        await eventually(lambda: all((line.numbers or [start])[-1] == past.size for start, line in lines))
        await asyncio.sleep(0)
        for start, line in lines:
            assert line.numbers == list(range(start + 1, past.size + 1))
        await channel.close("")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(channels, "GROUP", 1)  # the loop turns between any two readers
        asyncio.run(scenario())


def join(channel: Channel, start: int) -> Line:
    line = Line()
    line.reader = Reader(line, Mark(start), chunked=False)
    channel.join(line.reader, b"", lambda: None)
    return line


def test_a_bundle_that_is_finished_while_it_is_read_is_read_whole(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(200)
        entries = Entries(book.files, ThreadPoolExecutor(1))
        head = book.files.checkpoint()
        book.grow(100)  # takes the bundle of 200 away
        book.files.checkpoint = lambda: head
        newest = await entries.newest()
        assert newest == Mark(200)
        piece = await entries.after(Mark(190), newest)
        assert (piece.last, piece.events) == (newest, 10)
        assert bytes(piece.text).count(b"\nevent: scan_received\n") == 10

    asyncio.run(scenario())


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=60))
def test_places_are_counted_and_forgotten(steps: list[tuple[bool, str]]) -> None:
    places, inside = Places(channels.Limits(readers=6, an_address=3)), dict.fromkeys("abc", 0)
    for enters, name in steps:
        if not enters and inside[name]:
            places.leave(name)
            inside[name] -= 1
        elif enters:
            full = sum(inside.values()) == 6 or inside[name] == 3
            if full:
                with pytest.raises(Exception, match="full"):
                    places.enter(name)
            else:
                places.enter(name)
                inside[name] += 1
    assert dict(places._inside) == {name: count for name, count in inside.items() if count}
