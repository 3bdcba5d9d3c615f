"""The seats of an assembly, dapil by dapil, with names: who won which seat, which was the last, and who came closest.

Which parties take part is for `dpr` (those above the threshold) and `dprd` (all) to say; the divisors are in `seats`.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from election.outcome.derivation import Step, grouped, listed, step
from election.outcome.law import EqualQuotients
from election.outcome.places import Tied
from election.outcome.seats import Allotment, Quotient, sainte_lague
from election.outcome.threshold import Hurdle

DIVISORS = "UU 7/2017 art. 415(2)–(3), 420"


class DapilVotes(Struct, frozen=True):
    """What is to be allotted in one dapil: its seats, and each party's valid votes."""

    seats: int
    votes: dict[str, int]


class Won(Struct, frozen=True):
    """A quotient of a party: `votes` divided by `divisor`."""

    party: str
    votes: int
    divisor: int

    def text(self, mark: str = ",") -> str:
        """366052 by 3 as `122,017 + 1/3`: whole, and what is left over."""
        whole, rest = divmod(self.votes, self.divisor)
        return grouped(whole, mark) + (f" + {rest}/{self.divisor}" if rest else "")


class DapilSeats(Struct, frozen=True):
    """The seats of one dapil. What a tie leaves open is in `tie` alone; without votes nothing is allotted."""

    seats: int
    won: dict[str, int]  # every party that takes part, also with none
    quotients: tuple[Won, ...]  # a seat each, in order
    last: Won | None  # the last seat
    next: Won | None  # the greatest quotient that won none
    lacks: int | None  # the fewest votes more with which `next` would have taken the last seat
    tie: Tied | None
    derivation: tuple[Step, ...]


class House(Struct, frozen=True):
    """The seats of a whole assembly."""

    seats: dict[str, int]  # every party that takes part, summed over the dapil
    by_dapil: dict[str, DapilSeats]
    hurdle: Hurdle | None  # None where there is no threshold
    derivation: tuple[Step, ...]  # of the threshold, then of each dapil
    provisional: bool = True

    @property
    def ties(self) -> dict[str, Tied]:
        """Dapil whose last seats are open between equal quotients."""
        return {name: dapil.tie for name, dapil in self.by_dapil.items() if dapil.tie}


def house(
    by_dapil: Mapping[str, DapilVotes],
    parties: Sequence[str] | None = None,
    hurdle: Hurdle | None = None,
    equal: EqualQuotients = EqualQuotients.OPEN,
    *,
    provisional: bool = True,
) -> House:
    """Allot every dapil among `parties`, or among all that stand there where None. Raises BadVotes."""
    dapil = {name: allot_dapil(name, one, parties, equal) for name, one in by_dapil.items()}
    names = parties if parties is not None else dict.fromkeys(party for one in dapil.values() for party in one.won)
    seats = {party: sum(one.won.get(party, 0) for one in dapil.values()) for party in names}
    own = hurdle.derivation if hurdle else ()
    steps = (*own, *(one for each in dapil.values() for one in each.derivation))
    return House(seats, dapil, hurdle, steps, provisional)


def allot_dapil(
    name: str, dapil: DapilVotes, parties: Sequence[str] | None, equal: EqualQuotients = EqualQuotients.OPEN
) -> DapilSeats:
    """One dapil; parties that do not stand there have no votes in it. Raises BadVotes."""
    names = tuple(dapil.votes if parties is None else parties)
    allotment = sainte_lague([dapil.votes.get(party, 0) for party in names], dapil.seats, equal)
    last, after, open_ = allotment.last, allotment.next, allotment.tie
    tie = Tied(tuple(names[party] for party in open_.parties), open_.seats) if open_ else None
    return DapilSeats(
        seats=dapil.seats,
        won=dict(zip(names, allotment.seats, strict=True)),
        quotients=tuple(_named(quotient, names) for quotient in allotment.quotients),
        last=_named(last, names) if last else None,
        next=_named(after, names) if after else None,
        lacks=after.lacks(last) if last and after and not tie else None,
        tie=tie,
        derivation=_steps(name, dapil, allotment, names, tie),
    )


def _named(quotient: Quotient, names: Sequence[str]) -> Won:
    return Won(names[quotient.party], quotient.votes, quotient.divisor)


def _steps(
    name: str, dapil: DapilVotes, allotment: Allotment, names: tuple[str, ...], tie: Tied | None
) -> tuple[Step, ...]:
    if not allotment.quotients and tie is None:
        text = "{name}: belum ada suara sah, belum ada kursi.", "{name}: no valid votes yet, no seat yet."
        return (step(DIVISORS, *text, about=name, name=name, seats=dapil.seats),)
    steps = [_order(name, dapil.seats, allotment, names)]
    if tie:
        steps.append(_tied(name, tie))
    elif allotment.last and allotment.next:
        steps.append(_edge(name, allotment.last, allotment.next, names))
    return tuple(steps)


def _order(name: str, seats: int, allotment: Allotment, names: tuple[str, ...]) -> Step:
    row = ""
    for before, one in zip((None, *allotment.quotients), allotment.quotients, strict=False):
        sign = "" if before is None else " > " if before.against(one) else " = "
        row += f"{sign}{names[one.party]} {one.votes}/{one.divisor}"
    return step(
        DIVISORS,
        "{name}, {seats} kursi; hasil bagi terbesar berturut-turut: {row}.",
        "{name}, {seats} seats; the greatest quotients in order: {row}.",
        about=name,
        name=name,
        seats=seats,
        row=row,
    )


def _edge(name: str, last: Quotient, after: Quotient, names: tuple[str, ...]) -> Step:
    return step(
        DIVISORS,
        "{name}: kursi terakhir {holder} karena {votes} × {d_next} = {left} > {right} = {next_votes} × {d_last} milik "
        "{challenger}, yang kurang {lacks} suara.",
        "{name}: the last seat is {holder}'s because {votes} × {d_next} = {left} > {right} = {next_votes} × {d_last} "
        "of {challenger}, who lacks {lacks} votes.",
        about=name,
        name=name,
        holder=names[last.party],
        challenger=names[after.party],
        votes=last.votes,
        d_last=last.divisor,
        next_votes=after.votes,
        d_next=after.divisor,
        left=last.votes * after.divisor,
        right=after.votes * last.divisor,
        lacks=after.lacks(last),
    )


def _tied(name: str, tie: Tied) -> Step:
    return step(
        DIVISORS,
        "{name}: hasil bagi {parties} persis sama untuk {places} kursi terakhir; pasal 420 tidak menentukan.",
        "{name}: the quotients of {parties} are exactly equal for the last {places} seats; art. 420 does not decide.",
        about=name,
        name=name,
        parties=listed(tie.names),
        places=tie.places,
    )
