"""Which system calls a decoder may make, as a filter that the kernel runs before each (seccomp, Linux 3.17 and later).

An allow-list: what pixels need is allowed, everything else is answered "not permitted". A decoder that only asks by
habit (open a locale file, look at a terminal) goes on; one that tries what no decoder ever does (`OFFENCES`) has been
taken over and is ended on the spot. The pages seccomp(2), syscall(2) and <linux/filter.h> are what this follows.
"""

import ctypes
import errno
import os
import platform
import struct
from typing import Final

from msgspec import Struct

ALLOWED: Final = {  # x86-64, aarch64
    "read": (0, 63), "write": (1, 64), "futex": (202, 98), "mmap": (9, 222), "munmap": (11, 215), "brk": (12, 214),
    "mremap": (25, 216), "mprotect": (10, 226), "madvise": (28, 233), "setitimer": (38, 103), "close": (3, 57),
    "exit": (60, 93), "exit_group": (231, 94), "rt_sigreturn": (15, 139), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "sigaltstack": (131, 132), "clock_gettime": (228, 113), "clock_nanosleep": (230, 115),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getpid": (39, 172), "gettid": (186, 178),
    "getrandom": (318, 278), "set_robust_list": (273, 99), "rseq": (334, 293), "restart_syscall": (219, 128),
    "clone": (56, 220),
}  # fmt: skip
"""Calls that go through; three of them with conditions, see `_program`."""

OFFENCES: Final = {
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "kill": (62, 129),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "io_uring_setup": (425, 425), "bpf": (321, 280),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "keyctl": (250, 219), "userfaultfd": (323, 282),
    "perf_event_open": (298, 241), "memfd_create": (319, 279), "init_module": (175, 105),
}  # fmt: skip
"""Calls that end the process that makes them."""

CLONE3: Final = 435
"""Answered "no such call", so that the C library starts its threads by `clone`, whose flags a filter can see."""

_ARCHITECTURES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32: Final = 0x40000000
"""Numbers from here on are x86-64's second set of calls, which would pass by the filter."""

_NO_NEW_PRIVS, _SET_MODE_FILTER, _TSYNC = 38, 1, 1
_SECCOMP_CALL: Final = (317, 277)

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST, _THIRD = 0, 4, 16, 32  # offsets in struct seccomp_data; low words of the arguments
_THREAD: Final = 0x10000  # CLONE_THREAD
_EXECUTABLE: Final = 4  # PROT_EXEC

_LIBC = ctypes.CDLL(None, use_errno=True)


class Unsealed(Exception):
    """This machine offers no filter of system calls, and why."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


class _Rule(Struct, frozen=True):
    """What happens on one call: `verdict`, unless bits of an argument say `otherwise`."""

    number: int
    verdict: int
    argument: int | None = None
    bits: int = 0
    otherwise: int = _KILL

    def code(self) -> bytes:
        """Instructions that return a verdict on this call and fall through on every other."""
        if self.argument is None:
            return _op(_EQUAL, self.number, 0, 1) + _op(_RETURN, self.verdict)
        return (
            _op(_EQUAL, self.number, 0, 4)
            + _op(_LOAD, self.argument)
            + _op(_ANY_BIT, self.bits, 0, 1)
            + _op(_RETURN, self.otherwise)
            + _op(_RETURN, self.verdict)
        )


def seal() -> None:
    """Bar this process, with all its threads and for good, from every call that is not allowed.

    Raises Unsealed where kernel, container or architecture do not offer it; nothing is barred then.
    """
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in _ARCHITECTURES:
        raise Unsealed(f"no filter is written for {platform.system()} on {machine}")
    audit, column = _ARCHITECTURES[machine]
    code = _program(audit, column)
    program = _Program(len(code) // 8, code)
    if _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise Unsealed(f"PR_SET_NO_NEW_PRIVS: {os.strerror(ctypes.get_errno())}")
    call = _SECCOMP_CALL[column]
    if _LIBC.syscall(call, _SET_MODE_FILTER, _TSYNC, ctypes.byref(program)):
        raise Unsealed(f"seccomp: {os.strerror(ctypes.get_errno())}")


def _program(audit: int, column: int) -> bytes:
    """The filter for one architecture. Its order is the order of asking: the calls of every picture come first."""
    head = _op(_LOAD, _ARCH) + _op(_EQUAL, audit, 1, 0) + _op(_RETURN, _KILL) + _op(_LOAD, _NUMBER)
    head += _op(_AT_LEAST, _X32, 0, 1) + _op(_RETURN, _KILL)
    refused = _ERRNO | errno.EPERM
    rules = [_allowed(name, numbers[column], refused) for name, numbers in ALLOWED.items()]
    rules += [_Rule(number, _KILL) for numbers in OFFENCES.values() if (number := numbers[column]) is not None]
    rules.append(_Rule(CLONE3, _ERRNO | errno.ENOSYS))
    return head + b"".join(rule.code() for rule in rules) + _op(_RETURN, refused)


def _allowed(name: str, number: int, refused: int) -> _Rule:
    """Threads but no processes; memory but none that can be executed; the rest as it is."""
    if name == "clone":
        return _Rule(number, _KILL, _FIRST, _THREAD, otherwise=_ALLOW)
    if name in {"mmap", "mprotect"}:
        return _Rule(number, _ALLOW, _THIRD, _EXECUTABLE, otherwise=refused)
    return _Rule(number, _ALLOW)


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """One instruction: struct sock_filter."""
    return struct.pack("=HBBI", code, yes, no, value)
