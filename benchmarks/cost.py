"""What processes have cost so far: CPU seconds of a process and of all that it has started, from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds, user and system, of these processes and of their children, living and gone."""
    wanted, parents = set(pids), _parents()
    while more := {pid for pid, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return sum(map(_of, wanted)) / _TICK


def _parents() -> dict[int, int]:
    return {int(path.name): parent for path in Path("/proc").glob("[0-9]*") if (parent := _field(path, 1)) is not None}


def _of(pid: int) -> int:
    path = Path("/proc") / str(pid)
    return sum(_field(path, field) or 0 for field in (11, 12, 13, 14))


def _field(path: Path, number: int) -> int | None:
    """Field of /proc/PID/stat, counted from behind the name: 1 is the parent, 11–14 the times."""
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[number])
    except (OSError, IndexError):
        return None


def pin(core: int) -> None:
    """This process, and all that it starts from now on, run on one core."""
    allow({core})


def allow(cores: set[int]) -> None:
    """The same on several."""
    os.sched_setaffinity(0, cores)
