"""Codes and names of places as fixed-width byte columns, and finding one among a million.

A nation's codes as Python strings would cost 60 MB and seconds to build; as one NumPy array of bytes they cost
what they say. What the codes mean, and how places hang together, lives in `region`.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Texts = NDArray[np.bytes_]
"""UTF-8, padded with NUL to the longest: `S<width>[n]`."""

Indices = NDArray[np.int32]
"""Positions in another column; -1 where there is none."""

NATION_CODE = "0"

LEVELS = ("nasional", "provinsi", "kabupaten", "kecamatan", "kelurahan", "tps")
"""Names of the levels; the position is the `tingkat`."""

KELURAHAN, TPS_LEVEL = 4, 5


def is_tps(kode: str) -> bool:
    """Whether this is a TPS's code: ten digits of its kelurahan and three of its own."""
    return len(kode) > len("3201010001")


def above(tps: str) -> tuple[str, ...]:
    """The codes of the areas above a TPS, nation first, kelurahan last: each is the beginning of the next."""
    return (NATION_CODE, tps[:2], tps[:4], tps[:6], tps[:10])


def fixed(values: Sequence[str] | Texts) -> Texts:
    """`values` as one column of bytes, as wide as the longest. Columns of bytes pass through as they are."""
    if isinstance(values, np.ndarray):
        return values
    return np.array([value.encode() for value in values], dtype=np.bytes_)


def changes(column: Texts | Indices) -> NDArray[np.int64]:
    """Positions where a run of equal neighbours begins. Columns sorted by parent have few runs."""
    if not len(column):
        return np.zeros(0, np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.flatnonzero(column[1:] != column[:-1]) + 1])


class CodeIndex(Struct, frozen=True, eq=False):
    """Answers at which position of a column a code stands, by binary search."""

    ordered: Texts  # the codes, ascending
    position: Indices | None  # where each stands in the column; None where the column is ascending itself

    @staticmethod
    def over(column: Texts) -> "CodeIndex":
        """The index of `column`, whose codes are distinct."""
        if len(column) < 2 or bool((column[1:] > column[:-1]).all()):
            return CodeIndex(column, None)
        order = np.argsort(column, kind="stable")
        return CodeIndex(column[order], order.astype(np.int32))

    def find(self, wanted: Texts) -> Indices:
        """int32[k]: the position of each of `wanted` (`S<w>[k]`), -1 where the column lacks it."""
        if not len(self.ordered) or not len(wanted):
            return np.full(len(wanted), -1, np.int32)
        fits = np.char.str_len(wanted) <= self.ordered.dtype.itemsize
        # Searching with another width would make NumPy copy the whole column.
        same = wanted.astype(self.ordered.dtype)
        at = np.minimum(np.searchsorted(self.ordered, same), len(self.ordered) - 1)
        found = fits & (self.ordered[at] == same)
        position = at if self.position is None else self.position[at]
        return np.where(found, position, -1).astype(np.int32)

    def one(self, kode: str) -> int:
        """The position of `kode`, -1 where the column lacks it."""
        wanted = kode.encode(errors="replace")
        # NumPy drops trailing NULs and cuts what is too long, so either would pass for another code.
        if not 0 < len(wanted) <= self.ordered.dtype.itemsize or b"\0" in wanted or not len(self.ordered):
            return -1
        at = int(self.ordered.searchsorted(np.array(wanted, self.ordered.dtype)))
        if at == len(self.ordered) or self.ordered[at] != wanted:
            return -1
        return at if self.position is None else int(self.position[at])
