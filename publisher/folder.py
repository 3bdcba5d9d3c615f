"""The public folder: files that appear whole or not at all, and the publisher's own place in each journal.

What is written where is said by `places`; who may read it, and with which headers, by `files`.
"""

import contextlib
import os
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct

from publisher import squeezed
from publisher.rows import Cut

OWN = ".state"
"""The publisher's own folder. Names that begin with a dot are never served."""

PART = ".part"

_ENCODER = msgspec.json.Encoder()

_number = count()
"""Of unfinished files: one for all folders of a process, since two may be the same."""

_MINE = os.urandom(4).hex()
"""Of this process: in two containers that keep one folder, both may have the same process id."""


class Cursor(Struct, frozen=True):
    """Up to which cut everything is written, and by which edition of program, bundle and address."""

    number: int = 0
    edition: str = ""
    repairs: int = 0
    turn: int = 0

    @classmethod
    def at(cls, cut: Cut, edition: str) -> "Cursor":
        """Everything up to `cut` is written."""
        return cls(cut.number, edition, cut.repairs, cut.turn)

    def stands(self, cut: Cut) -> bool:
        """Whether nothing was said since."""
        return (self.number, self.repairs, self.turn) == (cut.number, cut.repairs, cut.turn)

    def broken(self, cut: Cut) -> bool:
        """Whether the database was rebuilt, or rows of it were put right, behind our back."""
        return cut.number < self.number or cut.turn < self.turn or cut.repairs != self.repairs


class Folder:
    """Files below `root`. Each is replaced in one step, so that a reader never sees half a document."""

    def __init__(self, root: Path) -> None:
        self.root, self._root = root, str(root)
        self._own = root / OWN
        self._own.mkdir(parents=True, exist_ok=True)

    def write(self, path: str, data: bytes) -> None:
        """Make `path` hold `data`; one that holds it already is left alone, with its time and its ETag.

        Nothing is synced: after a power cut everything is published again.
        """
        shown = f"{self._root}/{path}"
        if squeezed.ahead(path):  # first, so that it is never older than what it stands for but for a write's moment
            companion = squeezed.squeeze(data)
            if not _holds(shown + squeezed.SUFFIX, companion):  # one that is there may be empty after a power cut
                self._put(path + squeezed.SUFFIX, companion)
        if not _holds(shown, data):
            self._put(path, data)

    def _put(self, path: str, data: bytes, *, sync: bool = False) -> None:
        part = self._part()
        try:
            _fill(part, data, sync=sync)
            self._show(part, path)
        except OSError:  # a full disk would keep the piece, and another one of every time that this is tried again
            with contextlib.suppress(OSError):
                os.unlink(part)  # noqa: PTH108
            raise

    def keep(self, path: str, data: bytes) -> None:
        """Make `path` hold `data`, synced before it can be seen: for what is written once and never again."""
        self._put(path, data, sync=True)

    def _part(self) -> str:
        return f"{self._root}/{OWN}/{os.getpid()}-{_MINE}-{next(_number)}{PART}"

    def _show(self, part: str, path: str) -> None:
        shown = f"{self._root}/{path}"
        try:
            os.replace(part, shown)  # noqa: PTH105 — thousands a second
        except FileNotFoundError:
            Path(shown).parent.mkdir(parents=True, exist_ok=True)
            Path(part).replace(shown)

    def sweep(self, now: float) -> None:
        """Take away what publishers left unfinished when they were killed, an hour or more before `now` (seconds)."""
        for part in self._own.glob(f"*{PART}"):
            with contextlib.suppress(FileNotFoundError):
                if now - part.stat().st_mtime > 3600:
                    part.unlink()
        self._sweep_companions()

    def _sweep_companions(self) -> None:
        """Compressed companions that another rule asked for would never be written again: they go."""
        made = self._own / "squeezed"
        if made.exists() and made.read_text() != squeezed.RULE:
            for kind in squeezed.KINDS:  # packed tables of the open data are documents of their own
                for companion in self.root.rglob(f"*{kind}{squeezed.SUFFIX}"):
                    companion.unlink(missing_ok=True)
        self.write(f"{OWN}/{made.name}", squeezed.RULE.encode())

    def json(self, path: str, document: object) -> bytes:
        """Write a JSON document; its bytes."""
        data = _ENCODER.encode(document)
        self.write(path, data)
        return data

    def has(self, path: str) -> bool:
        """Whether `path` is there."""
        return (self.root / path).exists()

    def link(self, path: str, to: str) -> None:
        """Show the file `to` under a second name, without a second copy where the file system can."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.root / to, target)
        except FileExistsError:
            return
        except OSError:
            self.write(path, (self.root / to).read_bytes())

    def cursor(self, contest: str) -> Cursor:
        """Where this publisher stands; the start where it cannot be read."""
        try:
            return msgspec.json.decode((self.root / _cursor(contest)).read_bytes(), type=Cursor)
        except (FileNotFoundError, msgspec.DecodeError):
            return Cursor()

    def advance(self, contest: str, cursor: Cursor) -> None:
        """Remember that everything up to `cursor` is written."""
        self.json(_cursor(contest), cursor)


def _holds(path: str, data: bytes) -> bool:
    """Whether a file has just these bytes. Its size is asked first, since most that are written have changed."""
    try:
        if os.stat(path).st_size != len(data):  # noqa: PTH116 — thousands a second
            return False
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 — thousands a second
            return file.read() == data
    except FileNotFoundError:
        return False


def _fill(path: str, data: bytes, *, sync: bool = False) -> None:
    """Make a new file of `data`, whole or not at all."""
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123 — thousands a second
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
        if sync:
            os.fsync(file.fileno())


def _cursor(contest: str) -> str:
    return f"{OWN}/{contest}.json"
