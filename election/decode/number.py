"""From the scores of three boxes, their bubbles and their tally rows to the likelihood of every number they could show.

The grammar of the paper: a number stands to the right; before its first digit stand only X, a dash, an empty box
or a plain 0; zero may be crossed out altogether. A number set to the left is read, at a price, and flagged. Three
empty boxes are no number: nothing was written. What sums say about the numbers is not known here.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.decode.compiled import compiled
from election.scores import CLASSES, FieldScores

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Likelihood = Array
"""float[N + 1]: how well each number below N = 10^boxes explains what was seen; at [N], that no number was written.
Scaled so that all of it adds up to 1."""

BOXES: Final = 3
VALUES: Final = 1000
NONE: Final = VALUES

PADDING: Final = {"X": 0.45, "blank": 0.2, "0": 0.2, "dash": 0.15}
"""How often officers put what before the first digit (the instructions ask for X)."""

ZERO: Final = {"0": 0.6, "X": 0.3, "dash": 0.1}
"""How often officers write what in the last box of a zero."""

NOTHING: Final = {"void": 0.3, "blank": 0.2}
"""What stands in a box where no number is written; the other classes share the rest."""

LEFT_ALIGNED: Final = 0.01
"""How often a number of one or two digits is set to the left, with blanks, X or dashes behind it."""

BEHIND: Final = {"blank": 0.6, "X": 0.2, "dash": 0.2}
"""What stands behind a number that is set to the left."""

UNUSED_ROW: Final = {"blank": 0.6, "dash": 0.2, "X": 0.1, "void": 0.1}
"""What stands in the boxes of a tally row that was not needed: often a line through all of them."""

STRUCK: Final = 0.005
"""How often the box of a digit shows none: struck out, written over, scribbled out. It may be any digit then; whoever
decides must ask a person (`signs.Flag.VOID`), but what the sums say of it is true."""

BUBBLE_SLIP: Final = 0.02
"""How often a marked bubble is not the digit written above it."""

ROW_MOST: Final = 60
"""Strokes of a tally row: twelve cells of five."""

TALLY_SLIP: Final = 0.05
"""How often the tally rows add to another number than the one written, by a row that is counted or summed wrongly."""

TALLY_EMPTY: Final = 0.5
"""How often, where no row has a sum, the rows were simply not filled in."""


def _exponentials() -> Array:
    """exp(−b/16) for each byte b, correctly rounded: no two mathematical libraries need to agree."""
    with localcontext() as context:
        context.prec = 40
        return np.array([float((Decimal(-byte) / 16).exp()) for byte in range(256)])


EXP: Final = _exponentials()


def _shares(named: dict[str, float], rest: float = 0.0) -> Array:
    return np.array([named.get(name, rest) for name in CLASSES])


@compiled
def _digits(seen: Array, start: int, count: int, lead: float, out: Array) -> None:
    """Write to `out` [10^count] `lead` × how well each number explains the boxes from `start` on, zeros in front."""
    out[0] = lead
    size = 1
    for i in range(count):
        for v in range(size - 1, -1, -1):  # from behind, so that no number is overwritten before it is used
            before = out[v]
            for digit in range(10):
                out[v * 10 + digit] = before * seen[start + i, digit]
        size *= 10


@compiled
def _spell(seen: Array, pad: Array, zero: Array, behind: Array, left: float, struck: float, values: Array) -> None:
    """Write to `values` [N] how well each number, set to the right or to the left, explains `seen` [boxes, 14].

    A number of d digits has boxes − d paddings before it, or as many blanks behind it. The box of a digit is void with
    the chance `struck`.
    """
    boxes = seen.shape[0]
    digits = np.empty((boxes, 10))
    for i in range(boxes):
        for digit in range(10):
            digits[i, digit] = (1 - struck) * seen[i, digit] + struck * seen[i, 13]
    before = np.ones(boxes + 1)  # padding in the first i boxes
    after = np.ones(boxes + 1)  # blanks in the last i boxes
    for i in range(boxes):
        p = q = 0.0
        for c in range(14):
            p += pad[c] * seen[i, c]
            q += behind[c] * seen[boxes - 1 - i, c]
        before[i + 1] = before[i] * p
        after[i + 1] = after[i] * q
    _digits(digits, 0, boxes, 1.0, values)
    other = np.empty(values.size // 10)
    high = values.size // 10
    for spare in range(1, boxes):
        count = boxes - spare
        # All numbers of so many boxes; those that need fewer digits are written again in the next round.
        _digits(digits, spare, count, (1 - left) * before[spare], values[:high])
        _digits(digits, 0, count, left * after[spare], other[:high])
        for v in range(high // 10, high):
            values[v] += other[v]
        high //= 10
    z = 0.0
    for c in range(14):
        z += zero[c] * seen[boxes - 1, c]
    values[0] = before[boxes - 1] * z


@compiled
def _nothing(seen: Array, odd: Array, pad: Array, zero: Array, behind: Array) -> float:
    """How well "no number" explains `seen` [boxes, 14]: Σ over the sequences that spell nothing, by their share.

    A reader walks from left to right: 0 only padding so far, 1 digits after padding, 2 digits from the first box on,
    3 blanks behind such digits, 4 nonsense. Zero's last box ends in 1.
    """
    boxes = seen.shape[0]
    mass, share = np.zeros(5), np.zeros(5)
    mass[0] = share[0] = 1.0
    for i in range(boxes):
        last = i == boxes - 1
        now, part = np.zeros(5), np.zeros(5)
        for c in range(14):
            for state in range(5):
                to = 4
                if state == 0 and 0 < c < 10:
                    to = 2 if i == 0 else 1
                elif state == 0 and last and zero[c] > 0:
                    to = 1
                elif state == 0 and not last and pad[c] > 0:
                    to = 0
                elif state in (1, 2) and c < 10:
                    to = state
                elif state in (2, 3) and behind[c] > 0:
                    to = 3
                now[to] += mass[state] * odd[c] * seen[i, c]
                part[to] += share[state] * odd[c]
        mass, share = now, part
    return mass[4] / share[4]


@compiled
def _mark(seen: Array, slip: float, values: Array) -> None:
    """Multiply into `values` [N + 1] what the bubbles `seen` [boxes, 10] say; padding is bubble 0."""
    boxes = seen.shape[0]
    columns = np.empty((boxes, 10))
    nothing = 1.0
    for i in range(boxes):
        mean = 0.0
        for d in range(10):
            mean += seen[i, d]
        mean /= 10
        nothing *= mean
        for d in range(10):
            columns[i, d] = (1 - slip) * seen[i, d] + slip * mean
    numbers = np.empty(values.size - 1)
    _digits(columns, 0, boxes, 1.0, numbers)
    for value in range(numbers.size):
        values[value] *= numbers[value]
    values[values.size - 1] *= nothing


@compiled
def add_rows(
    seen: Array, pad: Array, zero: Array, blank: Array, most: int, empty: float, struck: float, sums: Array
) -> None:
    """Write to `sums` [N] how well the rows `seen` [rows, 2, 14] explain each number; its mean where none has a sum.

    Rows are used from the top; those below stay blank or are struck through.
    """
    rows, size = seen.shape[0], sums.size
    unused = np.ones(rows + 1)
    for i in range(rows - 1, -1, -1):
        tens = ones = 0.0
        for c in range(14):
            tens += blank[c] * seen[i, 0, c]
            ones += blank[c] * seen[i, 1, c]
        unused[i] = unused[i + 1] * tens * ones
    stage, top = np.zeros(size), 1
    stage[0] = 1.0
    sums[:] = empty * unused[0] / size
    sums[0] += (1 - empty) * unused[0]
    row = np.zeros(100)
    for i in range(rows):
        _spell(seen[i], pad, zero, blank, 0.0, struck, row)
        best = 0.0
        for r in range(most + 1):
            best = max(best, row[r])
        after = np.zeros(size)
        for r in range(min(most + 1, size)):
            if row[r] >= best * 1e-9:
                reach = min(top, size - r)
                for s in range(reach):
                    after[r + s] += row[r] * stage[s]
        top = min(size, top + most)
        stage = after
        for s in range(top):
            sums[s] += stage[s] * unused[i + 1]


@compiled
def _read(boxes: Array, bubbles: Array, rows: Array, shares: Array, prices: Array, most: int, values: Array) -> None:
    """All that is seen of one number: `boxes` [n, 14], `bubbles` [n or 0, 10], `rows` [r, 2, 14] → `values` [N + 1]."""
    size = values.size - 1
    pad, zero, odd, behind, unused = shares[0], shares[1], shares[2], shares[3], shares[4]
    _spell(boxes, pad, zero, behind, prices[0], prices[4], values[:size])
    values[size] = _nothing(boxes, odd, pad, zero, behind)
    if bubbles.shape[0]:
        _mark(bubbles, prices[1], values)
    if rows.shape[0]:
        sums = np.zeros(size)
        add_rows(rows, pad, zero, unused, most, prices[3], prices[4], sums)
        whole = 0.0
        for value in range(size):
            whole += sums[value]
        flat = prices[2] * whole / size
        for value in range(size):
            values[value] *= (1 - prices[2]) * sums[value] + flat
        values[size] *= whole / size
    total = 0.0
    for value in range(size + 1):
        total += values[value]
    for value in range(size + 1):
        values[value] = values[value] / total if total > 0 else 1.0 / (size + 1)


SHARES = np.stack(
    [
        _shares(PADDING),
        _shares(ZERO),
        _shares(NOTHING, (1 - sum(NOTHING.values())) / (len(CLASSES) - len(NOTHING))),
        _shares(BEHIND),
        _shares(UNUSED_ROW),
    ]
)
PRICES = np.array([LEFT_ALIGNED, BUBBLE_SLIP, TALLY_SLIP, TALLY_EMPTY, STRUCK])


@compiled
def _read_all(
    boxes: Array, bubbles: Array, rows: Array, spots: Ints, shares: Array, prices: Array, most: int, out: Array
) -> None:
    """`_read` for each of n numbers; `spots` [n, 4] names the first and the end of its bubble columns and its rows."""
    for i in range(boxes.shape[0]):
        marks, sums = bubbles[spots[i, 0] : spots[i, 1]], rows[spots[i, 2] : spots[i, 3]]
        _read(boxes[i], marks, sums, shares, prices, most, out[i])


class Pictures(Struct, frozen=True):
    """What was seen of n numbers of as many boxes each, as likelihoods whose best class has 1.

    `boxes` float[n, boxes, 14]; `bubbles` float[columns, 10] and `rows` float[rows, 2, 14] of all of them, one after
    the other; `spots` int64[n, 4] names the first and the end of each number's columns and rows.
    """

    boxes: Array
    bubbles: Array
    rows: Array
    spots: Ints

    def likelihoods(self) -> npt.NDArray[np.float64]:
        """How well each number explains boxes, bubbles and tally rows together, float[n, N + 1]; rows add up to 1."""
        out = np.empty((len(self.boxes), 10 ** self.boxes.shape[1] + 1))
        _read_all(self.boxes, self.bubbles, self.rows, self.spots, SHARES, PRICES, ROW_MOST, out)
        return out


def pictures(fields: Sequence[FieldScores]) -> Pictures:
    """What was seen of several numbers, from their stored bytes. Raises ValueError where they differ in boxes."""
    boxes, bubbles, rows = (
        EXP[np.frombuffer(b"".join(parts), np.uint8)]
        for parts in zip(*((f.boxes, f.bubbles, f.marks) for f in fields), strict=True)
    )
    ends = np.cumsum([(len(f.bubbles) // 10, len(f.marks) // 28) for f in fields], axis=0)
    spots = np.zeros((len(fields), 4), np.int64)
    spots[:, 1], spots[:, 3] = ends[:, 0], ends[:, 1]
    spots[1:, 0], spots[1:, 2] = ends[:-1, 0], ends[:-1, 1]
    return Pictures(boxes.reshape(len(fields), -1, 14), bubbles.reshape(-1, 10), rows.reshape(-1, 2, 14), spots)


def likelihood(field: FieldScores) -> Likelihood:
    """How well each number explains boxes, bubbles and tally rows together, float[N + 1], adding up to 1."""
    return pictures([field]).likelihoods()[0]


GUESS: Final = 0.2
"""Less likely than this a number is not said by itself: a digit is struck out, and any would do as well."""


def best(numbers: Likelihood, index: int | None = None) -> int | None:
    """The number with the highest likelihood, None where "no number" has it or none is likely; `index` where it has."""
    index = int(numbers.argmax()) if index is None else index
    return None if index == len(numbers) - 1 or numbers[index] < GUESS else index
