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
from election.event.public import from_leaf, glance
from election.record import ABOVE, Layout, Record, fold
from election.region import Tree

PART = 200_000
"""Entries that a part should have."""

FLUSH = 1 << 20
_HEAD = struct.Struct("<iqH?")  # TPS row, number, length of the leaf, whether it is only evidence

EVIDENCE = frozenset({"scan_received", "page_read"})
"""Kinds that move a block only as long as nobody has decided on it."""


class Told(NamedTuple):
    """An entry of the log, as the fold of a record takes it."""

    number: int
    event: Event | None


class Leaf(NamedTuple):
    """An entry that nobody has read yet."""

    number: int
    leaf: bytes
    evidence: bool

    @property
    def told(self) -> Told:
        """What it says. Raises msgspec.DecodeError."""
        return Told(self.number, from_leaf(self.leaf))


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
        seen = [glance(leaf) for leaf in leaves]
        rows = self._tree.tps_codes.find(fixed(np.array([place for _, place in seen], dtype=np.bytes_))).tolist()
        for number, (leaf, (kind, place), row) in enumerate(zip(leaves, seen, rows, strict=True), first):
            if row >= 0:
                self._aside(row, number, leaf, kind in EVIDENCE)
            elif kind in ABOVE and not is_tps(kode := place.decode()):
                self.rulings[kode].append(Told(number, from_leaf(leaf)))

    def _aside(self, row: int, number: int, leaf: bytes, evidence: bool) -> None:
        part = self._part(int(self._tree.tps_parent[row]))
        waiting = self._waiting[part]
        waiting += _HEAD.pack(row, number, len(leaf), evidence) + leaf
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

    def take(self, part: int) -> dict[int, list[Leaf]]:
        """TPS row → its entries, in order. The part's file goes."""
        self._write(part)
        path = self._folder / str(part)
        data, at, found = path.read_bytes(), 0, defaultdict(list)
        path.unlink()
        while at < len(data):
            row, number, length, evidence = _HEAD.unpack_from(data, at)
            at += _HEAD.size + length
            found[row].append(Leaf(number, data[at - length : at], evidence))
        return found

    def fold(self, row: int, own: Sequence[Leaf], layout: Layout) -> Record:
        """The record of a TPS, as far as rows are told of it.

        Where all its blocks are decided, photos and looks at them have moved nothing, and are not even read.
        """
        tree = self._tree
        ruled = [one for area in tree.path(row) for one in self.rulings.get(tree.kode(area), ())]
        decided = [one.told for one in own if not one.evidence]
        record = fold([*decided, *ruled], layout, tree.tps_kode(row))
        if all(block.decided for block in record.blocks):
            return record
        return fold([*(one.told for one in own), *ruled], layout, tree.tps_kode(row))
