"""Two sides of the same figures, area by area and TPS by TPS: ours, and those of a D.Hasil or of another source.

The one place where sums are compared: `suara tally --against`, `suara plenary compare` and the engine's companion all
hold figures against each other here. Where the figures come from is `recap.tally`'s and this package's `reading`; why
they differ, `drill`'s.

Areas and TPS are numbered through, as the tree numbers them: a **place** is an area index, or n_areas + a TPS row.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import TPS_LEVEL
from election.region import Tree
from election.rules.plenary import Carried, carried
from election.tally import ABSENT, Mask

I64 = NDArray[np.int64]


class Difference(Struct, frozen=True):
    """One figure on which two sources differ. `ours` or `theirs` is None where that side has no figure."""

    tingkat: int
    kode: str
    parent: str  # the area above, to go down by
    field: str
    against: str  # whose figure `theirs` is: a source's prefix, or the file's name
    ours: int | None
    theirs: int | None
    difference: int | None  # ours − theirs


class Sides(Struct, frozen=True, eq=False):
    """`place` int64[m], ascending; `ours` and `theirs` int64[m, k]. A cell that is `ABSENT` on both sides is not
    compared; one that is so on one side alone differs by an unknown amount."""

    tree: Tree
    fields: tuple[str, ...]
    against: str
    place: I64
    ours: I64
    theirs: I64

    @property
    def differs(self) -> Mask:
        """bool[m, k]."""
        return self.ours != self.theirs

    @property
    def compared(self) -> Mask:
        """bool[m, k]."""
        return (self.ours != ABSENT) | (self.theirs != ABSENT)

    @property
    def difference(self) -> I64:
        """int64[m, k]: ours − theirs where both sides have a figure, else 0."""
        both = (self.ours != ABSENT) & (self.theirs != ABSENT)
        return np.where(both, self.ours - self.theirs, 0)

    @property
    def tingkat(self) -> I64:
        """int64[m]: level of each place, 0 nation to 5 TPS."""
        return level_of(self.tree, self.place)

    def figures(self) -> I64:
        """int64[6]: how many figures are compared on each level."""
        return np.bincount(self.tingkat, weights=self.compared.sum(axis=1), minlength=TPS_LEVEL + 1).astype(np.int64)

    def row(self, place: int) -> int:
        """Where a place stands in the arrays, -1 where it is not compared."""
        at = int(np.searchsorted(self.place, place))
        return at if at < len(self.place) and self.place[at] == place else -1

    def differences(self) -> Iterator[Difference]:
        """Every figure that differs, by level, area and field."""
        for i, j in np.argwhere(self.differs).tolist():
            place, ours, theirs = int(self.place[i]), _figure(self.ours[i, j]), _figure(self.theirs[i, j])
            yield Difference(
                tingkat=int(level_of(self.tree, self.place[i : i + 1])[0]),
                kode=kode_of(self.tree, place),
                parent=kode_of(self.tree, parent_of(self.tree, place)),
                field=self.fields[j],
                against=self.against,
                ours=ours,
                theirs=theirs,
                difference=None if ours is None or theirs is None else ours - theirs,
            )

    def below(self) -> Carried:
        """What every area has below it, from the deepest places that were compared: Σd, Σ|d| and the count of d ≠ 0.

        A place has its own differences in this only where nothing below it was compared.
        """
        tree, d = self.tree, self.difference
        deepest = ~np.isin(self.place, parents(tree)[self.place])
        sums = [np.zeros((tree.n_areas, len(self.fields)), np.int64) for _ in range(3)]
        above, rows = self.place[deepest], d[deepest]
        while (inside := above >= 0).any():
            above, rows = above[inside], rows[inside]
            areas = np.where(above < tree.n_areas, above, -1)
            part = carried(rows, areas, tree.n_areas)
            sums = [whole + more for whole, more in zip(sums, (part.sums, part.sizes, part.counts), strict=True)]
            above = parents(tree)[above].astype(np.int64)
        return Carried(*sums)


def parents(tree: Tree) -> NDArray[np.int32]:
    """int32[n_areas + n_tps]: the place above each place, -1 above the nation."""
    return np.concatenate([tree.parent, tree.tps_parent])


def level_of(tree: Tree, place: I64) -> I64:
    """int64[m]: the level of each place, 0 to 5."""
    return np.searchsorted(tree.level_start[: TPS_LEVEL + 1], place, side="right").astype(np.int64) - 1


def parent_of(tree: Tree, place: int) -> int:
    """The place above, -1 above the nation."""
    return int(tree.parent[place] if place < tree.n_areas else tree.tps_parent[place - tree.n_areas])


def kode_of(tree: Tree, place: int) -> str:
    """The code of a place; empty for none."""
    if place < 0:
        return ""
    return tree.kode(place) if place < tree.n_areas else tree.tps_kode(place - tree.n_areas)


def nama_of(tree: Tree, place: int) -> str:
    """The name of a place."""
    return tree.nama(place) if place < tree.n_areas else tree.tps_nama(place - tree.n_areas)


def children_of(tree: Tree, place: int) -> range:
    """The places right below an area."""
    below = tree.children(place)
    shift = 0 if tree.tingkat(place) < TPS_LEVEL - 1 else tree.n_areas
    return range(below.start + shift, below.stop + shift)


def _figure(value: np.int64) -> int | None:
    return None if value == ABSENT else int(value)
