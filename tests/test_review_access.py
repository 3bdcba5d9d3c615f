"""Who may do what at the desk: every role, every level, every duty, held against the sentence that each duty is."""

from itertools import product
from pathlib import Path

import pytest

from identity.role import LENGTH, Role
from review.access import GRANTS, Duty, may

CODES = {0: "0", 1: "41", 2: "4101", 3: "410101", 4: "4101012001", 5: "4101012001001"}
"""A TPS, and the areas above it, by level."""

ELSEWHERE = {1: "42", 2: "4102", 3: "410102", 4: "4101012002", 5: "4101012001002"}
COMMISSIONS = {"kpu_kabkota", "kpu_provinsi", "kpu_ri"}
DESK = {*COMMISSIONS, "ppk"}
HOME = {"kpps": 5, "pps": 4, "ppk": 3, "kpu_kabkota": 2, "kpu_provinsi": 1, "kpu_ri": 0, "helpdesk": 0}
"""The level of each role's own area."""


def said(role: str, duty: Duty, tingkat: int) -> bool:
    """The table in sentences, about areas in line with the account's own."""
    home = HOME[role]
    below, own = tingkat >= home, tingkat == home
    match duty:
        case Duty.LOOK | Duty.DISPUTE:
            return role in DESK and below
        case Duty.CORRECT | Duty.WITHDRAW | Duty.REOPEN | Duty.OUTLINE:
            return role in COMMISSIONS and tingkat == 5
        case Duty.ENTER:
            return role in DESK and below and tingkat < 5
        case Duty.DETERMINE:
            return role in COMMISSIONS and own
        case Duty.ADOPT:
            return role == "kpu_ri" and tingkat == 0
    raise AssertionError(duty)


@pytest.mark.parametrize(("role", "duty"), list(product(Role, Duty)))
def test_the_matrix_is_what_its_sentences_say(role: Role, duty: Duty) -> None:
    area = CODES[HOME[role]]
    for tingkat, kode in CODES.items():
        assert may(role, area, duty, kode, tingkat) == said(role, duty, tingkat), (role, duty, kode)


@pytest.mark.parametrize(("role", "duty"), list(product(Role, Duty)))
def test_nobody_does_anything_outside_their_area(role: Role, duty: Duty) -> None:
    home = HOME[role]
    if home == 0:
        return
    for tingkat, kode in ELSEWHERE.items():
        if tingkat <= home:
            assert not may(role, CODES[home], duty, kode, tingkat)
    for tingkat in range(home):
        assert not may(role, CODES[home], duty, CODES[tingkat], tingkat), "what is above is not theirs"


@pytest.mark.parametrize("duty", Duty)
def test_a_role_with_an_area_of_another_kind_may_nothing(duty: Duty) -> None:
    for role in Role:
        for area in CODES.values():
            if len(area) != LENGTH[role]:
                assert not any(may(role, area, duty, kode, level) for level, kode in CODES.items())
        assert not may("auditor", "0", duty, "0", 0)
        assert not may(role, "", duty, CODES[5], 5)


def test_the_page_of_the_desk_shows_this_table() -> None:
    text = (Path(__file__).parent.parent / "docs" / "review.md").read_text()
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
        for line in text.splitlines()
        if line.startswith("| **")
    }
    roles = ["ppk", "kpu_kabkota", "kpu_provinsi", "kpu_ri"]
    for grant in GRANTS.values():
        *marks, levels, people, own = rows[f"**{grant.words[1]}**"]
        assert [mark == "✓" for mark in marks] == [role in grant.roles for role in roles], grant.words
        assert {int(level) for level in levels.split(",")} == set(grant.levels)
        assert (int(people), own == "own area") == (grant.people, grant.own)
