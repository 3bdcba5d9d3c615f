"""Where a difference comes from: down the tree by size, to the TPS that a plenary should look at.

A difference of an area is exactly what its children differ by, and what its document's columns do not add up to. Below
the last level that was printed, clues about single TPS are tried: does one of them, or all of a kind, make just this
difference? The answer is a sentence that can be checked on paper.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import numpy as np
from msgspec import Struct

from election.contest import ADMINISTRASI, SUARA_TOTALS
from election.region import Tree
from election.rules.plenary import Carried
from election.tally import ABSENT, Mask
from recap.plenary.evidence import KINDS, Evidence, Kind
from recap.plenary.sides import I64, Sides, children_of

SUMMED = (Kind.COLUMN, Kind.HELD, Kind.WITHDRAWN, Kind.EMPTY, Kind.CORRECTED, Kind.READING)
"""Kinds whose amounts are known, so that they can be held against a difference."""

OTHERS = frozenset((*SUARA_TOTALS, *ADMINISTRASI))
"""Fields that are no votes of a choice."""

MOST = 24
"""Clues of a kind among which pairs and threes are tried: more would find some by chance."""


class Origin(Struct, frozen=True):
    """What makes a difference, as far as it can be shown. `kind` is a code of `WHY`."""

    kind: str
    places: tuple[int, ...] = ()  # children, or TPS, that make it
    clue: str = ""  # of `Kind`


WHY = {
    "below": (
        "Seluruh selisih berasal dari {n} wilayah di bawahnya: {places}.",
        "The whole difference comes from {n} areas below: {places}.",
    ),
    "addition": (
        "Kolom-kolom dokumen tidak berjumlah sama dengan totalnya (lihat di bawah: D.Hasil yang bertentangan dengan "
        "dirinya); jumlahkan lagi.",
        "The document's columns do not add up to its total (see below: D.Hasil that contradict themselves); add them "
        "up again.",
    ),
    "cancelling": (
        "Jumlahnya sama, tetapi wilayah di bawahnya berbeda dan saling meniadakan: {places}.",
        "The sums are equal, yet areas below differ and cancel out: {places}.",
    ),
    "not_printed": (
        "Sebagian wilayah di bawahnya tidak ada di D.Hasil atau tidak ada pada kami; sisanya tidak dapat dirinci.",
        "Some areas below are not in D.Hasil or not with us; the rest cannot be taken apart.",
    ),
    "all_of": (
        "Selisih sama persis dengan {n} TPS, yaitu semua yang {clue}: {places}.",
        "The difference is exactly that of {n} TPS, all those of which it is known that {clue}: {places}.",
    ),
    "some_of": (
        "Selisih sama persis dengan {n} TPS ({clue}): {places}.",
        "The difference is exactly that of {n} TPS ({clue}): {places}.",
    ),
    "left_out": (
        "Selisih sama persis dengan seluruh angka {places}: periksa apakah TPS itu terlewat di D.Hasil.",
        "The difference is exactly the figures of {places}: look whether D.Hasil leaves that TPS out.",
    ),
    "twice": (
        "Selisih sama persis dengan seluruh angka {places}: periksa apakah TPS itu terhitung dua kali di D.Hasil.",
        "The difference is exactly the figures of {places}: look whether D.Hasil counts that TPS twice.",
    ),
    "contradiction": (
        "Selisih suara seluruhnya sama persis dengan pertentangan angka pada {places}: suara sah tidak sama dengan "
        "jumlah suaranya.",
        "The votes differ in all by exactly what the figures of {places} contradict each other: valid votes there are "
        "not the sum of the votes.",
    ),
    "nothing_printed": (
        "D.Hasil menulis 0 pada semua angka: kolom ini tampaknya belum diisi.",
        "D.Hasil says 0 everywhere: this column seems not to be filled in.",
    ),
    "exchanged": (
        "Jumlah keduanya sama: sebanyak ini suara berpindah antara dua pilihan. Bandingkan baris keduanya.",
        "Together the two are equal: that many votes stand with the other choice. Compare their two rows.",
    ),
    "clues": (
        "Tidak ada TPS yang menjelaskan selisih ini sendirian. Periksa lebih dulu: {places}.",
        "No TPS alone explains the difference. Look first at: {places}.",
    ),
    "unknown": (
        "Tidak ada petunjuk dari TPS: bandingkan setiap kolom TPS dengan C.Hasil.",
        "No TPS gives a clue: compare every TPS's column with its C.Hasil.",
    ),
}
"""Indonesian and English."""


class Drill(Struct, frozen=True, eq=False):
    """One comparison, ready to be gone down through."""

    sides: Sides
    below: Carried  # `sides.below()`
    evidence: Evidence
    records: I64  # int64[n_tps, k]: our figures of each TPS, ABSENT where it has none
    added: I64  # int64[n_areas, k]: Σ of the document's columns − its total, 0 where that cannot be judged

    @property
    def tree(self) -> Tree:
        """The tree of both sides."""
        return self.sides.tree

    @property
    def _choices(self) -> Mask:
        """bool[k]: which fields are votes of a choice."""
        return np.array([field not in OTHERS for field in self.sides.fields], np.bool_)

    def difference(self, place: int) -> I64:
        """int64[k]: ours − theirs of a place, 0 where it is not compared."""
        row = self.sides.row(place)
        return np.zeros(len(self.sides.fields), np.int64) if row < 0 else self.sides.difference[row]

    def size(self, place: int) -> int:
        """What places are sorted by: Σ|d| below it, or its own where that is more."""
        own = int(np.abs(self.difference(place)).sum())
        return max(own, int(self.below.sizes[place].sum())) if place < self.tree.n_areas else own

    def children(self, place: int) -> list[int]:
        """The children that differ, or have differences below them, the largest first."""
        sized = [(self.size(child), child) for child in children_of(self.tree, place)]
        return [child for size, child in sorted(sized, key=lambda pair: (-pair[0], pair[1])) if size]

    def clues(self, area: int) -> list[int]:
        """Positions in `evidence` of what is known about the TPS of an area: by kind, the largest first."""
        found = self.evidence.within(self.tree.tps_of(area))
        order = np.lexsort((self.evidence.tps[found], -self.evidence.size[found], self.evidence.kind[found]))
        return [int(i) for i in found[order]]

    def origin(self, area: int) -> Origin:
        """Where the difference of an area comes from."""
        d = self.difference(area)
        compared = [child for child in children_of(self.tree, area) if self.sides.row(child) >= 0]
        return self._of_children(area, d, compared) if compared else self._of_stations(area, d)

    def _of_children(self, area: int, d: I64, compared: Sequence[int]) -> Origin:
        differ = self.children(area)
        below = np.sum([self.difference(child) for child in compared], axis=0)
        if not d.any():
            return Origin("cancelling", tuple(differ))
        if (below == d).all():
            return Origin("below", tuple(differ))
        if (below + self.added[area] == d).all():
            return Origin("addition", tuple(differ))
        return Origin("not_printed", tuple(differ))

    def _of_stations(self, area: int, d: I64) -> Origin:
        found, row = self.evidence.within(self.tree.tps_of(area)), self.sides.row(area)
        if row >= 0 and not self.sides.theirs[row].any():
            return Origin("nothing_printed")
        tried = (self._all_of(found, d), self._some_of(found, d), self._whole(area, d), self._contradiction(found, d))
        for origin in chain.from_iterable(tried):
            return origin
        if (d != 0).sum() == 2 and d.sum() == 0 and not d[~self._choices].any():
            return Origin("exchanged")
        places = tuple(dict.fromkeys(self.tree.n_areas + int(self.evidence.tps[i]) for i in self.clues(area)))
        return Origin("clues", places) if places else Origin("unknown")

    def _all_of(self, found: I64, d: I64) -> Iterator[Origin]:
        for kind in SUMMED:
            of_kind = found[self.evidence.kind[found] == KINDS.index(kind)]
            amounts = self.evidence.amount[of_kind]
            if len(of_kind) > 1 and (amounts.sum(axis=0) == d).all():
                some = of_kind[amounts.any(axis=1)]
                yield Origin("all_of", tuple((self.tree.n_areas + self.evidence.tps[some]).tolist()), kind)

    def _some_of(self, found: I64, d: I64) -> Iterator[Origin]:
        """Few clues of a kind that together make the difference."""
        for kind in SUMMED:
            known = found[self.evidence.kind[found] == KINDS.index(kind)]
            known = known[self.evidence.amount[known].any(axis=1)]
            for some in _some(known.tolist()):
                if (self.evidence.amount[some].sum(axis=0) == d).all():
                    yield Origin("some_of", tuple((self.tree.n_areas + self.evidence.tps[some]).tolist()), kind)

    def _contradiction(self, found: I64, d: I64) -> Iterator[Origin]:
        """TPS whose votes exceed, or lack, what the choices of the area differ by."""
        known = found[self.evidence.gap[found] != 0]
        for some in _some(known.tolist()):
            if d[~self._choices].any() or not d.any() or self.evidence.gap[some].sum() != d.sum():
                continue
            yield Origin("contradiction", tuple((self.tree.n_areas + self.evidence.tps[some]).tolist()))

    def _whole(self, area: int, d: I64) -> Iterator[Origin]:
        rows = self.tree.tps_of(area)
        figures = self.records[rows]
        for kind, sign in (("left_out", 1), ("twice", -1)):
            same = (figures * sign == d).all(axis=1) & (figures != ABSENT).all(axis=1)
            for row in np.flatnonzero(same).tolist():
                yield Origin(kind, (self.tree.n_areas + rows.start + row,))


def _some(clues: list[int]) -> Iterator[list[int]]:
    """One, two or three clues together; of very many one alone."""
    for n in range(1, 4 if len(clues) <= MOST else 2):
        yield from map(list, combinations(clues, n))
