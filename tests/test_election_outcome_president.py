"""President: both conditions to the vote and to the province, second rounds, and what the law leaves open."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_reference import elected

from election.outcome.law import Measure, President, Spread, TwoPairs
from election.outcome.places import Tied, Verdict
from election.outcome.president import elect
from election.outcome.refusal import BadVotes

PAIRS = ("a", "b", "c")


def nation(
    rows: Mapping[str, tuple[int, ...]], abroad: tuple[int, ...] = ()
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Votes of the nation and of each province, from a row a province in the order of the pairs."""
    provinces = {kode: dict(zip(PAIRS, row, strict=False)) for kode, row in rows.items()}
    all_ = [*rows.values(), *([abroad] if abroad else [])]
    width = max(map(len, all_))
    return {PAIRS[n]: sum(row[n] for row in all_) for n in range(width)}, provinces


def country(reached: int, provinces: int = 38, lead: int = 1000) -> dict[str, tuple[int, int, int]]:
    """Pair `a` has exactly a fifth in `reached` provinces, all of the votes of the first, and nothing elsewhere."""
    first = {"11": (lead * provinces, 0, 0)}
    rest = {f"{n + 12}": (20, 80, 0) if n + 1 < reached else (0, 100, 0) for n in range(provinces - 1)}
    return first | rest


@pytest.mark.parametrize(("reached", "verdict"), [(20, Verdict.ELECTED), (19, Verdict.RUNOFF)])
def test_twenty_of_38_provinces_are_enough_and_nineteen_are_not(reached: int, verdict: Verdict) -> None:
    election = elect(*nation(country(reached)))
    assert election.verdict is verdict and len(election.pairs[0].reached) == reached
    assert election.pairs[0].majority and election.pairs[0].spread == (reached == 20)
    assert election.elected == ("a" if reached == 20 else None)
    assert election.again == (() if reached == 20 else ("a", "b"))


@pytest.mark.parametrize(("provinces", "enough"), [(1, 1), (2, 2), (3, 2), (34, 18), (37, 19), (38, 20), (39, 20)])
def test_more_than_half_of_the_provinces_whatever_their_number(provinces: int, enough: int) -> None:
    for reached in (enough - 1, enough):
        if reached:
            election = elect(*nation(country(reached, provinces)))
            assert (election.verdict is Verdict.ELECTED) == (reached == enough)


def test_a_vote_less_than_a_fifth_does_not_count_for_the_province() -> None:
    rows = country(20)
    rows["12"] = (19, 81, 0)
    assert elect(*nation(rows)).verdict is Verdict.RUNOFF
    rows["12"] = (20, 81, 0)
    assert elect(*nation(rows)).verdict is Verdict.RUNOFF
    rows["12"] = (21, 84, 0)
    assert elect(*nation(rows)).verdict is Verdict.ELECTED


def test_exactly_half_is_not_more_than_half() -> None:
    half = {"11": (50, 30, 20), "12": (50, 30, 20)}
    assert elect(*nation(half)).verdict is Verdict.RUNOFF
    assert elect(*nation(half, abroad=(1, 0, 0))).elected == "a"
    assert elect(*nation(half, abroad=(1, 1, 0))).verdict is Verdict.RUNOFF


def test_abroad_counts_for_the_majority_and_is_no_province() -> None:
    votes, provinces = nation({"11": (10, 5, 5), "12": (0, 10, 10)}, abroad=(1000, 0, 0))
    election = elect(votes, provinces)
    assert election.valid == 1040 and election.provinces == 2
    assert election.pairs[0].majority and election.pairs[0].reached == ("11",) and election.verdict is Verdict.RUNOFF


def test_a_province_without_a_vote_counts_among_the_provinces_and_reaches_nothing() -> None:
    votes, provinces = nation({"11": (10, 0, 0), "12": (0, 0, 0)})
    assert elect(votes, provinces).verdict is Verdict.RUNOFF
    assert elect(votes, {"11": provinces["11"]}, President(provinces=2)).verdict is Verdict.RUNOFF
    assert elect(votes, {"11": provinces["11"]}).elected == "a"


def test_two_pairs_with_and_without_the_spread() -> None:
    votes, provinces = nation({"11": (90, 10), "12": (1, 9), "13": (1, 9)})
    waived = elect(votes, provinces)
    assert waived.elected == "a" and not waived.spread_asked
    assert any("50/PUU-XII/2014" in step.law for step in waived.derivation)
    asked = elect(votes, provinces, President(two_pairs=TwoPairs.SPREAD))
    assert asked.verdict is Verdict.RUNOFF and asked.spread_asked and asked.again == ("a", "b")
    assert not any("50/PUU-XII/2014" in step.law for step in asked.derivation)


def test_three_pairs_are_asked_for_the_spread_whatever_the_setting() -> None:
    assert elect(*nation(country(19)), President(two_pairs=TwoPairs.MAJORITY)).verdict is Verdict.RUNOFF


def test_two_pairs_with_equal_votes_run_again() -> None:
    election = elect(*nation({"11": (50, 50)}))
    assert election.verdict is Verdict.RUNOFF and election.again == ("a", "b") and election.tie is None


def test_in_the_second_round_most_votes_are_enough_and_equal_votes_are_a_tie() -> None:
    second = President(round=2, two_pairs=TwoPairs.SPREAD)
    votes, provinces = nation({"11": (90, 10), "12": (1, 9), "13": (1, 9)})
    assert elect(votes, provinces, second).elected == "a"
    even = elect(*nation({"11": (50, 50)}), second)
    assert even.verdict is Verdict.TIE and even.tie == Tied(("a", "b"), 1) and even.again == ()


def test_equal_second_places_are_told_apart_by_spread() -> None:
    rows = {"11": (40, 30, 0), "12": (0, 0, 20), "13": (0, 0, 10)}
    election = elect(*nation(rows))
    assert election.verdict is Verdict.RUNOFF and election.again == ("a", "c") and election.tie is None
    below = [{"1101": {"b": 10}, "1102": {"b": 10}, "1103": {"b": 10}, "1201": {"c": 30}}]
    lead = President(spread=Spread("a setting", Measure.LEAD))
    same = {"11": (40, 30, 0), "12": (0, 0, 30)}
    assert elect(*nation(same)).tie == Tied(("b", "c"), 1)
    assert elect(*nation(same)).again == ("a",)
    assert elect(*nation(same), smaller=below).again == ("a", "b")
    assert elect(*nation(same), lead, smaller=below).again == ("a", "b")


def test_three_equal_pairs_and_nothing_that_tells_them_apart() -> None:
    election = elect(*nation({"11": (10, 10, 10)}))
    assert election.verdict is Verdict.TIE and election.tie == Tied(("a", "b", "c"), 2)
    assert "does not decide" in election.derivation[-1].text_en


def test_before_the_first_vote_nobody_is_elected() -> None:
    election = elect(*nation({"11": (0, 0, 0)}))
    assert election.verdict is Verdict.NOBODY and election.provisional


votes_of_a_province = st.tuples(*[st.integers(0, 12)] * 3)


@settings(max_examples=300)
@given(
    rows=st.lists(votes_of_a_province, min_size=1, max_size=6),
    abroad=votes_of_a_province,
    silent=st.integers(0, 2),
    asked=st.booleans(),
    two=st.booleans(),
)
def test_the_conditions_are_those_of_the_definition(
    rows: list[tuple[int, ...]], abroad: tuple[int, ...], silent: int, asked: bool, two: bool
) -> None:
    cut = [row[:2] for row in rows] if two else rows
    votes, provinces = nation({f"{n + 11}": row for n, row in enumerate(cut)}, abroad[:2] if two else abroad)
    law = President(len(rows) + silent, two_pairs=TwoPairs.SPREAD if asked else TwoPairs.MAJORITY)
    election = elect(votes, provinces, law)
    expected = elected(votes, provinces, len(rows) + silent, spread=asked or not two)
    assert expected == ({election.elected} if election.elected else set())
    if not election.elected and any(votes.values()):
        best = sorted(votes.values(), reverse=True)
        among = {*election.again, *(election.tie.names if election.tie else ())}
        assert {pair for pair, count in votes.items() if count >= best[1]} >= among
        assert len(election.again) + (election.tie.places if election.tie else 0) == 2


def test_figures_that_cannot_be_are_refused() -> None:
    for votes, provinces, law in (
        ({"a": -1}, {}, President()),
        ({"a": 1}, {"11": {"b": 1}}, President()),
        ({"a": 1}, {"11": {"a": 1}, "12": {"a": 0}}, President(provinces=1)),
    ):
        with pytest.raises(BadVotes):
            elect(votes, provinces, law)
