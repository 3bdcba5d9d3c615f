"""Threshold and last seats: against all completions of tiny assemblies, and against the outcome's own allotment."""

from collections.abc import Hashable

import numpy as np
from completions import Tps, Votes, agrees, elections, highest_quotients, piles
from hypothesis import given, settings
from hypothesis import strategies as st

from election.bundle.settings import Threshold
from election.outcome import dpr, seats
from election.outcome.flip import Fewest, Piles
from election.outcome.house import DapilVotes
from election.outcome.materiality import Answer, Question, Standing
from election.outcome.materiality_assembly import Assembly, hurdle
from election.outcome.materiality_house import outlook as by_place
from election.outcome.materiality_seats import allot, edge

PARTIES = ("a", "b", "c")


def assembly(votes: Votes, chairs: tuple[int, ...], denominator: int | None) -> Assembly:
    threshold = None if denominator is None else Threshold(1, denominator)
    names, kodes = PARTIES[: len(votes[0])], tuple(f"d{i}" for i in range(len(votes)))
    return Assembly(names, kodes, np.array(votes, np.int64), np.array(chairs), threshold)


def passing(votes: Votes, denominator: int | None) -> list[bool]:
    own = [sum(column) for column in zip(*votes, strict=True)]
    return [denominator is None or (v > 0 and denominator * v >= sum(own)) for v in own]


def dapil(votes: Votes, chairs: tuple[int, ...], denominator: int | None, row: int) -> Hashable:
    inside = passing(votes, denominator)
    return highest_quotients([v if ok else 0 for v, ok in zip(votes[row], inside, strict=True)], chairs[row])


def outlook(one: Assembly, waits: Piles) -> list[Answer]:
    """Parties first, then dapil."""
    told = by_place(one, waits)
    return [answer for kode in ("0", *one.dapil) if kode in told for answer in told[kode].answers]


CHAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4))


@settings(deadline=None)
@given(elections(2, 3, tps=2), st.sampled_from([3, 4, 6]))
def test_the_threshold_is_what_all_completions_say(case: tuple[Votes, list[Tps]], denominator: int) -> None:
    votes, tps = case
    answers = outlook(assembly(votes, (1, 1), denominator), piles(tps, 2))[:3]
    for i, answer in enumerate(answers):
        agrees(answer, votes, tps, lambda totals, i=i: passing(totals, denominator)[i], exact=True)


@settings(deadline=None, max_examples=150)
@given(elections(2, 3, tps=3), CHAIRS)
def test_last_seats_without_a_threshold_are_what_all_completions_say(
    case: tuple[Votes, list[Tps]], chairs: tuple[int, int]
) -> None:
    votes, tps = case
    for row, answer in enumerate(outlook(assembly(votes, chairs, None), piles(tps, 2))):
        agrees(answer, votes, tps, lambda totals, row=row: dapil(totals, chairs, None, row), exact=True)


@settings(deadline=None, max_examples=300)
@given(elections(2, 3, tps=3), CHAIRS, st.sampled_from([3, 4, 5, 6]))
def test_last_seats_behind_a_threshold_are_never_settled_wrongly(
    case: tuple[Votes, list[Tps]], chairs: tuple[int, int], denominator: int
) -> None:
    votes, tps = case
    answers = outlook(assembly(votes, chairs, denominator), piles(tps, 2))
    for row, answer in enumerate(a for a in answers if a.question is Question.SEATS):
        agrees(answer, votes, tps, lambda totals, row=row: dapil(totals, chairs, denominator, row), exact=False)


@settings(deadline=None)
@given(elections(2, 3, tps=3), CHAIRS, st.sampled_from([None, 4, 6]), st.data())
def test_settled_stays_settled_when_more_tps_count(
    case: tuple[Votes, list[Tps]], chairs: tuple[int, int], denominator: int | None, data: st.DataObject
) -> None:
    votes, tps = case
    before = outlook(assembly(votes, chairs, denominator), piles(tps, 2))
    if not tps:
        return
    group, room = tps[0]
    gift = data.draw(st.tuples(*[st.integers(0, room)] * 3).filter(lambda gift: sum(gift) <= room))
    row = tuple(a + b for a, b in zip(votes[group], gift, strict=True))
    after = outlook(assembly((*votes[:group], row, *votes[group + 1 :]), chairs, denominator), piles(tps[1:], 2))
    for earlier, later in zip(before, after, strict=True):
        if earlier.standing is Standing.SETTLED:
            assert (later.standing, later.now) == (Standing.SETTLED, earlier.now)


VOTES = st.lists(st.integers(0, 30), min_size=1, max_size=6)


@given(VOTES, st.integers(0, 12))
def test_the_allotment_of_many_dapil_is_that_of_one(votes: list[int], chairs: int) -> None:
    everybody = np.ones(len(votes), np.bool_)
    said = seats.sainte_lague(votes, chairs)
    arrays = np.array([votes, votes], np.int64), np.array([chairs, chairs])
    found = edge(*arrays, everybody, everybody)
    assert bool(found.tie[0]) == (said.tie is not None)
    if said.tie is None:
        assert allot(*arrays).tolist() == [list(said.seats)] * 2
        if said.last and said.next and said.last.party != said.next.party:
            assert found.need[0] <= said.next.lacks(said.last)


@given(elections(3, 3, most=60, tps=0), st.integers(1, 10), st.sampled_from([3, 5, 25]))
def test_what_is_said_of_now_is_what_the_outcome_says(
    case: tuple[Votes, list[Tps]], chairs: int, denominator: int
) -> None:
    votes, _ = case
    one = assembly(votes, (chairs, chairs + 1, 1), denominator)
    by_dapil = {
        kode: DapilVotes(int(n), dict(zip(PARTIES, row, strict=True)))
        for kode, row, n in zip(one.dapil, votes, one.seats, strict=True)
    }
    national = {party: sum(row[i] for row in votes) for i, party in enumerate(PARTIES)}
    said = dpr.allot(national, by_dapil, Threshold(1, denominator))
    for answer in outlook(one, piles([], 3)):
        if answer.question is Question.THRESHOLD:
            assert bool(answer.now) == (answer.about in said.hurdle.passed)  # type: ignore[union-attr]
        elif said.by_dapil[answer.kode].tie is None:
            won = {party: n for party, n in said.by_dapil[answer.kode].won.items() if n}
            assert {party: answer.now.count(party) for party in set(answer.now)} == won
            assert not answer.tie
        else:
            assert answer.tie


# --- by hand --------------------------------------------------------------------------------------------------------


def last(
    votes: Votes, tps: list[Tps], denominator: int | None, chairs: tuple[int, ...] = (2,)
) -> tuple[Standing, Fewest]:
    answer = outlook(assembly(votes, chairs, denominator), piles(tps, len(votes)))[-1]
    return answer.standing, answer.fewest


def test_a_last_seat_turns_at_a_tie_and_not_a_vote_before() -> None:
    # 30 : 10 with two seats: a's second quotient is 10, b's first 10.
    assert last(((30, 9, 0),), [(0, 1)], None) == (Standing.OPEN, Fewest(1, 1))
    assert last(((30, 8, 0),), [(0, 1)], None) == (Standing.SETTLED, Fewest(None, None))
    assert last(((30, 8, 0),), [(0, 1), (0, 1)], None) == (Standing.OPEN, Fewest(2, 2))
    assert last(((30, 10, 0),), [], None)[0] is Standing.CANNOT_TELL


def test_a_dapil_is_open_where_only_the_threshold_is() -> None:
    # c has 20 of 100 and needs a fifth: one vote for another, in another dapil, takes its seat here.
    votes = ((40, 30, 5), (5, 5, 15))
    assert last(votes, [(0, 1)], 5, (2, 1)) == (Standing.OPEN, Fewest(1, 1))
    assert last(votes, [(0, 1)], None, (2, 1))[0] is Standing.SETTLED


def test_a_party_that_may_pass_and_could_win_nothing_leaves_a_dapil_settled() -> None:
    votes = ((60, 50, 1), (10, 10, 26))
    found = hurdle(assembly(votes, (2, 1), 6), piles([(1, 9)], 2))
    assert found.open.tolist() == [False, False, True]
    answers = [a for a in outlook(assembly(votes, (2, 1), 6), piles([(1, 9)], 2)) if a.question is Question.SEATS]
    assert [a.standing for a in answers] == [Standing.SETTLED, Standing.OPEN]
