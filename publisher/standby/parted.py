"""Entries put aside by where they are about, so that a nation's records can be folded a part at a time.

Files of our own in a folder that goes again; a part holds whole kelurahan. What was ruled about areas stays in memory.
"""

import struct
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from election.codes import fixed, is_tps
from election.event import Event
from election.event.public import from_leaf, kind_of, place_of
from election.record import ABOVE
from election.region import Tree

PART = 200_000
"""Entries that a part should have."""

FLUSH = 1 << 20
_HEAD = struct.Struct("<iqH")  # TPS row, number, length of the leaf


class Told(NamedTuple):
    """An entry of the log, as the fold of a record takes it."""

    number: int
    event: Event | None


class Parted:
    """Entries of one contest's log, by parts of the tree."""

    def __init__(self, folder: Path, tree: Tree, size: int) -> None:
        self._folder, self._tree = folder, tree
        self._first = int(tree.level_start[4])
        self._kelurahan = tree.n_areas - self._first
        self.parts = max(1, min(-(-size // PART), 256, self._kelurahan))
        self._waiting = [bytearray() for _ in range(self.parts)]
        self.rulings: dict[str, list[Told]] = defaultdict(list)
        """Area → what was ruled about it that bears on its records."""

    def put(self, first: int, leaves: Sequence[bytes]) -> None:
        """Puts entries aside, of which `first` is the first's number. Raises OSError."""
        places = [place_of(leaf) for leaf in leaves]
        rows = self._tree.tps_codes.find(fixed(np.array(places, dtype=np.bytes_))).tolist()
        for number, (leaf, place, row) in enumerate(zip(leaves, places, rows, strict=True), first):
            if row >= 0:
                self._aside(row, number, leaf)
            elif not is_tps(kode := place.decode()) and kind_of(leaf) in ABOVE:
                self.rulings[kode].append(Told(number, from_leaf(leaf)))

    def _aside(self, row: int, number: int, leaf: bytes) -> None:
        part = self._part(int(self._tree.tps_parent[row]))
        waiting = self._waiting[part]
        waiting += _HEAD.pack(row, number, len(leaf)) + leaf
        if len(waiting) > FLUSH:
            self._write(part)

    def _part(self, kelurahan: int) -> int:
        return (kelurahan - self._first) * self.parts // self._kelurahan

    def _write(self, part: int) -> None:
        with (self._folder / str(part)).open("ab") as file:
            file.write(self._waiting[part])
        self._waiting[part] = bytearray()

    def kelurahan(self, part: int) -> range:
        """Area indices of a part."""
        start, stop = (-(-at * self._kelurahan // self.parts) + self._first for at in (part, part + 1))
        return range(start, stop)

    def take(self, part: int) -> dict[int, list[Told]]:
        """TPS row → its entries, in order. The part's file goes."""
        self._write(part)
        path = self._folder / str(part)
        data, at, found = memoryview(path.read_bytes()), 0, defaultdict(list)
        path.unlink()
        while at < len(data):
            row, number, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size + length
            found[row].append(Told(number, from_leaf(bytes(data[at - length : at]))))
        return found
