"""Fetches the scores of a record's pages, has them decoded and adjudicated, and appends what was decided.

What is decided is `adjudicate`'s. Here is only what it takes to ask: artefacts, a memory of decoded pages, the journal.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Sequence

from prometheus_client import Counter as Metric

from election import scores
from election.clock import Clock, stamp
from election.decode import BlockReading, decode
from election.errors import Damaged, Unavailable
from election.event import Figures
from election.record import Photo, Record
from election.scores import PageScores
from recap.adjudicate import Evidence, Place, adjudicate, due
from recap.policy import Policy
from storage.connect import LOST
from storage.errors import ScanMissing
from storage.journal import Draft, Journal, Outcome
from storage.scans import AWAY, Store

DECODED = 4_000
"""Readings in memory. They are functions of what names them, so that none is ever out of date."""

PATIENCE = 5
"""How often missing scores are asked for before the block is judged without them."""

FAILED = Metric("suara_recap_unjudged", "Records that raised an error when they were judged", ["contest"])

log = logging.getLogger(__name__)

Asked = tuple[str, str, tuple[str, ...], Figures]
"""What a reading is a function of: the TPS, whose ballot it is, the block, the hashes of its pages' scores, and the
officer's figures, whose probability is part of it."""


class ScoresAwaited(Exception):
    """Scores that the journal names are not in the store yet; ask again soon."""


class Judge:
    """Judges records of one contest. Any number of them may judge the same record: the journal takes one decision."""

    def __init__(self, journal: Journal, artefacts: Store, policy: Policy, clock: Clock) -> None:
        self._journal, self._artefacts, self._policy, self._clock = journal, artefacts, policy, clock
        self._decoded: OrderedDict[Asked, BlockReading | None] = OrderedDict()
        self._asked: Counter[str] = Counter()

    async def judge(self, cases: Sequence[tuple[Place, Record]]) -> list[bool]:
        """Whether each record now is judged on all it has; False: ask again soon. Raises LOST, AWAY, Unavailable."""
        drafts: list[Draft] = []
        done = []
        for place, record in cases:
            try:
                drafts += await self._drafts(place, record)
                done.append(True)
            except ScoresAwaited:
                done.append(False)
            except (*LOST, *AWAY, Unavailable):
                raise
            except Exception:
                # One record that cannot be judged must not keep a nation waiting; its blocks stay as they are.
                log.exception("%s %s cannot be judged", place.journal, place.tps)
                FAILED.labels(place.journal).inc()
                done.append(True)
        if drafts:
            for draft, appended in zip(drafts, await self._journal.append(*drafts), strict=True):
                if appended.outcome is Outcome.CONFLICT:
                    # Another engine, perhaps of another release, decided otherwise on the same evidence. It stands.
                    log.error("%s %s: two engines decided differently", draft.event.tps, appended.number)
        return done

    async def _drafts(self, place: Place, record: Record) -> tuple[Draft, ...]:
        evidence = due(record, self._policy)
        read = {found.block.name: await self._read(place, found) for found in evidence}
        decoded = {name: reading for name, reading in read.items() if reading is not None}
        return adjudicate(record, decoded, place, self._policy, stamp(self._clock())) if evidence else ()

    async def _read(self, place: Place, evidence: Evidence) -> BlockReading | None:
        """What the machine reads on a block's pages together; None where a page cannot speak."""
        if evidence.faults:
            return None
        name = evidence.block.name
        hashes = tuple(photo.read.scores or "" for photo in evidence.photos if photo.read is not None)
        key = (place.tps, name, hashes, evidence.keyed)
        if key in self._decoded:
            return self._decoded[key]
        pages = [await self._scores(place, photo) for photo in evidence.photos]
        if None in pages:
            return None
        # Decoding takes milliseconds; journal and cuts go on meanwhile.
        seen = [page for page in pages if page is not None]
        blocks = await asyncio.to_thread(decode, place.contest, seen, {name: evidence.keyed})
        self._decoded[key] = blocks.get(name)
        if len(self._decoded) > DECODED:
            self._decoded.popitem(last=False)
        return self._decoded[key]

    async def _scores(self, place: Place, photo: Photo) -> PageScores | None:
        """The scores of a photo; None where they are lost, so that a person decides. Raises ScoresAwaited."""
        sha = photo.read.scores if photo.read is not None else None
        if sha is None:
            return None
        try:
            page = scores.decode(await self._artefacts.get(sha))
        except ScanMissing:
            self._asked[sha] += 1
            if self._asked[sha] < PATIENCE:
                raise ScoresAwaited from None
            log.exception("%s: the scores of scan %d are lost", place.tps, photo.number)
            return None
        except Damaged:
            log.exception("%s: the scores of scan %d are damaged", place.tps, photo.number)
            return None
        if (page.form, page.page) != (place.contest.form, photo.page):
            log.error("%s: the scores of scan %d are of another page", place.tps, photo.number)
            return None
        return page
