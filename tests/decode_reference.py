"""The votes' decoding once more, slowly: dense arrays, NumPy's own convolution, no lists and no bounds.

The same beliefs, another program: tests hold the product to it, and the benchmark shows what the lists save.
"""

import numpy as np
import numpy.typing as npt

from election.decode.paper import UNWRITTEN, Chance, paper
from election.decode.sums import Sum

Array = npt.NDArray[np.float64]
PAPER = paper()
N = PAPER.size


def kernel(chance: Chance, span: int) -> Array:
    """float[span, N]: chance of each number, by the one it should be."""
    matrix = np.full((span, N), chance.far)
    rows = np.arange(span)
    near = zip(PAPER.shifts.by.tolist(), (chance.near * PAPER.shifts.share).tolist(), strict=True)
    for shift, share in [(0, chance.same), *near]:
        to = rows + shift
        inside = (to >= 0) & (to < N)
        matrix[rows[inside], to[inside]] += share
    return matrix


class Dense:
    """Vote pages from the likelihoods of their fields, float[1001] each."""

    def __init__(self, longest: int) -> None:
        self.adding = {n: kernel(PAPER.adding(n), longest) for n in (2, 3)}
        self.longest = longest
        self.pen = kernel(PAPER.pen, N)

    def mass(self, node: Sum, given: dict[str, Array], found: dict[str, int] | None = None) -> float:
        """Σ over every assignment of chance times likelihood; with `found`, where exactly that is written."""
        return float(self._up(node, given, found).sum())

    def _up(self, node: Sum | str, given: dict[str, Array], found: dict[str, int] | None) -> Array:
        name = node if isinstance(node, str) else node.field
        seen = given[name]
        if found is not None:
            seen = np.where(np.arange(N + 1) == found[name], seen, 0.0)
        if isinstance(node, str):
            return (1 - UNWRITTEN) * seen[:N] + UNWRITTEN * seen[N]
        sums = np.ones(1)
        for part in node.parts:
            sums = np.convolve(sums, self._up(part, given, found))
        return self._meant(sums, len(node.parts)) * (self.pen @ seen[:N] + UNWRITTEN * seen[N])

    def _meant(self, sums: Array, parts: int) -> Array:
        if parts not in self.adding:
            self.adding[parts] = kernel(PAPER.adding(parts), self.longest)
        near = np.zeros(self.longest)
        near[: min(len(sums), self.longest)] = sums[: self.longest]
        return near @ self.adding[parts] + PAPER.adding(parts).far * sums[self.longest :].sum()
