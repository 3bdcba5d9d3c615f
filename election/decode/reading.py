"""A record's pages read together: what each block says, how sure that is, and what the paper itself contradicts."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from election.contest import ADM, Contest
from election.decode import between, sums
from election.decode.number import best, pictures
from election.decode.paper import Paper, paper
from election.decode.sides import Blocks, DataSide, Given, Keyed, Side, Told, VoteSide
from election.decode.signs import LOOK, Flag, signs
from election.decode.sums import Assignment, Equation
from election.decode.voters import BEYOND
from election.event import Figures
from election.scores import PageScores


class BlockReading(Struct, frozen=True):
    """What a block's boxes say. All figures are dense, in the order of `Contest.blocks[block]`.

    `figures` are the best joint explanation (None: no number is written); `probability` that all of them are right,
    given every page at hand, with everything that was not looked at counted against it; `raw` each number by itself,
    without the sums; `bubbles` and `marks` the numbers that the bubbles and the tally rows clearly say, alone;
    `consistent` whether `figures` keep the block's sums; `runner_up` the next best explanation of a vote block that is
    not sure; `lost` the share not looked at; `marginals` the probability of each figure by itself; `hypothesis` that of
    exactly the officer's figures, given the pixels alone, where they were handed in whole; `flags` what is odd about
    how a field is written; `together` the probability of every block that was decoded jointly with this one;
    `lacking` the rules that could not help, because a page lacks; `beyond` what else the form asks for and the sums of
    this block tell, with the probability of each: no part of the record.
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
    beyond: dict[str, tuple[int | None, float]] = {}

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
    if ADM in blocks and all(name in seen for name in BEYOND):
        here |= {name: seen[name] for name in BEYOND}
    seen_in = pictures(list(here.values()))
    rows = seen_in.likelihoods()
    given, guess = dict(zip(here, rows, strict=True)), dict(zip(here, rows.argmax(axis=1).tolist(), strict=True))
    beliefs = paper(seen_in.boxes.shape[1])
    keyed = {block: _keyed(names, officer.get(block), beliefs) for block, names in blocks.items()} if officer else {}
    told = _blocks(contest, blocks, _Seen(given, guess, beliefs), keyed)
    found = {name: figure for each in told.values() for name, figure in each.found.items()}
    noted = signs(seen_in, np.array([found[name] for name in here], np.int64))
    beside = {
        name: Beside(best(given[name], guess[name]), *row)
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


def _keyed(names: tuple[str, ...], figures: Figures | None, beliefs: Paper) -> Assignment | None:
    """The officer's figures of a block by field, where all of them are given and can be written."""
    if figures is None or len(figures) != len(names):
        return None
    whole = {name: figure for name, figure in zip(names, figures, strict=True) if figure is not None}
    return whole if len(whole) == len(names) and all(0 <= v < beliefs.size for v in whole.values()) else None


class _Seen(NamedTuple):
    """What was seen of each number, which number that is by itself, and what is believed about the paper."""

    given: Given
    guess: Assignment
    beliefs: Paper


def _blocks(contest: Contest, blocks: Blocks, seen: _Seen, keyed: Keyed) -> dict[str, Told]:
    given, guess, beliefs = seen
    votes = {block: names for block, names in blocks.items() if block != ADM}
    sides: list[Side] = [VoteSide(sums.votes(contest, tuple(votes)), votes, given, beliefs)] if votes else []
    if ADM in blocks:
        sides.append(DataSide(given, beliefs))
    found = [side.best(guess) for side in sides]
    told: dict[str, Told] = {}
    if between.contradict(found):
        for side, other in (sides, reversed(sides)):
            told |= _hearing(side, other, guess, keyed)
    else:
        for side, case in zip(sides, found, strict=True):
            told |= side.told(case, keyed)
    return told


def _hearing(side: Side, other: Side, guess: Assignment, keyed: Keyed) -> dict[str, Told]:
    """One side with what the other says; nothing of it is surer than the side is by itself."""
    later = side.hearing(other.says())
    return {
        block: _least(told, side, keyed.get(block), block)
        for block, told in later.told(later.best(guess), keyed).items()
    }


def _least(told: Told, side: Side, officer: Assignment | None, block: str) -> Told:
    probability = min(told.probability, side.probability(told.found, block))
    if told.hypothesis is None or officer is None:
        return replace(told, probability=probability)
    hypothesis = min(told.hypothesis, side.probability(officer, block))
    return replace(told, probability=probability, hypothesis=hypothesis)


def _reading(
    names: tuple[str, ...], equations: tuple[Equation, ...], beside: Mapping[str, Beside], told: Told, nothing: int
) -> BlockReading:
    found = told.found
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
        beyond={
            name: (None if found[name] == nothing else found[name], min(1.0, told.marginals[name]))
            for name in BEYOND
            if name in found
        },
    )


def _holds(equation: Equation, found: Assignment, nothing: int) -> bool:
    """Whether a sum is written and right."""
    numbers = [found[part] for part in equation.parts]
    return nothing not in (found[equation.field], *numbers) and found[equation.field] == sum(numbers)


def _figures(names: tuple[str, ...], found: Assignment, nothing: int) -> Figures:
    return tuple(None if found[name] == nothing else found[name] for name in names)
