"""The state of one contest in a file, so that a restart replays the tail of the journal and not the whole of it.

A snapshot is a convenience: one that is missing, damaged, or of another bundle is passed over, and the journal is
replayed from its start. Totals are not in it; they are summed anew from the TPS rows.
"""

from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Self

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle import Bundle
from election.contest import Contest
from election.errors import Damaged
from recap.state import State
from storage import durable

MAGIC = b"suara recap 1\n"
ARRAYS = ("figures", "states", "decisions", "last")


class SnapshotDamaged(Damaged):
    """A snapshot that is not what was written, or not of this election."""

    code = "recap.snapshot_damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas potret {name} tidak dipakai ({why}); jurnal diputar ulang dari awal.",
        "en": "The snapshot {name} is passed over ({why}); the journal is replayed from its start.",
    }


class Header(Struct, frozen=True):
    """What the arrays after it are. `owed` are TPS rows whose evidence the machine has not judged yet."""

    contest: str
    bundle: str  # `fingerprint` of the bundle
    number: int  # of the last event folded in
    at: str
    owed: tuple[int, ...]
    arrays: tuple[tuple[str, str, tuple[int, ...]], ...]  # name, dtype, shape


def fingerprint(bundle: Bundle, contest: Contest) -> str:
    """SHA-256 (hex) of everything in the bundle that the rows and columns of a state rest on."""
    tree = bundle.tree
    digest = sha256(msgspec.json.encode(contest))
    for array in (tree.tps_kodes, tree.tps_parent, tree.kodes, tree.parent, bundle.tps_holding(contest.key)):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class Snapshot(Struct, frozen=True):
    """A copy of a state, so that it can be encoded and written while the state goes on."""

    header: Header
    arrays: tuple[NDArray[np.generic], ...]

    @classmethod
    def of(cls, state: State, owed: set[int], bundle: str) -> Self:
        """A copy of `state` now. `bundle` is its fingerprint."""
        arrays = {name: getattr(state, name).copy() for name in ARRAYS}
        header = Header(
            contest=state.contest.key,
            bundle=bundle,
            number=state.number,
            at=state.at,
            owed=tuple(sorted(owed)),
            arrays=tuple((name, array.dtype.str, array.shape) for name, array in arrays.items()),
        )
        return cls(header, tuple(arrays.values()))

    def encode(self) -> bytes:
        """The file's bytes; the same state gives the same bytes."""
        parts = [MAGIC, msgspec.json.encode(self.header), b"\n", *(array.tobytes() for array in self.arrays)]
        body = b"".join(parts)
        return body + sha256(body).digest()


def save(path: Path, taken: Snapshot) -> None:
    """Encodes and writes, as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, taken.encode())


def thaw(path: Path, state: State, bundle: str) -> set[int]:
    """Fills an empty `state` from a snapshot; answers the TPS rows still owed a judgement.

    Raises FileNotFoundError, and SnapshotDamaged where the file is not a snapshot of this contest and bundle; `state`
    is untouched then.
    """
    data = path.read_bytes()
    header, at = _header(path, data)
    if (header.contest, header.bundle) != (state.contest.key, bundle):
        raise SnapshotDamaged(name=path.name, why="of another bundle or contest")
    arrays = {}
    for name, dtype, shape in header.arrays:
        size = int(np.dtype(dtype).itemsize * np.prod(shape))
        arrays[name] = np.frombuffer(data[at : at + size], dtype).reshape(shape).copy()
        at += size
    if set(arrays) != set(ARRAYS) or any(arrays[name].shape != getattr(state, name).shape for name in ARRAYS):
        raise SnapshotDamaged(name=path.name, why="other arrays")
    for name in ARRAYS:
        setattr(state, name, arrays[name])
    state.number, state.at = header.number, header.at
    state.rebuild()
    return set(header.owed)


def _header(path: Path, data: bytes) -> tuple[Header, int]:
    """The header, and where the arrays begin. Hashes before it believes anything."""
    if not data.startswith(MAGIC) or sha256(data[:-32]).digest() != data[-32:]:
        raise SnapshotDamaged(name=path.name, why="checksum")
    end = data.index(b"\n", len(MAGIC))
    try:
        return msgspec.json.decode(data[len(MAGIC) : end], type=Header), end + 1
    except msgspec.ValidationError as error:
        raise SnapshotDamaged(name=path.name, why=str(error)) from None
