"""What keeps a machine's roles and servers running while the machine itself is in trouble: a full disk, lost lines."""

import asyncio
import contextlib
import os
from pathlib import Path

import asyncpg
import pytest

from storage import embedded
from storage.errors import ServerFailed
from suara import progress
from suara.commands import up
from suara.supervisor import Role, Supervisor

FULL = OSError(28, "No space left on device")


async def until(what, seconds: float = 20.0) -> None:
    for _ in range(int(seconds * 50)):
        if what():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


@contextlib.asynccontextmanager
async def running(*jobs):
    """The jobs as tasks. One that ends by itself has failed, whatever else holds."""
    tasks = [asyncio.create_task(job) for job in jobs]
    yield
    early = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in early:
        raise task.exception() or AssertionError("ended by itself")


def test_a_role_that_cannot_be_started_now_is_started_later_and_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "first.log").mkdir()  # its log cannot be opened
    roles = [Role("first", ("--help",), once=True), Role("second", ("--help",), once=True)]
    keeper = Supervisor(roles, tmp_path, os.environ, lambda: None)

    async def work() -> None:
        task = asyncio.create_task(keeper.run())
        await until(lambda: keeper.over("second") or task.done())
        assert not keeper.over("first")
        (tmp_path / "first.log").rmdir()
        await asyncio.wait_for(task, 20)

    asyncio.run(work())
    assert "usage" in (tmp_path / "first.log").read_text()
    assert keeper.restarts["first"] >= 1


def test_a_role_whose_start_cannot_be_told_is_not_left_behind(tmp_path: Path) -> None:
    told: list[int] = []

    def tell() -> None:
        told.append(keeper.pids["one"])
        if len(told) == 1:
            raise FULL

    keeper = Supervisor([Role("one", ("--help",), once=True)], tmp_path, os.environ, tell)
    asyncio.run(keeper.run())
    assert len(told) == 2
    assert not any(Path("/proc", str(pid)).exists() for pid in told)


class Fallen:
    """A server that has died."""

    pid = 1

    def alive(self) -> bool:
        return False


class Standing(Fallen):
    """A server that runs."""

    def alive(self) -> bool:
        return True


def test_a_server_that_cannot_come_back_yet_is_tried_until_it_does(tmp_path: Path, monkeypatch) -> None:
    refusals = [ServerFailed(program="postgres", reason="No space left on device"), FULL]
    changes: list[str] = []

    def start(folder: Path) -> Standing:
        if refusals:
            raise refusals.pop()
        return Standing()

    monkeypatch.setattr(embedded, "start_postgres", start)
    servers = {"pg": Fallen(), "valkey": Standing(), "standby-pg": Standing()}

    async def work() -> None:
        async with running(up.keep_servers(tmp_path, servers, lambda: changes.append("pg"), pause=0.05)):
            await until(lambda: changes)

    asyncio.run(work())
    assert servers["pg"].alive()
    assert changes == ["pg"]


def test_the_list_of_processes_is_whole_or_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "pids.json"
    up.note(path, {"up": 1})
    up.note(tmp_path / "absent" / "pids.json", {"up": 2})  # cannot be written: said, no more
    assert path.read_text() == '{"up": 1}'
    assert [entry.name for entry in tmp_path.iterdir()] == ["pids.json"]


class Line:
    """A connection that is lost between two questions."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    async def fetchrow(self, _: str, **__: object) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def terminate(self) -> None:
        pass

    async def close(self, **_: object) -> None:
        raise TimeoutError


@pytest.mark.parametrize("error", [asyncpg.InterfaceError("closed"), TimeoutError(), asyncpg.AdminShutdownError("")])
def test_progress_outlives_a_database_that_goes_away_while_it_looks(monkeypatch, error: Exception) -> None:
    async def connect(*_: object, **__: object) -> Line:
        return Line({"tps": 1, "counted": 0, "held": 0, "number": 0}, error)

    monkeypatch.setattr(asyncpg, "connect", connect)
    assert asyncio.run(progress.look("postgresql://")) is None
