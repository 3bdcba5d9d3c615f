"""Contests as data: seven kinds, their blocks and fields, names as the public data have them."""

import json
from pathlib import Path

import msgspec
import pytest
from ballots import EXTREMES, ballot

from election import words
from election.contest import ADMINISTRASI, CONTEST_TYPES, Choice, Contest, Kind, Level

RULES_TABLE = {
    "ppwp": (Kind.PAIRS, Level.NATION),
    "pdpr": (Kind.PARTIES, Level.DAPIL),
    "pdpd": (Kind.CANDIDATES, Level.PROVINSI),
    "pdprdp": (Kind.PARTIES, Level.DAPIL),
    "pdprdk": (Kind.PARTIES, Level.DAPIL),
    "pkwkp": (Kind.PAIRS, Level.PROVINSI),
    "pkwkk": (Kind.PAIRS, Level.KABUPATEN),
}


def test_the_seven_kinds_are_those_of_the_rules() -> None:
    assert {key: (t.kind, t.ballot) for key, t in CONTEST_TYPES.items()} == RULES_TABLE
    assert all(t.name_id and t.name_en for t in CONTEST_TYPES.values())


@pytest.mark.parametrize(
    ("key", "word"), [("ppwp", "paslon"), ("pdpd", "calon"), ("pdpr", "partai"), ("pkwkk", "paslon")]
)
def test_votes_are_named_by_ballot_number(key: str, word: str) -> None:
    contest = Contest(key, tuple(Choice(str(900 + n), n, "x") for n in (1, 2, 7)))
    assert contest.choice_fields == (f"{word}_1", f"{word}_2", f"{word}_7")


def test_blocks_hold_every_field_once() -> None:
    contest = Contest("ppwp", tuple(Choice(str(n), n, "x") for n in (1, 2, 3)))
    assert list(contest.blocks) == ["suara", "administrasi"]
    assert len(contest.fields) == len(set(contest.fields)) == 6 + 22
    assert contest.blocks["administrasi"] == ADMINISTRASI and contest.fields[:6] == contest.blocks["suara"]


def test_a_party_is_a_block_of_its_rows_and_their_total() -> None:
    contest = ballot("pdpr", 3, 2)
    assert list(contest.blocks) == ["partai_1", "partai_2", "partai_3", "suara", "administrasi"]
    assert contest.blocks["partai_2"] == ("partai_2_suara_partai", "partai_2_calon_1", "partai_2_calon_2", "partai_2")
    assert contest.blocks["suara"] == ("suara_sah", "suara_tidak_sah", "suara_total")
    assert len(contest.fields) == len(set(contest.fields)) == 3 * 4 + 3 + 22


def test_a_party_without_candidates_among_lists_still_has_votes_of_its_own() -> None:
    contest = ballot("pdprdk", 2, 3)
    alone = msgspec.structs.replace(contest.choices[1], candidates=())
    contest = msgspec.structs.replace(contest, choices=(contest.choices[0], alone))
    assert contest.blocks["partai_2"] == ("partai_2_suara_partai", "partai_2")


def test_every_field_and_block_has_words_in_both_languages() -> None:
    for extreme in EXTREMES:
        contest = ballot(*extreme)
        told = [words.field(contest, name) for name in contest.fields]
        assert all(both[0] and both[1] for both in told) and len(set(told)) == len(told)
        assert all(words.block(contest, name)[0] for name in contest.blocks)


def test_a_pilkada_has_words_of_its_own_for_lists_and_reserve() -> None:
    """RULES, section 2: DPPh where a Pemilu has DPTb, DPTb where it has DPK, 2.5 % where it has 2 %."""
    names = ("pengguna_dptb_j", "pengguna_non_dpt_j", "surat_suara_diterima")
    for key, told in (("ppwp", ("DPTb", "DPK", " 2 %")), ("pkwkk", ("DPPh", "DPTb", " 2,5 %"))):
        words_of = [words.field(ballot(key, 2), name)[0] for name in names]
        assert all(word in text for word, text in zip(told, words_of, strict=True))


def test_a_contest_survives_json() -> None:
    contest = Contest("pkwkp", (Choice("1", 1, "Paslon 01"), Choice("2", 2, "Kolom kosong")), "form")
    assert msgspec.json.decode(msgspec.json.encode(contest), type=Contest) == contest


@pytest.mark.real
def test_field_names_are_those_of_the_public_documents(shared: Path) -> None:
    """Every key of `administrasi` in the verbatim TPS documents of 2024 is a field of ours."""
    contest = Contest("ppwp", tuple(Choice(str(n), n, "x") for n in (1, 2, 3)))
    seen: set[str] = set()
    for file in (shared / "data/sirekap_api/pemilu/hhcw/ppwp").rglob("?????????????.json"):
        seen |= set(json.loads(file.read_bytes())["administrasi"] or ())
    assert len(seen) == 18 and seen <= set(contest.fields)
