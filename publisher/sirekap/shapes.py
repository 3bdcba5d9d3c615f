"""Which contest has which shape of documents."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from election.contest import CONTEST_TYPES, Contest, Kind
from publisher.sirekap import local, pairs, parties
from publisher.sirekap.figures import IMAGES, Json, Votes


class Shape(Struct, frozen=True):
    """How the documents of one contest are made."""

    key: str
    area: Callable[[Votes, Iterable[Votes], str], Json]
    tps: Callable[..., Json]

    def pictures(self, pages: int) -> int:
        """How many pictures a TPS names whose form has so many pages."""
        return IMAGES.get(self.key, pages)

    def zero(self, ballot: Contest, pages: int, ts: str) -> Json:
        """What the file server answers for a TPS from which nothing has come in."""
        return self.tps(ballot, {}, {}, [None] * self.pictures(pages), ts)


def shape(key: str) -> Shape:
    """The shape of a contest."""
    kind = CONTEST_TYPES[key]
    if kind.local:
        return Shape(key, local.area, local.tps)
    return Shape(key, pairs.area, parties.tps if kind.kind is Kind.PARTIES else pairs.tps)
