"""Word between the door processes of this machine: let go of that upload, and do you have it?

One datagram socket a process, lying in a folder that all of them know. Nothing is promised: a lost word is said again
by whoever waits, and a process that was killed answers nothing and holds nothing.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

_LONGEST = 256
_ANSWERED = 0.25
"""Seconds that the others have for an answer: a loop that takes longer is too busy to be waited for."""


class _Question:
    """Who has it? Over when everybody has answered, or one who has it."""

    def __init__(self, asked: int) -> None:
        self.missing = asked
        self.held = asyncio.get_running_loop().create_future()

    def answered(self, yes: bool) -> None:
        self.missing -= 1
        if (yes or not self.missing) and not self.held.done():
            self.held.set_result(yes)


class Knocker:
    """Our ear and our mouth. `heard` is called with the name of an upload that another process wants, and answers

    whether we have it.
    """

    def __init__(self, folder: Path, heard: Callable[[str], bool]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._heard = heard
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._line: socket.socket | None = None
        self._questions: dict[str, _Question] = {}

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

    def knock(self, name: str) -> int:
        """Asks every other process of this machine to let go of an upload; answers how many there are."""
        others = [path.name for path in self._folder.iterdir() if path.name != self._name]
        return sum(self._tell(other, "?", name) for other in others)

    async def held(self, name: str) -> bool:
        """Whether another process has the upload; it is asked to let go of it, too."""
        asked = self.knock(name)
        if not asked:
            return False
        question = self._questions[name] = _Question(asked)
        try:
            async with asyncio.timeout(_ANSWERED):
                return bool(await question.held)
        except TimeoutError:
            return False
        finally:
            self._questions.pop(name, None)

    def _tell(self, other: str, word: str, name: str) -> bool:
        if self._line is None:
            return False
        with self._short() as folder:
            address = f"{folder}/{other}"
            try:
                self._line.sendto(f"{word} {name} {self._name}".encode(), address)
            except ConnectionRefusedError:  # nobody listens there any more: it was killed
                with contextlib.suppress(OSError):
                    Path(address).unlink()
                return False
            except OSError:  # full, gone, not ours to write to
                return False
        return True

    def _ready(self) -> None:
        assert self._line is not None
        with contextlib.suppress(BlockingIOError):
            while True:
                self._said(self._line.recv(_LONGEST).decode("ascii", "replace"))

    def _said(self, text: str) -> None:
        word, name, other = text.split(" ")
        if word == "?":
            self._tell(other, "+" if self._heard(name) else "-", name)
        elif name in self._questions:
            self._questions[name].answered(word == "+")

    @contextlib.contextmanager
    def _short(self) -> Iterator[str]:
        """The folder under a name that fits a socket's address (107 bytes), however deep it lies."""
        descriptor = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
