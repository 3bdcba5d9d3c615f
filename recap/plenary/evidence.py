"""What is known of single TPS that can make an area's sums differ: a clue is a kind, and the difference it would make.

Where the clues come from, a file's second source or a running system's blocks, is the caller's; what they explain is
`drill`'s. A clue says where to look and no more: it accuses nobody.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.tally import Mask
from recap.plenary.sides import I64


class Kind(StrEnum):
    """Why a TPS is looked at, in the order in which a plenary looks."""

    COLUMN = "column"  # the TPS's own column in D.Hasil differs
    HELD = "held"  # its figures are held: shown, and not in our sums
    WITHDRAWN = "withdrawn"  # taken out of our sums
    MISSING = "missing"  # nothing of it has come in
    EMPTY = "empty"  # its record has no vote at all
    CORRECTED = "corrected"  # its figures changed after the D.Hasil was entered
    READING = "reading"  # another reading of it differs
    RULE = "rule"  # it breaks an equality of its own form


WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.COLUMN: ("kolom TPS di D.Hasil berbeda", "its column in D.Hasil differs"),
    Kind.HELD: ("angkanya ditahan, belum dihitung", "its figures are held, not counted"),
    Kind.WITHDRAWN: ("ditarik dari jumlah kami", "withdrawn from our sums"),
    Kind.MISSING: ("belum masuk", "not in yet"),
    Kind.EMPTY: ("tercatat tanpa suara", "recorded without any vote"),
    Kind.CORRECTED: ("dikoreksi sesudah D.Hasil dimasukkan", "corrected after D.Hasil was entered"),
    Kind.READING: ("pembacaan lain berbeda", "another reading differs"),
    Kind.RULE: ("angkanya saling bertentangan", "its own figures contradict each other"),
}
"""Indonesian and English."""

KINDS = tuple(Kind)


class Clues(Struct, frozen=True, eq=False):
    """Clues of one kind, m of them; as in `Evidence`."""

    kind: Kind
    tps: I64
    amount: I64
    size: I64
    gap: I64
    note: tuple[str, ...]


def clues(kind: Kind, which: Mask, rows: I64, amount: I64, note: Sequence[str] | None = None) -> Clues:
    """The clues of a kind about those of the TPS `rows` int64[n] that `which` bool[n] marks."""
    at = np.flatnonzero(which)
    notes = ("",) * len(at) if note is None else tuple(note[i] for i in at.tolist())
    return Clues(kind, rows[at], amount[at], np.abs(amount[at]).sum(axis=1), np.zeros(len(at), np.int64), notes)


def contradictions(rows: I64, k: int, size: I64, gap: I64, note: Sequence[str]) -> Clues:
    """TPS of `rows` int64[n] that break equalities of their own: by `size` Σ|r|, their votes by `gap`."""
    at = np.flatnonzero(size)
    nothing = np.zeros((len(at), k), np.int64)
    return Clues(Kind.RULE, rows[at], nothing, size[at], gap[at], tuple(note[i] for i in at.tolist()))


class Evidence(Struct, frozen=True, eq=False):
    """Clues, m of them, ascending by TPS row. `amount` is ours − theirs as far as this TPS would account for it."""

    tps: NDArray[np.int64]  # int64[m]: TPS row
    kind: NDArray[np.uint8]  # uint8[m]: position in `KINDS`
    amount: I64  # int64[m, k]: in the order of the sides' fields; 0 where nobody can say
    size: I64  # int64[m]: what it is sorted by: Σ|amount|, of a broken rule Σ|r|
    gap: I64  # int64[m]: by how much the votes exceed the valid votes written (E301, E302, E304)
    note: tuple[str, ...]  # codes of the rules broken, the source of the other reading

    @staticmethod
    def of(found: Sequence[Clues], k: int) -> "Evidence":
        """Clues of every kind together, `k` fields each."""
        empty = np.zeros(0, np.int64)
        none = Clues(Kind.RULE, empty, np.zeros((0, k), np.int64), empty, empty, ())
        every = [none, *found]
        kinds = np.concatenate([np.full(len(one.tps), KINDS.index(one.kind), np.uint8) for one in every])
        tps, amount, size, gap = (
            np.concatenate([getattr(one, name) for one in every]) for name in ("tps", "amount", "size", "gap")
        )
        notes = [note for one in every for note in one.note]
        order = np.lexsort((kinds, tps))
        return Evidence(
            tps[order], kinds[order], amount[order], size[order], gap[order], tuple(notes[i] for i in order.tolist())
        )

    def within(self, rows: slice) -> NDArray[np.int64]:
        """Positions of the clues about the TPS rows of a slice."""
        return np.arange(np.searchsorted(self.tps, rows.start), np.searchsorted(self.tps, rows.stop))
