"""Sainte-Laguë keeps what the theory promises of it, exactly, ties and all; and the threshold is a fraction."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from outcome_reference import by_queue, by_sorting, is_rounding

from election.bundle.settings import Threshold
from election.outcome.law import EqualQuotients
from election.outcome.refusal import BadVotes
from election.outcome.seats import Quotient, nearest, sainte_lague
from election.outcome.threshold import judge, needed, passes

few = st.lists(st.integers(0, 24), min_size=1, max_size=7)
"""Small numbers: equal quotients are common."""

many = st.lists(st.integers(0, 10**12), min_size=1, max_size=24)
houses = st.integers(0, 30)
any_votes = st.one_of(few, many)
thorough = settings(max_examples=300)


@thorough
@given(votes=any_votes, seats=houses)
def test_it_gives_what_the_definition_gives_ties_included(votes: list[int], seats: int) -> None:
    ours = sainte_lague(votes, seats)
    sure, equal, left = by_sorting(votes, seats)
    assert list(ours.seats) == sure
    assert (set(ours.tie.parties), ours.tie.seats) == (equal, left) if ours.tie else not equal
    assert sum(ours.seats) + (ours.tie.seats if ours.tie else 0) == (seats if any(votes) else 0)


@thorough
@given(votes=many, seats=houses)
def test_it_gives_what_a_priority_queue_gives_and_is_a_rounding(votes: list[int], seats: int) -> None:
    ours = sainte_lague(votes, seats)
    assume(ours.tie is None)
    assert list(ours.seats) == by_queue(votes, seats)
    assert is_rounding(votes, ours.seats)


@thorough
@given(votes=any_votes, seats=houses)
def test_one_seat_more_takes_none_from_anybody(votes: list[int], seats: int) -> None:
    before, after = sainte_lague(votes, seats), sainte_lague(votes, seats + 1)
    assert all(a <= b for a, b in zip(before.seats, after.seats, strict=True))


@thorough
@given(votes=any_votes, seats=houses, data=st.data())
def test_more_votes_never_cost_a_seat(votes: list[int], seats: int, data: st.DataObject) -> None:
    party = data.draw(st.integers(0, len(votes) - 1))
    more = [*votes]
    more[party] += data.draw(st.integers(1, 10**6))
    assert sainte_lague(more, seats).seats[party] >= sainte_lague(votes, seats).seats[party]


@thorough
@given(votes=any_votes, seats=houses, data=st.data())
def test_no_party_gains_on_another_while_its_votes_fall_and_the_others_rise(
    votes: list[int], seats: int, data: st.DataObject
) -> None:
    assume(len(votes) > 1)
    rising, falling = data.draw(st.permutations(range(len(votes))))[:2]
    other = [data.draw(st.integers(0, 2 * count + 2)) for count in votes]  # whatever happens to everybody else
    other[rising] = votes[rising] + data.draw(st.integers(0, 50))
    other[falling] = votes[falling] - data.draw(st.integers(0, votes[falling]))
    before, after = sainte_lague(votes, seats), sainte_lague(other, seats)
    assume(before.tie is None and after.tie is None and any(votes) and any(other))
    lost = after.seats[rising] < before.seats[rising]
    gained = after.seats[falling] > before.seats[falling]
    assert not (lost and gained)


@thorough
@given(votes=any_votes, seats=houses, data=st.data())
def test_who_a_party_is_does_not_matter(votes: list[int], seats: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(votes))))
    ours, moved = sainte_lague(votes, seats), sainte_lague([votes[p] for p in order], seats)
    assert list(moved.seats) == [ours.seats[p] for p in order]
    tied = set(ours.tie.parties) if ours.tie else set()
    assert tied == ({order[p] for p in moved.tie.parties} if moved.tie else set())


@thorough
@given(votes=any_votes, seats=houses, scale=st.integers(1, 10**9))
def test_a_thousand_times_the_votes_are_the_same_seats(votes: list[int], seats: int, scale: int) -> None:
    ours, scaled = sainte_lague(votes, seats), sainte_lague([v * scale for v in votes], seats)
    assert (ours.seats, ours.tie) == (scaled.seats, scaled.tie)


@thorough
@given(votes=any_votes, seats=houses)
def test_no_seat_could_move_and_bring_both_parties_nearer_to_their_shares(votes: list[int], seats: int) -> None:
    ours = sainte_lague(votes, seats)
    assume(ours.tie is None and any(votes))
    over = [s - Fraction(seats * v, sum(votes)) for v, s in zip(votes, ours.seats, strict=True)]
    half = Fraction(1, 2)
    assert not (max(over) > half and min(over) < -half)


@thorough
@given(votes=st.lists(st.integers(0, 10**6), min_size=1, max_size=3), seats=houses)
def test_up_to_three_parties_have_their_share_rounded_up_or_down(votes: list[int], seats: int) -> None:
    ours = sainte_lague(votes, seats)
    assume(ours.tie is None and any(votes))
    assert all(abs(s - Fraction(seats * v, sum(votes))) < 1 for v, s in zip(votes, ours.seats, strict=True))


@thorough
@given(votes=any_votes, seats=houses)
def test_the_order_falls_and_ends_with_the_last_seat(votes: list[int], seats: int) -> None:
    ours = sainte_lague(votes, seats)
    assert all(a.against(b) >= 0 for a, b in zip(ours.quotients, ours.quotients[1:], strict=False))
    assert ours.last == (ours.quotients[-1] if ours.quotients else None)
    if ours.last and ours.next:
        assert ours.last.against(ours.next) > 0
    for party, won in enumerate(ours.seats):
        divisors = [q.divisor for q in ours.quotients if q.party == party]
        assert divisors == [2 * n + 1 for n in range(won)]


@thorough
@given(votes=any_votes, seats=st.integers(1, 15))
def test_the_closest_change_takes_exactly_so_many_votes_and_no_other_takes_fewer(votes: list[int], seats: int) -> None:
    ours = sainte_lague(votes, seats)
    near = nearest(votes, ours)
    if near is None:
        assert ours.tie or not any(votes) or len(votes) == 1
        return

    def seats_with(party: int, more: int) -> int:
        other = [*votes]
        other[party] += more
        return sainte_lague(other, seats).seats[party]

    mine = near.challenger.party
    assert near.lacks > 0 and seats_with(mine, near.lacks) == ours.seats[mine] + 1
    assert all(seats_with(party, near.lacks - 1) == ours.seats[party] for party in range(len(votes)))


@pytest.mark.parametrize(
    ("votes", "seats", "won", "tied"),
    [
        ((100, 100), 1, (0, 0), ((0, 1), 1)),
        ((300, 100), 2, (1, 0), ((0, 1), 1)),  # 300/3 = 100/1
        ((500, 300, 100), 5, (2, 1, 0), ((0, 1, 2), 2)),  # 500/5 = 300/3 = 100/1
        ((100, 100, 100), 3, (1, 1, 1), None),
        ((7, 7, 7), 5, (1, 1, 1), ((0, 1, 2), 2)),
        ((0, 0), 3, (0, 0), None),
        ((5, 0), 3, (3, 0), None),
    ],
)
def test_exactly_equal_quotients(
    votes: tuple[int, ...], seats: int, won: tuple[int, ...], tied: tuple[tuple[int, ...], int] | None
) -> None:
    ours = sainte_lague(votes, seats)
    assert ours.seats == won
    assert (ours.tie and (ours.tie.parties, ours.tie.seats)) == tied


def test_where_the_setting_says_so_more_votes_decide_between_equal_quotients() -> None:
    ours = sainte_lague((500, 300, 100), 5, EqualQuotients.MORE_VOTES)
    assert (ours.seats, ours.tie) == ((3, 2, 0), None)
    still = sainte_lague((500, 300, 300, 100), 6, EqualQuotients.MORE_VOTES)
    assert still.seats == (3, 1, 1, 0) and still.tie and (still.tie.parties, still.tie.seats) == ((1, 2), 1)


def test_floats_would_have_called_these_equal() -> None:
    large = 3 * 10**17 + 1
    assert large / 3 == 10**17 / 1
    assert sainte_lague((large, 10**17), 2).seats == (2, 0)
    assert sainte_lague((large - 1, 10**17), 2).tie is not None


@pytest.mark.parametrize("call", [lambda: sainte_lague((1, -1), 3), lambda: sainte_lague((1, 1), -1)])
def test_less_than_nothing_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(BadVotes):
        call()


def test_lacking_votes() -> None:
    challenger, holder = Quotient(0, 100, 1), Quotient(1, 301, 3)
    assert challenger.lacks(holder) == 1 and Quotient(0, 101, 1).against(holder) > 0 > challenger.against(holder)


@given(votes=st.integers(0, 10**9), rest=st.integers(0, 10**9), over=st.integers(1, 9), under=st.integers(10, 1000))
def test_the_threshold_is_a_fraction(votes: int, rest: int, over: int, under: int) -> None:
    valid, threshold = votes + rest, Threshold(over, under)
    assume(votes)
    assert passes(votes, valid, threshold) == (Fraction(votes, valid) >= Fraction(over, under))
    assert passes(needed(valid, threshold), valid, threshold)
    assert needed(valid, threshold) == 1 or not passes(needed(valid, threshold) - 1, valid, threshold)


def test_exactly_four_per_cent_pass_and_one_vote_less_does_not() -> None:
    assert judge({"A": 4, "B": 96}, Threshold()).passed == ("A", "B")
    assert judge({"A": 39_999, "B": 960_001}, Threshold()).passed == ("B",)
    assert judge({"A": 0, "B": 0}, Threshold()).passed == ()
