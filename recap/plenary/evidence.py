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


Clues = tuple[Kind, I64, I64, I64, tuple[str, ...]]
"""Of one kind: TPS rows int64[m], amounts int64[m, k], sizes int64[m], notes [m]."""


def clue(
    kind: Kind, which: Mask, rows: I64, amount: I64, note: Sequence[str] | None = None, size: I64 | None = None
) -> Clues:
    """The clues of a kind about those of the TPS `rows` int64[n] that `which` bool[n] marks."""
    at = np.flatnonzero(which)
    sizes = np.abs(amount[at]).sum(axis=1) if size is None else size[at]
    return (
        kind,
        rows[at],
        amount[at],
        sizes,
        tuple(note[i] for i in at.tolist()) if note is not None else ("",) * len(at),
    )


class Evidence(Struct, frozen=True, eq=False):
    """Clues, m of them, ascending by TPS row. `amount` is ours − theirs as far as this TPS would account for it."""

    tps: NDArray[np.int64]  # int64[m]: TPS row
    kind: NDArray[np.uint8]  # uint8[m]: position in `KINDS`
    amount: I64  # int64[m, k]: in the order of the sides' fields; 0 where nobody can say
    size: I64  # int64[m]: what it is sorted by: Σ|amount|, of a broken rule Σ|r|
    note: tuple[str, ...]  # codes of the rules broken, the source of the other reading

    @staticmethod
    def of(clues: Sequence[Clues], k: int) -> "Evidence":
        """Clues of every kind together, `k` fields each."""
        rows = np.concatenate([np.zeros(0, np.int64), *(rows for _, rows, _, _, _ in clues)])
        kinds = np.concatenate(
            [np.zeros(0, np.uint8), *(np.full(len(rows), KINDS.index(kind), np.uint8) for kind, rows, *_ in clues)]
        )
        amounts = np.concatenate([np.zeros((0, k), np.int64), *(amounts for _, _, amounts, _, _ in clues)])
        sizes = np.concatenate([np.zeros(0, np.int64), *(sizes for _, _, _, sizes, _ in clues)])
        notes = [note for *_, some in clues for note in some]
        order = np.lexsort((kinds, rows))
        return Evidence(rows[order], kinds[order], amounts[order], sizes[order], tuple(notes[i] for i in order))

    def within(self, rows: slice) -> NDArray[np.int64]:
        """Positions of the clues about the TPS rows of a slice."""
        return np.arange(np.searchsorted(self.tps, rows.start), np.searchsorted(self.tps, rows.stop))
