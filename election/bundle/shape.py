"""How many areas of each level an invented election has, and how they are dealt out among their parents."""

from typing import ClassVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.errors import Rejected

RATIOS = (1.0, 13.5, 14.2, 11.5, 9.8)
"""Areas of a level for one of the level above, as the tree of 2024 has them: provinsi … TPS."""

CAPS = (58, 85, 99, 999, 999)
"""The most a parent may have, so that the codes keep 2, 4, 6, 10 and 13 digits."""

SIZES: dict[str, tuple[int, int, int, int, int]] = {
    "kelurahan": (1, 1, 1, 1, 12),
    "demo": (1, 1, 2, 24, 240),
    "kecamatan": (1, 1, 1, 12, 118),
    "kabupaten": (1, 1, 14, 163, 1_600),
    "provinsi": (1, 14, 192, 2_204, 21_600),
    "nation": (38, 514, 7_277, 83_731, 820_161),
}
"""Sizes with a name: provinsi, kabupaten, kecamatan, kelurahan, TPS."""

SKEW = (0.0, 0.5, 0.4, 0.5, 1.0)
"""Spread (sigma of a lognormal) of how many children one parent has; TPS a kelurahan have a long tail."""


class BadShape(Rejected):
    """These numbers make no tree."""

    code = "bundle.bad_shape"
    advice: ClassVar[dict[str, str]] = {
        "id": "{counts} (provinsi, kabupaten, kecamatan, kelurahan, TPS) tidak mungkin: {why_id}.",
        "en": "{counts} (provinsi, kabupaten, kecamatan, kelurahan, TPS) cannot be: {why_en}.",
    }


class Shape(Struct, frozen=True):
    """Totals of each level in the whole election."""

    provinsi: int
    kabupaten: int
    kecamatan: int
    kelurahan: int
    tps: int

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """From provinsi to TPS."""
        return self.provinsi, self.kabupaten, self.kecamatan, self.kelurahan, self.tps


def shape(wanted: tuple[int | None, ...]) -> Shape:
    """The totals, where `wanted` gives some of the five: what is missing follows from a level that is given.

    Missing levels above a given one have as few areas as are usual, missing levels below as many as are usual.
    Raises BadShape where a level would have fewer than the one above, or more than codes allow.
    """
    counts = list(wanted)
    for level in range(len(RATIOS) - 2, -1, -1):
        below = counts[level + 1]
        if counts[level] is None and below is not None:
            counts[level] = max(1, round(below / RATIOS[level + 1]))
    for level in range(1, len(RATIOS)):
        above = counts[level - 1]
        if counts[level] is None and above is not None:
            counts[level] = round(above * RATIOS[level])
    whole = [1 if count is None else count for count in counts]
    # A derived level may round to fewer than a given level above it.
    for level in range(1, len(whole)):
        if wanted[level] is None:
            whole[level] = max(whole[level], whole[level - 1])
    _check(whole)
    return Shape(*whole)


def _check(counts: list[int]) -> None:
    facts = {"counts": " ".join(map(str, counts))}
    above = 1
    for count, cap in zip(counts, CAPS, strict=True):
        if count < above:
            raise BadShape(**facts, why_id="setiap wilayah perlu isi", why_en="every area needs a child")
        if count > above * cap:
            raise BadShape(**facts, why_id="kode tidak cukup", why_en="there are not enough codes")
        above = count


def deal(rng: np.random.Generator, total: int, parents: int, level: int) -> NDArray[np.int64]:
    """int64[parents]: how many of `total` children each parent has; at least one, at most the level's cap."""
    weights = rng.lognormal(0.0, SKEW[level], parents)
    counts = 1 + rng.multinomial(total - parents, weights / weights.sum())
    cap = CAPS[level]
    while int(counts.max()) > cap:
        excess = int((counts - cap).clip(0).sum())
        counts = counts.clip(None, cap)
        room = cap - counts
        counts = counts + rng.multivariate_hypergeometric(room, excess)
    return counts
