"""Becomes a server: settles identity and lifetime, then executes the program in its place.

Run by path with `python -I -S`, it imports nothing of ours and nothing outside the standard library. A program of
its own, because `unshare` wants a process with one thread and code between fork and exec must not share ours.
Finding, watching and stopping servers is `embedded`'s.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65534


def enter_namespace() -> bool:
    """Leaves uid 0 by name only: inside a user namespace we are 65534, on disk still the one who started us."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")
    except OSError as error:
        sys.exit(f"a user namespace was opened but could not be mapped: {error}")
    return True


def namespaces_work() -> bool:
    """Tries it in a child, since a namespace half entered cannot be left."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if enter_namespace() else 1)
        except SystemExit:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def drop_to(uid: int, folders: list[str]) -> None:
    """Hands `folders` with all they hold to `uid` and becomes it for good."""
    for folder in folders:
        for at, _, names in os.walk(folder):
            for path in (at, *(str(Path(at, name)) for name in names)):
                os.chown(path, uid, uid, follow_symlinks=False)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def leave_root(folders: list[str], how: str) -> None:
    """PostgreSQL refuses uid 0. Who owns the data decides; else the way that leaves the files alone comes first."""
    owner = Path(folders[0]).stat().st_uid
    if owner != 0:
        drop_to(owner, folders)
    elif how == "drop" or not namespaces_work():
        drop_to(NOBODY, folders)
    else:
        enter_namespace()


def die_with(parent: int, number: int) -> None:
    """Asks the kernel for signal `number` when `parent` ends.

    Must come after every change of credentials, since the kernel forgets the wish with each of them. The parent may
    have died before we asked: then nobody will tell us.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit("the starting process is gone")


def main(arguments: list[str]) -> None:
    """`PARENT SIGNAL keep|leave|drop FOLDER:FOLDER PROGRAM ARGUMENT…`"""
    parent, number, how, folders, *program = arguments
    if how != "keep" and os.geteuid() == 0:
        leave_root(folders.split(":"), how)
    os.umask(0o077)
    die_with(int(parent), int(number))
    os.execv(program[0], program)  # noqa: S606 — becoming the server is the point


if __name__ == "__main__":
    main(sys.argv[1:])
