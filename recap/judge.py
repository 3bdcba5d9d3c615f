"""Fetches the scores of records' pages, has them decoded and adjudicated, and appends what was decided.

What is decided is `adjudicate`'s, what is asked for `pages`'. Here is only the way: a batch of records is fetched at
once, decoded on threads (the kernels let go of the interpreter), and appended as one.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor

from msgspec import Struct
from prometheus_client import Counter as Metric

from election.clock import Clock, stamp
from election.errors import Unavailable
from election.record import Record
from recap.adjudicate import Place, adjudicate, asks, due
from recap.evidence import Evidence
from recap.pages import Answer, Artefacts, Fetched, Pages, Question, ScoresAwaited, question, read
from recap.policy import Policy, PolicyInForce
from storage.connect import LOST
from storage.journal import Draft, Journal, Outcome
from storage.scans import AWAY, Store

FAILED = Metric("suara_recap_unjudged", "Records that raised an error when they were judged", ["contest"])

log = logging.getLogger(__name__)


class Case(Struct, frozen=True):
    """A record to judge, and what its pages must be asked."""

    place: Place
    record: Record
    evidence: tuple[Evidence, ...]  # on the blocks that are due
    questions: tuple[Question, ...]


class Judge:
    """Judges records of one contest. Any number of them may judge the same record: the journal takes one decision."""

    def __init__(
        self,
        journal: Journal,
        artefacts: Store,
        policy: PolicyInForce,
        clock: Clock,
        threads: Executor | None = None,
    ) -> None:
        """`threads` decode; the loop's own where none are given."""
        self._journal, self._policy, self._clock = journal, policy, clock
        self._pages, self._threads = Pages(artefacts), threads

    async def judge(self, cases: Sequence[tuple[Place, Record]]) -> list[bool]:
        """Whether each record now is judged on all it has; False: ask again soon. Raises LOST, AWAY, Unavailable.

        The records must be folded as far as the policy: it is looked at before anything is waited for.
        """
        policy = self._policy.current
        asked = [_case(place, record, policy) for place, record in cases]
        fetched = await self._pages.fetch([question for case in asked for question in case.questions])
        found = await asyncio.gather(*(self._settled(case, fetched, policy) for case in asked))
        drafts = [draft for drafts in found for draft in drafts or ()]
        if drafts:
            for draft, appended in zip(drafts, await self._journal.append(*drafts), strict=True):
                if appended.outcome is Outcome.CONFLICT:
                    # Another engine, perhaps of another release, decided otherwise on the same evidence. It stands.
                    log.error("%s %s: two engines decided differently", draft.event.tps, appended.number)
        return [drafts is not None for drafts in found]

    async def _settled(self, case: Case, fetched: Fetched, policy: Policy) -> tuple[Draft, ...] | None:
        """The decisions on one record; None where its scores are still on their way."""
        if not case.evidence:
            return ()
        try:
            found = [self._pages.known(asked) for asked in case.questions]
            known = [
                self._pages.scores(case.place, asked, fetched) if answer is None else answer
                for asked, answer in zip(case.questions, found, strict=True)
            ]
            loop, at = asyncio.get_running_loop(), stamp(self._clock())
            answers, drafts = await loop.run_in_executor(self._threads, _judged, case, known, policy, at)
        except ScoresAwaited:
            return None
        except (*LOST, *AWAY, Unavailable):
            raise
        except Exception:
            # One record that cannot be judged must not keep a nation waiting; its blocks stay as they are.
            log.exception("%s %s cannot be judged", case.place.journal, case.place.tps)
            FAILED.labels(case.place.journal).inc()
            return ()
        for asked, pages, answer in zip(case.questions, known, answers, strict=True):
            if isinstance(pages, tuple) and None not in pages:
                self._pages.remember(asked, answer)
        return drafts


def _case(place: Place, record: Record, policy: Policy) -> Case:
    evidence = due(record, place.contest, policy)
    wanted = [found for found in evidence if asks(found, policy)]
    groups = {tuple(photo.number for photo in found.together): found.together for found in wanted}
    return Case(place, record, evidence, tuple(question(place, record, group, wanted) for group in groups.values()))


def _judged(
    case: Case, known: Sequence[Answer | Artefacts], policy: Policy, at: str
) -> tuple[list[Answer], tuple[Draft, ...]]:
    """The answer to each question, decoded where it was not known, and the drafts.

    Runs on a thread: journal and cuts go on meanwhile.
    """
    answers = [
        read(case.place, asked, found) if isinstance(found, tuple) else found
        for asked, found in zip(case.questions, known, strict=True)
    ]
    pairs = zip(case.questions, answers, strict=True)
    decoded = {name: answer.get(name) for asked, answer in pairs for name in asked.blocks}
    return answers, adjudicate(case.record, case.evidence, decoded, case.place, policy, at)
