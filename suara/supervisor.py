"""Keeps the roles of one machine running: starts each as a process, starts it again when it dies.

The servers' own start lives in `storage.embedded`; what a role does lives in its room.
"""

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

log = logging.getLogger(__name__)

BACKOFF = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait before the first, second … restart in a row."""

STEADY_SECONDS = 20.0
"""A role that ran this long has recovered; its next death starts the back-off anew."""

TRIES_ONCE = 8
"""How often in a row a role that runs once may fail before it is left alone."""

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Role(Struct, frozen=True):
    """A process to keep: its name and the arguments of `suara`."""

    name: str
    arguments: tuple[str, ...]
    nice: int = 0
    once: bool = False  # done when it ends well; anything else is started again


def _die_with_parent(parent: int, nice: int) -> None:
    """In the child: end when the supervisor ends, however it ends, even where it has ended before we could ask."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os.nice(nice)


class Supervisor:
    """Runs `roles` until cancelled. Their output goes to `logs/<name>.log`; `changed` is called after every start."""

    def __init__(
        self, roles: Sequence[Role], logs: Path, environment: Mapping[str, str], changed: Callable[[], None]
    ) -> None:
        self.roles, self.logs, self.environment, self.changed = roles, logs, environment, changed
        self.pids: dict[str, int] = {}
        self.done: set[str] = set()
        self.failed: set[str] = set()
        self.restarts: dict[str, int] = {role.name: 0 for role in roles}

    async def run(self) -> None:
        """Keep every role alive; on cancellation stop them all, politely first."""
        self.logs.mkdir(parents=True, exist_ok=True)
        async with asyncio.TaskGroup() as group:
            for role in self.roles:
                group.create_task(self._keep(role))

    def over(self, name: str) -> bool:
        """Whether a role that runs once is done (or was never asked for)."""
        return name in self.done or all(role.name != name for role in self.roles)

    async def _keep(self, role: Role) -> None:
        loop, deaths = asyncio.get_running_loop(), 0
        while True:
            started = loop.time()
            try:
                code: int | str = await self._once(role)
            except OSError as error:  # a full disk, no process left: no reason to stop the others
                code = str(error)
            if role.once and (code == 0 or deaths >= TRIES_ONCE):
                self.done.add(role.name)
                if code != 0:
                    self.failed.add(role.name)
                    log.error("role %s failed %d times in a row and is left alone: see its log", role.name, deaths + 1)
                return
            deaths = 1 if loop.time() - started > STEADY_SECONDS else deaths + 1
            self.restarts[role.name] += 1
            log.warning("role %s ended (%s), starting it again", role.name, code)
            await asyncio.sleep(BACKOFF[min(deaths, len(BACKOFF)) - 1])

    async def _once(self, role: Role) -> int:
        parent = os.getpid()
        with (self.logs / f"{role.name}.log").open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "suara", *role.arguments,
                env=dict(self.environment), stdout=sink, stderr=sink, stdin=asyncio.subprocess.DEVNULL,
                preexec_fn=lambda: _die_with_parent(parent, role.nice), start_new_session=True,
            )  # fmt: skip
        self.pids[role.name] = process.pid
        try:
            self.changed()
            return await process.wait()
        finally:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a process: asked first, killed after thirty seconds, in which the front door lets uploads land."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        process.kill()
        await process.wait()
