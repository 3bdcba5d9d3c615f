"""Whether an earlier figure is of the same place: areas split and move, and a name alone does not say so.

- `same`: the area was matched, and no area right below it is known to have come from or gone to another one.
- `recomposed`: it was not there, or not in these bounds, but everything right below it was: the sum of those.
- otherwise there is no figure, and the reason is said.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from election.bundle import Bundle
from election.codes import KELURAHAN, LEVELS
from election.region import Tree
from publisher.earlier.matching import Match, Matching
from publisher.earlier.model import DAPIL, Earlier, Figures, total

Basis = Literal["same", "recomposed", "bounds_changed", "not_there"]
SAME: Final = "same"
RECOMPOSED: Final = "recomposed"
CHANGED: Final = "bounds_changed"
NEW: Final = "not_there"


class Based(Struct, frozen=True):
    """An area now, what it was, and its figures then in today's bounds; none where `basis` is a reason against."""

    level: str
    kode: str
    nama: str
    basis: Basis
    match: Match | None
    figures: Figures


def based(bundle: Bundle, earlier: Earlier, matching: Matching) -> list[Based]:
    """Every area now of the levels that the earlier election has, deepest first; dapil last."""
    found: dict[str, Based] = {}
    work = _Bounds(bundle.tree, earlier, matching)
    for tingkat in reversed(work.levels):
        for area in bundle.tree.level(tingkat):
            one = work.of(area, tingkat, found)
            found[one.kode] = one
    dapil = [
        Based(DAPIL, one.kode, one.nama, SAME, one, earlier.figures.get(one.key, {}))
        for one in matching.matches
        if one.level == DAPIL
    ]
    return [*found.values(), *dapil]


class _Bounds:
    def __init__(self, tree: Tree, earlier: Earlier, matching: Matching) -> None:
        self.tree, self.earlier = tree, earlier
        known = {place.level for place in earlier.places.values()}
        self.levels = [tingkat for tingkat, level in enumerate(LEVELS[: KELURAHAN + 1]) if level in known]
        self.then = {level: matching.by_kode(level) for level in LEVELS[: KELURAHAN + 1]}
        self.now = {one.key: one.kode for one in matching.matches if one.level != DAPIL}
        self.below = earlier.below()

    def of(self, area: int, tingkat: int, deeper: Mapping[str, Based]) -> Based:
        """One area; those below it are in `deeper`."""
        level, kode = LEVELS[tingkat], self.tree.kode(area)
        match = self.then[level].get(kode)
        head = (level, kode, self.tree.nama(area))
        children = self._children(area, tingkat)
        if match is not None and (not area or not self._moved(match, children, LEVELS[tingkat + 1])):
            return Based(*head, SAME, match, self.earlier.figures.get(match.key, {}))
        parts = [deeper[child] for child in children if child in deeper]
        if parts and self._complete(parts, children):
            return Based(*head, RECOMPOSED, match, total(part.figures for part in parts))
        return Based(*head, NEW if match is None else CHANGED, match, {})

    def _children(self, area: int, tingkat: int) -> list[str]:
        if tingkat == KELURAHAN or tingkat + 1 not in self.levels:
            return []
        return [self.tree.kode(child) for child in self.tree.children(area)]

    def _moved(self, match: Match, children: list[str], level: str) -> bool:
        """Whether an area right below is known to lie elsewhere now, or to have lain elsewhere then."""
        here, inside = set(children), self.below.get(match.key, [])
        gone = any(one.key in self.now and self.now[one.key] not in here for one in inside)
        mine = {one.key for one in inside}
        came = any(child in self.then[level] and self.then[level][child].key not in mine for child in children)
        return bool(children) and (gone or came)

    def _complete(self, parts: list[Based], children: list[str]) -> bool:
        """Whether everything right below has figures, and nothing of the areas they come from is left unmatched."""
        if len(parts) != len(children) or any(part.basis not in (SAME, RECOMPOSED) for part in parts):
            return False
        keys = [part.match.key for part in parts if part.match is not None]
        origins = {self.earlier.places[key].parent for key in keys}
        return len(keys) == len(parts) and all(one.key in self.now for above in origins for one in self.below[above])
