"""Hourly cuts: the sums of every area and dapil as they stood when an hour began, kept as files.

The cut of an hour is the state before the first event of the journal whose time lies in that hour or after it. So it
follows from the journal alone, whoever folds it and when; a file is hashed, and whoever doubts it makes it again. Who
reads a cut over HTTP is `reads`'s business.
"""

import asyncio
import logging
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.errors import Damaged
from recap.ragged import Sums
from recap.state import State
from storage import durable
from storage.journal import Entry

MAGIC = b"suara cut 1\n"
HOUR = len("2029-02-14T13")
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d")
log = logging.getLogger(__name__)

LEVEL = 1
"""Of compression: most of a cut is zeros."""


class CutDamaged(Damaged):
    """A cut's file that is not what was written, or not of this election."""

    code = "recap.cut_damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas potongan {name} rusak ({why}); potongan dapat dibuat ulang dari jurnal.",
        "en": "The cut {name} is damaged ({why}); it can be made again from the journal.",
    }


class Header(Struct, frozen=True):
    """What the arrays after it are: name, dtype, shape and packed size of each."""

    contest: str
    bundle: str  # `snapshot.fingerprint` of the bundle
    hour: str  # `2029-02-14T13`, UTC
    number: int  # of the last event before the hour
    at: str
    arrays: tuple[tuple[str, str, tuple[int, ...], int], ...]


class HourCut(Struct, frozen=True):
    """The sums at the beginning of an hour, as `State` has them."""

    contest: str
    bundle: str
    hour: str
    number: int
    at: str
    sums: Sums  # int32 where that holds them

    @classmethod
    def of(cls, state: State, hour: str, bundle: str) -> Self:
        """A copy of what `state` has now. `bundle` is its fingerprint."""
        with state.lock:
            sums = Sums(*(_narrow(array) for array in state.sums))
            return cls(state.key, bundle, hour, state.number, state.at, sums)

    def encode(self) -> bytes:
        """The file's bytes; the same state gives the same bytes."""
        arrays = self.sums._asdict()
        packed = {name: zlib.compress(array.data, LEVEL) for name, array in arrays.items()}
        told = tuple((name, array.dtype.str, array.shape, len(packed[name])) for name, array in arrays.items())
        header = Header(self.contest, self.bundle, self.hour, self.number, self.at, told)
        body = b"".join([MAGIC, msgspec.json.encode(header), b"\n", *packed.values()])
        return body + sha256(body).digest()

    @classmethod
    def decode(cls, data: bytes, name: str) -> Self:
        """The cut of its file's bytes. Raises CutDamaged."""
        if not data.startswith(MAGIC) or sha256(data[:-32]).digest() != data[-32:]:
            raise CutDamaged(name=name, why="checksum")
        end = data.index(b"\n", len(MAGIC))
        header, at = msgspec.json.decode(data[len(MAGIC) : end], type=Header), end + 1
        arrays = {}
        for array, dtype, shape, size in header.arrays:
            arrays[array] = np.frombuffer(zlib.decompress(data[at : at + size]), dtype).reshape(shape)
            at += size
        return cls(header.contest, header.bundle, header.hour, header.number, header.at, Sums(**arrays))


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Half the size, where every value has room."""
    fits = not array.size or (array.max() < 1 << 31 and array.min() >= -1 << 31)
    return array.astype(np.int32 if fits else np.int64)


class Hours:
    """The hourly cuts of one contest, a file each."""

    def __init__(self, folder: Path, key: str, bundle: str) -> None:
        self._folder, self._key, self._bundle = folder, key, bundle
        self._hour = ""
        self._pending: list[HourCut] = []
        self._writing = threading.Lock()

    def begin(self, state: State) -> None:
        """Goes on from `state`, as a snapshot has left it."""
        known = [hour for hour in self.names() if self._number(hour) <= state.number] if state.number else []
        self._hour = max([*known, state.at[:HOUR]])

    def split(self, entries: Sequence[Entry]) -> Iterator[tuple[str | None, Sequence[Entry]]]:
        """`entries` in pieces, each with the hour that begins before it, None where none does."""
        start, began = 0, None
        for at, entry in enumerate(entries):
            hour = "" if entry.event is None else entry.event.at[:HOUR]
            if hour > self._hour and NAME.fullmatch(hour):
                if at > start:
                    yield began, entries[start:at]
                start, began, self._hour = at, hour, hour
        yield began, entries[start:]

    async def keep(self, hour: str, state: State) -> None:
        """Copies `state`, which stands still meanwhile, and has it written while it goes on."""
        self._pending.append(await asyncio.to_thread(HourCut.of, state, hour, self._bundle))
        asyncio.get_running_loop().run_in_executor(None, self._try)

    def flush(self) -> None:
        """Writes what is not on disk yet. Blocking; nothing that a snapshot has behind it may be unwritten."""
        with self._writing:
            while self._pending:
                cut = self._pending[0]
                self._folder.mkdir(parents=True, exist_ok=True)
                durable.write(self._folder / f"{cut.hour}.cut", cut.encode())
                del self._pending[0]

    def _try(self) -> None:
        try:
            self.flush()
        except OSError as error:
            log.warning("%s: an hourly cut waits to be written: %s", self._key, error)

    def names(self) -> list[str]:
        """The hours that are kept, oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(path.stem for path in self._folder.glob("*.cut") if NAME.fullmatch(path.stem))

    def read(self, hour: str) -> HourCut:
        """The cut of an hour. Raises FileNotFoundError, CutDamaged."""
        path = self._folder / f"{hour}.cut"
        cut = HourCut.decode(path.read_bytes(), path.name)
        if (cut.contest, cut.bundle) != (self._key, self._bundle):
            raise CutDamaged(name=path.name, why="of another bundle or contest")
        return cut

    def _number(self, hour: str) -> int:
        """The number that a file says it stands at; beyond every journal where it is damaged."""
        with (self._folder / f"{hour}.cut").open("rb") as file:
            head = file.read(len(MAGIC)) + file.readline()
        try:
            return msgspec.json.decode(head[len(MAGIC) :], type=Header).number
        except msgspec.DecodeError:
            return 1 << 62
