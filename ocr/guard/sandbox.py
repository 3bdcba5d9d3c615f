"""What a process gives up before it looks at bytes that anyone may have sent. There is no way back out.

`close_off` is for the decoder's own process and no other. What it is good for is said in docs/decisions/0006.
"""

import ctypes
import os
import platform
import resource
import signal
from contextlib import suppress
from pathlib import Path

from ocr.guard import seccomp

_PDEATHSIG, _DUMPABLE = 1, 4
_NOBODY = 65534


def close_off(parent: int, memory: int) -> str:
    """Give up everything that decoding does not need. `memory`: bytes that this process may take from here on.

    Answers what could not be given up, in words; empty where all could. Raises OSError where not even limits hold.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who tells us by closing the pipe
    _be_nobody()
    _die_with(parent)
    limits = {
        resource.RLIMIT_AS: _taken() + memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    try:
        seccomp.seal()
    except seccomp.Unsealed as reason:
        return str(reason)
    return ""


def _be_nobody() -> None:
    """Root gives up its rights with its name. Where a user namespace knows no other name, the filter has to do."""
    if os.geteuid() == 0:
        with suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)


def _die_with(parent: int) -> None:
    """End when the parent's thread that started us does, and show our memory to nobody."""
    if platform.system() != "Linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_DUMPABLE, 0, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone")


def _taken() -> int:
    """Bytes of address space that the interpreter and its libraries have taken already."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 2**31
