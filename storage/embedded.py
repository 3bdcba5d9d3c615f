"""PostgreSQL and Valkey as children of this process, reached over Unix sockets, gone when it is gone.

`programs` finds what to run, `claim` whose folder it is, `launch` becomes the server. What the servers hold is
`journal`'s and `queue`'s; which address to use is `settings`'.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from storage.claim import claim, living, socket_folder
from storage.errors import ServerFailed
from storage.programs import postgres_bin, valkey_binary

__all__ = [
    "Server", "postgres_bin", "postgres_url", "start_postgres", "start_standby", "start_valkey", "valkey_binary",
]  # fmt: skip

DATABASE = USER = "suara"
REPLICATOR = "suara_standby"
"""Who fetches schema `published` for a standby. It may copy no cluster as a whole, which has accounts in it."""

LAUNCH = Path(__file__).with_name("launch.py")

START_SECONDS = 30.0
"""How long a server may take to answer, crash recovery included."""

PRIMARY = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "wal_level": "logical",
    "max_slot_wal_keep_size": "4GB",
    "wal_writer_delay": "50ms",
}
"""The record. A standby that stays away keeps at most so much of its log: then it is built anew, and no disk fills.
What nobody waits for, as a cut, is on the disk soon all the same: only then does a standby see it."""

STANDBY = {
    "max_connections": "80",
    "shared_buffers": "48MB",
    "max_wal_size": "1GB",
    "wal_retrieve_retry_interval": "500ms",
    "wal_receiver_timeout": "15s",
    "max_logical_replication_workers": "8",
    "max_sync_workers_per_subscription": "4",
}
"""A copy of what the public may see. What was cut off is tried again soon."""


class Server:
    """A server that answers. `url` is what its client library takes; `owned` tells whether `stop` stops it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes] | None, how: tuple[int, ...] = ()) -> None:
        self.url = url
        self._process = process
        self._how = how

    @property
    def owned(self) -> bool:
        """False where another process runs the server and we only use it."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The server's process, where it is ours."""
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        """Whether the server still runs; always true for one that is not ours."""
        return self._process is None or self._process.poll() is None

    def stop(self) -> None:
        """Ends the server, politely first. Does nothing where it is not ours or has ended."""
        if self._process is None:
            return
        for number in (*self._how, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            self._process.send_signal(number)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_postgres(
    folder: Path,
    *,
    log: Path | None = None,
    share: bool = False,
    leave: str = "leave",
    part: Mapping[str, str] = PRIMARY,
) -> Server:
    """Starts the cluster in `folder`, making it where there is none, and returns once it answers.

    `share` accepts a server that another living process runs there. `leave` is how root is left: "leave" prefers a
    user namespace, "drop" takes an unprivileged uid at once. `part` is what the server is: PRIMARY or STANDBY.
    Raises ServerMissing, ServerFailed, ServerInUse.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sockets = socket_folder(folder, ".s.PGSQL.5432")
    url = postgres_url(folder)
    cluster = folder / "cluster"
    lock = claim(folder, lambda: _postgres_ready(cluster, None), share=share, patience=START_SECONDS)
    if lock is None:
        return Server(url, None)
    try:
        if not (cluster / "PG_VERSION").exists():
            _make_cluster(folder, cluster, leave)
        _forget_stale(cluster / "postmaster.pid")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "idle_in_transaction_session_timeout": "60s",
            **part,
        }
        command = [str(postgres_bin() / "postgres"), "-D", str(cluster)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        owned = [folder] if sockets == folder else [folder, sockets]
        log = log or folder / "postgres.log"
        process = _launch(command, signal.SIGINT, leave, owned, log, lock)
        server = Server(url, process, (signal.SIGINT, signal.SIGQUIT))
        _await_ready(server, "postgres", log, lambda: _postgres_ready(cluster, process.pid))
        return server
    finally:
        os.close(lock)  # the server keeps its own copy: the lock lives exactly as long as it does


def start_standby(folder: Path, *, log: Path | None = None, share: bool = False) -> Server:
    """Starts the cluster that the public's questions are answered from. Arguments and errors as `start_postgres`."""
    return start_postgres(folder, log=log, share=share, part=STANDBY)


def postgres_url(folder: Path, user: str = USER) -> str:
    """The address of the cluster in `folder`, whether or not it runs."""
    return f"postgresql://{user}@/{DATABASE}?host={socket_folder(folder.absolute(), '.s.PGSQL.5432')}"


def valkey_url(folder: Path) -> str:
    """The address of the Valkey in `folder`, whether or not it runs."""
    return f"unix://{socket_folder(folder.absolute(), 'valkey.sock') / 'valkey.sock'}"


def start_valkey(folder: Path, *, log: Path | None = None, share: bool = False) -> Server:
    """Starts Valkey with its append-only file in `folder` and returns once it answers. Raises as `start_postgres`."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = socket_folder(folder, "valkey.sock") / "valkey.sock"
    url = f"unix://{path}"
    lock = claim(folder, lambda: _valkey_ready(path), share=share, patience=START_SECONDS)
    if lock is None:
        return Server(url, None)
    try:
        log = log or folder / "valkey.log"
        try:
            return _valkey(folder, path, log, lock)
        except ServerFailed:
            if not _set_aside(folder / "appendonlydir"):
                raise
            return _valkey(folder, path, log, lock)
    finally:
        os.close(lock)


def _valkey(folder: Path, path: Path, log: Path, lock: int) -> Server:
    path.unlink(missing_ok=True)
    command = [str(valkey_binary()), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    command += ["--dir", str(folder), "--appendonly", "yes", "--save", "", "--daemonize", "no"]
    process = _launch(command, signal.SIGTERM, "keep", [folder], log, lock)
    server = Server(f"unix://{path}", process, (signal.SIGTERM,))
    _await_ready(server, "valkey", log, lambda: _valkey_ready(path))
    return server


def _set_aside(files: Path) -> bool:
    """Whether there were files of Valkey's to put out of its way, kept once for who wants to look.

    A power cut can leave zeros at their end, with which it refuses to start. Nothing is only in there: the queue is
    made again from the journals, as after a flush.
    """
    if not files.exists():
        return False
    aside = files.with_name(f"{files.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    files.rename(aside)
    return True


def _launch(
    command: list[str], death: int, leave: str, owned: list[Path], log: Path, lock: int
) -> subprocess.Popen[bytes]:
    """Runs `command` through `launch.py`, in a session of its own so that Ctrl-C reaches only us."""
    if threading.current_thread() is not threading.main_thread():
        # The kernel sends the death signal when the starting THREAD ends, not the process.
        raise ServerFailed(program=command[0], reason="servers are started from the main thread")
    how = [str(os.getpid()), str(int(death)), leave, ":".join(map(str, owned))]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 — a fixed program with arguments of ours
            [sys.executable, "-I", "-S", str(LAUNCH), *how, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=owned[0],
            pass_fds=(lock,),
            start_new_session=True,
        )


def _await_ready(server: Server, program: str, log: Path, ready: Callable[[], bool]) -> None:
    """Returns when `ready` holds. Stops the server and raises ServerFailed with the log's end where it never does."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if not server.alive() or time.monotonic() > deadline:
            server.stop()
            raise ServerFailed(program=program, reason=" / ".join(_last_lines(log)))
        time.sleep(0.002)


def _last_lines(log: Path, n: int = 3) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-n:] if log.exists() else []


def _postgres_ready(cluster: Path, pid: int | None) -> bool:
    """Whether the postmaster says so in the eighth line of its own file; `pid` guards against a file left behind."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return (
        len(lines) > 7 and lines[7].strip() == "ready" and (living(lines[0]) if pid is None else lines[0] == str(pid))
    )


def _valkey_ready(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _forget_stale(pidfile: Path) -> None:
    """Removes what a killed postmaster left. We hold the folder's lock, so no server of ours can still be there.

    Its number may since have gone to another process (common in containers), which PostgreSQL would take for itself.
    """
    try:
        pid = pidfile.read_text().split("\n", 1)[0]
    except OSError:
        return
    if not (living(pid) and Path("/proc", pid, "comm").read_text().strip() == "postgres"):
        pidfile.unlink()


def _make_cluster(folder: Path, cluster: Path, leave: str) -> None:
    """Makes a cluster beside its place and renames it there, so that a kill in between leaves nothing half made."""
    unfinished = folder / "cluster.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    programs = postgres_bin()
    initdb = [str(programs / "initdb"), "-D", str(unfinished), "-U", USER, "-E", "UTF8", "--auth=trust"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    _complete(initdb, leave, folder, None)
    single = [str(programs / "postgres"), "--single", "-D", str(unfinished), "postgres"]
    _complete(single, leave, folder, f'create database "{DATABASE}"\n'.encode())
    access = unfinished / "pg_hba.conf"
    access.write_text(f"local replication {REPLICATOR} reject\n{access.read_text()}")
    unfinished.rename(cluster)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _complete(command: list[str], leave: str, folder: Path, text: bytes | None) -> None:
    """Runs a program of PostgreSQL to its end under the identity that the server will have."""
    how = [str(os.getpid()), str(int(signal.SIGKILL)), leave, str(folder)]
    done = subprocess.run(  # noqa: S603 — a fixed program with arguments of ours
        [sys.executable, "-I", "-S", str(LAUNCH), *how, *command],
        input=text,
        capture_output=True,
        cwd=folder,
        check=False,
    )
    if done.returncode != 0:
        raise ServerFailed(program=Path(command[0]).name, reason=done.stderr.decode(errors="replace").strip()[-500:])
