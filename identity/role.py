"""The roles of people who send, see and help, and the kind of place that each of them answers for."""

from enum import StrEnum

from election.codes import NATION_CODE


class Role(StrEnum):
    """What someone is, in accounts, certificates, tokens and events."""

    KPPS = "kpps"  # the officers of one TPS
    PPS = "pps"  # the committee of a kelurahan
    PPK = "ppk"  # the committee of a kecamatan
    KPU_KABKOTA = "kpu_kabkota"
    KPU_PROVINSI = "kpu_provinsi"
    KPU_RI = "kpu_ri"
    HELPDESK = "helpdesk"  # of the KPU, for the whole nation; sends and decides nothing


LENGTH: dict[Role, int] = {
    Role.KPPS: 13,
    Role.PPS: 10,
    Role.PPK: 6,
    Role.KPU_KABKOTA: 4,
    Role.KPU_PROVINSI: 2,
    Role.KPU_RI: 1,
    Role.HELPDESK: 1,
}
"""Characters of the code of each role's area: a code begins with the code of the area around it (docs/identity.md)."""

SEATS: dict[Role, int] = {
    Role.KPPS: 2,
    Role.PPS: 2,
    Role.PPK: 2,
    Role.KPU_KABKOTA: 2,
    Role.KPU_PROVINSI: 2,
    Role.KPU_RI: 2,
    Role.HELPDESK: 20,
}
"""How many accounts each area gets."""


def has_area(role: Role, area: str) -> bool:
    """Whether `area` has the shape of a code that `role` can answer for; says nothing of whether it exists."""
    if LENGTH[role] == 1:
        return area == NATION_CODE
    return len(area) == LENGTH[role] and area.isascii() and area.isalnum()


def within(place: str, area: str) -> bool:
    """Whether the area or TPS with code `place` lies in the area with code `area`, or is it."""
    return area == NATION_CODE or (area != "" and place.startswith(area))
