"""W512: what of a record's past changed what counted, by how many votes, and how long before a plenary above."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from election.contest import Contest
from election.event import Figures
from election.record import COUNTING, Record, Step
from election.rules.changes import BEFORE, CHANGE
from election.tally import ABSENT, Tallies
from recap.screens.found import Found, broken, found
from recap.screens.votes import only


class Plenary(Struct, frozen=True):
    """A column of D.Hasil, a confirmation or a determination of an area."""

    number: int
    at: int  # seconds since 1970


class Change(Struct, frozen=True):
    """A correction, withdrawal or new version of a record that counted. `before` and `after`: block → what counted."""

    number: int
    at: str
    kind: str
    block: str | None  # None: the whole record
    before: Mapping[str, Figures]
    after: Mapping[str, Figures]


KINDS = frozenset({"block_corrected", "block_withdrawn", "version_opened"})


def changes(record: Record) -> list[Change]:
    """Those of the record's history, in order."""
    counting: dict[str, Figures] = {}
    answer = []
    for step in record.history:
        before = dict(counting)
        _walk(counting, step)
        changed = before if step.block is None else {k: v for k, v in before.items() if k == step.block}
        if step.kind in KINDS and changed and before != counting:
            answer.append(Change(step.number, step.at, step.kind, step.block, before, dict(counting)))
    return answer


def _walk(counting: dict[str, Figures], step: Step) -> None:
    """What counts after the step."""
    if step.kind == "version_opened":
        counting.clear()
    elif step.block is not None and step.kind.startswith("block_"):
        counting.pop(step.block, None)
        if step.state in COUNTING and step.figures is not None:
            counting[step.block] = step.figures


def screen(contest: Contest, row: int, record: Record, plenaries: Sequence[Plenary]) -> Found | None:
    """The record's changes that are large or late. `plenaries`: of the areas above it."""
    some = [(change, _sentences(contest, change, plenaries)) for change in changes(record)]
    told = [(change, said) for change, said in some if said]
    if not told:
        return None
    facts = [{"number": change.number, "kind": change.kind, "block": change.block} for change, _ in told]
    return found(row, "W512", [one for _, said in told for one in said], changes=facts)


def _sentences(contest: Contest, change: Change, plenaries: Iterable[Plenary]) -> list[tuple[str, str]]:
    tallies = _flat(contest, change.after).beside(BEFORE, _flat(contest, change.before))
    minutes = np.array([minutes_left(change, plenaries)], np.int64)
    tallies = tallies.beside(CHANGE, Tallies({"minutes": minutes}))
    return broken(only(contest, tallies, "W512"), "W512", 0)


def minutes_left(change: Change, plenaries: Iterable[Plenary]) -> int:
    """Whole minutes from the change to the next of the plenaries; `ABSENT` where none has followed it."""
    after = [plenary.at for plenary in plenaries if plenary.number > change.number]
    return max(0, min(after) - seconds(change.at)) // 60 if after else ABSENT


def seconds(at: str) -> int:
    """A journal's stamp as seconds since 1970."""
    return int(datetime.fromisoformat(at).timestamp())


def _flat(contest: Contest, counting: Mapping[str, Figures]) -> Tallies:
    """The votes of each choice, 0 where its block does not count."""
    votes = dict.fromkeys(contest.choice_fields, 0)
    for block, names in contest.blocks.items():
        figures = counting.get(block, ())
        votes |= {
            name: ABSENT if figure is None else figure
            for name, figure in zip(names, figures, strict=False)
            if name in votes
        }
    return Tallies({field: np.array([value], np.int64) for field, value in votes.items()}, 1)
