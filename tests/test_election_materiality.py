"""Majority, spread, runoff, winners: against all completions of tiny elections, and at the edges by hand."""

from collections.abc import Hashable

import numpy as np
import pytest
from completions import Tps, Votes, agrees, elections, first, piles
from hypothesis import given, settings
from hypothesis import strategies as st

from election.outcome import president
from election.outcome.flip import NEVER, Fewest, Piles
from election.outcome.law import President
from election.outcome.materiality import FIFTH, MAJORITY, Question, Share, Standing
from election.outcome.materiality_president import Nation, elected, majority, outlook, spread
from election.outcome.materiality_rank import Race, placed, winners

PAIRS = ("a", "b", "c")


def nation(votes: Votes, provinces: int, law: President | None = None) -> Nation:
    kodes = tuple(str(11 + i) for i in range(provinces))
    return Nation(PAIRS[: len(votes[0])], kodes, np.array(votes, np.int64), law or President())


def total(votes: Votes) -> list[int]:
    return [sum(column) for column in zip(*votes, strict=True)]


def with_majority(votes: Votes) -> Hashable:
    own = total(votes)
    return next((i for i, v in enumerate(own) if 2 * v > sum(own)), None)


def fifths(votes: Votes, provinces: int, pair: int) -> bool:
    reached = sum(row[pair] > 0 and 5 * row[pair] >= sum(row) for row in votes[:provinces])
    return 2 * reached > provinces


def who(votes: Votes, provinces: int) -> Hashable:
    winner = with_majority(votes)
    return winner if winner is not None and fifths(votes, provinces, int(str(winner))) else None


@given(elections(2, 3))
def test_majority_is_what_all_completions_say(case: tuple[Votes, list[Tps]]) -> None:
    votes, tps = case
    answer = majority(nation(votes, 2), piles(tps, 2).pooled())
    agrees(answer, votes, tps, with_majority, exact=True)
    winner = with_majority(votes)
    assert answer.now == (() if winner is None else (PAIRS[int(str(winner))],))


@settings(deadline=None)
@given(elections(3, 2), st.integers(1, 3))
def test_spread_is_what_all_completions_say(case: tuple[Votes, list[Tps]], provinces: int) -> None:
    votes, tps = case
    answer = spread(nation(votes, provinces), piles(tps, 3), 0)
    agrees(answer, votes, tps, lambda totals: fifths(totals, provinces, 0), exact=True)


@settings(deadline=None)
@given(elections(3, 3, tps=2), st.integers(1, 3))
def test_elected_is_what_all_completions_say(case: tuple[Votes, list[Tps]], provinces: int) -> None:
    votes, tps = case
    answer = elected(nation(votes, provinces), piles(tps, 3))
    agrees(answer, votes, tps, lambda totals: who(totals, provinces), exact=False)
    assert answer.standing is not Standing.CANNOT_TELL
    assert (answer.fewest.lower is None) == (answer.standing is Standing.SETTLED)


@settings(deadline=None)
@given(elections(2, 3, most=5), st.integers(1, 3))
def test_the_first_places_are_what_all_completions_say(case: tuple[Votes, list[Tps]], places: int) -> None:
    votes, tps = case
    race = Race(PAIRS, np.array(total(votes)), places)
    answer = winners(race, piles(tps, 2).pooled())
    agrees(answer, votes, tps, lambda totals: first(total(totals), places), exact=True)


@settings(deadline=None)
@given(elections(1, 4, most=5, tps=2), st.integers(1, 3))
def test_who_is_sure_of_a_place_and_who_is_out_are_what_all_completions_say(
    case: tuple[Votes, list[Tps]], places: int
) -> None:
    from completions import completions

    votes, tps = case
    sure, never = placed(Race(("a", "b", "c", "d"), np.array(votes[0]), places), sum(room for _, room in tps))
    ends = [first(totals[0], places) for totals in completions(votes, tps)]
    assert [all(i in end[0] for end in ends) for i in range(4)] == sure.tolist()  # type: ignore[index]
    assert [all(i not in end[0] | end[1] for end in ends) for i in range(4)] == never.tolist()  # type: ignore[index]


@given(elections(3, 3, most=50, tps=0), st.integers(1, 3))
def test_what_is_said_of_now_is_what_the_outcome_says(case: tuple[Votes, list[Tps]], provinces: int) -> None:
    votes, _ = case
    one = nation(votes, provinces)
    by_province = {kode: dict(zip(PAIRS, row, strict=True)) for kode, row in zip(one.kodes, votes, strict=False)}
    said = president.elect(dict(zip(PAIRS, total(votes), strict=True)), by_province)
    answers = outlook(one, piles([], 3))
    assert next(a for a in answers if a.question is Question.ELECTED).now == ((said.elected,) if said.elected else ())
    spreads = {a.about: bool(a.now) for a in answers if a.question is Question.SPREAD}
    assert spreads == {pair.pair: pair.spread for pair in said.pairs}


@settings(deadline=None)
@given(elections(2, 3, most=6), st.data())
def test_settled_stays_settled_when_more_tps_count(case: tuple[Votes, list[Tps]], data: st.DataObject) -> None:
    votes, tps = case
    before = outlook(nation(votes, 2), piles(tps, 2))
    if not tps:
        return
    group, room = tps[0]
    gift = data.draw(st.tuples(*[st.integers(0, room)] * 3).filter(lambda gift: sum(gift) <= room))
    row = tuple(a + b for a, b in zip(votes[group], gift, strict=True))
    after = outlook(nation((*votes[:group], row, *votes[group + 1 :]), 2), piles(tps[1:], 2))
    for earlier, later in zip(before, after, strict=True):
        if earlier.standing is Standing.SETTLED:
            assert later.standing is Standing.SETTLED
            assert later.now == earlier.now


# --- edges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "valid", "most", "settled"),
    [(51, 100, 1, True), (51, 100, 2, False), (50, 100, 0, False), (50, 99, 0, True), (50, 99, 1, False)],
)
def test_a_majority_is_settled_just_above_half_of_everything(own: int, valid: int, most: int, settled: bool) -> None:
    arrays = np.array([own]), np.array([valid])
    assert bool(MAJORITY.settled_for(*arrays, np.array([most]))[0]) is settled


def test_a_fifth_is_reached_by_exactly_a_fifth_and_not_by_nothing() -> None:
    assert FIFTH.reached(np.array([20, 19, 0, 1]), np.array([100, 100, 0, 1])).tolist() == [True, False, False, True]


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 200), st.sampled_from([MAJORITY, FIFTH, Share(1, 25)]))
def test_a_share_turns_at_its_need_and_not_a_vote_before(own: int, others: int, most: int, share: Share) -> None:
    def reached(mine: int, theirs: int) -> bool:
        return bool(share.reached(np.array([mine]), np.array([mine + theirs]))[0])

    now = reached(own, others)
    need = int(share.need(np.array([own]), np.array([own + others]))[0])
    moved = [(own, others + x) if now else (own + x, others) for x in (need - 1, need)]
    assert [reached(*one) for one in moved] == [now, not now]
    settled = share.settled_for if now else share.settled_against
    assert bool(settled(np.array([own]), np.array([own + others]), np.array([most]))[0]) is (need > most)


def provinces_of(for_: int, of: int) -> Votes:
    return tuple((20, 80) if i < for_ else (19, 81) for i in range(of))


@pytest.mark.parametrize(("for_", "reached"), [(19, False), (20, True)])
def test_of_38_provinces_twenty_are_needed(for_: int, reached: bool) -> None:
    asked = nation(provinces_of(for_, 38), 38)
    answer = spread(asked, piles([], 38), 0)
    assert (asked.needed, bool(answer.now), answer.standing) == (20, reached, Standing.SETTLED)
    assert len(answer.where["for"]) == for_


def test_a_spread_that_hangs_on_one_province_says_how_few_tps() -> None:
    votes = provinces_of(20, 38)
    tps = [(0, 1), (1, 1), (20, 9), (25, 9)]
    answer = spread(nation(votes, 38), piles(tps, 38), 0)
    assert (answer.standing, answer.fewest) == (Standing.OPEN, Fewest(1, 1))
    missing = spread(nation(provinces_of(19, 38), 38), piles([(0, 9), (20, 1), (21, 1)], 38), 0)
    assert (missing.standing, missing.fewest) == (Standing.SETTLED, Fewest(None, None))
    assert spread(nation(provinces_of(19, 38), 38), piles([(20, 1), (20, 1)], 38), 0).fewest == Fewest(2, 2)


def test_with_two_pairs_the_spread_is_asked_only_where_the_setting_says_so() -> None:
    votes = ((60, 40), (1, 99), (90, 10))
    plain, asked = (nation(votes, 3, law) for law in (President(), President(two_pairs="spread")))  # type: ignore[arg-type]
    assert [a.question for a in outlook(plain, piles([], 3))] == [Question.MAJORITY, Question.ELECTED]
    assert sum(a.question is Question.SPREAD for a in outlook(asked, piles([], 3))) == 2


def test_in_the_second_round_most_votes_are_asked() -> None:
    (answer,) = outlook(nation(((50, 49),), 1, President(round=2)), piles([(0, 1)], 1))
    assert (answer.question, answer.standing, answer.need) == (Question.WINNERS, Standing.OPEN, 1)


# --- piles ----------------------------------------------------------------------------------------------------------

ROOMS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=30)


@given(ROOMS, st.integers(-3, 60))
def test_the_largest_rooms_are_the_fewest(tps: list[Tps], need: int) -> None:
    found = piles(tps, 3).fewest(np.array([need] * 3))
    for group in range(3):
        rooms = sorted((room for at, room in tps if at == group), reverse=True)
        enough = [k for k in range(len(rooms) + 1) if sum(rooms[:k]) >= need]
        assert found[group] == (enough[0] if enough else NEVER)


@given(ROOMS, st.integers(0, 30))
def test_the_largest_rooms_of_all_groups_together(tps: list[Tps], count: int) -> None:
    whole = piles(tps, 3)
    assert whole.largest(count).sum() == sum(sorted((room for _, room in tps), reverse=True)[:count])
    assert (whole.largest(len(tps)) == whole.votes).all()
    for group in range(3):
        rest = Piles(whole.counts.copy())
        own = sorted((room for at, room in tps if at == group), reverse=True)
        assert rest.take(group, count) == sum(own[:count])
        assert rest.votes[group] == sum(own[count:])
