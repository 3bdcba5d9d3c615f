"""What a plenary is told of an area: what differs, which areas below make it up, the largest first, and for a
kecamatan, kelurahan by kelurahan, which TPS to open. Writing it down is `paper`'s; why something differs, `drill`'s.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from election import words
from election.codes import KELURAHAN
from recap.plenary.compare import REASONS, Comparison
from recap.plenary.documents import Broken
from recap.plenary.drill import WHY, Origin
from recap.plenary.evidence import KINDS, WORDS, Kind
from recap.plenary.sides import I64, kode_of, nama_of

Words = tuple[str, str]
"""Indonesian, English."""

SHOWN = 12
"""Places that one sentence names; the table below it has them all."""

COLUMNS = 6
"""Fields that fit a page's width; the CSV beside it has them all."""

DEEPEST = KELURAHAN - 1
"""The last level with a page of its own: a kecamatan's has its kelurahan in it."""


class Clue(Struct, frozen=True):
    """A TPS to look at, and why."""

    kode: str
    nama: str
    why: Words
    note: str
    amounts: tuple[int | None, ...]  # what it would account for, in the order of the fields; None where nobody can say
    gap: int  # by how much its votes exceed the valid votes it writes


class Line(Struct, frozen=True):
    """An area: a line of a table, or the head of a page."""

    kode: str
    nama: str
    tingkat: int
    ours: tuple[int | None, ...]  # in the order of the fields; None where it is not compared
    theirs: tuple[int | None, ...]
    difference: tuple[int | None, ...]
    size: int  # Σ|d| below
    count: int  # figures that differ below
    residuals: int  # Σ|r| of the equalities of our records below
    documents: int  # comparisons that documents at or below it break among themselves
    partial: bool  # not all of its TPS are with us
    origin: Words
    clues: tuple[Clue, ...] = ()

    @property
    def differing(self) -> tuple[int, ...]:
        """Positions of the fields on which the two sides differ; of all fields where none does."""
        found = tuple(j for j, (ours, theirs) in enumerate(zip(self.ours, self.theirs, strict=True)) if ours != theirs)
        return found or tuple(range(len(self.ours)))


class Contradiction(Struct, frozen=True):
    """A document that does not hold by itself."""

    document: str
    nama: str
    of: str
    code: str
    part: Words
    left: int
    right: int


class Page(Struct, frozen=True):
    """One area's report."""

    area: Line
    above: tuple[Words, ...]  # code and name, nation first
    children: tuple[Line, ...]  # that differ, the largest first
    contradicting: tuple[Line, ...]  # children whose D.Hasil, or those below, contradict themselves
    broken: tuple[Contradiction, ...]  # on this page
    uncompared: tuple[tuple[Words, int], ...]  # why, and how many areas
    shown: tuple[int, ...]  # positions of the fields that its table has: at most `COLUMNS`, those that differ most


class Report:
    """The pages of a comparison, by area index, from `root` down."""

    def __init__(self, comparison: Comparison, root: int = 0) -> None:
        self.comparison, self.tree, self.root = comparison, comparison.bundle.tree, root
        self.fields = tuple(words.field(comparison.contest, field) for field in comparison.sides.fields)
        self._partial = frozenset(comparison.partial.tolist())
        self._broken = Counter(up for one in comparison.broken for up in self._path(one.document))
        left = ((self.tree.area_index(one.kode), one.reason) for one in comparison.uncompared)
        self._left = Counter((up, reason) for area, reason in left for up in self._path(area))

    def areas(self) -> Iterator[int]:
        """The areas that have something to say, and the root."""
        for area in range(self.root, self.tree.level(DEEPEST).stop):
            says = self.comparison.drill.size(area) or self._broken[area]
            if area == self.root or (says and self.root in self._path(area)):
                yield area

    def page(self, area: int) -> Page:
        """The page of an area, nation to kecamatan."""
        differ = self.comparison.drill.children(area)
        inside = self.tree.tingkat(area) < DEEPEST
        others = [child for child in self.tree.children(area) if inside and self._broken[child]]
        above = [(kode_of(self.tree, up), nama_of(self.tree, up)) for up in self._path(area)][1:]
        children = tuple(self.line(child) for child in differ)
        return Page(
            area=self.line(area),
            above=tuple(reversed(above)),
            children=children,
            shown=self._shown(children),
            contradicting=tuple(self.line(child) for child in others),
            broken=tuple(self._contradictions(area)),
            uncompared=tuple(
                (REASONS[reason], self._left[area, reason]) for reason in REASONS if (area, reason) in self._left
            ),
        )

    def origins(self) -> Iterator[str]:
        """Of every area that differs by itself: its level, and the code of where that comes from."""
        sides = self.comparison.sides
        for place in sides.place[sides.differs.any(axis=1)].tolist():
            if place < self.tree.n_areas:
                yield f"{self.tree.tingkat(place)} {self.comparison.drill.origin(place).kind}"

    def line(self, area: int) -> Line:
        """An area with its figures and where its difference comes from; a kelurahan with its clues."""
        sides, drill, tingkat = self.comparison.sides, self.comparison.drill, self.tree.tingkat(area)
        row = sides.row(area)
        return Line(
            kode=kode_of(self.tree, area),
            nama=nama_of(self.tree, area),
            tingkat=tingkat,
            ours=self._figures(sides.ours, row),
            theirs=self._figures(sides.theirs, row),
            difference=(None,) * len(self.fields) if row < 0 else tuple(sides.difference[row].tolist()),
            size=drill.size(area),
            count=int(drill.below.counts[area].sum()),
            residuals=int(self.comparison.carried.sizes[area].sum()),
            documents=self._broken[area],
            partial=area in self._partial,
            origin=self.sentence(drill.origin(area)) if row >= 0 and drill.size(area) else ("", ""),
            clues=tuple(self._clues(area)) if tingkat == KELURAHAN else (),
        )

    def sentence(self, origin: Origin) -> Words:
        """An origin in words that can be checked on paper."""
        clue = WORDS[Kind(origin.clue)] if origin.clue else ("", "")
        names = [nama_of(self.tree, place) for place in origin.places[:SHOWN]]
        more = len(origin.places) - len(names)
        listed = ", ".join(names) + (f" (+{more})" if more else "")
        said = zip(WHY[origin.kind], clue, strict=True)
        first, second = (text.format(n=len(origin.places), places=listed, clue=why) for text, why in said)
        return first, second

    def _shown(self, lines: tuple[Line, ...]) -> tuple[int, ...]:
        """The fields on which `lines` differ most, in the order of the paper."""
        sizes = [sum(abs(line.difference[j] or 0) for line in lines) for j in range(len(self.fields))]
        most = sorted((j for j, size in enumerate(sizes) if size), key=lambda j: -sizes[j])[:COLUMNS]
        return tuple(sorted(most)) or tuple(range(len(sizes)))[:COLUMNS]

    def _figures(self, values: I64, row: int) -> tuple[int | None, ...]:
        if row < 0:
            return (None,) * len(self.fields)
        return tuple(None if value < 0 else value for value in values[row].tolist())

    def _clues(self, area: int) -> Iterator[Clue]:
        """A line a TPS, in the order of its first clue; what it would account for is its first clue that knows."""
        evidence = self.comparison.drill.evidence
        of_tps: dict[int, list[int]] = {}
        for i in self.comparison.drill.clues(area):
            of_tps.setdefault(int(evidence.tps[i]), []).append(i)
        for row, some in of_tps.items():
            whys = tuple(WORDS[KINDS[evidence.kind[i]]] for i in some)
            known = next((i for i in some if evidence.amount[i].any()), None)
            yield Clue(
                kode=self.tree.tps_kode(row),
                nama=self.tree.tps_nama(row),
                why=("; ".join(why for why, _ in whys), "; ".join(why for _, why in whys)),
                note=" ".join(dict.fromkeys(evidence.note[i] for i in some if evidence.note[i])),
                amounts=(None,) * len(self.fields) if known is None else tuple(evidence.amount[known].tolist()),
                gap=sum(int(evidence.gap[i]) for i in some),
            )

    def _contradictions(self, area: int) -> Iterator[Contradiction]:
        for one in self._documents_within(area):
            part = words.field(self.comparison.contest, one.part) if one.code != "E602" else (one.part, one.part)
            yield Contradiction(
                kode_of(self.tree, one.document), nama_of(self.tree, one.document), kode_of(self.tree, one.of),
                one.code, part, one.left, one.right,
            )  # fmt: skip

    def _documents_within(self, area: int) -> Iterable[Broken]:
        """Of a kecamatan its own and its kelurahan's; of areas above only their own: the rest is on the pages below."""
        kecamatan = self.tree.tingkat(area) == DEEPEST
        for one in self.comparison.broken:
            if one.document == area or (kecamatan and self.tree.parent[one.document] == area):
                yield one

    def _path(self, place: int) -> Iterator[int]:
        """A place and all areas above it, to the root."""
        while place >= self.root:
            yield place
            place = int(self.tree.parent[place])
