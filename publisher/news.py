"""Which documents change because something was said beside the totals: of areas, dapil and single TPS.

What was said is `told`'s; which areas a change of totals touches is `publication`'s.
"""

from collections.abc import Collection, Iterable

from msgspec import Struct

from election.region import Tree
from publisher.publication import Publication


class News(Struct, frozen=True):
    """Codes and positions of what was spoken of. A dapil and an area may share a code: then both are written."""

    tree: Tree
    areas: tuple[str, ...]
    positions: frozenset[int]  # of dapil
    places: frozenset[int]  # TPS rows
    closed: tuple[int, ...]  # areas of which a determination was said
    by_code: dict[str, int]

    @classmethod
    def of(cls, publication: Publication, said: Iterable[tuple[str, str]]) -> "News":
        """Sorts (what, code)."""
        tree, by_code, pairs = publication.tree, publication.constituencies.by_code, list(said)
        codes = {kode for _, kode in pairs}
        stations = ((kode, int(tree.tps_codes.one(kode))) for kode in codes if int(tree.area_codes.one(kode)) < 0)
        return cls(
            tree,
            tuple(sorted(kode for kode in codes if int(tree.area_codes.one(kode)) >= 0)),
            frozenset(by_code[kode] for kode in codes if kode in by_code),
            frozenset(row for _, row in stations if row >= 0),
            tuple(int(tree.area_codes.one(kode)) for what, kode in pairs if what == "determination"),
            by_code,
        )

    def tps(self, known: Collection[int]) -> frozenset[int]:
        """TPS whose pages change: those spoken of, and of those `known` all below a determination."""
        below = [self.tree.tps_of(area) for area in self.closed]
        return self.places.union(row for row in known if any(rows.start <= row < rows.stop for rows in below))

    def dapil(self, counted: Iterable[str]) -> frozenset[int]:
        """Positions of the dapil to be written: those spoken of and those in which something was `counted`."""
        return self.positions.union(self.by_code[kode] for kode in counted)
