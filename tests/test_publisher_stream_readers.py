"""Readers as they are: cut off at any byte, slow, sent to another node. None loses an event or hears one twice."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path

import msgspec
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_scene import QUICK, Book, Browser, Node, Told, entry, eventually, node

from publisher.stream import reader
from publisher.stream.limits import Limits

replace = msgspec.structs.replace

NARROW = 4096
"""Bytes that a slow reader's kernel takes."""


def run(scenario: Coroutine) -> None:
    uvloop.run(asyncio.wait_for(scenario, 60))


def numbers(told: list[Told]) -> list[int]:
    return [int(one.id) for one in told]


def sound(browser: Browser, first: int) -> None:
    """Every event since `first`, once, in order, as the log has it."""
    assert numbers(browser.told) == list(range(first, first + len(browser.told)))
    assert all(one.data == entry(int(one.id)).decode() and one.kind == "scan_received" for one in browser.told)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.integers(1, 400)),
        st.tuples(st.just("read"), st.integers(1, 3_000)),
        st.tuples(st.just("take"), st.integers(1, 200_000)),
        st.tuples(st.just("cut"), st.integers(0, 1)),
        st.tuples(st.just("copy"), st.just(0)),
        st.tuples(st.just("rest"), st.integers(0, 2)),
    ),
    min_size=1,
    max_size=25,
)


class Night:
    """One log, its node, a mirror that is copied now and then, and one browser that goes between the two."""

    def __init__(self, folder: Path, nodes: list[Node], book: Book, start: int) -> None:
        self.folder, self.nodes, self.book, self.start = folder, nodes, book, start
        self.browser = Browser(nodes[0].port, f"/stream/ppwp?after={start}")

    async def open(self, place: int) -> None:
        """Ask the node at `place`; where its files are too old for us, copy them, and ask again."""
        self.browser.port = self.nodes[place].port
        await self.browser.open()
        if self.browser.status == 400:
            self.book.copy(self.folder / "mirror")
            await self.browser.open()
        assert self.browser.status == 200

    async def step(self, what: str, amount: int) -> None:
        """One thing that happens."""
        if what == "grow":
            self.book.grow(amount)
        elif what == "copy":
            self.book.copy(self.folder / "mirror")
        elif what == "rest":
            await asyncio.sleep(amount * 0.01)
        elif what == "cut":
            self.browser.close()
            await self.open(amount)
        else:
            await self.read(amount, whole=what == "take")

    async def read(self, amount: int, *, whole: bool) -> None:
        """So many bytes, where there are as many; or what has come of them."""
        while amount > 0:
            try:
                async with asyncio.timeout(0.03):
                    data = await self.browser.reader.read(amount)
            except TimeoutError:
                return
            assert data
            self.browser.feed(data)
            amount = amount - len(data) if whole else 0


@settings(max_examples=25)
@given(start=st.integers(0, 600), steps=STEPS)
def test_whatever_happens_every_event_comes_once(start: int, steps: list[tuple[str, int]]) -> None:
    async def scenario(folder: Path) -> None:
        book = Book(folder / "public")
        book.grow(600)
        book.copy(folder / "mirror")
        async with node(folder / "public") as first, node(folder / "mirror") as second:
            night = Night(folder, [first, second], book, start)
            await night.open(0)
            for what, amount in steps:
                await night.step(what, amount)
            book.copy(folder / "mirror")
            await night.browser.until(book.edge.size)
            sound(night.browser, start + 1)
            assert len(night.browser.told) == book.edge.size - start

    with tempfile.TemporaryDirectory() as folder:
        run(scenario(Path(folder)))


def test_a_reader_that_takes_nothing_is_let_go_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(10)
        async with node(tmp_path, replace(QUICK, patience=0.3)) as n:
            slow, quick = Browser(n.port), Browser(n.port)
            await slow.open(window=NARROW)
            await quick.open()
            await slow.until(10)
            await quick.until(10)
            for _ in range(40):
                book.grow(300)
                await quick.until(book.edge.size)
            await eventually(lambda: n.counts('suara_stream_dropped_total{stream="ppwp",why="slow"} 1.0'))
            await slow.listen()
            had = len(slow.told)
            assert had < len(quick.told)
            await slow.open()
            await slow.until(book.edge.size)
            sound(quick, 11)
            sound(slow, 11)
            assert 0 < had < len(slow.told) == len(quick.told) == 12_000

    run(scenario())


def test_a_slow_reader_that_does_take_something_gets_everything_at_its_own_pace(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(1)
        async with node(tmp_path) as n:
            browser = Browser(n.port)
            await browser.open(window=NARROW)
            await browser.until(1)
            for _ in range(20):
                book.grow(300)
                await browser.step(2000)
            while browser.last != str(book.edge.size):
                assert await browser.step(20_000)
            sound(browser, 2)
            assert len(browser.told) == 6000
            assert n.counts('suara_stream_behind{stream="ppwp"} 0.0')

    run(scenario())


def test_what_waits_for_those_who_do_not_read_is_bounded(tmp_path: Path) -> None:
    """Forty readers of a log of 7 MB read nothing: of it, each has a piece at most, and a live one what all share."""

    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(30_000)
        async with node(tmp_path) as n:
            idle = [Browser(n.port, "/stream/ppwp?after=0") for _ in range(20)]
            live = [Browser(n.port) for _ in range(20)]
            for browser in (*idle, *live):
                await browser.open(window=NARROW)
            for _ in range(30):
                book.grow(500)
                await asyncio.sleep(0.02)
            channel = n.streams._channels["ppwp"]
            waiting = [one._transport.get_write_buffer_size() for one in (*channel._live, *channel._behind)]
            assert len(waiting) == 40
            assert max(waiting) <= reader.UNSENT + (256 << 10)
            assert sum(size > 0 for size in waiting) >= 20, "the test has filled their lines"

    run(scenario())


def test_readers_that_say_something_more_are_hung_up_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(3)
        async with node(tmp_path, Limits(poll=0.01)) as n:
            browser = Browser(n.port)
            await browser.open()
            await browser.until(3)
            browser.writer.write(b"GET /stream/ppwp HTTP/1.1\r\nHost: x\r\n\r\n")
            await browser.listen()
            assert not browser.whole
            await eventually(lambda: n.counts('suara_stream_readers{stream="ppwp"} 0.0'))

    run(scenario())
