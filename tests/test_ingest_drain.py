"""The door closes: nobody new, what was begun is finished or kept in part, and it takes less than 30 seconds."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import uvloop
from lane_scene import LAST, echoing, exchange, replies, served, until  # noqa: F401 - a fixture
from test_ingest_lane import PHOTO, post

from ingest.door import Limits
from ingest.drain import drain

RUNS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
LANES = pytest.mark.parametrize("lane", [True, False], ids=["lane", "aiohttp"])


@pytest.mark.usefixtures("echoing")
@RUNS
@LANES
def test_a_body_on_its_way_lands_and_its_line_ends(run, lane: bool) -> None:
    async def story() -> None:
        async with served(lane=lane) as door:
            data = post(PHOTO)
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(data[:1000])
            await until(lambda: door.door.flight.bodies)
            closing = asyncio.create_task(drain(door.door, door.runner))
            await until(lambda: not door.runner.sites)
            with pytest.raises(OSError):
                await exchange(door.port, LAST)
            writer.write(data[1000:])
            (answer,) = replies(await asyncio.wait_for(reader.read(), 15))
            assert (answer.status, answer.headers["connection"]) == (201, "close")
            assert await asyncio.wait_for(closing, 15)
            writer.close()

    run(story())


@pytest.mark.usefixtures("echoing")
@RUNS
@LANES
def test_a_body_that_takes_too_long_is_cut_and_told_to_come_back(run, lane: bool) -> None:
    async def story() -> None:
        limits = Limits(stop_seconds=0.2, settle_seconds=15.0)
        async with served(lane=lane, limits=limits) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(post(PHOTO)[:100_000])
            await until(lambda: door.door.flight.bodies)
            assert await asyncio.wait_for(drain(door.door, door.runner), 15)
            (answer,) = replies(await asyncio.wait_for(reader.read(), 15))
            assert (answer.status, json.loads(answer.body)["code"]) == (503, "server.closing")
            assert answer.headers["connection"] == "close"
            writer.close()

    run(story())


@pytest.mark.usefixtures("echoing")
@RUNS
@LANES
def test_idle_lines_end_at_once(run, lane: bool) -> None:
    async def story() -> None:
        async with served(lane=lane) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(post(b"hello"))
            await asyncio.wait_for(reader.readuntil(b"}"), 15)
            assert await asyncio.wait_for(drain(door.door, door.runner), 15)
            await asyncio.wait_for(reader.read(), 15)
            assert reader.at_eof()
            writer.close()

    run(story())


WORKER = """
import asyncio, os, signal, sys
from suara.prefork import keep

async def serve(number):
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    async def answer(reader, writer):
        line = await reader.readline()
        if line == b"die\\n":
            os._exit(3)
        writer.write(f"{os.getpid()}\\n".encode())
        writer.close()
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), reuse_port=True)
    await over.wait()
    server.close()
    await asyncio.sleep(0.3)
    return 0

sys.exit(keep(2, lambda number: asyncio.run(serve(number))))
"""


def asked(port: int, line: bytes = b"who\n") -> int:
    """The process that answers; 0 where none does."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(line)
            return int(connection.makefile().readline() or 0)
    except OSError:
        return 0


def found_in_time(found, seconds: float = 15.0):
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return answer


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(name="processes")
def kept_processes():
    """A parent of two that answer on one port, and the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    parent = subprocess.Popen([sys.executable, "-c", WORKER, str(port)], env=environment)
    yield parent, port
    parent.kill()
    parent.wait()


def pair(port: int) -> set[int]:
    """Both processes, once both have answered."""
    return found if len(found := {asked(port) for _ in range(40)} - {0}) == 2 else set()


def test_processes_share_a_port_start_again_and_end_together(processes) -> None:
    parent, port = processes
    first = found_in_time(lambda: pair(port))
    asked(port, b"die\n")
    second = found_in_time(lambda: pair(port))
    assert len(first & second) == 1
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(10) == 0
    assert not any(alive(pid) for pid in second) and not asked(port)


def test_processes_end_where_their_parent_is_killed(processes) -> None:
    parent, port = processes
    both = found_in_time(lambda: pair(port))
    parent.kill()
    found_in_time(lambda: not any(alive(pid) for pid in both))
