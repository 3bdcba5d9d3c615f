"""Bounds of TPS, the outlook of whole contests of a bundle, and the sentences that tell them."""

import string
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from election import bundle as bundles
from election.bundle import Bundle
from election.bundle.dapil import Dapil
from election.contest import CONTEST_TYPES, Choice, Contest
from election.outcome.bounds import BOXES, LARGEST, Waiting, likely, most, rooms
from election.outcome.flip import Fewest
from election.outcome.materiality import Answer, Outlook, Question, Standing
from election.outcome.materiality_assembly import Assembly, hurdle
from election.outcome.materiality_contest import outlooks
from election.outcome.materiality_house import seats
from election.outcome.sentences import SENTENCES, headline, sentence

ALL = tuple(CONTEST_TYPES)


@pytest.fixture(scope="module")
def election(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Two provinces and some TPS abroad; every contest there is."""
    out = tmp_path_factory.mktemp("contest") / "b"
    return bundles.make(out, seed=5, provinsi=2, kabupaten=4, kecamatan=8, kelurahan=10, tps=24, abroad=2, contests=ALL)


class Even:
    """The same votes for every field, everywhere; what no field is named for has none."""

    def __init__(self, votes: Mapping[str, int]) -> None:
        self.votes = votes

    def area(self, area: int) -> Mapping[str, int]:
        return self.votes

    def dapil(self, dapil: int) -> Mapping[str, int]:
        return self.votes


# --- bounds ---------------------------------------------------------------------------------------------------------


def test_ballots_that_came_are_the_bound_and_999_stands_where_that_is_not_known(election: Bundle) -> None:
    came = np.full(election.tree.n_tps, -1, np.int32)
    came[:4] = 0, 7, 1_200, 2_000_000_000
    known = replace(election, delivered={"ppwp": came})
    assert most(election, "ppwp").tolist() == [BOXES] * election.tree.n_tps
    assert most(known, "ppwp")[:5].tolist() == [0, 7, 1_200, LARGEST, BOXES]
    assert (likely(known, "ppwp") <= most(known, "ppwp")).all()


def test_the_likely_bound_is_dpt_and_reserve_rounded_up_and_never_beyond_the_bound(election: Bundle) -> None:
    dpt = election.dpt_l.astype(int) + election.dpt_p
    want = [election.settings.delivered("ppwp", int(one)) for one in dpt]
    assert likely(election, "ppwp").tolist() == want
    unknown = replace(election, dpt_l=np.full_like(election.dpt_l, -1))
    assert (likely(unknown, "ppwp") == most(unknown, "ppwp")).all()


def test_a_tps_that_does_not_hold_the_contest_has_no_room(election: Bundle) -> None:
    held = election.tps_holding("pdpd")
    assert not held.all()
    everything = Waiting.of(election, "pdpd", np.ones(election.tree.n_tps, np.bool_))
    assert everything.tps.tolist() == np.flatnonzero(held).tolist()


@given(st.integers(0, 1_500), st.integers(0, 1_500))
def test_room_and_what_counts_already_are_together_the_bound_or_what_boxes_can_say(bound: int, counted: int) -> None:
    room = int(rooms(np.array([bound], np.int32), np.array([counted]))[0])
    if counted <= bound:
        assert room == bound - counted
    else:
        assert room == max(max(BOXES, bound) - counted, 0)


# --- contests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ALL)
def test_every_place_with_a_result_has_an_outlook_and_its_tps_are_those_that_wait(election: Bundle, key: str) -> None:
    unsettled = np.zeros(election.tree.n_tps, np.bool_)
    unsettled[::2] = True
    found = outlooks(election, key, Even({}), Waiting.of(election, key, unsettled))
    waits = int((unsettled & election.tps_holding(key)).sum())
    assert sum(one.tps for kode, one in found.items() if kode != "0" or len(found) == 1) == waits
    for one in found.values():
        assert one.likely <= one.most == BOXES * one.tps
        assert all(answer.likely is not None for answer in one.answers)


def test_where_no_dapil_has_its_seats_the_threshold_is_answered_all_the_same(election: Bundle) -> None:
    districts = tuple(replace(one, seats=0) for one in election.dapil.districts)
    seatless = replace(election, dapil=Dapil(districts))
    waits = Waiting.of(seatless, "pdpr", np.ones(seatless.tree.n_tps, np.bool_))
    found = outlooks(seatless, "pdpr", Even({"partai_1": 9}), waits)
    assert list(found) == ["0"]
    assert {answer.question for answer in found["0"].answers} == {Question.THRESHOLD}
    assert outlooks(seatless, "pdprdp", Even({}), waits) == {}


def test_one_province_alone_is_answered_as_among_all(election: Bundle) -> None:
    unsettled = np.arange(election.tree.n_tps) % 3 == 0
    waits = Waiting.of(election, "pdpd", unsettled)
    votes = {f"calon_{n}": 100 * n for n in range(1, 60)}
    whole = outlooks(election, "pdpd", Even(votes), waits)
    one = sorted(whole)[0]
    assert outlooks(election, "pdpd", Even(votes), waits, frozenset({one})) == {one: whole[one]}


class Rows:
    """Totals of votes by TPS and choice, summed from the TPS each time: int64[n_tps, choices of its own ballot]."""

    def __init__(self, bundle: Bundle, key: str, votes: np.ndarray) -> None:
        self.bundle, self.key, self.votes = bundle, key, votes

    def area(self, area: int) -> Mapping[str, int]:
        of = self.bundle.tree.tps_of(area)
        return self.summed([row for row in range(of.start, of.stop) if self.bundle.holds(self.key, row)])

    def dapil(self, dapil: int) -> Mapping[str, int]:
        return self.summed(np.flatnonzero(self.bundle.printed(self.key).district_of_tps == dapil).tolist())

    def summed(self, rows: list[int]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for row in rows:
            for field, votes in zip(self.bundle.ballot(self.key, row).choice_fields, self.votes[row], strict=False):
                found[field] = found.get(field, 0) + int(votes)
        return found


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(ALL), st.integers(0, 2**32 - 1), st.sampled_from([3, 40, 400]), st.sampled_from([1, 4, 12]))
def test_what_is_settled_is_so_however_the_rest_comes_in(
    election: Bundle, key: str, seed: int, most_votes: int, waits: int
) -> None:
    rng = np.random.default_rng(seed)
    n = election.tree.n_tps
    taste = rng.dirichlet(np.full(30, 0.3))
    votes = rng.multinomial(most_votes, taste, n)
    known = replace(election, delivered={key: rng.integers(0, most_votes // 2 + 2, n).astype(np.int32)})
    unsettled = np.isin(np.arange(n), rng.choice(n, waits, replace=False))
    votes[unsettled] = 0
    waiting = Waiting.of(known, key, unsettled)
    before = outlooks(known, key, Rows(known, key, votes), waiting)
    for _ in range(4):
        whole = votes.copy()
        for tps, room in zip(waiting.tps.tolist(), waiting.most.tolist(), strict=True):
            choices = len(known.ballot(key, tps).choice_fields)
            one = rng.integers(choices) if rng.random() < 0.7 else None
            gift = np.zeros(30, np.int64)
            gift[:choices] = rng.multinomial(room, np.full(choices, 1 / choices)) if one is None else 0
            if one is not None:
                gift[one] = room
            whole[tps] = gift
        after = outlooks(known, key, Rows(known, key, whole), Waiting.of(known, key, np.zeros(n, np.bool_)))
        for kode, outlook in before.items():
            for told, then in zip(outlook.answers, after[kode].answers, strict=True):
                if told.standing is Standing.SETTLED and told.about == then.about:
                    assert (then.standing, then.now) == (Standing.SETTLED, told.now)


def test_what_is_settled_under_the_bound_is_settled_under_the_likely_one(election: Bundle) -> None:
    votes = {f"paslon_{n}": 4_000 * n for n in (1, 2, 3)}
    found = outlooks(election, "ppwp", Even(votes), Waiting.of(election, "ppwp", np.arange(26) % 4 == 0))
    for answer in found["0"].answers:
        if answer.standing is Standing.SETTLED:
            assert answer.likely is Standing.SETTLED


def test_a_party_that_does_not_stand_in_a_dapil_can_win_nothing_there() -> None:
    from completions import piles

    votes, waits = np.array([[30, 8, 0], [30, 8, 0]]), piles([(0, 9), (1, 9)], 2)
    everybody = Assembly(("a", "b", "c"), ("d0", "d1"), votes, np.array([1, 1]))
    stands = np.array([[True, False, True], [True, True, True]])
    narrow = replace(everybody, stands=stands, seats=np.array([2, 2]))
    answers = seats(narrow, waits, hurdle(narrow, waits))
    assert [answer.against for answer in answers] == ["c", "b"]
    assert [answer.standing for answer in answers] == [Standing.SETTLED, Standing.OPEN]


@pytest.mark.parametrize(
    ("names", "kode", "asked"),
    [
        (("Satu", "Dua"), "32", [Question.WINNERS]),
        (("Satu", "Kolom kosong"), "32", [Question.MAJORITY]),
        (("Satu", "Dua"), "31", [Question.MAJORITY, Question.RUNOFF]),
    ],
)
def test_a_governor_is_asked_what_his_province_asks(names: tuple[str, ...], kode: str, asked: list[Question]) -> None:
    from completions import piles

    from election.outcome.materiality_contest import _head

    ballot = Contest("pkwkp", tuple(Choice(str(n), n, name) for n, name in enumerate(names, 1)))
    answers = _head(ballot, kode, np.array([60, 40]), piles([(0, 9)], 1))
    assert [answer.question for answer in answers] == asked
    assert {answer.kode for answer in answers} == {kode}


@pytest.mark.parametrize("key", ALL)
def test_a_small_set_is_named_and_its_tps_can_bring_what_is_needed(election: Bundle, key: str) -> None:
    came = np.arange(election.tree.n_tps, dtype=np.int32) * 7 % 90
    known = replace(election, delivered={key: came})
    waits = Waiting.of(known, key, np.arange(known.tree.n_tps) % 2 == 0)
    room = dict(zip(waits.tps.tolist(), waits.most.tolist(), strict=True))
    fields = known.printed(key).ballots[0].choice_fields
    found = outlooks(known, key, Even({field: 90 + 20 * n for n, field in enumerate(fields)}), waits)
    answers = [answer for one in found.values() for answer in one.answers if answer.via]
    assert answers
    for answer in answers:
        rows = [known.tree.tps_index(kode) for kode in answer.tps]
        assert len(set(rows)) == len(rows) == answer.fewest.upper
        assert set(rows) <= set(room)
        if answer.question in (Question.MAJORITY, Question.THRESHOLD, Question.WINNERS, Question.RUNOFF):
            assert answer.need is not None
            assert sum(room[row] for row in rows) >= answer.need > sum(room[row] for row in rows[:-1])
        if answer.question in (Question.WINNERS, Question.SEATS) and answer.kode in answer.via:
            inside = outlooks(known, key, Even({}), waits)[answer.kode]
            assert inside.tps >= len(rows)


# --- sentences ------------------------------------------------------------------------------------------------------


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_of_a_sentence_tell_the_same_facts() -> None:
    for one in SENTENCES.values():
        assert gaps(one.id) == gaps(one.en)


def test_every_answer_has_a_sentence_without_gaps_left() -> None:
    for question in Question:
        for standing in Standing:
            for now in ((), ("a",)):
                if standing is Standing.SETTLED and not now and question in (Question.RUNOFF, Question.WINNERS):
                    continue  # somebody has it, or there is a tie and nothing is settled
                told = sentence(
                    Answer(question, standing, now=now, about="a", fewest=Fewest(2, 3)), {"a": "A", "0": "X"}
                )
                assert not gaps(told.id)
                assert not gaps(told.en)


def test_numbers_are_written_as_each_language_writes_them() -> None:
    told = sentence(Answer(Question.ELECTED, Standing.OPEN, fewest=Fewest(48_211, 48_211)), {})
    assert told.id == "Belum pasti: 48.211 TPS bisa mengubah apakah ada putaran kedua."
    assert "48,211 TPS" in told.en


def test_the_headline_is_the_first_weighty_question_that_is_open() -> None:
    sure = Answer(Question.MAJORITY, Standing.OPEN, fewest=Fewest(1, 1))
    open_ = Answer(Question.ELECTED, Standing.OPEN, fewest=Fewest(7, 7))
    assert headline(Outlook((sure, open_), 9, 9, 9), {}).id == sentence(open_, {}).id
    whole = Outlook((), 9, 9, 9, {"settled": 79, "open": 4, "cannot_tell": 1})
    assert headline(whole, {}).id == "Belum pasti: kursi di 5 dari 84 dapil."
    assert headline(replace(whole, dapil={"settled": 84}), {}).en == "Settled: the seats of all 84 dapil."
