"""The lane by itself: bytes in any pieces, slow and hostile senders, memory that comes back, and the way to aiohttp."""

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lane_scene import LAST, LIMITS, echoing, exchange, replies, served, until  # noqa: F401 - a fixture

from ingest.ask import Body
from ingest.door import Budget, Limits
from ingest.framing import Framing
from ingest.lane_body import BUFFER, HIGH, Inlet, Pool
from ingest.later import Busy
from ingest.metrics import Metrics
from ingest.pace import Pace
from ingest.quota import Quota

pytestmark = pytest.mark.usefixtures("echoing")
RUNS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
PHOTO = bytes(range(256)) * 800


def post(body: bytes, *lines: str, path: str = "POST /v1/uploads") -> bytes:
    head = [f"{path} HTTP/1.1", "Host: door", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def saw(reply) -> dict:
    return json.loads(reply.body)


@RUNS
@pytest.mark.parametrize("cut", [1, 20, 70, 71, 5_000, 100_000, len(PHOTO)])
def test_a_photo_in_two_pieces_is_the_photo(run, cut: int) -> None:
    async def story() -> None:
        async with served() as door:
            data = post(PHOTO)
            photo, last = await exchange(door.port, data[:cut], data[cut:], LAST, pause=0.02)
            assert (photo.status, saw(photo)["sha256"]) == (201, sha256(PHOTO).hexdigest())
            assert last.status == 200

    run(story())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 3 * len(PHOTO)), max_size=8), bodies=st.lists(st.binary(max_size=900), max_size=3))
def test_pipelined_requests_in_any_pieces_are_answered_in_order(cuts: list[int], bodies: list[bytes]) -> None:
    async def story() -> None:
        everything = [*bodies, PHOTO, *bodies]
        data = b"".join(post(body) for body in everything)
        ends = sorted({cut for cut in cuts if cut < len(data)} | {0, len(data)})
        async with served() as door:
            *answers, last = await exchange(door.port, *(data[a:b] for a, b in pairwise(ends)), LAST)
            assert [saw(answer)["sha256"] for answer in answers] == [sha256(body).hexdigest() for body in everything]
            assert last.status == 200

    uvloop.run(story())


@RUNS
def test_a_slow_photo_gives_its_buffer_and_its_place_to_others_and_arrives(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.lane_body.SLOW", 60.0)  # slow when this test says so
    monkeypatch.setattr("lane_scene.PATIENCE", 60.0)

    async def story() -> None:
        async with served(limits=Limits(buffers=1)) as door:
            inside, data = door.door.admission.inside, post(PHOTO)
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(data[:50_000])
            await until(lambda: sum(inside.values()) == 1)
            (lane,) = door.front._lanes
            await until(lambda: lane._inlet._timer is not None)
            lane._inlet._turned_slow()
            assert sum(inside.values()) == 0
            await until(lambda: door.front.pool._free)
            assert door.front.pool.take() is not None
            for piece in (data[50_000:100_000], data[100_000:], LAST):
                writer.write(piece)
                await asyncio.sleep(0.01)
            photo, _ = replies(await asyncio.wait_for(reader.read(), 15))
            assert (photo.status, saw(photo)["sha256"]) == (201, sha256(PHOTO).hexdigest())
            assert sum(inside.values()) == 0
            assert b"suara_ingest_held_bytes 0.0" in door.door.metrics.page()

    run(story())


@RUNS
def test_twenty_kilobits_a_second_get_through_and_silence_does_not(run) -> None:
    async def story() -> None:
        async with served(limits=replace(LIMITS, body_seconds=60, least_rate=50)) as door:
            data = post(b"x" * 2_500, path="POST /v1/uploads")  # its first piece is good for ten seconds
            pieces = [data[k : k + 500] for k in range(0, len(data), 500)]
            phone, silent = await asyncio.gather(
                exchange(door.port, *pieces, LAST, pause=0.1), exchange(door.port, data[: data.index(b"xx")])
            )
            assert [reply.status for reply in phone] == [201, 200]
            assert [reply.status for reply in silent] == [408]
            assert silent[0].headers["connection"] == "close"

    run(story())


@RUNS
def test_a_head_that_never_ends_and_a_line_that_says_nothing_are_closed(run) -> None:
    async def story() -> None:
        async with served(limits=Limits(head_seconds=0.2, idle_seconds=0.4)) as door:
            assert await exchange(door.port, b"POST /v1/uploads HTTP/1.1\r\nHost: do") == []
            assert await exchange(door.port) == []
            await until(lambda: not door.front._lanes)

    run(story())


@RUNS
def test_a_refused_photo_is_answered_at_once_and_the_rest_read_away(run) -> None:
    async def story() -> None:
        async with served() as door:
            large = post(PHOTO, path="DELETE /v1/uploads/a")
            (reply,) = await exchange(door.port, large[:1000], large[1000:], pause=0.05)
            assert (reply.status, reply.headers["connection"]) == (403, "close")
            small = post(PHOTO[:30_000], path="DELETE /v1/uploads/a")
            first, last = await exchange(door.port, small[:1000], small[1000:] + LAST, pause=0.05)
            assert (first.status, last.status) == (403, 200)

    run(story())


@RUNS
def test_who_waits_to_be_asked_is_asked_once_and_only_where_the_body_is_wanted(run) -> None:
    async def story() -> None:
        async with served() as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            head, _, body = post(PHOTO, "Expect: 100-continue").partition(b"\r\n\r\n")
            writer.write(head + b"\r\n\r\n")
            assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15) == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(body)
            (answer,) = replies(await asyncio.wait_for(reader.readuntil(b"}"), 15))
            assert answer.status == 201
            head, _, _ = post(PHOTO, "Expect: 100-continue", path="DELETE /v1/uploads/a").partition(b"\r\n\r\n")
            writer.write(head + b"\r\n\r\n")
            rest = await asyncio.wait_for(reader.read(), 15)
            assert rest.count(b"HTTP/1.1") <= 1 and b" 100 " not in rest

    run(story())


@RUNS
def test_a_line_that_drops_ends_its_request_and_keeps_nothing(run) -> None:
    async def story() -> None:
        async with served() as door:
            _, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(post(PHOTO)[:70_000])
            await until(lambda: any(lane._inlet is not None for lane in door.front._lanes))
            writer.transport.abort()
            cut_off = b'suara_ingest_rejected_total{code="request.cut_off"} 1.0'
            await until(lambda: cut_off in door.door.metrics.page())
            page = door.door.metrics.page()
            assert b"suara_ingest_held_bytes 0.0" in page and b"suara_ingest_inside 0.0" in page
            assert not door.front._lanes

    run(story())


@RUNS
def test_a_sender_who_reads_no_answers_gets_no_more_of_them(run) -> None:
    async def story() -> None:
        async with served() as door:
            _, writer = await asyncio.open_connection("127.0.0.1", door.port, limit=1024)
            request = post(b"", path="POST /v1/uploads")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.0):
                    while True:
                        writer.write(request * 200)
                        await writer.drain()
            (lane,) = door.front._lanes
            assert len(lane._tail) < 1_000_000
            writer.transport.abort()

    run(story())


@RUNS
def test_other_requests_go_to_aiohttp_and_the_line_stays_open(run) -> None:
    async def story() -> None:
        async with served() as door:
            page = b"GET /healthz HTTP/1.1\r\nHost: door\r\n\r\n"
            statuses = [
                reply.status for reply in await exchange(door.port, post(PHOTO) + page, page, post(PHOTO), LAST)
            ]
            assert statuses == [201, 200, 200, 201, 200]
            assert b"suara_ingest_passed_on_total 1.0" in door.door.metrics.page()

    run(story())


def test_one_connection_too_many_is_told_so() -> None:
    async def story() -> None:
        async with served(limits=Limits(lines=1)) as door:
            _, writer = await asyncio.open_connection("127.0.0.1", door.port)
            await until(lambda: door.front._lanes)
            (reply,) = await exchange(door.port)
            assert (reply.status, json.loads(reply.body)["code"]) == (503, "server.busy")
            writer.close()

    uvloop.run(story())


PIECES = st.lists(st.binary(min_size=1, max_size=60_000), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=PIECES, slow_after=st.integers(0, 8), by_pieces=st.booleans(), pooled=st.booleans())
def test_an_inlet_gives_what_was_fed_however_it_is_taken(
    pieces: list[bytes], slow_after: int, by_pieces: bool, pooled: bool
) -> None:
    """Pooled or not, slow from any moment, gathered whole or piece by piece: the same bytes, and no memory kept."""

    async def story() -> None:
        whole, loop = b"".join(pieces), asyncio.get_running_loop()
        pool, budget = Pool(1 if pooled else 0), Budget(10_000_000, metrics := Metrics())
        inlet = Inlet(Framing(len(whole)), Pace(loop.time(), grace=9, rate=1, total=9), pool, budget, loop)
        taking = asyncio.create_task(taken(inlet, by_pieces))
        for number, piece in enumerate(pieces):
            await asyncio.sleep(0)
            if number == slow_after:
                inlet._turned_slow()
                await asyncio.sleep(0)
            deliver(inlet, piece)
        data, digest = await asyncio.wait_for(taking, 15)
        assert data == whole and (digest is None or digest == sha256(whole).hexdigest())
        inlet.release()
        assert b"suara_ingest_held_bytes 0.0" in metrics.page()
        assert not pooled or pool.take() is not None

    asyncio.run(story())


async def taken(inlet: Inlet, by_pieces: bool) -> tuple[bytes, str | None]:
    body = await inlet.gather(BUFFER * 2, 0.0 if by_pieces else None)
    data = bytes(body.data)
    async for piece in inlet.chunks():
        data += piece
    return data, None if by_pieces else body.sha256


def deliver(inlet: Inlet, piece: bytes) -> None:
    while piece:
        room = inlet.room()
        if room is None:
            inlet.feed(memoryview(piece))
            return
        count = min(len(room), len(piece), 7_000)
        room[:count] = piece[:count]
        inlet.landed(count)
        piece = piece[count:]


def test_bodies_that_nobody_takes_stop_the_sender_and_full_memory_refuses() -> None:
    async def story() -> None:
        loop, stopped = asyncio.get_running_loop(), []
        inlet = Inlet(
            Framing(10 * HIGH), Pace(0, grace=9e9, rate=1, total=9e9), Pool(0), Budget(3 * HIGH, Metrics()), loop
        )
        inlet.flow = stopped.append
        for _ in range(2):
            inlet.feed(memoryview(bytes(HIGH)))
        assert stopped and not any(stopped)
        pieces = inlet.chunks()
        assert len(await anext(pieces)) == HIGH
        for _ in range(3):
            inlet.feed(memoryview(bytes(HIGH)))
        with pytest.raises(Busy):
            while True:
                await anext(pieces)

    asyncio.run(story())


def test_a_body_says_whether_it_is_whole() -> None:
    assert Body(b"", "").whole
    assert LIMITS.scan < BUFFER


@RUNS
def test_in_a_crowd_no_body_is_read_and_who_does_not_listen_waits_for_its_answer(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.admission.TOLD_RATE", 0.001)
    monkeypatch.setattr("ingest.admission.TOLD_BURST", 1.0)
    monkeypatch.setattr("ingest.admission.KEPT_BACK", 60.0)

    async def story() -> None:
        async with served() as door:
            admission, data = door.door.admission, post(PHOTO)
            admission.inside["scan"] = 500
            for _ in range(2):
                (told,) = await exchange(door.port, data)
                assert (told.status, told.headers["connection"]) == (503, "close")
            _, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(data)
            await until(lambda: admission._kept_back == 1)
            (lane,) = (lane for lane in door.front._lanes if lane._inlet is not None)
            assert lane._inlet.missing > len(PHOTO) // 2 and lane._inlet._buffer is None
            admission.inside["scan"] = 0
            photo, _ = await exchange(door.port, data, LAST)
            assert photo.status == 201  # others are served meanwhile
            writer.transport.abort()

    run(story())


def test_who_is_kept_back_is_answered_in_the_end() -> None:
    async def story() -> None:
        async with served() as door:
            admission = door.door.admission
            admission._told, admission._chance = Quota(0.001, 1.0), lambda: -1.0
            admission.inside["scan"] = 500
            answers = [await exchange(door.port, post(PHOTO)) for _ in range(3)]
            assert [[reply.status for reply in one] for one in answers] == [[503]] * 3
            assert admission._kept_back == 0
            await until(lambda: not door.front._lanes)

    uvloop.run(story())
