"""One role as several processes of one machine: forked from one that has read the bundle, and kept running.

What the machine's other roles need (restarts with logs, servers) lives in `suara.supervisor`. The parent never runs a
loop or a thread, so that forking is safe; what it has read is shared with its children until somebody writes to it.
"""

import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that a process gets to finish what it has begun."""

STEADY = 1.0
"""A process that ran for less is started again only after so many seconds."""

_PR_SET_PDEATHSIG = 1
_WAITED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
_libc = ctypes.CDLL(None, use_errno=True)


def keep(count: int, work: Callable[[int], int]) -> int:
    """Runs `work(0)` … `work(count - 1)`, a process each, until SIGTERM or SIGINT; starts again whichever ends.

    Answers 0 once all have ended, having been asked to; 1 where some had to be killed.
    """
    gc.freeze()
    signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED)
    running = {_start(number, work): number for number in range(count)}
    started = dict.fromkeys(range(count), time.monotonic())
    while signal.sigwait(_WAITED) == signal.SIGCHLD:
        for pid in _ended():
            number = running.pop(pid)
            log.warning("process %d ended, starting it again", number)
            time.sleep(max(0.0, STEADY - (time.monotonic() - started[number])))
            running[_start(number, work)] = number
            started[number] = time.monotonic()
    return _stop(set(running))


def _start(number: int, work: Callable[[int], int]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # without a parent it finishes, as if it had been told to
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WAITED)
        if os.getppid() == parent:
            code = work(number)
    except BaseException:
        log.exception("process %d failed", number)
    finally:
        logging.shutdown()
        os._exit(code)


def _ended() -> list[int]:
    """Children that have ended and were not seen before."""
    pids: list[int] = []
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return pids
        if not pid:
            return pids
        pids.append(pid)


def _stop(pids: set[int]) -> int:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while pids and time.monotonic() < until:
        signal.sigtimedwait({signal.SIGCHLD}, 0.2)
        pids -= set(_ended())
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return int(bool(pids))
