"""The public front under what strangers send it: nothing is answered by a mistake of ours, and nothing is believed."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from reports_scene import NOWHERE
from stream_scene import QUICK, Book, eventually

from election import bundle as bundles
from publisher.datasets.room import room as data
from publisher.folder import Folder
from publisher.front import app, listening
from publisher.peer import sender
from publisher.query.errors import StandbyAway
from publisher.query.room import Queries
from publisher.query.source import Source
from publisher.query.turns import AN_ADDRESS
from publisher.reports import desk, sent
from publisher.reports.errors import TooMany
from publisher.reports.limits import Gate, Limits
from publisher.stream.room import Settings, Streams
from publisher.usage import FLOOR, Usage
from publisher.usage_room import room as counting

AT = datetime(2029, 2, 14, 13, 5, 30, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"

Play = Callable[[TestClient], Awaitable[None]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bundles.Bundle:
    return bundles.make(tmp_path_factory.mktemp("attacked"), seed=5, kabupaten=1, kecamatan=1, kelurahan=1, tps=2)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = Folder(tmp_path / "public")
    folder.write("index.html", b"<p>front")
    folder.write("data/tps.csv", b"a,b\n" * 1000)
    Book(folder.root).grow(3)
    return folder.root


def play(public: Path, bundle: bundles.Bundle, story: Play) -> None:
    """A front with every room that needs no server."""

    async def run() -> None:
        settings = desk.Settings(public=public, url=NOWHERE)
        streams = Streams(Settings(public=public, logs=public / "log", limits=QUICK), random.Random(1))
        rooms = [
            streams.room(), desk.room(settings, lambda: bundle, lambda: AT), data(public),
            counting(public, lambda: AT, "node", every=3600),
        ]  # fmt: skip
        async with TestClient(TestServer(app(public, rooms))) as client:
            await story(client)

    asyncio.run(run())


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 99999999999999999999 Jan 2020 00:00:00 GMT", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2020 00:00:00 +99999999999999", "Mon, 01 Jan 0001 00:00:00 -0000", "yesterday", "",
    ],
)  # fmt: skip
def test_a_date_that_is_none_is_passed_over(public: Path, bundle: bundles.Bundle, date: str) -> None:
    async def story(client: TestClient) -> None:
        for path in ("/index.html", "/data/tps.csv"):
            assert (await client.get(path, headers={"If-Modified-Since": date})).status in {200, 400}
        for name in ("If-Unmodified-Since", "If-Range"):
            answer = await client.get("/data/tps.csv", headers={name: date, "Range": "bytes=0-1"})
            assert answer.status in {200, 206, 400, 412}

    play(public, bundle, story)


def test_names_longer_than_a_file_has_are_not_found(public: Path, bundle: bundles.Bundle) -> None:
    async def story(client: TestClient) -> None:
        for length in (300, 3000):
            for path in ("/{}.json", "/data/{}.csv", "/scans/{}.jpg", "/stream/{}"):
                assert (await client.get(path.format("a" * length))).status == 404

    play(public, bundle, story)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"note=\xff&tps=1", {"Content-Type": FORM}),
        (b"note=1", {"Content-Type": f"{FORM}; charset=foo"}),
        (b"note=1", {"Content-Type": f"{FORM}; charset=base64"}),
        (b"note=+2AA-&value=+2AA-&tps=+2AA-", {"Content-Type": f"{FORM}; charset=utf-7"}),  # half a character
        (b"tps=\\ud800", {"Content-Type": f"{FORM}; charset=unicode_escape"}),
        (b'{"tps":"\xff"}', {"Content-Type": "application/json"}),
        (b"xx", {"Content-Type": FORM, "Content-Encoding": "gzip"}),
    ],
)
def test_a_report_that_cannot_be_read_is_refused(
    public: Path, bundle: bundles.Bundle, body: bytes, headers: dict[str, str]
) -> None:
    async def story(client: TestClient) -> None:
        answer = await client.post("/report", data=body, headers={**headers, "Accept": "application/json"})
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (422, "report.bad_form")

    play(public, bundle, story)


def test_an_origin_that_is_none_is_elsewhere(public: Path, bundle: bundles.Bundle) -> None:
    async def story(client: TestClient) -> None:
        answer = await client.post("/report", json={"tps": "1"}, headers={"Origin": "http://[x"})
        assert answer.status == 403

    play(public, bundle, story)


def test_a_report_that_does_not_come_holds_no_place(
    public: Path, bundle: bundles.Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "PATIENCE", 0.05)

    async def story(client: TestClient) -> None:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = "POST /report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        writer.write(head.encode())
        async with asyncio.timeout(5):
            assert (await reader.readline()).split()[1] == b"408"
        writer.close()

    play(public, bundle, story)


def test_who_does_not_read_what_it_asked_for_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "v1.json").write_bytes(b"x" * 20_000_000)

    async def run() -> None:
        runner = web.AppRunner(app(tmp_path))
        await runner.setup()
        async with await listening(runner, "127.0.0.1", 0, deaf=200) as server:
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(server.sockets[0].getsockname())
            line.sendall(b"GET /v1.json HTTP/1.1\r\nHost: x\r\n\r\n")
            lines = runner.server
            assert lines is not None
            await eventually(lambda: bool(lines.connections))
            await eventually(lambda: not lines.connections)
            line.close()
        await runner.cleanup()

    asyncio.run(run())


def test_only_what_our_proxy_says_last_is_believed() -> None:
    def asks(*lines: str, proxies: str = "127.0.0.1") -> str:
        from multidict import CIMultiDict

        headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
        request = make_mocked_request("GET", "/", headers=headers).clone(remote="127.0.0.1")
        return sender(request, frozenset({proxies}))

    assert asks("9.9.9.9", "10.0.0.1") == "10.0.0.1", "a proxy may add a line of its own behind the sender's"
    assert asks("9.9.9.9, 8.8.8.8", "7.7.7.7, 10.0.0.1") == "10.0.0.1"
    assert asks("9.9.9.9, ") == asks() == "127.0.0.1"
    assert asks("10.0.0.1", proxies="10.9.9.9") == "127.0.0.1", "who is no proxy of ours speaks for itself alone"


def test_a_sender_with_many_networks_has_a_limit_too() -> None:
    """A customer of a data centre holds a /48: 65,536 networks of 64 bits."""
    gate = Gate(Limits(address=2, site=5), lambda size: b"k" * size)
    for network in range(5):
        gate.admit(f"2001:db8:1:{network:x}::1", "tps", AT)
    with pytest.raises(TooMany):
        gate.admit("2001:db8:1:ff::1", "tps", AT)
    gate.admit("2001:db8:2::1", "tps", AT)
    for host in range(5):
        gate.admit(f"10.0.0.{host}", "tps", AT)
    gate.admit("::ffff:10.0.0.9", "tps", AT)


def test_one_sender_cannot_use_up_what_a_tps_has() -> None:
    """Else whoever likes a wrong figure would report something about it sixty times, and nobody else could."""
    gate = Gate(Limits(), lambda size: b"k" * size)
    passed = 0
    with pytest.raises(TooMany):
        while True:
            gate.admit(f"2001:db8:1:{passed:x}::1", "ppwp/3201010001001", AT)
            passed += 1
    assert passed <= Limits().tps // 3
    gate.admit("2001:db8:1:1::1", "ppwp/3201010001002", AT)
    gate.admit("10.0.0.1", "ppwp/3201010001001", AT)


def test_the_hour_and_its_minutes_tell_no_small_count(tmp_path: Path) -> None:
    """A sum less the parts that were told before must not tell the part that was withheld."""
    usage, when = Usage(tmp_path, lambda: AT, "a"), "2029-02-14T13:0"
    usage.add(f"{when}1", "tps", 7 * FLOOR + 3)
    usage.add(f"{when}2", "tps", 1)
    usage.publish()
    told = (tmp_path / "data/usage.csv").read_text()
    assert f"{when}1,tps,{7 * FLOOR}\n{when}2,tps,\n" in told
    usage.add(f"{when}1", "tps", 1)
    usage.publish()
    assert (tmp_path / "data/usage.csv").read_text() == told, "nor does what came between two looks"


def test_a_stream_that_is_opened_is_counted(public: Path, bundle: bundles.Bundle) -> None:
    async def story(client: TestClient) -> None:
        for _ in range(FLOOR):
            answer = await client.get("/stream/ppwp")
            answer.close()

    play(public, bundle, story)
    assert f"2029-02-14T13:05,stream,{FLOOR}\n" in (public / "data/usage.csv").read_text()


class Stuck(Source):
    """A standby that does not answer until it is let go."""

    def __init__(self) -> None:
        super().__init__(NOWHERE)
        self.go = asyncio.Event()

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        await self.go.wait()
        raise StandbyAway()
        yield


def test_one_sender_cannot_take_every_line_to_the_standby(tmp_path: Path, bundle: bundles.Bundle) -> None:
    async def run() -> None:
        source = Stuck()
        queries = Queries(source, lambda: bundle, lambda: AT, frozenset({"127.0.0.1"}))
        async with TestClient(TestServer(app(tmp_path, [queries.room()]))) as client:

            async def ask(address: str) -> str:
                answer = await client.get("/api/v1/status", headers={"X-Forwarded-For": address})
                return str((await answer.json(content_type=None))["code"])

            many = [asyncio.create_task(ask("10.0.0.1")) for _ in range(AN_ADDRESS + 5)]
            await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
            other = asyncio.create_task(ask("10.0.0.2"))
            assert await ask("10.0.0.1") == "query.busy"
            source.go.set()
            told = await asyncio.gather(*many, other)
            assert told.count("query.busy") == 5
            assert told[-1] == "query.standby_away"
            assert await ask("10.0.0.1") == "query.standby_away", "whoever was answered has its place again"

    asyncio.run(run())
