"""The streams over real sockets: what they say, from where they go on, what they refuse, and what they need."""

import asyncio
import json
import shutil
from collections.abc import Coroutine
from pathlib import Path

import aiohttp
import msgspec
import pytest
import uvloop
from stream_scene import QUICK, Book, Browser, Told, entry, node

from publisher.stream.announcement import MOST, Announcement
from publisher.stream.cuts import KEPT, marks
from publisher.stream.mark import Mark

replace = msgspec.structs.replace


def run(scenario: Coroutine) -> None:
    uvloop.run(asyncio.wait_for(scenario, 20))


def told(first: int, last: int) -> list[Told]:
    """What a stream says of events `first` to `last`."""
    return [Told(str(number), "scan_received", entry(number).decode()) for number in range(first, last + 1)]


async def listening(port: int, path: str = "/stream/ppwp", last: str = "", **how: str) -> Browser:
    browser = Browser(port, path, last)
    await browser.open(**how)
    return browser


async def refusal(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict, dict]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}", headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type="application/problem+json"), dict(answer.headers)


def test_every_entry_comes_once_in_order_from_any_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        size = book.grow(700)
        async with node(tmp_path) as n:
            for after in (0, 1, 255, 256, 257, 511, 512, 699):
                browser = await listening(n.port, f"/stream/ppwp?after={after}")
                await browser.until(size)
                assert browser.told == told(after + 1, size)
                browser.close()

    run(scenario())


def test_who_asks_for_nothing_hears_what_comes_next_and_knows_where_it_stands(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(300)
        async with node(tmp_path) as n:
            browser = await listening(n.port)
            await browser.until(300)
            assert browser.told == [], "an id without data calls nobody"
            assert QUICK.retry[0] <= browser.retry <= QUICK.retry[1]
            for size in (301, 513, 1100):
                book.grow(size - int(browser.last))
                await browser.until(size)
            assert browser.told == told(301, 1100)

    run(scenario())


def test_a_browser_that_comes_back_asks_with_its_header_though_its_address_names_an_older_number(tmp_path) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(20)
        async with node(tmp_path) as n:
            browser = await listening(n.port, "/stream/ppwp?after=3", last="17")
            await browser.until(20)
            assert browser.told == told(18, 20)

    run(scenario())


def test_nothing_is_told_before_a_head_covers_it_nor_while_entries_are_withheld(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(300, entries=False)
        async with node(tmp_path) as n:
            browser = await listening(n.port)
            await browser.until(0)
            book.grow(5, entries=False)
            await asyncio.sleep(0.1)
            assert browser.told == []
            whole = Book(tmp_path / "whole")  # the gate opens: bundles are written from the journal
            whole.grow(305)
            shutil.copytree(tmp_path / "whole" / "log", tmp_path / "log", dirs_exist_ok=True)
            await browser.until(305)
            assert browser.told == told(1, 305)

    run(scenario())


@pytest.mark.parametrize("text", ["x", "-1", "01", "1.0", "1e3", " 1 2", "9" * 20, "1;2", "%00", "٣"])
def test_what_is_no_number_is_refused(tmp_path: Path, text: str) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(3)
        async with node(tmp_path) as n:
            status, problem, headers = await refusal(n.port, f"/stream/ppwp?after={text}")
            assert (status, problem["code"]) == (400, "stream.malformed")
            assert problem["detail"] and problem["petunjuk"] and headers["Access-Control-Allow-Origin"] == "*"

    run(scenario())


def test_a_number_beyond_the_head_is_refused_unless_the_files_reach_it_in_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        book.grow(3)
        async with node(tmp_path, replace(QUICK, ahead=0.4)) as n:
            status, problem, _ = await refusal(n.port, "/stream/ppwp", {"Last-Event-ID": "4.1"})
            assert (status, problem["code"]) == (400, "stream.beyond")
            asking = asyncio.create_task(listening(n.port, "/stream/ppwp", last="5"))  # this node is a copy, and late
            await asyncio.sleep(0.05)
            book.grow(4)
            browser = await asking
            await browser.until(7)
            assert browser.told == told(6, 7)

    run(scenario())


@pytest.mark.parametrize("path", ["/stream/pxxx", "/stream/..%2fppwp", "/stream/PPWP", "/stream/pxxx/cuts"])
def test_there_are_only_streams_of_what_is_published(tmp_path: Path, path: str) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(3)
        async with node(tmp_path) as n:
            status, problem, _ = await refusal(n.port, path)
            assert (status, problem["code"]) == (404, "stream.unknown")

    run(scenario())


def test_heads_questions_and_old_clients_are_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(9)
        async with node(tmp_path) as n, aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{n.port}/stream/ppwp"
            async with session.head(url) as answer:
                assert answer.status == 200 and await answer.read() == b""
                facts = {name: answer.headers[name] for name in ("Cache-Control", "X-Accel-Buffering")}
                assert facts == {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
                assert answer.content_type == "text/event-stream"
            async with session.options(url) as answer:
                assert answer.status == 204 and "Last-Event-ID" in answer.headers["Access-Control-Allow-Headers"]
            async with session.post(url) as answer:
                assert answer.status == 405
            browser = await listening(n.port, "/stream/ppwp?after=4", version="1.0")
            assert not browser.chunked and "gzip" not in browser.head.lower()
            await browser.until(9)
            assert browser.told == told(5, 9)

    run(scenario())


def test_a_quiet_line_is_kept_alive_and_a_node_that_stops_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(9)
        async with node(tmp_path, replace(QUICK, beat=0.02)) as n:
            browser = await listening(n.port)
            while browser.comments.count("") < 3:
                assert await browser.step()
        await browser.listen()
        assert browser.whole and "stops" in browser.comments[-1] and browser.told == []

    run(scenario())


def test_a_node_has_so_many_places_and_each_address_so_many_of_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        Book(tmp_path).grow(9)
        limits = replace(QUICK, readers=3, an_address=2)
        async with node(tmp_path, limits, proxies=frozenset({"127.0.0.1"})) as n:
            near = {"headers": "X-Forwarded-For: 10.0.0.1, 2001:db8:0:1::7\r\n"}
            first, _second = [await listening(n.port, **near) for _ in range(2)]
            status, problem, headers = await refusal(n.port, "/stream/ppwp", {"X-Forwarded-For": "2001:db8:0:1::8"})
            assert (status, problem["code"]) == (503, "stream.address_full") and "Retry-After" in headers
            _other = await listening(n.port, headers="X-Forwarded-For: 10.0.0.9\r\n")
            status, problem, _ = await refusal(n.port, "/stream/ppwp", {"X-Forwarded-For": "10.0.0.2"})
            assert (status, problem["code"]) == (503, "stream.full")
            first.close()
            again = [await listening(n.port, **near)]
            while again[-1].status != 200:
                again.append(await listening(n.port, **near))
            page = n.streams.metrics.page().decode()
            assert 'suara_stream_readers{stream="ppwp"} 3.0' in page
            assert 'suara_stream_refused_total{code="stream.full"}' in page
            assert "10.0.0" not in page and "2001:db8" not in page, "never who reads"

    run(scenario())


def test_publications_are_told_with_what_they_concern(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        async with node(tmp_path) as n:
            browser = await listening(n.port, "/stream/ppwp/cuts")
            ids = [book.publish(7, "0", "11"), book.publish(7, "0", "12"), book.publish(7, "0", "12")]
            ids += [book.publish(9, *map(str, range(MOST + 1)))]
            await browser.until(9)
            assert ids == ["7", "7.1", "7.1", "9"], "the same again is the same"
            assert [(one.id, one.kind) for one in browser.told] == [("7", "cut"), ("7.1", "cut"), ("9", "cut")]
            first, _, last = (json.loads(one.data) for one in browser.told)
            at = "2024-02-14T12:00:00.000Z"
            assert first == {"contest": "ppwp", "number": 7, "at": at, "areas": ["0", "11"], "tps": []}
            assert last == {"contest": "ppwp", "number": 9, "at": at, "areas": [], "tps": [], "all": True}
            late = await listening(n.port, "/stream/ppwp/cuts?after=7")
            await late.until(9)
            assert late.told == browser.told[1:]

    run(scenario())


def test_who_was_away_for_longer_than_is_kept_reads_the_documents_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        for number in range(1, KEPT + 4):
            book.publish(number, "0")
        assert marks(tmp_path, "ppwp") == [Mark(number) for number in range(4, KEPT + 4)]
        async with node(tmp_path) as n:
            for after, kinds in ((3, ["reset"]), (4, ["cut"] * (KEPT - 1)), (KEPT + 9, ["reset"])):
                browser = await listening(n.port, f"/stream/ppwp/cuts?after={after}")
                while len(browser.told) < len(kinds):
                    assert await browser.step()
                assert [one.kind for one in browser.told] == kinds
                assert browser.last == str(KEPT + 3)
            book.publish(2, "0")  # the database was rebuilt, and its numbers begin again
            await browser.until(2)
            assert [one.kind for one in browser.told] == ["reset", "reset"]
            assert marks(tmp_path, "ppwp") == [Mark(2)]

    run(scenario())


def test_a_publication_that_a_power_cut_left_empty_is_a_reset(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path)
        for number in (1, 2, 3):
            book.publish(number, "0")
        (tmp_path / "v1/ppwp/cuts/2.json").write_bytes(b"")
        async with node(tmp_path) as n:
            browser = await listening(n.port, "/stream/ppwp/cuts?after=1")
            await browser.until(3)
            assert [one.kind for one in browser.told] == ["reset"]

    run(scenario())


def test_too_many_codes_are_everything() -> None:
    codes = [str(number) for number in range(MOST)]
    assert len(Announcement.of("ppwp", 1, "", codes, []).areas) == MOST
    assert Announcement.of("ppwp", 1, "", codes, ["x"]).all
