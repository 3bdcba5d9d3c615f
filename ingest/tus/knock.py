"""Word from one door process to the others of this machine: let go of that upload, somebody newer is here.

One datagram socket a process, lying in a folder that all of them know. Nothing is promised: a lost knock is repeated by
whoever waits, and a process that was killed answers nothing and holds nothing.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

_LONGEST = 64


class Knocker:
    """Our ear and our hand. `heard` is called with the name of an upload that another process wants."""

    def __init__(self, folder: Path, heard: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._heard = heard
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._line: socket.socket | None = None

    def open(self) -> None:
        """Listens from now on. Must run inside the loop."""
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        with self._short() as folder:
            self._line.bind(f"{folder}/{self._name}")
        asyncio.get_running_loop().add_reader(self._line.fileno(), self._ready)

    def close(self) -> None:
        """Listens no more."""
        if self._line is None:
            return
        asyncio.get_running_loop().remove_reader(self._line.fileno())
        self._line.close()
        self._line = None
        (self._folder / self._name).unlink(missing_ok=True)

    def knock(self, name: str) -> None:
        """Asks every other process of this machine to let go of an upload. Does not wait for any."""
        if self._line is None:
            return
        with self._short() as folder:
            for door in [path.name for path in self._folder.iterdir()]:
                if door != self._name:
                    self._tell(f"{folder}/{door}", name.encode())

    def _tell(self, address: str, word: bytes) -> None:
        assert self._line is not None
        try:
            self._line.sendto(word, address)
        except ConnectionRefusedError:  # nobody listens there any more: it was killed
            Path(address).unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            pass

    def _ready(self) -> None:
        assert self._line is not None
        with contextlib.suppress(BlockingIOError):
            while True:
                self._heard(self._line.recv(_LONGEST).decode("ascii", "replace"))

    @contextlib.contextmanager
    def _short(self) -> Iterator[str]:
        """The folder under a name that fits a socket's address (107 bytes), however deep it lies."""
        descriptor = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
