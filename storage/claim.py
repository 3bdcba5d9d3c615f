"""Whose a server's folder is: a lock that lives as long as the server, a socket's place, and who is alive."""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from storage.errors import ServerFailed, ServerInUse

SOCKET_LIMIT = 107
"""Bytes of a Unix socket's path on Linux."""


def claim(folder: Path, ready: Callable[[], bool], *, share: bool, patience: float) -> int | None:
    """The descriptor that locks `folder`, or None where a living owner's server answers and may be shared.

    The lock is inherited by the server: after a kill -9 of its owner we wait here until the last of it is gone.
    """
    path = folder / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = path.read_text().strip()
            # Where nothing answers, a server is starting, or going down after its owner's death or its own.
            answers = owner.isdigit() and living(owner) and ready()
            if answers and share:
                os.close(descriptor)
                return None
            if answers or time.monotonic() > deadline:
                os.close(descriptor)
                raise ServerInUse(folder=str(folder)) from None
            time.sleep(0.01)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return descriptor


def socket_folder(folder: Path, name: str) -> Path:
    """Where the socket `name` goes: `folder`, or a short private one where its path would be too long."""
    if len(os.fsencode(folder / name)) < SOCKET_LIMIT - 10:  # PostgreSQL adds `.lock`
        return folder
    short = Path(tempfile.gettempdir(), "suara-" + hashlib.sha256(os.fsencode(folder)).hexdigest()[:16])
    short.mkdir(mode=0o700, exist_ok=True)
    facts = short.lstat()
    if short.is_symlink() or facts.st_mode & 0o077 or facts.st_uid not in {os.geteuid(), folder.stat().st_uid}:
        raise ServerFailed(program="socket", reason=f"{short} belongs to someone else")
    return short


def living(pid: str) -> bool:
    """Whether a process of this number runs; one that has ended and waits to be collected does not."""
    try:
        state = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
