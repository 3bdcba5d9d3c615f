"""The desk's access matrix: which role may do what, about an area or TPS of which level. The only place that says so.

Who holds which role is `accounts`'; what a duty does is `decisions`', `rulings`' and `disputes`'. docs/review.md shows
this table, and a test holds the two together.
"""

from enum import StrEnum

from msgspec import Struct

from election.words import Words
from identity.role import Role, has_area, within

TPS = 5
"""The level of a TPS (`words.LEVELS`)."""


class Duty(StrEnum):
    """Something a person does at the desk."""

    LOOK = "look"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    OUTLINE = "outline"
    DISPUTE = "dispute"
    ENTER = "enter"
    DETERMINE = "determine"
    ADOPT = "adopt"


class Grant(Struct, frozen=True):
    """Who has a duty, and about what."""

    words: Words
    roles: frozenset[Role]
    levels: frozenset[int]  # 0 nation … 4 kelurahan, 5 TPS
    people: int  # how many it takes
    own: bool = False  # about the account's own area alone, not about those within it


COMMISSION = frozenset({Role.KPU_KABKOTA, Role.KPU_PROVINSI, Role.KPU_RI})
PLENARIES = COMMISSION | {Role.PPK}
"""Who holds a plenary, and so sits at the desk."""

ALL = frozenset(range(TPS + 1))

GRANTS: dict[Duty, Grant] = {
    Duty.LOOK: Grant(("Melihat rekaman dan wilayah", "See records and areas"), PLENARIES, ALL, 1),
    Duty.CORRECT: Grant(("Mengoreksi angka", "Correct figures"), COMMISSION, frozenset({TPS}), 2),
    Duty.WITHDRAW: Grant(("Menarik blok", "Withdraw a block"), COMMISSION, frozenset({TPS}), 2),
    Duty.REOPEN: Grant(("Membuka versi baru", "Open a new version"), COMMISSION, frozenset({TPS}), 2),
    Duty.OUTLINE: Grant(("Menandai halaman pada foto", "Outline a page"), COMMISSION, frozenset({TPS}), 1),
    Duty.DISPUTE: Grant(("Mencatat sengketa", "Record a dispute"), PLENARIES, ALL, 1),
    Duty.ENTER: Grant(("Memasukkan D.Hasil", "Enter a D.Hasil"), PLENARIES, frozenset({0, 1, 2, 3, 4}), 1),
    Duty.DETERMINE: Grant(("Menetapkan hasil", "Determine a result"), COMMISSION, frozenset({0, 1, 2}), 2, own=True),
    Duty.ADOPT: Grant(
        ("Mengubah kebijakan", "Change the policy"), frozenset({Role.KPU_RI}), frozenset({0}), 2, own=True
    ),
}
"""UU 7/2017 art. 373 has the commission of the regency decide on a vote held again, art. 413 each level determine its
own result; who enters a D.Hasil is who held its plenary, or a level above."""


def may(role: str, area: str, duty: Duty, kode: str, tingkat: int) -> bool:
    """Whether an account of `role` and `area` has `duty` about the area or TPS `kode` of level `tingkat`.

    Unknown roles, and areas that are not the role's kind, may nothing.
    """
    grant = GRANTS[duty]
    try:
        who = Role(role)
    except ValueError:
        return False
    if who not in grant.roles or tingkat not in grant.levels or not has_area(who, area):
        return False
    return kode == area if grant.own else within(kode, area)
