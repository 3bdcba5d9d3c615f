"""Finding what is equal or nearly so among millions of 64-bit hashes, one of each TPS row.

A hash is cut into four pieces of 16 bits, and every piece has its chains: of two hashes that differ in at most seven
bits one piece differs in at most one, so that some 50 chains are walked instead of a million hashes compared
(multi-index hashing; Norouzi, Punjani and Fleet, CVPR 2012). 25 bytes a hash.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

PIECES: Final = 4
WIDTH: Final = 16
FARTHEST: Final = 7
"""Bits that two hashes may differ in and still be found."""

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
_NONE: Final = -1


class Index:
    """At most one hash of each of `n` rows. With a single piece only equal ones are found, in half of the memory."""

    def __init__(self, n: int, pieces: int = PIECES) -> None:
        self._hashes = np.zeros(n, np.uint64)
        self._known = np.zeros(n, np.bool_)
        self._next = np.zeros((n, pieces), np.int32)
        self._head = np.full((pieces, 1 << WIDTH), _NONE, np.int32)
        self._found = np.empty(64, np.int32)

    def __getitem__(self, row: int) -> int | None:
        """The hash of a row, None where it has none."""
        return int(self._hashes[row]) if self._known[row] else None

    @property
    def nbytes(self) -> int:
        """Bytes that it takes once every row has a hash."""
        return sum(one.nbytes for one in (self._hashes, self._known, self._next, self._head))

    def put(self, row: int, value: int | None) -> None:
        """The hash of a row from now on."""
        if self._known[row]:
            _drop(self._hashes, self._next, self._head, row)
        self._known[row] = value is not None
        if value is not None:
            self._hashes[row] = value
            _add(self._hashes, self._next, self._head, row)

    def near(self, value: int, distance: int) -> list[int]:
        """Rows, ascending, whose hash is at most `distance` bits off: 0 to `FARTHEST`, with one piece 0."""
        while (n := _near(self._hashes, self._next, self._head, np.uint64(value), distance, self._found)) < 0:
            self._found = np.empty(4 * len(self._found), np.int32)
        return sorted(self._found[:n].tolist())


@njit(cache=True, nogil=True)
def _piece(value, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return np.int64((value >> np.uint64(WIDTH * i)) & np.uint64((1 << WIDTH) - 1))


@njit(cache=True, nogil=True)
def _bits(value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How many bits of a uint64 are set: two by two, four by four, then all bytes added up in the highest."""
    x = value - ((value >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _add(hashes: U64, following: I32, head: I32, row: int) -> None:
    for i in range(len(head)):
        piece = _piece(hashes[row], i)
        following[row, i] = head[i, piece]
        head[i, piece] = row


@njit(cache=True, nogil=True)
def _drop(hashes: U64, following: I32, head: I32, row: int) -> None:
    for i in range(len(head)):
        piece = _piece(hashes[row], i)
        at = head[i, piece]
        if at == row:
            head[i, piece] = following[row, i]
            continue
        while following[at, i] != row:
            at = following[at, i]
        following[at, i] = following[row, i]


@njit(cache=True, nogil=True)
def _near(hashes: U64, following: I32, head: I32, value: np.uint64, distance: int, out: I32) -> int:
    """Fills `out`; answers how many there are, -1 where they do not fit."""
    n = 0
    for i in range(len(head)):
        radius = _radius(distance, i)
        for turn in range(1 + radius * WIDTH):
            piece = _piece(value, i)
            if turn:
                piece ^= 1 << (turn - 1)
            at = head[i, piece]
            while at != _NONE:
                other = hashes[at] ^ value
                if _bits(other) <= distance and _first(other, distance, i):
                    if n == len(out):
                        return -1
                    out[n] = at
                    n += 1
                at = following[at, i]
    return n


@njit(cache=True, nogil=True)
def _radius(distance, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Bits within which piece `i` is looked for, -1 for not at all: were every piece further off than its radius, the
    hashes would differ in more than `distance` bits. A radius of 0 or 1, or -1."""
    return distance // PIECES - (i > distance % PIECES)


@njit(cache=True, nogil=True)
def _first(difference, distance, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether no earlier piece would have found it, so that nothing is found twice."""
    for j in range(i):  # noqa: SIM110 — a generator is none of Numba's
        if _bits(np.uint64(_piece(difference, j))) <= _radius(distance, j):
            return False
    return True
