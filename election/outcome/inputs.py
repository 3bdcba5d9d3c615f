"""From named totals to outcomes: what the engine, a page or a file knows by field, as each contest's function wants it.

Totals are field → number as `Contest.choice_fields` names them (`paslon_1`, `partai_3`, `calon_7`,
`partai_3_calon_2`), per area or per dapil; fields that are missing count as no vote. Results name choices and
candidates by their ids of the public data. Nothing here knows where totals come from, or what they leave out.
"""

from collections.abc import Iterable, Mapping, Sequence

from election.bundle.settings import Threshold
from election.codes import NATION_CODE
from election.contest import Contest
from election.outcome import dpd, dpr, dprd, pilkada, ranking
from election.outcome import president as presidency
from election.outcome.house import DapilVotes, House
from election.outcome.law import JAKARTA, LISTS, PILKADA, PRESIDENT, SENATE, EqualQuotients, Lists, Pilkada
from election.outcome.law import President as PresidentLaw
from election.outcome.law import Senate as SenateLaw
from election.outcome.pilkada import Local
from election.outcome.places import Support
from election.outcome.president import Election
from election.outcome.roll import Roll

Totals = Mapping[str, int]
"""Field → number, of one area or one dapil."""

ABROAD, JAKARTA_KODE = "99", "31"
EMPTY_COLUMN = frozenset({"kolom kosong", "kotak kosong"})
"""What the choice is called that stands against a single pair."""


def is_province(kode: str) -> bool:
    """Whether this is the code of a province of the country: two digits, and not abroad."""
    return len(kode) == len(ABROAD) and kode.isdigit() and kode != ABROAD


def votes_of(ballot: Contest, totals: Totals) -> dict[str, int]:
    """Votes by the ids of a ballot's choices, in its order: of parties their totals."""
    fields = zip(ballot.choices, ballot.choice_fields, strict=True)
    return {choice.id: int(totals.get(field, 0)) for choice, field in fields}


def support_of(ballot: Contest, levels: Iterable[Mapping[str, Totals]]) -> Support:
    """Votes by area on each level, widest areas first, for telling equal votes apart."""
    return tuple({kode: votes_of(ballot, totals) for kode, totals in areas.items()} for areas in levels)


def president(
    contest: Contest,
    areas: Mapping[str, Totals],
    law: PresidentLaw = PRESIDENT,
    *,
    smaller: Sequence[Mapping[str, Totals]] = (),
    provisional: bool = True,
) -> Election:
    """The outcome from the nation's totals (`0`) and every province's; abroad (`99`) may stand among `areas`.

    Provinces without any votes yet must be there too: their number is a condition. Raises KeyError without `0`.
    """
    provinces = {kode: votes_of(contest, totals) for kode, totals in areas.items() if is_province(kode)}
    below = support_of(contest, smaller)
    nation = votes_of(contest, areas[NATION_CODE])
    return presidency.elect(nation, provinces, law, smaller=below, provisional=provisional)


def house_of_parties(
    by_dapil: Mapping[str, Totals], ballots: Mapping[str, Contest], seats: Mapping[str, int]
) -> dict[str, DapilVotes]:
    """Votes and seats of each dapil; its ballot says which parties stand there. Unknown seats are none."""
    return {kode: DapilVotes(seats.get(kode, 0), votes_of(ballots[kode], totals)) for kode, totals in by_dapil.items()}


def dpr_seats(
    contest: Contest,
    nation: Totals,
    by_dapil: Mapping[str, Totals],
    seats: Mapping[str, int],
    threshold: Threshold,
    equal: EqualQuotients = EqualQuotients.OPEN,
    *,
    provisional: bool = True,
) -> House:
    """The DPR from the nation's totals and each dapil's (votes from abroad are in dapil DKI Jakarta II)."""
    votes = house_of_parties(by_dapil, dict.fromkeys(by_dapil, contest), seats)
    return dpr.allot(votes_of(contest, nation), votes, threshold, equal, provisional=provisional)


def dprd_seats(
    ballots: Mapping[str, Contest],
    by_dapil: Mapping[str, Totals],
    seats: Mapping[str, int],
    equal: EqualQuotients = EqualQuotients.OPEN,
    *,
    provisional: bool = True,
) -> House:
    """One assembly from the totals and the ballot of each of its dapil."""
    return dprd.allot(house_of_parties(by_dapil, ballots, seats), equal, provisional=provisional)


def dpd_members(
    ballot: Contest,
    province: Totals,
    by_kabupaten: Mapping[str, Totals],
    law: SenateLaw = SENATE,
    *,
    provisional: bool = True,
    about: str = "",
) -> Roll:
    """The four of a province from its totals and those of its kabupaten and kota."""
    (areas,) = support_of(ballot, (by_kabupaten,))
    return dpd.elect(votes_of(ballot, province), areas, law, provisional=provisional, about=about)


def head(
    ballot: Contest,
    area: str,
    totals: Totals,
    below: Sequence[Mapping[str, Totals]] = (),
    law: Pilkada | None = None,
    *,
    provisional: bool = True,
) -> Local:
    """The governor, regent or mayor of `area` from its totals; `below`: levels of areas in it, widest first."""
    if law is None:
        law = JAKARTA if area == JAKARTA_KODE else PILKADA
    empty = next((choice.id for choice in ballot.choices if choice.name.casefold() in EMPTY_COLUMN), None)
    support = support_of(ballot, below)
    return pilkada.elect(votes_of(ballot, totals), support, law, empty=empty, provisional=provisional)


def party_list(
    ballot: Contest,
    party: str,
    totals: Totals,
    seats: int,
    below: Sequence[Mapping[str, Totals]] = (),
    law: Lists = LISTS,
    *,
    provisional: bool = True,
) -> Roll:
    """Who of a party (its id) has its seats in the dapil of this ballot. Raises KeyError for no such party."""
    fields = candidates_of(ballot, party)
    votes = {name: int(totals.get(field, 0)) for name, field in fields.items()}
    support = [
        {kode: {name: int(area.get(field, 0)) for name, field in fields.items()} for kode, area in areas.items()}
        for areas in below
    ]
    return ranking.rank(votes, seats, support, law, provisional=provisional, about=party)


def candidates_of(ballot: Contest, party: str) -> dict[str, str]:
    """A party's candidates by id → field of their personal votes, in the order of the list. Raises KeyError."""
    for choice, field in zip(ballot.choices, ballot.choice_fields, strict=True):
        if choice.id == party:
            return {one.id: f"{field}_calon_{one.number}" for one in choice.candidates}
    raise KeyError(party)
