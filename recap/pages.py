"""What the machine reads on pages that are decoded together: their scores fetched, decoded once, and remembered.

Which pages go together is `evidence`'s to say, what their reading leads to `adjudicate`'s.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from election import scores
from election.decode import BlockReading, decode
from election.errors import Damaged, SuaraError
from election.event import Figures
from election.record import Photo, Record
from election.scores import PageScores
from recap.adjudicate import Place
from recap.evidence import Evidence
from storage.errors import ScanDamaged, ScanMissing
from storage.scans import Store

KEPT = 4_000
"""Pages whose readings are remembered: functions of what names them, so that none is ever out of date. They are asked
for again only where a record is touched and nothing new was said of it; a decision remembers for itself."""

PATIENCE = 5
"""How often missing scores are asked for before the block is judged without them."""

log = logging.getLogger(__name__)


class ScoresAwaited(Exception):
    """Scores that the journal names are not in the store yet; ask again soon."""


class Question(Struct, frozen=True):
    """Pages that are decoded together, and the officer's figures by block, whose probability is part of the answer."""

    tps: str  # whose ballot it is
    photos: tuple[Photo, ...]
    blocks: tuple[str, ...]  # that are asked about
    keyed: tuple[tuple[str, Figures], ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        """Of the pages' scores; "" where the journal names none."""
        return tuple((photo.read.scores if photo.read is not None else None) or "" for photo in self.photos)


Asked = tuple[str, tuple[str, ...], tuple[tuple[str, Figures], ...]]
Answer = Mapping[str, BlockReading]
Artefacts = tuple[bytes | None, ...]
"""Of each page; None where it is lost."""
Fetched = Mapping[str, bytes | ScanMissing | ScanDamaged]
"""Hash → what lies under it, or why nothing does."""


def question(place: Place, record: Record, photos: tuple[Photo, ...], found: Sequence[Evidence]) -> Question:
    """What to ask of these pages, for those of the evidence that they are decoded for.

    All blocks that the officer has given figures for are asked at once: one decoding answers for each of them.
    """
    blocks = tuple(evidence.block.name for evidence in found if evidence.together == photos)
    pages = {photo.page for photo in photos}
    here = (block.name for block in record.blocks if pages.issuperset(block.pages))
    readings = ((name, record.reading(name)) for name in here if name in place.contest.blocks)
    keyed = tuple((name, reading.event.figures[name]) for name, reading in readings if reading is not None)
    return Question(place.tps, photos, blocks, keyed)


class Pages:
    """Answers questions about pages, and remembers the answers."""

    def __init__(self, artefacts: Store) -> None:
        self._artefacts = artefacts
        self._decoded: OrderedDict[Asked, Answer] = OrderedDict()
        self._pages = 0
        self._asked: Counter[str] = Counter()

    async def fetch(self, questions: Iterable[Question]) -> Fetched:
        """The scores of pages that no answer is known of, all at once. Raises AWAY."""
        wanted = {sha for asked in questions if _key(asked) not in self._decoded for sha in asked.hashes if sha}
        return await self._artefacts.get_all(wanted)

    def known(self, asked: Question) -> Answer | None:
        """The answer, where it is remembered."""
        key = _key(asked)
        if key in self._decoded:
            self._decoded.move_to_end(key)
        return self._decoded.get(key)

    def scores(self, place: Place, asked: Question, fetched: Fetched) -> Artefacts:
        """The artefact of each page; None where it is lost for good. Raises ScoresAwaited."""
        return tuple(self._scores(place, photo, fetched) for photo in asked.photos)

    def remember(self, asked: Question, answer: Answer) -> None:
        """Keeps an answer for whoever asks the same."""
        if _key(asked) not in self._decoded:
            self._pages += len(asked.photos)
        self._decoded[_key(asked)] = answer
        while self._pages > KEPT:
            (_, hashes, _), _ = self._decoded.popitem(last=False)
            self._pages -= len(hashes)

    def _scores(self, place: Place, photo: Photo, fetched: Fetched) -> bytes | None:
        sha = photo.read.scores if photo.read is not None else None
        if sha is None:
            return None
        data = fetched[sha]
        if isinstance(data, ScanMissing):
            self._asked[sha] += 1
            if self._asked[sha] < PATIENCE:
                raise ScoresAwaited
        if isinstance(data, SuaraError):
            log.error("%s: the scores of scan %d are lost: %s", place.tps, photo.number, data)
            return None
        return data


def read(place: Place, asked: Question, artefacts: Artefacts) -> Answer:
    """Decodes the pages together; those that are lost, damaged or of another form are left out, with their blocks."""
    pages = (_page(place, photo, data) for photo, data in zip(asked.photos, artefacts, strict=True))
    return decode(place.contest, [page for page in pages if page is not None], dict(asked.keyed))


def _key(asked: Question) -> Asked:
    return asked.tps, asked.hashes, asked.keyed


def _page(place: Place, photo: Photo, data: bytes | None) -> PageScores | None:
    if data is None:
        return None
    try:
        page = scores.decode(data)
    except Damaged:
        log.exception("%s: the scores of scan %d are damaged", place.tps, photo.number)
        return None
    if (page.form, page.page) != (place.contest.form, photo.page):
        log.error("%s: the scores of scan %d are of another page", place.tps, photo.number)
        return None
    return page
