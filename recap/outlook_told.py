"""From a view to what is published of each place: who would be elected, and what can still change.

A pure function of the view, and so of the journal up to its number. The law is `election.outcome`'s, writing is
`outlook`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from election.bundle import Bundle
from election.contest import Contest
from election.outcome import inputs
from election.outcome.house import House
from election.outcome.materiality import Outlook
from election.outcome.materiality_contest import outlooks
from election.outcome.materiality_places import by_standing
from election.outcome.sentences import headline, sentence
from recap.outlook_view import View, assembly_of

Facts = dict[str, Any]


class Told(Struct, frozen=True):
    """What is published of one place, as JSON."""

    kode: str
    number: int
    at: str
    outcome: bytes
    outlook: bytes


def tell(view: View) -> list[Told]:
    """Every place of the view's results, those of an assembly with its dapil."""
    if not view.results:
        return []
    results = _RESULTS[view.key](view)
    found = outlooks(view.bundle, view.key, view, view.waiting, frozenset(results))
    found |= {kode: _of_parts(dapil, found) for kode, dapil in _assemblies(view).items()}
    names = names_of(view.bundle, view.key)
    encode = msgspec.json.Encoder(order="deterministic").encode
    return [
        Told(kode, view.number, view.at, encode(facts), encode(outlook_facts(found.get(kode), names)))
        for kode, facts in results.items()
    ]


def _assemblies(view: View) -> dict[str, list[str]]:
    """Dapil codes of each assembly that is told, where their seats are known; the DPR's outlook counts its own."""
    of: dict[str, list[str]] = {}
    for i in view.dapils if view.key != "pdpr" else ():
        one = view.bundle.printed(view.key).dapil[i]
        if not one.seats:
            continue
        of.setdefault(assembly_of(view.key, one.areas), []).append(one.kode)
    return of


def _of_parts(dapil: Sequence[str], found: Mapping[str, Outlook]) -> Outlook:
    """An assembly's outlook: how many of its dapil stand how."""
    parts = [found[kode] for kode in dapil]
    tps, most, likely = (sum(column) for column in zip(*((p.tps, p.most, p.likely) for p in parts), strict=True))
    return Outlook((), tps, most, likely, by_standing(parts))


def outlook_facts(outlook: Outlook | None, names: Mapping[str, str]) -> Facts:
    """An outlook with its sentences; empty where a place has none, since its seats are not known."""
    if outlook is None:
        return {}
    facts: Facts = msgspec.to_builtins(outlook)
    for answer, told in zip(outlook.answers, facts["answers"], strict=True):
        told["sentence"] = msgspec.to_builtins(sentence(answer, names))
    return facts | {"headline": msgspec.to_builtins(headline(outlook, names))}


def names_of(bundle: Bundle, key: str) -> dict[str, str]:
    """Names of choices by id, of places by code. Where a dapil and an area share a code, the contest's dapil has it."""
    printed, tree = bundle.printed(key), bundle.tree
    areas = {tree.kode(area): tree.nama(area) for level in range(3) for area in tree.level(level)}
    choices = {choice.id: choice.name for ballot in printed.ballots for choice in ballot.choices}
    return areas | {one.kode: one.nama for one in printed.dapil} | choices


# --- outcomes -------------------------------------------------------------------------------------------------------


def _president(view: View) -> dict[str, Facts]:
    tree, contest = view.bundle.tree, view.bundle.contest(view.key)
    areas = {tree.kode(area): totals for area, totals in view.areas.items()}
    told = inputs.president(contest, areas, provisional=not view.determined)
    return {tree.kode(area): msgspec.to_builtins(told) for area in view.results}


def _dpr(view: View) -> dict[str, Facts]:
    printed, settings = view.bundle.printed(view.key), view.bundle.settings
    by_dapil = {printed.dapil[i].kode: totals for i, totals in view.dapils.items()}
    seats = {one.kode: one.seats for one in printed.dapil}
    contest = view.bundle.contest(view.key)
    house = inputs.dpr_seats(
        contest, view.areas[0], by_dapil, seats, settings.threshold, provisional=not view.determined
    )
    return {"0": _whole(house), **_parts(house)}


def _dprd(view: View) -> dict[str, Facts]:
    printed, tree = view.bundle.printed(view.key), view.bundle.tree
    of: dict[str, list[int]] = {}
    for i in view.dapils:
        of.setdefault(assembly_of(view.key, printed.dapil[i].areas), []).append(i)
    told: dict[str, Facts] = {}
    for kode, dapil in of.items():
        names = {i: printed.dapil[i].kode for i in dapil}
        house = inputs.dprd_seats(
            {names[i]: view.ballots[i] for i in dapil},
            {names[i]: view.dapils[i] for i in dapil},
            {names[i]: printed.dapil[i].seats for i in dapil},
            provisional=tree.area_index(kode) not in view.determined,
        )
        told |= {kode: _whole(house), **_parts(house)}
    return told


def _whole(house: House) -> Facts:
    """The assembly without its dapil, which have places of their own."""
    steps = house.hurdle.derivation if house.hurdle else ()
    hurdle = msgspec.to_builtins(house.hurdle) if house.hurdle else None
    if hurdle:
        del hurdle["derivation"]
    return {
        "seats": house.seats,
        "hurdle": hurdle,
        "ties": msgspec.to_builtins(house.ties),
        "derivation": msgspec.to_builtins(steps),
        "provisional": house.provisional,
    }


def _parts(house: House) -> dict[str, Facts]:
    return {
        kode: {**msgspec.to_builtins(dapil), "provisional": house.provisional} for kode, dapil in house.by_dapil.items()
    }


def _each(law: Callable[[View, int, Contest], Struct]) -> Callable[[View], dict[str, Facts]]:
    """Every area that elects for itself, on one ballot."""

    def told(view: View) -> dict[str, Facts]:
        printed, tree = view.bundle.printed(view.key), view.bundle.tree
        ballots = {area: int(printed.of_area[area]) for area in view.results}
        return {
            tree.kode(area): msgspec.to_builtins(law(view, area, printed.ballots[ballot]))
            for area, ballot in ballots.items()
            if ballot >= 0
        }

    return told


def _members(view: View, area: int, ballot: Contest) -> Struct:
    kode, open_ = view.bundle.tree.kode(area), area not in view.determined
    return inputs.dpd_members(ballot, view.areas[area], _below(view, area), provisional=open_, about=kode)


def _head(view: View, area: int, ballot: Contest) -> Struct:
    kode, open_ = view.bundle.tree.kode(area), area not in view.determined
    return inputs.head(ballot, kode, view.areas[area], [_below(view, area)], provisional=open_)


def _below(view: View, area: int) -> dict[str, Mapping[str, int]]:
    tree = view.bundle.tree
    return {tree.kode(child): view.areas[child] for child in tree.children(area) if child in view.areas}


_RESULTS: dict[str, Callable[[View], dict[str, Facts]]] = {
    "ppwp": _president,
    "pdpr": _dpr,
    "pdprdp": _dprd,
    "pdprdk": _dprd,
    "pdpd": _each(_members),
    "pkwkp": _each(_head),
    "pkwkk": _each(_head),
}
