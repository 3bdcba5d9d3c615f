"""docs/stream.md says what the code does: kinds, refusals, limits; its Python example follows a real node."""

import asyncio
import contextlib
import re
import threading
from pathlib import Path

import pytest
from stream_scene import Book, entry, eventually, node

from election.event import KINDS
from publisher import front
from publisher.stream.announcement import MOST
from publisher.stream.cuts import KEPT
from publisher.stream.errors import LISTED
from publisher.stream.limits import Limits
from publisher.stream.reader import UNSENT

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/stream.md").read_text()


def between(mark: str) -> str:
    """The paragraph or table that follows a mark."""
    return PAGE.split(f"<!-- {mark} -->\n", 1)[1].split("\n\n", 1)[0]


def test_every_kind_of_entry_is_named() -> None:
    assert re.findall(r"`([a-z_]+)`", between("kinds")) == sorted(KINDS)


def test_every_refusal_is_named_with_its_status() -> None:
    rows = re.findall(r"^\| (\d+) \| `([a-z._]+)` \|", between("refusals"), re.MULTILINE)
    assert rows == [(str(getattr(kind, "status", 503)), kind.code) for kind in LISTED]


def test_every_limit_is_the_codes() -> None:
    limits = Limits()
    for said in (
        f"more than\n{MOST:,} codes",
        f"the last {KEPT} publications",
        f"from {limits.retry[0]:,} to {limits.retry[1]:,} ms",
        f"waits up to {limits.ahead:.0f} seconds",
        f"more than {UNSENT >> 10} KiB unsent",
        f"takes nothing for {limits.patience:.0f} seconds",
        f"takes {limits.readers:,} readers, and {limits.an_address} from one address",
        f"Every {limits.beat:.0f} seconds a comment",
    ):
        assert said in PAGE, said


def test_the_python_example_follows_a_node_through_a_restart(tmp_path: Path) -> None:
    names: dict = {"__name__": "example"}
    exec(PAGE.split("```python\n", 1)[1].split("```", 1)[0], names)
    book, found = Book(tmp_path), []
    book.grow(300)

    async def scenario() -> None:
        async with node(tmp_path) as first:
            port = first.port
            reading = threading.Thread(target=read, args=(f"http://127.0.0.1:{port}/stream/ppwp",), daemon=True)
            reading.start()
            await eventually(lambda: len(found) == 300)
        book.grow(20)
        async with node(tmp_path, port=port):
            await asyncio.to_thread(reading.join, 10)

    def read(address: str) -> None:
        for one in names["follow"](address, 0):
            found.append(one)
            if len(found) == 320:
                return

    asyncio.run(scenario())
    assert found == [(str(number), "scan_received", entry(number).decode()) for number in range(1, 321)]


def test_slow_heads_hold_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "HASTE", 0.2)

    async def scenario() -> None:
        async with node(tmp_path) as free:
            port = free.port
        serving = asyncio.create_task(front.serve(tmp_path, [], host="127.0.0.1", port=port))
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
            writer.write(b"GET /stream/ppwp HTTP/1.1\r\nHost")
            assert await reader.read() == b""
        serving.cancel()

    asyncio.run(scenario())
