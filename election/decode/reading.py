"""A record's pages read together: what each block says, how sure that is, and what the paper itself contradicts."""

import math
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from msgspec import Struct

from election.contest import ADM, Contest, Kind
from election.decode import administration as adm
from election.decode.number import NONE, Likelihood, best, bubbles_likelihood, likelihood
from election.decode.paper import written_for
from election.decode.sums import Assignment, Evidence, Sum, fields, gather, name_of, pin, total
from election.decode.sums import best as best_of
from election.event import Figures
from election.scores import FieldScores, PageScores

SURE = 0.9999
"""From this probability on nobody asks for the runner-up, and it is not looked for."""

Seen = Mapping[str, FieldScores]
Given = Mapping[str, Likelihood]


class BlockReading(Struct, frozen=True):
    """What a block's boxes say. All figures are dense, in the order of `Contest.blocks[block]`.

    `figures` are the best joint explanation (None: no number is written); `probability` that all of them are right,
    with everything that was not looked at counted against it; `raw` each number by itself, without the sums;
    `bubbles` the numbers that the bubbles alone mark; `consistent` whether `figures` keep the block's sums;
    `runner_up` the next best explanation of a vote block that is not sure; `lost` the share not looked at.
    """

    figures: Figures
    probability: float
    raw: Figures
    bubbles: Figures
    consistent: bool
    runner_up: Figures | None = None
    lost: float = 0.0


def decode(contest: Contest, pages: Iterable[PageScores]) -> dict[str, BlockReading]:
    """Read every block whose fields all lie on `pages`; a block with a page missing is absent from the answer.

    Where two pages carry the same field the later one counts. Pure, and the same answer on any machine.
    Contests with parties answer their administration only.
    """
    seen = {name: field for page in pages for name, field in page.fields.items()}
    readings: dict[str, BlockReading] = {}
    for block, names in contest.blocks.items():
        if not all(name in seen for name in names):
            continue
        here = {name: seen[name] for name in names}
        if block == ADM:
            readings[block] = _administration(here)
        elif contest.type.kind is not Kind.PARTIES:
            readings[block] = _votes(contest, here)
    return readings


def _votes(contest: Contest, seen: Seen) -> BlockReading:
    tree = Sum("suara_total", (Sum("suara_sah", contest.choice_fields), "suara_tidak_sah"))
    given = {name: likelihood(field) for name, field in seen.items()}
    known = gather(tree, given)
    found = _best(tree, given, known)
    probability = _chance(tree, given, found) / total(tree, known)
    reading = _reading(seen, given, found, probability, (tree,))
    if probability >= SURE:
        return reading
    return msgspec.structs.replace(reading, runner_up=_figures(tuple(seen), _second(tree, given, known, found)))


def _administration(seen: Seen) -> BlockReading:
    given = {name: likelihood(field) for name, field in seen.items()}
    found, probability, lost = _users_and_ballots(given)
    for tree in (adm.VOTERS, adm.DISABLED):
        known = gather(tree, given)
        part = _best(tree, given, known)
        probability *= _chance(tree, given, part) / total(tree, known)
        found |= part
    return msgspec.structs.replace(_reading(seen, given, found, probability, adm.SUMS), lost=lost)


def _users_and_ballots(given: Given) -> tuple[Assignment, float, float]:
    """What is written in the users' table and the ballots, its probability, and the share not looked at."""
    users = adm.table(adm.cells(given))
    known = gather(adm.BALLOTS, given) | {adm.GRAND: users.grand}
    _, meant = best_of(adm.BALLOTS, known)
    meant |= users.choices[meant[adm.GRAND]]
    found = {name: written_for(value, given[name]) for name, value in meant.items()}
    grand = adm.table(adm.cells(given, found)).grand
    chance = total(adm.BALLOTS, pin(adm.BALLOTS, given, found) | {adm.GRAND: grand})
    hung = ("surat_suara_dikembalikan", "surat_suara_tidak_digunakan")
    lost = users.lost * math.prod(float(known[name].mass.sum()) for name in hung)
    whole = total(adm.BALLOTS, known) + lost
    return found, chance / whole, lost / whole


def _best(tree: Sum, given: Given, known: Mapping[str, Evidence]) -> Assignment:
    """What is most likely written: for each field of `tree` a value, or NONE."""
    _, meant = best_of(tree, known)
    return {name: written_for(meant[name], given[name]) for name in fields(tree)}


def _chance(tree: Sum, given: Given, found: Assignment) -> float:
    """Mass of exactly `found` being written, whatever is meant."""
    return total(tree, pin(tree, given, found))


def _second(tree: Sum, given: Given, known: Mapping[str, Evidence], first: Assignment) -> Assignment:
    """The best assignment that differs from `first` somewhere."""
    runs = []
    for name in fields(tree):
        other = given[name].copy()
        other[first[name]] = 0.0
        if other.any():
            case = {**given, name: other}
            found = _best(tree, case, {**known, name: gather(tree, case)[name]})
            runs.append((_chance(tree, case, found), found))
    return max(runs, key=lambda run: run[0])[1]


def _holds(tree: Sum, found: Assignment) -> bool:
    """Whether every sum of the tree is written and right."""
    parts = [found[name_of(part)] for part in tree.parts]
    below = all(_holds(part, found) for part in tree.parts if isinstance(part, Sum))
    return below and NONE not in (found[tree.field], *parts) and found[tree.field] == sum(parts)


def _reading(seen: Seen, given: Given, found: Assignment, probability: float, sums: tuple[Sum, ...]) -> BlockReading:
    return BlockReading(
        figures=_figures(tuple(seen), found),
        probability=min(1.0, max(0.0, probability)),
        raw=tuple(best(given[name]) for name in seen),
        bubbles=tuple(_marked(field) for field in seen.values()),
        consistent=all(_holds(tree, found) for tree in sums),
    )


def _marked(field: FieldScores) -> int | None:
    """The number that the bubbles mark, None where there are none or a column marks nothing or several."""
    scores, numbers = field.bubble_scores, bubbles_likelihood(field)
    if scores is None or numbers is None:
        return None
    ordered = np.sort(scores, axis=1)
    return int(numbers[:NONE].argmax()) if (ordered[:, -1] - ordered[:, -2]).min() >= 1.0 else None


def _figures(names: tuple[str, ...], found: Assignment) -> Figures:
    return tuple(None if found[name] == NONE else found[name] for name in names)
