"""What is wrong or odd in the candidates of a bundle. The rest of it: `survey`."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from election.bundle.lists import Lists
from election.bundle.model import Sheets
from election.problem import Problem


def survey_lists(sheets: Sheets) -> Iterator[Problem]:
    """Candidates that nobody could vote for, or that no ballot could tell apart; nothing where none are known."""
    lists = sheets.lists
    if not len(lists):
        return
    yield from _places(sheets)
    yield from _parties(sheets)
    yield from _rows("candidate.bad_number", lists, lists.number < 1)
    yield from _rows("candidate.no_name", lists, lists.name == b"")
    yield from _rows("candidate.duplicate", lists, _again(lists))


def _places(sheets: Sheets) -> Iterator[Problem]:
    known = {(district.contest, district.kode) for district in sheets.dapil.districts}
    for contest, dapil in sorted(sheets.lists.places - known):
        yield Problem("candidate.unknown_dapil", kode=f"{contest} {dapil}")
    told = {contest for contest, _ in sheets.lists.places}
    for contest, dapil in sorted(known - sheets.lists.places):
        if contest in told:
            yield Problem("dapil.no_candidates", kode=f"{contest} {dapil}")


def _parties(sheets: Sheets) -> Iterator[Problem]:
    known = {
        (holding.key, choice.number)
        for holding in sheets.manifest.contests
        for choices in (holding.choices, *holding.ballots.values())
        for choice in choices
    }
    lists = sheets.lists
    found = np.unique(np.char.add(np.char.add(lists.contest, b"/"), lists.party.astype("S6"))).tolist()
    for contest, number in sorted(name.decode(errors="replace").split("/") for name in found):
        if (contest, int(number)) not in known:
            yield Problem("candidate.unknown_party", kode=f"{contest} {number}")


def _again(lists: Lists) -> NDArray[np.bool_]:
    """bool[n]: candidates whose number stands on their list before."""
    order = np.lexsort((lists.number, lists.party, lists.dapil, lists.contest))
    columns = [column[order] for column in (lists.contest, lists.dapil, lists.party, lists.number)]
    again = np.zeros(len(lists), np.bool_)
    again[order[1:]] = np.all([column[1:] == column[:-1] for column in columns], axis=0)
    return again


def _rows(code: str, lists: Lists, bad: NDArray[np.bool_]) -> Iterator[Problem]:
    for row in np.flatnonzero(bad).tolist():
        contest, dapil = (column[row].decode(errors="replace") for column in (lists.contest, lists.dapil))
        yield Problem(code, row=row, kode=f"{contest} {dapil} {lists.party[row]}")
