"""The embedded servers: nothing left behind, nothing half made, root or not."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis

from storage import embedded, programs
from storage.embedded import start_postgres, start_valkey
from storage.errors import ServerFailed, ServerInUse, ServerMissing

pytestmark = pytest.mark.servers
ROOT = Path(__file__).resolve().parents[1]

PARENT = """
import sys, time
from pathlib import Path
from storage.embedded import start_postgres, start_valkey
folder = Path(sys.argv[1])
servers = [start_postgres(folder / "pg", leave=sys.argv[2]), start_valkey(folder / "valkey")]
print(*(server.pid for server in servers), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A cluster that has been made, run and stopped; tests start from a copy."""
    folder = tmp_path_factory.mktemp("made") / "pg"
    start_postgres(folder).stop()
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "pg", copy_function=shutil.copy2))


def running(session: int) -> list[str]:
    """Processes of a session (a server leads its own) that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        facts = text.rpartition(")")[2].split()
        if facts[3] == str(session) and facts[0] not in "ZX":
            found.append(text[:40])
    return found


def gone(session: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while running(session):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def kill(server: embedded.Server) -> None:
    os.kill(server.pid, signal.SIGKILL)
    while server.alive():
        time.sleep(0.001)


def ask(server: embedded.Server, sql: str) -> str:
    program = embedded.postgres_bin() / "psql"
    done = subprocess.run([program, server.url, "-XAtc", sql], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_warm_start_takes_less_than_a_second(folder, tmp_path):
    start = time.perf_counter()
    with start_postgres(folder) as postgres, start_valkey(tmp_path / "valkey"):
        seconds = time.perf_counter() - start
        assert ask(postgres, "show fsync") == "on"
        assert ask(postgres, "show listen_addresses") == ""
        locale = "select datlocale, datlocprovider from pg_database where datname = 'suara'"
        assert ask(postgres, locale) == "C.UTF-8|b"
    assert seconds < 1


def test_nothing_survives_a_killed_parent_and_the_next_start_heals(folder, tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path, "leave"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    sessions = [int(pid) for pid in parent.stdout.readline().split()]
    assert all(running(session) for session in sessions)
    parent.kill()
    parent.wait()
    with start_postgres(folder) as postgres:  # at once: waits for what is still going down
        assert ask(postgres, "select 1") == "1"
        assert [session for session in sessions if not gone(session)] == []
    with start_valkey(tmp_path / "valkey"):
        pass


def test_a_killed_server_is_started_again_at_once_by_the_same_process(folder, tmp_path):
    with start_postgres(folder) as server:
        ask(server, "create table kept (n int); insert into kept values (1)")
        kill(server)  # its backends need a moment to notice
        with start_postgres(folder) as again:
            assert ask(again, "select n from kept") == "1"
    with start_valkey(tmp_path / "valkey") as server:
        kill(server)
        with start_valkey(tmp_path / "valkey") as again:
            assert again.url == server.url


def test_a_pid_file_whose_number_is_another_process_is_no_hindrance(folder):
    with start_postgres(folder) as server:
        lines = (folder / "cluster/postmaster.pid").read_text().splitlines()
    lines[0] = str(os.getpid())
    (folder / "cluster/postmaster.pid").write_text("\n".join(lines) + "\n")
    with start_postgres(folder) as server:
        assert ask(server, "select 1") == "1"


def test_a_cluster_half_made_is_made_anew(tmp_path):
    half = tmp_path / "pg/cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with start_postgres(tmp_path / "pg") as server:
        assert ask(server, "select 1") == "1"
    assert not half.exists()


def test_one_folder_has_one_server_which_others_may_share(folder, tmp_path):
    with start_postgres(folder) as owner:
        with pytest.raises(ServerInUse):
            start_postgres(folder)
        shared = start_postgres(folder, share=True)
        assert (shared.owned, shared.url) == (False, owner.url)
        shared.stop()
        assert ask(owner, "select 1") == "1"
    with start_valkey(tmp_path / "valkey") as valkey:
        assert start_valkey(tmp_path / "valkey", share=True).url == valkey.url
        with pytest.raises(ServerInUse):
            start_valkey(tmp_path / "valkey")


def test_a_folder_too_deep_for_a_socket(made, tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    shutil.copytree(made, deep / "pg", copy_function=shutil.copy2)
    with start_postgres(deep / "pg") as server, start_valkey(deep / "valkey") as valkey:
        assert len(server.url) < 150
        assert ask(server, "select 1") == "1"
        assert start_valkey(deep / "valkey", share=True).url == valkey.url


def test_servers_are_started_from_the_main_thread(tmp_path):
    failures = []

    def start() -> None:
        try:
            start_valkey(tmp_path / "valkey")
        except ServerFailed as error:
            failures.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in failures[0]


def test_what_a_server_said_last_is_in_the_error(folder):
    (folder / "cluster/postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServerFailed, match="no_such_setting"):
        start_postgres(folder)


def test_a_missing_program_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(programs.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerMissing, match="postgres"):
        start_postgres(tmp_path / "pg")
    with pytest.raises(ServerMissing, match="valkey"):
        start_valkey(tmp_path / "valkey")


def test_programs_may_lie_elsewhere(monkeypatch, tmp_path):
    elsewhere = tmp_path / "bin"
    elsewhere.symlink_to(embedded.postgres_bin())
    monkeypatch.setenv("SUARA_PG_BIN", str(elsewhere))
    assert embedded.postgres_bin() == elsewhere


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has an identity to drop")
def test_root_can_drop_to_an_unprivileged_owner(tmp_path_factory):
    """Where user namespaces are barred. The folder must be reachable for that owner, as /tmp is."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="suara-") as name:
        Path(name).chmod(0o755)
        folder = Path(name, "pg")
        for _ in range(2):  # made by, and then found owned by, the other uid
            with start_postgres(folder, leave="drop") as server:
                assert ask(server, "select 1") == "1"
                assert Path("/proc", str(server.pid)).stat().st_uid == 65534
        assert (folder / "cluster/PG_VERSION").stat().st_uid == 65534
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, name, "drop"], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        sessions = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
        parent.wait()
        assert [session for session in sessions if not gone(session)] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="everyone else is this test's user all along")
def test_a_user_without_rights_can_start_both(folder, tmp_path):
    """In a namespace where we are user 1000, so that the programs stay within reach wherever they are installed."""
    become = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    command = [*become, sys.executable, "-c", "import os; assert os.geteuid() == 1000" + PARENT, tmp_path, "leave"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    sessions = [int(pid) for pid in child.stdout.readline().split()]
    assert len(sessions) == 2
    assert all(running(session) for session in sessions)
    child.kill()
    child.wait()
    assert all(gone(session) for session in sessions)


@pytest.mark.parametrize("damage", ["zeros at the end", "zeros within", "manifest empty", "base gone"])
def test_a_queue_that_a_power_cut_has_damaged_starts_empty(tmp_path, damage):
    with start_valkey(tmp_path) as server:
        redis.Redis.from_url(server.url).set("a", "1" * 1000)
    files = tmp_path / "appendonlydir"
    commands, manifest = files / "appendonly.aof.1.incr.aof", files / "appendonly.aof.manifest"
    if damage == "zeros at the end":
        with commands.open("ab") as file:
            file.write(bytes(4096))
    elif damage == "zeros within":
        commands.write_bytes(bytes(64) + commands.read_bytes()[64:])
    elif damage == "manifest empty":
        manifest.write_bytes(b"")
    else:
        (files / "appendonly.aof.1.base.rdb").unlink()
    with start_valkey(tmp_path) as server:
        assert redis.Redis.from_url(server.url).dbsize() == 0
    assert (tmp_path / "appendonlydir.damaged").exists()
    with start_valkey(tmp_path):
        pass
