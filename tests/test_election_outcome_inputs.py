"""Totals become outcomes; derivations say what was compared; and nothing in the room knows a float."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import bundle as bundles
from election.bundle.settings import Threshold
from election.contest import Candidate, Choice, Contest
from election.outcome import dpr, dprd, inputs
from election.outcome.derivation import grouped
from election.outcome.house import DapilVotes, House, Won
from election.outcome.law import EqualQuotients
from election.outcome.places import Tied, Verdict

ROOM = Path(__file__).parent.parent / "election" / "outcome"

PAIRS = Contest("ppwp", tuple(Choice(f"10000{n}", n, f"Paslon {n}") for n in (1, 2, 3)))
LIST = tuple(Candidate(f"5000{n}", n, f"Calon {n}") for n in (1, 2, 3))
PARTIES = Contest("pdpr", tuple(Choice(str(n), n, f"Partai {n}", candidates=LIST) for n in (1, 4, 18)))


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.name)
def test_no_float_and_no_division_in_the_room(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
        assert not (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)), node.lineno
        assert not (isinstance(node, ast.Name) and node.id == "float"), node.lineno
        assert not (isinstance(node, ast.Attribute) and node.attr.startswith(("float", "mean", "true_div"))), (
            node.lineno
        )


def test_president_from_totals_by_field() -> None:
    areas = {
        "0": {"paslon_1": 61, "paslon_2": 30, "paslon_3": 20, "suara_sah": 111},
        "11": {"paslon_1": 30, "paslon_2": 10, "paslon_3": 20},
        "12": {"paslon_1": 30, "paslon_2": 20},
        "13": {},
        "99": {"paslon_1": 1},
        "1101": {"paslon_1": 30},
    }
    election = inputs.president(PAIRS, areas, provisional=False)
    assert election.elected == "100001" and election.provinces == 3 and not election.provisional
    assert election.pairs[0].reached == ("11", "12")


def test_the_dpr_from_totals_by_field_with_unknown_seats_said() -> None:
    nation = {"partai_1": 900, "partai_4": 95, "partai_18": 5}
    by_dapil = {"1101": {"partai_1": 90, "partai_4": 40, "partai_18": 5}, "1102": {"partai_1": 10}}
    house = inputs.dpr_seats(PARTIES, nation, by_dapil, {"1101": 3}, Threshold())
    assert house.seats == {"1": 2, "4": 1}
    assert house.hurdle and house.hurdle.failed == ("18",) and house.hurdle.needed == 40
    assert house.by_dapil["1102"].seats == 0 and "not known" in house.by_dapil["1102"].derivation[0].text_en


def test_an_assembly_has_no_threshold_and_parties_of_its_own() -> None:
    aceh = Contest("pdprdp", (*PARTIES.choices, Choice("20", 20, "Partai Lokal")))
    votes = {"110101": {"partai_1": 5, "partai_18": 5, "partai_20": 9}, "120101": {"partai_1": 5}}
    house = inputs.dprd_seats({"110101": aceh, "120101": PARTIES}, votes, dict.fromkeys(votes, 3))
    assert house.hurdle is None and house.seats == {"1": 4, "4": 0, "18": 1, "20": 1}
    assert house.by_dapil["110101"].won == {"1": 1, "4": 0, "18": 1, "20": 1}


def test_a_party_list_from_totals_by_field() -> None:
    totals = {"partai_4": 30, "partai_4_suara_partai": 9, "partai_4_calon_1": 7, "partai_4_calon_3": 7}
    below = [{"1101": {"partai_4_calon_1": 7}, "1102": {"partai_4_calon_3": 6}, "1103": {"partai_4_calon_3": 1}}]
    assert inputs.party_list(PARTIES, "4", totals, 1, below).elected == ("50003",)
    assert inputs.party_list(PARTIES, "4", totals, 1).tie == Tied(("50001", "50003"), 1)
    with pytest.raises(KeyError):
        inputs.party_list(PARTIES, "5", totals, 1)


def test_the_dpd_and_a_governor_from_totals_by_field() -> None:
    ballot = Contest("pdpd", tuple(Choice(f"9{n}", n, f"Calon {n}") for n in range(1, 7)))
    totals = {f"calon_{n}": 10 - n for n in range(1, 5)} | {"calon_5": 6}
    roll = inputs.dpd_members(ballot, totals, {"1101": {"calon_4": 6, "calon_5": 5}, "1102": {"calon_5": 1}})
    assert roll.elected == ("91", "92", "93", "95")
    alone = Contest("pkwkp", (Choice("1", 1, "Paslon 1"), Choice("2", 2, "Kolom Kosong")))
    assert inputs.head(alone, "12", {"paslon_1": 5, "paslon_2": 5}).verdict is Verdict.NOBODY
    two = Contest("pkwkp", PAIRS.choices)
    votes = {"paslon_1": 50, "paslon_2": 30, "paslon_3": 20}
    assert inputs.head(two, "31", votes).again == ("100001", "100002")
    assert inputs.head(two, "32", votes).elected == "100001"


def test_an_invented_election_has_seats_for_every_dapil(tmp_path: Path) -> None:
    made = bundles.make(tmp_path / "B", size="demo", contests=("pdpr", "pdprdp", "pdprdk"))
    districts = made.dapil.districts
    assert districts and all(3 <= one.seats <= 12 for one in districts)
    longest = [max(len(c.candidates) for c in made.ballot(one.contest, 0).choices) for one in made.dapil.of("pdpr")]
    assert [one.seats for one in made.dapil.of("pdpr")] == longest


def test_a_derivation_names_the_seats_in_order_the_edge_and_the_closest_change() -> None:
    house = dprd.allot({"D": DapilVotes(3, {"A": 300, "B": 200, "C": 90})})
    order, edge, closest = house.derivation
    assert "A 300/1 > B 200/1 > A 300/3" in order.text_en and "420" in order.law
    assert "300 × 1 = 300 > 270 = 90 × 3" in edge.text_en and edge.numbers["left"] == 300
    assert "C, who lacks 11 votes for a seat of A's" in closest.text_en
    assert all(step.text("id") and step.about == "D" for step in house.derivation)


def test_equal_winners_are_written_as_equal() -> None:
    house = dprd.allot({"D": DapilVotes(2, {"A": 30, "B": 30})})
    assert "A 30/1 = B 30/1" in house.derivation[0].text_en


def test_a_tie_is_named_and_its_seat_is_nobodys() -> None:
    votes = {"D": DapilVotes(2, {"A": 300, "B": 100})}
    house = dprd.allot(votes)
    assert house.ties == {"D": Tied(("A", "B"), 1)} and sum(house.seats.values()) == 1
    assert "art. 420 does not decide" in house.derivation[-1].text_en and house.by_dapil["D"].closest is None
    settled = dprd.allot(votes, EqualQuotients.MORE_VOTES)
    assert settled.seats == {"A": 2, "B": 0} and not settled.ties
    assert "300 × 1 = 300 = 300 = 100 × 3. More valid votes decide." in settled.derivation[1].text_en


def test_a_party_below_the_threshold_wins_nothing_anywhere() -> None:
    def allotted(of_c: int) -> House:
        return dpr.allot({"A": 500, "B": 460, "C": of_c}, {"D": DapilVotes(1, {"A": 5, "C": 9})}, Threshold())

    assert allotted(40).seats == {"A": 0, "B": 0, "C": 1}
    assert allotted(39).seats == {"A": 1, "B": 0}


def test_numbers_are_grouped_as_each_language_writes_them() -> None:
    assert (grouped(164227475), grouped(164227475, "."), grouped("A,b", ".")) == ("164,227,475", "164.227.475", "A,b")
    assert (Won("A", 366052, 3).text(), Won("A", 9, 3).text(".")) == ("122,017 + 1/3", "3")


@given(st.dictionaries(st.sampled_from("ABC{}%"), st.integers(0, 50), min_size=1), st.integers(0, 8))
def test_every_step_can_be_written_whatever_parties_are_called(votes: dict[str, int], seats: int) -> None:
    house = dpr.allot(votes, {"{D}": DapilVotes(seats, votes)}, Threshold())
    assert all(step.text_id and step.text_en and step.law for step in house.derivation)
