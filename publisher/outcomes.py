"""What a count comes to, laid out for pages: the headline, seats by party, quotients, provinces.

Everything here was worked out by recapitulation; names are put in the place of ids, and nothing is decided.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from election.bundle import Bundle
from election.bundle.printed import Printed
from election.contest import Choice
from election.words import Words
from publisher import hemicycle
from publisher.ink import legible
from publisher.told import Outcome, Told
from publisher.v1_told import Dapil

ID = re.compile(r"(?<![\w./])\d{4,}(?![\w/])|(?<![\w./])[a-z]+-?\d+(?![\w/])")
"""An id of the public data in a sentence: numbers there are grouped, so that no other run of digits is as long."""

OPEN = "#8a9099"
"""Seats that a tie leaves open."""


class PartySeats(Struct, frozen=True):
    """A party in an assembly. `passes`: the threshold; None where there is none."""

    number: int
    name: str
    color: str
    votes: int
    passes: bool | None
    seats: int
    settled: int


class DapilLine(Struct, frozen=True):
    """A dapil in its assembly's table."""

    kode: str
    nama: str
    seats: int
    settled: bool
    won: tuple[tuple[str, int], ...]  # party, seats


class Pair(Struct, frozen=True):
    """A pair under both conditions."""

    number: int
    name: str
    color: str
    majority: bool
    reached: int
    needed: int
    spread: bool


class Outcomes:
    """The outcomes of one election in words."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._choices: dict[str, dict[str, Choice]] = {}

    def choices(self, key: str) -> dict[str, Choice]:
        """Every choice of a contest by id."""
        if key not in self._choices:
            printed: Printed = self._bundle.printed(key)
            ballots = (*printed.ballots, printed.shared)
            self._choices[key] = {choice.id: choice for ballot in ballots for choice in ballot.choices}
        return self._choices[key]

    def named(self, key: str, sentence: str) -> str:
        """A sentence of a derivation with names in the place of ids."""
        known = self.choices(key)
        return ID.sub(lambda found: known[found[0]].name if found[0] in known else found[0], sentence)

    def steps(self, key: str, outcome: Outcome | None) -> list[Words]:
        """How an outcome was reached."""
        steps: Sequence[Mapping[str, str]] = outcome.outcome.get("derivation", ()) if outcome else ()  # type: ignore[assignment]
        return [(self.named(key, step["text_id"]), self.named(key, step["text_en"])) for step in steps]

    def pairs(self, key: str, outcome: Outcome | None) -> list[Pair]:
        """A president's pairs, by ballot number."""
        if key != "ppwp" or outcome is None:
            return []
        facts: Any = outcome.outcome
        known, provinces = self.choices(key), facts["provinces"]
        return [
            Pair(
                choice.number, choice.name, legible(choice.color), one["majority"], len(one["reached"]),
                provinces // 2 + 1, one["spread"],
            )
            for one in facts["pairs"]
            if (choice := known.get(one["pair"])) is not None
        ]  # fmt: skip

    def elected(self, key: str, outcome: Outcome | None) -> list[Choice]:
        """Who would be elected, by rank; nobody of parties, and nobody while a tie or a second round is open."""
        names: Any = outcome.outcome.get("elected") if outcome else None
        ids = [names] if isinstance(names, str) else names or []
        return [self.choices(key)[one] for one in ids if one in self.choices(key)]

    def house(self, key: str, outcome: Outcome | None, dapil: Sequence[Dapil]) -> dict[str, Any] | None:
        """An assembly: its parties by seats, its dots, and its dapil; None of other contests, or before that."""
        facts: Any = outcome.outcome if outcome else {}
        if "seats" not in facts or not dapil:
            return None
        sure: dict[str, int] = {}
        for one in dapil:
            for party, seats in won(one).items() if settled(one) else ():
                sure[party] = sure.get(party, 0) + seats
        parties = sorted(self._parties(key, facts, dapil, sure), key=lambda one: (-one.seats, one.number))
        total, told = sum(one.district.seats for one in dapil), sum(one.seats for one in parties)
        blocs = [hemicycle.Bloc(one.color, one.seats, one.settled) for one in parties if one.seats]
        rest = [hemicycle.Bloc(OPEN, total - told, 0)] if total > told else []
        return {
            "parties": parties,
            "total": total,
            "open": total - told,
            "settled": sum(one.settled for one in parties),
            "dots": hemicycle.seats([*blocs, *rest]),
            "hurdle": facts["hurdle"],
            "dapil": [self._line(key, one) for one in dapil],
        }

    def _parties(
        self, key: str, facts: dict[str, Any], dapil: Sequence[Dapil], sure: Mapping[str, int]
    ) -> list[PartySeats]:
        hurdle, known = facts["hurdle"], self.choices(key)
        names = dict.fromkeys((*facts["seats"], *(hurdle["failed"] if hurdle else ())))
        votes = {party: sum(votes_of(one).get(party, 0) for one in dapil) for party in names}
        return [
            PartySeats(
                known[party].number, known[party].name, legible(known[party].color), votes[party],
                party in hurdle["passed"] if hurdle else None, facts["seats"].get(party, 0), sure.get(party, 0),
            )
            for party in names
            if party in known
        ]  # fmt: skip

    def _line(self, key: str, one: Dapil) -> DapilLine:
        known = self.choices(key)
        seats = sorted(won(one).items(), key=lambda item: -item[1])
        named = tuple((known[party].name, count) for party, count in seats if count and party in known)
        return DapilLine(one.district.kode, one.district.nama, one.district.seats, settled(one), named)

    def quotients(self, key: str, one: Dapil) -> list[dict[str, Any]]:
        """The seats of a dapil in the order in which they are won."""
        facts: Any = one.told.outcome.outcome if one.told.outcome else {}
        known = self.choices(key)
        return [
            {"choice": known[each["party"]], "color": legible(known[each["party"]].color), "votes": each["votes"],
             "divisor": each["divisor"], "whole": each["votes"] // each["divisor"]}
            for each in facts.get("quotients", ())
        ]  # fmt: skip

    def edge(self, key: str, one: Dapil) -> dict[str, Any]:
        """Where a dapil's last seat is decided: who comes closest to whose seat, or between whom it is open."""
        facts: Any = one.told.outcome.outcome if one.told.outcome else {}
        names = {party: choice.name for party, choice in self.choices(key).items()}
        after, near, tie = (facts.get(name) for name in ("next", "closest", "tie"))
        return {
            "next": after and {**after, "name": names[after["party"]], "whole": after["votes"] // after["divisor"]},
            "closest": near
            and {
                "challenger": names[near["challenger"]["party"]],
                "holder": names[near["holder"]["party"]],
                "lacks": near["lacks"],
            },
            "tie": tie and {"names": [names[party] for party in tie["names"]], "places": tie["places"]},
        }


def headline(told: Told) -> Words | None:
    """The one sentence on what can still change; None where nobody is elected by this place."""
    said: Any = told.outcome.outlook.get("headline") if told.outcome else None
    return (said["id"], said["en"]) if said else None


def settled(one: Dapil) -> bool:
    """Whether the seats of a dapil cannot change any more."""
    facts: Any = one.told.outcome.outlook if one.told.outcome else {}
    answers = [answer["standing"] for answer in facts.get("answers", ()) if answer["question"] == "seats"]
    return bool(answers) and set(answers) == {"settled"}


def won(one: Dapil) -> dict[str, int]:
    """Party id → seats in a dapil."""
    facts: Any = one.told.outcome.outcome if one.told.outcome else {}
    found: dict[str, int] = facts.get("won", {})
    return found


def votes_of(one: Dapil) -> dict[str, int]:
    """Choice id → votes in a dapil."""
    totals = one.totals
    fields = zip(one.ballot.choices, one.ballot.choice_fields, strict=True)
    return {choice.id: totals.get(field, 0) for choice, field in fields}
