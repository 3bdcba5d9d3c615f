"""DPD, Pilkada and a party's list: most votes, then spread, and a tie where neither tells people apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.outcome import dpd, pilkada, ranking
from election.outcome.law import JAKARTA, Measure, Pilkada, Senate, Spread
from election.outcome.places import Tied, Verdict, best
from election.outcome.refusal import BadVotes

names = st.sampled_from("abcdefgh")
votes_of = st.dictionaries(names, st.integers(0, 6), min_size=1)


@settings(max_examples=300)
@given(votes=votes_of, places=st.integers(0, 5), data=st.data())
def test_everybody_chosen_has_more_than_anybody_left_out(
    votes: dict[str, int], places: int, data: st.DataObject
) -> None:
    areas = data.draw(st.dictionaries(st.sampled_from("1234"), votes_of))
    measure = data.draw(st.sampled_from(Measure))
    chosen = best(votes, places, (areas,), measure)
    open_ = chosen.tie.places if chosen.tie else 0
    assert len(chosen.names) + open_ == min(places, len(votes)) and len(set(chosen.names)) == len(chosen.names)
    tied = set(chosen.tie.names if chosen.tie else ())
    out = votes.keys() - set(chosen.names) - tied
    assert all(votes[one] >= votes[other] for one in {*chosen.names, *tied} for other in out)
    assert len({votes[name] for name in tied}) <= 1 and not tied & set(chosen.names)
    assert chosen.tie is None or len(tied) > open_ > 0
    assert list(map(votes.__getitem__, chosen.names)) == sorted(map(votes.__getitem__, chosen.names), reverse=True)


@settings(max_examples=200)
@given(votes=votes_of, places=st.integers(0, 5), data=st.data())
def test_the_order_in_which_people_are_named_decides_nothing(
    votes: dict[str, int], places: int, data: st.DataObject
) -> None:
    areas = data.draw(st.dictionaries(st.sampled_from("1234"), votes_of))
    turned = {name: votes[name] for name in data.draw(st.permutations(list(votes)))}
    measure = data.draw(st.sampled_from(Measure))
    one, other = best(votes, places, (areas,), measure), best(turned, places, (areas,), measure)
    assert set(one.names) == set(other.names)
    assert (set(one.tie.names) if one.tie else None) == (set(other.tie.names) if other.tie else None)


@pytest.mark.parametrize(
    ("measure", "winner"), [(Measure.BREADTH, "wide"), (Measure.LEAD, "ahead"), (Measure.EVENNESS, "flat")]
)
def test_three_ways_to_measure_spread(measure: Measure, winner: str) -> None:
    areas = {
        "1": {"wide": 1, "ahead": 30, "flat": 29},
        "2": {"wide": 1, "ahead": 30, "flat": 29},
        "3": {"wide": 1, "ahead": 30, "flat": 29},
        "4": {"wide": 96, "ahead": 0, "flat": 13},
        "5": {"wide": 1, "ahead": 10, "flat": 1},
        "6": {"wide": 1, "ahead": 1, "flat": 1},
    }
    areas["7"] = {"wide": 1}
    areas["8"] = {"ahead": 1, "flat": 0}
    chosen = best(dict.fromkeys(("wide", "ahead", "flat"), 102), 1, (areas,), measure)
    assert chosen.names == (winner,) and chosen.level == 0


def test_the_widest_level_that_differs_decides() -> None:
    support = [{"11": {"a": 5, "b": 5}}, {"1101": {"a": 5, "b": 4}, "1102": {"b": 1}}, {"110101": {"a": 5}}]
    chosen = best({"a": 5, "b": 5}, 1, support)
    assert (chosen.names, chosen.level, chosen.scores) == (("b",), 1, {"a": (1, 1, 1), "b": (1, 2, 0)})


def test_the_four_of_a_province() -> None:
    roll = dpd.elect({"a": 10, "b": 40, "c": 20, "d": 30, "e": 5})
    assert roll.elected == ("b", "d", "c", "a") and roll.tie is None and roll.vacant == 0


def test_a_tie_for_the_fourth_goes_to_the_wider_spread_or_stays_open() -> None:
    votes = {"a": 40, "b": 30, "c": 20, "d": 10, "e": 10}
    areas = {"1101": {"d": 9, "e": 10}, "1102": {"d": 1}}
    assert dpd.elect(votes, areas).elected == ("a", "b", "c", "d")
    assert "art. 423(2)" in dpd.elect(votes, areas).derivation[1].law
    open_ = dpd.elect(votes, {"1101": {"d": 10, "e": 10}})
    assert open_.elected == ("a", "b", "c") and open_.tie == Tied(("d", "e"), 1)
    assert dpd.elect(votes).tie == Tied(("d", "e"), 1)


def test_two_places_for_three_with_equal_votes() -> None:
    votes = {"a": 40, "b": 30, "c": 10, "d": 10, "e": 10}
    areas = {"1101": {"c": 5, "d": 10, "e": 10}, "1102": {"c": 5}}
    roll = dpd.elect(votes, areas)
    assert roll.elected == ("a", "b", "c") and roll.tie == Tied(("d", "e"), 1)


def test_fewer_candidates_than_seats_leave_seats_vacant() -> None:
    assert dpd.elect({"a": 1, "b": 2}, law=Senate(seats=3)).vacant == 1
    assert ranking.rank({"a": 3}, 2).vacant == 1


def test_a_list_by_personal_votes_then_by_spread_level_by_level() -> None:
    votes = {"1": 5, "2": 9, "3": 5, "4": 1}
    support = [{"1101": {"1": 5, "3": 5}}, {"110101": {"1": 5, "3": 4}, "110102": {"3": 1}}]
    assert ranking.rank(votes, 1).elected == ("2",)
    roll = ranking.rank(votes, 2, support, about="P")
    assert roll.elected == ("2", "3") and all(step.about == "P" for step in roll.derivation)
    assert ranking.rank(votes, 2).tie == Tied(("1", "3"), 1)
    assert ranking.rank(votes, 3).elected == ("2", "1", "3")


def test_where_no_candidate_has_a_vote_the_list_decides() -> None:
    assert ranking.rank({"1": 0, "2": 0, "3": 0}, 2).elected == ("1", "2")
    assert "no candidate" in ranking.rank({"1": 0, "2": 0}, 1).derivation[0].law
    assert ranking.rank({"1": 0, "2": 4, "3": 0}, 2).tie == Tied(("1", "3"), 1)


def test_most_votes_elect_a_governor_and_spread_decides_between_equals() -> None:
    assert pilkada.elect({"a": 30, "b": 40, "c": 30}).elected == "b"
    areas = {"1101": {"a": 40, "b": 39}, "1102": {"b": 1}}
    assert pilkada.elect({"a": 40, "b": 40}, (areas,)).elected == "b"
    tie = pilkada.elect({"a": 40, "b": 40})
    assert tie.verdict is Verdict.TIE and tie.tie == Tied(("a", "b"), 1) and tie.elected is None


def test_jakarta_needs_more_than_half() -> None:
    assert pilkada.elect({"a": 50, "b": 30, "c": 20}, law=JAKARTA).again == ("a", "b")
    assert pilkada.elect({"a": 51, "b": 30, "c": 20}, law=JAKARTA).elected == "a"
    tie = pilkada.elect({"a": 40, "b": 30, "c": 30}, law=JAKARTA)
    assert tie.verdict is Verdict.RUNOFF and tie.again == ("a",) and tie.tie == Tied(("b", "c"), 1)
    second = Pilkada(majority=True, round=2)
    assert pilkada.elect({"a": 50, "b": 51}, law=second).elected == "b"


def test_a_single_pair_needs_more_than_half_against_the_empty_column() -> None:
    assert pilkada.elect({"a": 51, "empty": 49}, empty="empty").elected == "a"
    for votes in ({"a": 50, "empty": 50}, {"a": 49, "empty": 51}):
        outcome = pilkada.elect(votes, empty="empty")
        assert outcome.verdict is Verdict.NOBODY and outcome.elected is None and outcome.tie is None
    with pytest.raises(BadVotes):
        pilkada.elect({"a": 1, "b": 1, "empty": 1}, empty="empty")


def test_no_votes_elect_nobody() -> None:
    for law in (Pilkada(), JAKARTA):
        assert pilkada.elect({"a": 0, "b": 0}, law=law).verdict is Verdict.NOBODY


def test_a_setting_names_its_own_measure_and_citation() -> None:
    areas = {"1": {"a": 3, "b": 1}, "2": {"a": 1, "b": 2}, "3": {"a": 0, "b": 1}, "4": {"a": 1}, "5": {"a": 0, "b": 1}}
    law = Pilkada(spread=Spread("a regulation", Measure.LEAD))
    outcome = pilkada.elect({"a": 5, "b": 5}, (areas,), law)
    assert outcome.elected == "b" and any(
        step.law == "a regulation" and "lead" in step.text_en for step in outcome.derivation
    )
