"""The seats of an assembly, dapil by dapil, with names: who won which seat, which was the last, and who came closest.

Which parties take part is for `dpr` (those above the threshold) and `dprd` (all) to say; the divisors are in `seats`.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from election.outcome.derivation import Step, grouped, listed, step
from election.outcome.law import EqualQuotients
from election.outcome.places import Tied
from election.outcome.seats import Allotment, Near, Quotient, nearest, sainte_lague
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


class Closest(Struct, frozen=True):
    """The change of a seat that takes the fewest votes: the challenger's next quotient, and the one it would pass."""

    challenger: Won
    holder: Won
    lacks: int


class DapilSeats(Struct, frozen=True):
    """The seats of one dapil. What a tie leaves open is in `tie` alone; without votes nothing is allotted."""

    seats: int
    won: dict[str, int]  # every party that takes part, also with none
    quotients: tuple[Won, ...]  # a seat each, in order
    last: Won | None  # the last seat
    next: Won | None  # the greatest quotient that won none
    closest: Closest | None  # None while a tie is open, or where one party alone stands
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
    votes = [dapil.votes.get(party, 0) for party in names]
    allotment = sainte_lague(votes, dapil.seats, equal)
    near = nearest(votes, allotment)
    last, after, open_ = allotment.last, allotment.next, allotment.tie
    tie = Tied(tuple(names[party] for party in open_.parties), open_.seats) if open_ else None
    return DapilSeats(
        seats=dapil.seats,
        won=dict(zip(names, allotment.seats, strict=True)),
        quotients=tuple(_named(quotient, names) for quotient in allotment.quotients),
        last=_named(last, names) if last else None,
        next=_named(after, names) if after else None,
        closest=Closest(_named(near.challenger, names), _named(near.holder, names), near.lacks) if near else None,
        tie=tie,
        derivation=_steps(name, dapil, allotment, near, names, tie),
    )


def _named(quotient: Quotient, names: Sequence[str]) -> Won:
    return Won(names[quotient.party], quotient.votes, quotient.divisor)


def _steps(
    name: str, dapil: DapilVotes, allotment: Allotment, near: Near | None, names: Sequence[str], tie: Tied | None
) -> tuple[Step, ...]:
    if not dapil.seats:
        text = "{name}: jumlah kursi tidak diketahui.", "{name}: how many seats there are is not known."
        return (step(DIVISORS, *text, about=name, name=name),)
    if not allotment.quotients and tie is None:
        text = "{name}: belum ada suara sah, belum ada kursi.", "{name}: no valid votes yet, no seat yet."
        return (step(DIVISORS, *text, about=name, name=name, seats=dapil.seats),)
    steps = [_order(name, dapil.seats, allotment, names)]
    if tie:
        steps.append(_tied(name, tie))
    elif allotment.last and allotment.next:
        steps.append(_edge(name, allotment.last, allotment.next, names))
    return (*steps, _closest(name, near, names)) if near else tuple(steps)


def _order(name: str, seats: int, allotment: Allotment, names: Sequence[str]) -> Step:
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


def _edge(name: str, last: Quotient, after: Quotient, names: Sequence[str]) -> Step:
    left, right = last.votes * after.divisor, after.votes * last.divisor
    end_id, end_en = ("", "") if left > right else (" Suara sah terbanyak menentukan.", " More valid votes decide.")
    numbers = (
        f"{{votes}} × {{d_next}} = {{left}} {'>' if left > right else '='} {{right}} = {{next_votes}} × {{d_last}}"
    )
    return step(
        DIVISORS,
        f"{{name}}: kursi terakhir {{holder}}; hasil bagi terbesar tanpa kursi {{other}}: {numbers}.{end_id}",
        f"{{name}}: the last seat is {{holder}}'s; the greatest quotient without one {{other}}'s: {numbers}.{end_en}",
        about=name,
        name=name,
        holder=names[last.party],
        other=names[after.party],
        votes=last.votes,
        d_last=last.divisor,
        next_votes=after.votes,
        d_next=after.divisor,
        left=left,
        right=right,
    )


def _closest(name: str, near: Near, names: Sequence[str]) -> Step:
    return step(
        DIVISORS,
        "{name}: paling dekat {challenger}, yang kurang {lacks} suara untuk satu kursi {holder}.",
        "{name}: closest is {challenger}, who lacks {lacks} votes for a seat of {holder}'s.",
        about=name,
        name=name,
        challenger=names[near.challenger.party],
        holder=names[near.holder.party],
        lacks=near.lacks,
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
