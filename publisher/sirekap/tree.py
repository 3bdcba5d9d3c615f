"""The tree of 2024 of one contest, as far as it counts: which document lies where, and what it is made of.

Writing is `publication`'s; what does not change during the count is in `standing`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from election.contest import CONTEST_TYPES, SUARA
from election.region import Tree
from publisher import places
from publisher.ballots import Ballots
from publisher.sirekap import parties
from publisher.sirekap.figures import Votes, again, votes_of
from publisher.sirekap.shapes import shape
from publisher.v1 import Counted
from publisher.v1_told import Dapil
from publisher.view import RecordView

Document = tuple[str, object]
"""Path and JSON value."""


class SirekapTree:
    """Makes the documents of one contest."""

    def __init__(self, tree: Tree, ballots: Ballots) -> None:
        self.tree, self.ballots, self.key = tree, ballots, ballots.key
        self.kind, self.shape = CONTEST_TYPES[ballots.key], shape(ballots.key)

    def area(self, of: Counted, below: Iterable[Counted], house: Sequence[Dapil], ts: str) -> Iterator[Document]:
        """The sums of an area above the kelurahan; of one that elects an assembly those of its dapil, too."""
        votes = _of_area(of)
        sums = self.shape.area(votes, map(_of_area, below), ts)
        at = self.tree.area_index(of.place.kode)
        yield places.aggregate(self.tree, self.key, at), sums
        if self.kind.local and not at:
            yield places.nation_again(self.key), sums
        if house:
            yield places.hhcd_all(self.key, of.place.kode), parties.districts(votes, map(_of_dapil, house), ts)

    def kelurahan(self, of: Counted, records: Iterable[tuple[int, RecordView | None]], ts: str) -> Document:
        """The sums of a kelurahan and of its TPS. API_LAYOUT does not name it; programs of 2024 ask for it."""
        sums = self.shape.area(_of_area(of), (self._of_tps(row, view) for row, view in records), ts)
        return places.aggregate(self.tree, self.key, self.tree.area_index(of.place.kode)), sums

    def tps(self, row: int, view: RecordView, addresses: Mapping[int, str], ts: str) -> Document:
        """One TPS; `addresses` has those of its pictures by page."""
        paper, printed = self.ballots.of_tps(row), self.ballots.printed
        images = [addresses.get(page) for page in range(1, self.shape.pictures(paper.pages) + 1)]
        position = int(printed.district_of_tps[row])
        dapil = printed.dapil[position].kode if position >= 0 else None
        document = self.shape.tps(paper.ballot, view.counted, view.keyed, images, ts, again(view.opened), dapil)
        return places.tps(self.tree, self.key, row), document

    def dapil(self, of: Dapil, assembly: str, ts: str) -> Document:
        """One dapil of the area (code) whose assembly it helps to elect."""
        document = parties.district(_of_dapil(of), of.ballot, of.totals, ts)
        return places.hhcd(self.key, assembly, of.district.kode), document

    def _of_tps(self, row: int, view: RecordView | None) -> Votes:
        ballot = self.ballots.of_tps(row).ballot
        counted = view.counted if view else {}
        figures = {
            field: value
            for block, values in counted.items()
            for field, value in zip(ballot.blocks[block], values, strict=True)
        }
        return Votes(self.tree.tps_kode(row), votes_of(ballot, figures), int(SUARA in counted), 1)


def _of_area(of: Counted) -> Votes:
    return Votes(of.place.kode, votes_of(of.ballot, of.totals), of.row.counted, of.row.tps)


def _of_dapil(of: Dapil) -> Votes:
    return Votes(of.district.kode, votes_of(of.ballot, of.totals), of.row.counted, of.row.tps)
