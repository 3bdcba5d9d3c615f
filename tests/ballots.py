"""Ballots for tests: any contest, any number of choices and candidates, from small to what no paper holds."""

from election.contest import CONTEST_TYPES, Candidate, Choice, Contest

FORM = {key: f"c_hasil_{key}" for key in CONTEST_TYPES} | {"ppwp": "c_hasil_ppwp_2024"}
"""The template that each contest's ballots go with."""

EXTREMES = (
    ("ppwp", 3, 0),
    ("pdpr", 18, 12),
    ("pdpr", 1, 1),
    ("pdprdp", 26, 12),
    ("pdprdk", 24, 10),
    ("pdpd", 1, 0),
    ("pdpd", 14, 0),
    ("pdpd", 57, 0),
    ("pkwkp", 1, 0),
    ("pkwkp", 5, 0),
    ("pkwkk", 2, 0),
    ("pkwkk", 11, 0),
)
"""Contest, choices, candidates of each."""


def ballot(key: str, choices: int, candidates: int = 0) -> Contest:
    """A ballot with as many choices, and as many candidates on each one's list."""
    names = tuple(Candidate(str(n), n, f"Calon {n} Melati") for n in range(1, candidates + 1))
    listed = tuple(Choice(str(n), n, f"Pilihan {n} Samudra", candidates=names) for n in range(1, choices + 1))
    return Contest(key, listed, FORM[key])
