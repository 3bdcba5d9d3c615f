"""The state of one contest in a file, so that a restart replays the tail of the journal and not the whole of it.

A snapshot is a convenience: one that is missing, damaged, of another bundle or of another release is passed over, and
the journal is replayed from its start. Totals are not in it; they are summed anew from the TPS rows.

It is written a piece of the rows at a time while the state goes on, so that nothing is doubled and nobody waits. Its
number is the state's when it was begun; later pieces are ahead of it. That is harmless, since each row knows the last
event it has taken in (`last`) and passes over what it meets again. Only what seals whole areas is not so: a snapshot
within which that happened is thrown away.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle import Bundle
from election.errors import Damaged
from recap.state import State
from storage import durable

MAGIC = b"suara recap 2\n"
PIECE = 1 << 13
"""TPS a piece: some megabytes, copied in a millisecond or two."""

READ = 1 << 20
"""Bytes hashed at a time."""

DIGEST = 32


class SnapshotDamaged(Damaged):
    """A snapshot that is not what was written, or not of this election."""

    code = "recap.snapshot_damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas potret {name} tidak dipakai ({why}); jurnal diputar ulang dari awal.",
        "en": "The snapshot {name} is passed over ({why}); the journal is replayed from its start.",
    }


class Sealed(Exception):
    """An area was confirmed or determined while the snapshot was written."""


class Header(Struct, frozen=True):
    """What the pieces after it are. `owed` are TPS rows whose evidence the machine has not judged yet."""

    contest: str
    bundle: str  # `fingerprint` of the bundle
    number: int  # every event up to it is folded in; later ones, where a row's `last` says so
    at: str
    owed: tuple[int, ...]
    size: int  # bytes of the pieces


def fingerprint(bundle: Bundle, key: str) -> str:
    """SHA-256 (hex) of everything in the bundle that the rows and columns of a state rest on."""
    tree, printed = bundle.tree, bundle.printed(key)
    digest = sha256(msgspec.json.encode([key, printed.dapil]))
    for ballot in printed.ballots:
        digest.update(msgspec.json.encode(ballot))
    for array in (tree.tps_kodes, tree.tps_parent, tree.kodes, tree.parent, printed.of_tps, printed.district_of_tps):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class Snapshot(Struct, frozen=True):
    """A state that is about to be written, as of now or a little later."""

    header: Header
    state: State

    @classmethod
    def of(cls, state: State, owed: set[int], bundle: str) -> Self:
        """Of `state` now. `bundle` is its fingerprint."""
        size = sum(array.nbytes for piece in _pieces(state) for array in piece)
        header = Header(state.key, bundle, state.number, state.at, tuple(sorted(owed)), size)
        return cls(header, state)

    def parts(self) -> Iterator[bytes]:
        """The file's bytes, piece by piece; the same state at rest gives the same bytes. Raises Sealed."""
        digest = sha256()
        for part in self._parts():
            digest.update(part)
            yield part
        yield digest.digest()

    def encode(self) -> bytes:
        """The file's bytes in one. Raises Sealed."""
        return b"".join(self.parts())

    def _parts(self) -> Iterator[bytes]:
        rows = self.state.rows
        yield MAGIC + msgspec.json.encode(self.header) + b"\n"
        for piece in _pieces(self.state):
            with self.state.lock:
                if max(rows.confirmed.max(), rows.determined.max()) > self.header.number:
                    raise Sealed
                copied = [array.tobytes() for array in piece]
            yield from copied


def save(path: Path, taken: Snapshot) -> bool:
    """Writes as a whole or not at all. False: an area was sealed meanwhile, and the snapshot before stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        durable.write_parts(path, taken.parts())
    except Sealed:
        return False
    return True


def thaw(path: Path, state: State, bundle: str) -> set[int]:
    """Fills an empty `state` from a snapshot; answers the TPS rows still owed a judgement.

    Raises FileNotFoundError, and SnapshotDamaged where the file is not a snapshot of this contest and bundle; `state`
    is untouched then.
    """
    with path.open("rb") as file:
        header = _header(path, file)
        if (header.contest, header.bundle) != (state.key, bundle):
            raise SnapshotDamaged(name=path.name, why="of another bundle or contest")
        if header.size != sum(array.nbytes for piece in _pieces(state) for array in piece):
            raise SnapshotDamaged(name=path.name, why="other arrays")
        with state.lock:
            for piece in _pieces(state):
                for array in piece:
                    file.readinto(array.reshape(-1).view(np.uint8).data)
    state.number, state.at = header.number, header.at
    state.rebuild()
    return set(header.owed)


def _pieces(state: State) -> Iterator[tuple[NDArray[np.generic], ...]]:
    """Views of the rows, some TPS at a time; what was ruled about areas comes first."""
    rows = state.rows
    yield rows.confirmed, rows.determined
    for start, stop in pairwise([*range(0, state.tree.n_tps, PIECE), state.tree.n_tps]):
        some = (array[start:stop] for array in (rows.states, rows.decisions, rows.versions, rows.opened, rows.last))
        yield (rows.figures[rows.offsets[start] : rows.offsets[stop]], *some)


def _header(path: Path, file: BinaryIO) -> Header:
    """The header; leaves the file where the pieces begin. Hashes before it believes anything."""
    size = file.seek(0, 2) - DIGEST
    file.seek(0)
    digest, left = sha256(), max(size, 0)
    while data := file.read(min(READ, left)):
        digest.update(data)
        left -= len(data)
    if file.read(DIGEST) != digest.digest() or file.seek(0) or file.read(len(MAGIC)) != MAGIC:
        raise SnapshotDamaged(name=path.name, why="checksum")
    try:
        return msgspec.json.decode(file.readline(), type=Header)
    except msgspec.DecodeError as error:
        raise SnapshotDamaged(name=path.name, why=str(error)) from None
