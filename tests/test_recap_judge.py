"""Judging records by the batch: scores fetched once, decoded once, and what happens where they are late or lost."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from obstore.exceptions import GenericError
from recap_scene import ADM, LAYOUT, SUARA, page_read, page_scores, reading, scan, truth

from election import bundle as bundles
from election import event as ev
from election import record as rec
from election.bundle import Bundle
from election.record import Record
from election.rules import limits_of
from recap.adjudicate import Place
from recap.judge import Judge
from recap.pages import PATIENCE
from recap.policy import Policy, PolicyInForce
from storage.errors import ScanDamaged, ScanMissing
from storage.journal import Appended, Draft, Entry, Outcome

Case = tuple[Place, Record]


class Shelf:
    """Artefacts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.damaged: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.away = False

    async def get_all(self, shas: Iterable[str]) -> dict[str, bytes | ScanMissing | ScanDamaged]:
        if self.away:
            raise GenericError("the store is away")
        return {sha: self._get(sha) for sha in shas}

    def _get(self, sha: str) -> bytes | ScanMissing | ScanDamaged:
        self.asked[sha] += 1
        if sha in self.damaged:
            return ScanDamaged(sha256=sha, found="")
        return self.kept.get(sha) or ScanMissing(sha256=sha)


class List:
    """A journal that takes everything."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    async def append(self, *drafts: Draft) -> list[Appended]:
        self.drafts += drafts
        return [Appended(Outcome.APPENDED, number) for number, _ in enumerate(drafts)]

    @property
    def decisions(self) -> dict[tuple[str, str], ev.BlockCounted | ev.BlockHeld]:
        found = (draft.event for draft in self.drafts)
        return {(one.tps, one.block): one for one in found if isinstance(one, ev.BlockCounted | ev.BlockHeld)}


class Bench:
    """A judge with its shelf and its journal."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.shelf, self.journal = bundle, Shelf(), List()
        self.policy = PolicyInForce.fixed(Policy())
        self.judge = Judge(self.journal, self.shelf, self.policy, lambda: datetime(2029, 2, 14, tzinfo=UTC))  # type: ignore[arg-type]

    def case(self, row: int, *, late: tuple[int, ...] = ()) -> Case:
        """A whole record whose scores lie on the shelf, but for those of pages that are `late`."""
        contest, told = self.bundle.contest("ppwp"), truth(self.bundle, row)
        place = Place("ppwp", self.bundle.tree.tps_kode(row), contest, (-1, -1), limits_of(contest))
        events: list[ev.Event] = [scan(place.tps, page) for page in (1, 2, 3)]
        for page in (1, 2, 3):
            sha = name(row, page)
            if page not in late:
                self.shelf.kept[sha] = page_scores(contest, told, page)
            events.append(page_read(place.tps, page, page, sha))
        entries = [Entry(n, event, b"", "") for n, event in enumerate([*events, reading(place.tps, told)], 1)]  # type: ignore[arg-type]
        return place, rec.fold(entries, LAYOUT)

    def run(self, *cases: Case) -> list[bool]:
        return asyncio.run(self.judge.judge(cases))


def name(row: int, page: int) -> str:
    return f"{row:060x}{page:04x}"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("judge") / "b", seed=5, size="kelurahan")


@pytest.fixture
def bench(bundle: Bundle) -> Bench:
    return Bench(bundle)


def test_a_batch_is_judged_whole_and_every_page_is_fetched_once(bench: Bench) -> None:
    cases = [bench.case(row) for row in range(4)]
    assert bench.run(*cases) == [True] * 4
    assert len(bench.journal.decisions) == 8
    assert all(isinstance(one, ev.BlockCounted) for one in bench.journal.decisions.values())
    assert {*bench.shelf.asked.values()} == {1}
    before = {draft.key: draft.digest for draft in bench.journal.drafts}
    assert bench.run(*cases) == [True] * 4, "asked again before its own decisions came back"
    assert {*bench.shelf.asked.values()} == {1}, "and remembered"
    assert {draft.key: draft.digest for draft in bench.journal.drafts} == before


def test_the_policy_is_that_of_the_moment(bench: Bench) -> None:
    bench.policy.current = Policy(table=Policy().table, measured=())
    bench.run(bench.case(0))
    assert {one.reasons for one in bench.journal.decisions.values()} == {("read.uncertain",)}  # type: ignore[union-attr]


def test_late_scores_are_asked_for_again_and_hold_up_no_other_record(bench: Bench) -> None:
    late, ready = bench.case(0, late=(2,)), bench.case(1)
    assert bench.run(late, ready) == [False, True]
    assert {tps for tps, _ in bench.journal.decisions} == {ready[0].tps}
    bench.shelf.kept[name(0, 2)] = page_scores(late[0].contest, truth(bench.bundle, 0), 2)
    assert bench.run(late) == [True]
    assert isinstance(bench.journal.decisions[late[0].tps, SUARA], ev.BlockCounted)


def test_lost_scores_hold_their_own_block_alone_after_some_patience(bench: Bench) -> None:
    lost = bench.case(0, late=(2,))
    answers = [bench.run(lost) for _ in range(PATIENCE)]
    assert answers == [*[[False]] * (PATIENCE - 1), [True]]
    held = bench.journal.decisions[lost[0].tps, SUARA]
    assert isinstance(held, ev.BlockHeld)
    assert (held.reasons, held.read) == (("read.uncertain",), None)
    assert isinstance(bench.journal.decisions[lost[0].tps, ADM], ev.BlockCounted)


@pytest.mark.parametrize("harm", ["store", "bytes", "page"])
def test_damaged_scores_are_none(bench: Bench, harm: str) -> None:
    place, record = bench.case(0)
    if harm == "store":
        bench.shelf.damaged.add(name(0, 1))
    else:
        other = page_scores(place.contest, truth(bench.bundle, 0), 2)
        bench.shelf.kept[name(0, 1)] = other if harm == "page" else other[:-1]
    assert bench.run((place, record)) == [True]
    assert isinstance(bench.journal.decisions[place.tps, ADM], ev.BlockHeld)
    assert isinstance(bench.journal.decisions[place.tps, SUARA], ev.BlockCounted)


def test_a_store_that_is_away_decides_nothing(bench: Bench) -> None:
    case = bench.case(0)
    bench.shelf.away = True
    with pytest.raises(GenericError):
        bench.run(case)
    assert bench.journal.drafts == []


def test_a_record_that_cannot_be_judged_keeps_no_other_waiting(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    place, record = bench.case(0)
    broken = Place(place.journal, "tidak-ada\u00e9", place.contest, place.dpt, place.limits)  # no leaf can say so
    assert bench.run((broken, record), bench.case(1)) == [True, True]
    assert {tps for tps, _ in bench.journal.decisions} == {bench.bundle.tree.tps_kode(1)}
    assert "cannot be judged" in caplog.text
