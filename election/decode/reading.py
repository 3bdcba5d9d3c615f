"""A record's pages read together: what each block says, how sure that is, and what the paper itself contradicts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from election.contest import ADM, Contest
from election.decode import sums
from election.decode.administration import DISABLED, VOTERS, Administration
from election.decode.number import Array, best, pictures
from election.decode.paper import Paper, paper
from election.decode.signs import LOOK, Flag, signs
from election.decode.sums import Assignment, Equation
from election.decode.trees import Trees
from election.event import Figures
from election.scores import PageScores

SURE = 0.99
"""From this probability on nobody asks for the runner-up, and it is not looked for."""

Given = Mapping[str, Array]
Blocks = Mapping[str, tuple[str, ...]]


class BlockReading(Struct, frozen=True):
    """What a block's boxes say. All figures are dense, in the order of `Contest.blocks[block]`.

    `figures` are the best joint explanation (None: no number is written); `probability` that all of them are right,
    given every page at hand, with everything that was not looked at counted against it; `raw` each number by itself,
    without the sums; `bubbles` and `marks` the numbers that the bubbles and the tally rows clearly say, alone;
    `consistent` whether `figures` keep the block's sums; `runner_up` the next best explanation of a vote block that is
    not sure; `lost` the share not looked at; `marginals` the probability of each figure by itself; `hypothesis` that of
    exactly the officer's figures, given the pixels alone, where they were handed in whole; `flags` what is odd about
    how a field is written; `together` the probability of every block that was decoded jointly with this one;
    `lacking` the rules that could not help, because a page lacks.
    """

    figures: Figures
    probability: float
    raw: Figures
    bubbles: Figures
    consistent: bool
    runner_up: Figures | None = None
    lost: float = 0.0
    marks: Figures = ()
    hypothesis: float | None = None
    marginals: tuple[float, ...] = ()
    flags: dict[str, str] = {}
    together: float = 0.0
    lacking: tuple[str, ...] = ()

    @property
    def odd(self) -> tuple[str, ...]:
        """The flags for which a person must look, each once."""
        return tuple(dict.fromkeys(flag for flag in self.flags.values() if flag in LOOK))


def decode(
    contest: Contest, pages: Iterable[PageScores], officer: Mapping[str, Figures] | None = None
) -> dict[str, BlockReading]:
    """Read every block whose fields all lie on `pages`; a block with a page missing is absent from the answer.

    Where two pages carry the same field the later one counts. `officer`, by block, is a hypothesis that is scored and
    never evidence: the reading is the same with and without. Pure, and the same answer, to the bit, on any machine.
    """
    seen = {name: field for page in pages for name, field in page.fields.items()}
    blocks = {block: names for block, names in contest.blocks.items() if all(name in seen for name in names)}
    if not blocks:
        return {}
    here = {name: seen[name] for names in blocks.values() for name in names}
    seen_in = pictures(list(here.values()))
    given = dict(zip(here, seen_in.likelihoods(), strict=True))
    beliefs = paper(seen_in.boxes.shape[1])
    keyed = {block: _keyed(names, officer.get(block), beliefs) for block, names in blocks.items()} if officer else {}
    told = dict(_blocks(contest, blocks, given, beliefs, keyed))
    found = {name: told[block].found[name] for block, names in blocks.items() for name in names}
    noted = signs(seen_in, np.array([found[name] for name in here], np.int64))
    beside = {
        name: Beside(best(given[name]), *row)
        for name, row in zip(here, zip(noted.bubbles, noted.marks, noted.flags, strict=True), strict=True)
    }
    equations = sums.equations(contest)
    return {block: _reading(names, equations, beside, told[block], beliefs.size) for block, names in blocks.items()}


class Beside(NamedTuple):
    """What one field says by itself."""

    raw: int | None
    bubbles: int | None
    marks: int | None
    flag: Flag | None


class _Told(Struct, frozen=True):
    """What joint decoding says about one block."""

    found: Assignment
    probability: float
    lost: float
    marginals: Mapping[str, float]
    together: float
    hypothesis: float | None = None
    runner_up: Assignment | None = None
    lacking: tuple[str, ...] = ()


def _keyed(names: tuple[str, ...], figures: Figures | None, beliefs: Paper) -> Assignment | None:
    """The officer's figures of a block by field, where all of them are given and can be written."""
    if figures is None or len(figures) != len(names):
        return None
    whole = {name: figure for name, figure in zip(names, figures, strict=True) if figure is not None}
    return whole if len(whole) == len(names) and all(0 <= v < beliefs.size for v in whole.values()) else None


def _blocks(
    contest: Contest, blocks: Blocks, given: Given, beliefs: Paper, keyed: Mapping[str, Assignment | None]
) -> Iterator[tuple[str, _Told]]:
    votes = {block: names for block, names in blocks.items() if block != ADM}
    if votes:
        plan = sums.votes(contest, tuple(votes))
        record = Trees(plan.trees, given, beliefs)
        yield from _votes(record, votes, keyed, plan.lacking)
    if ADM in blocks:
        yield ADM, _administration(given, beliefs, keyed.get(ADM))


def _votes(
    record: Trees, blocks: Blocks, keyed: Mapping[str, Assignment | None], lacking: tuple[str, ...]
) -> Iterator[tuple[str, _Told]]:
    found = record.best()
    chances = record.marginals(found)
    sure = {block: record.probability(found, names) for block, names in blocks.items()}
    whole = record.probability(found, found) if len(blocks) > 1 else None
    for block, names in blocks.items():
        officer, probability = keyed.get(block), sure[block]
        same = officer is not None and all(officer[name] == found[name] for name in names)
        told = _Told(
            found,
            probability,
            record.lost(names),
            chances,
            probability if whole is None else whole,
            None if officer is None else probability if same else record.probability(officer, names),
            None if probability >= SURE else record.runner_up(found, names, chances),
            lacking,
        )
        yield block, told


def _administration(given: Given, beliefs: Paper, officer: Assignment | None) -> _Told:
    apart = [Trees((node,), given, beliefs) for node in (VOTERS, DISABLED)]
    table = Administration(beliefs, given)
    users = table.added()
    whole = users.mass + users.lost
    found = table.best(users)
    chances = {name: min(1.0, mass / whole) for name, mass in table.marginals(users, found).items()}
    for record in apart:
        part = record.best()
        chances |= record.marginals(part)
        found |= part

    def chance(case: Assignment) -> float:
        probability = min(1.0, table.mass(case) / whole)
        for record in apart:
            probability *= record.probability(case, case)
        return probability

    probability = chance(found)
    hypothesis = None if officer is None else probability if officer == found else chance(officer)
    lost = max(users.lost / whole, *(record.lost(found) for record in apart))
    return _Told(found, probability, lost, chances, probability, hypothesis)


def _reading(
    names: tuple[str, ...], equations: tuple[Equation, ...], beside: Mapping[str, Beside], told: _Told, nothing: int
) -> BlockReading:
    own = [e for e in equations if e.field in set(names) and all(part in told.found for part in e.parts)]
    return BlockReading(
        figures=_figures(names, told.found, nothing),
        probability=told.probability,
        raw=tuple(beside[name].raw for name in names),
        bubbles=tuple(beside[name].bubbles for name in names),
        consistent=all(_holds(equation, told.found, nothing) for equation in own),
        runner_up=None if told.runner_up is None else _figures(names, told.runner_up, nothing),
        lost=told.lost,
        marks=tuple(beside[name].marks for name in names),
        hypothesis=told.hypothesis,
        marginals=tuple(min(1.0, told.marginals[name]) for name in names),
        flags={name: str(flag) for name in names if (flag := beside[name].flag) is not None},
        together=told.together,
        lacking=told.lacking,
    )


def _holds(equation: Equation, found: Assignment, nothing: int) -> bool:
    """Whether a sum is written and right."""
    numbers = [found[part] for part in equation.parts]
    return nothing not in (found[equation.field], *numbers) and found[equation.field] == sum(numbers)


def _figures(names: tuple[str, ...], found: Assignment, nothing: int) -> Figures:
    return tuple(None if found[name] == nothing else found[name] for name in names)
