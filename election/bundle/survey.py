"""What is wrong or odd in a bundle beyond the tree itself. Pure; `check` reads the files."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from election import form
from election.bundle.dapil import Dapil
from election.bundle.model import Bundle, Holding, Manifest, Sheets, holding_mask
from election.bundle.survey_lists import survey_lists
from election.codes import KELURAHAN, NATION_CODE, changes
from election.contest import CONTEST_TYPES, Candidate, Choice, Contest
from election.errors import Rejected
from election.planting import AreaColumns, named_rows, survey
from election.problem import Problem
from election.region import Tree

MAX_DPT = 999
"""Three boxes a number: what no form can say, no list of voters can hold."""


def survey_sheets(sheets: Sheets) -> list[Problem]:
    """What the sheets show by themselves, errors and warnings, file by file."""
    return [
        *survey(sheets.areas, sheets.tps),
        *_empty_kelurahan(sheets),
        *_voters(sheets),
        *_contests(sheets.manifest, sheets.areas),
        *_dapil(sheets.dapil, sheets.areas),
        *survey_lists(sheets),
    ]


def survey_bundle(bundle: Bundle) -> list[Problem]:
    """What only the tree shows: TPS without a ballot or a dapil; and ballots that their paper has no room for."""
    found = list(_papers(bundle))
    for holding in bundle.manifest.contests:
        held = bundle.held[holding.key]
        if holding.ballots and not holding.choices:
            without = held & ~holding_mask(bundle.tree, holding.ballots, ())
            found += _kelurahan("contest.no_ballot", holding.key, bundle.tree, without)
        if bundle.dapil.of(holding.key):
            without = held & (bundle.dapil.tps(holding.key, bundle.tree) < 0)
            found += _kelurahan("dapil.gap", holding.key, bundle.tree, without)
    return found


def _papers(bundle: Bundle) -> Iterator[Problem]:
    """Each ballot beside its form; of those that look alike to a form, one."""
    for holding in bundle.manifest.contests:
        if not holding.form or holding.key not in CONTEST_TYPES:
            continue
        longest = bundle.lists.longest(holding.key)
        alike = {tuple(c.number for c in choices): area for area, choices in _ballots(holding).items() if choices}
        for numbers, area in alike.items():
            try:
                form.of(_paper(holding, numbers, longest))
            except Rejected as error:
                yield Problem("contest.form_mismatch", kode=f"{holding.key} {area} ({error})")


def _ballots(holding: Holding) -> dict[str, tuple[Choice, ...]]:
    return {NATION_CODE: holding.choices, **holding.ballots}


def _paper(holding: Holding, numbers: tuple[int, ...], candidates: int) -> Contest:
    """The longest ballot of these numbers: every party has as many candidates as any."""
    people = tuple(Candidate(str(n), n, "") for n in range(1, candidates + 1))
    choices = tuple(Choice(str(number), number, str(number), candidates=people) for number in numbers)
    return Contest(holding.key, choices, holding.form)


def _kelurahan(code: str, key: str, tree: Tree, tps: NDArray[np.bool_]) -> Iterator[Problem]:
    """One problem for each kelurahan with such TPS."""
    for area in np.unique(tree.tps_parent[tps]).tolist():
        yield Problem(code, kode=f"{key} {tree.kode(area)}")


def _contests(manifest: Manifest, areas: AreaColumns) -> list[Problem]:
    if not manifest.contests:
        return [Problem("contest.none")]
    known = _known(areas)
    keys = Counter(holding.key for holding in manifest.contests)
    problems = [Problem("contest.duplicate", kode=key) for key, times in keys.items() if times > 1]
    return [*problems, *(problem for holding in manifest.contests for problem in _holding(holding, known))]


def _known(areas: AreaColumns) -> set[str]:
    return {NATION_CODE, *(kode.decode(errors="replace") for kode in areas.kode.tolist())}


def _holding(holding: Holding, known: set[str]) -> Iterator[Problem]:
    if holding.key not in CONTEST_TYPES:
        yield Problem("contest.unknown", kode=holding.key)
        return
    yield from _choices(holding)
    named = (*holding.areas, *holding.without, *holding.ballots)
    yield from (Problem("contest.unknown_area", kode=f"{holding.key} {kode}") for kode in named if kode not in known)


def _choices(holding: Holding) -> Iterator[Problem]:
    if not holding.choices and not holding.ballots:
        yield Problem("contest.no_choices" if holding.form else "contest.choices_unknown", kode=holding.key)
    for area, choices in {"": holding.choices, **holding.ballots}.items():
        if area and not choices:
            yield Problem("contest.no_choices", kode=f"{holding.key} {area}")
        if any(choice.number < 1 for choice in choices):
            yield Problem("contest.bad_number", kode=f"{holding.key} {area}".strip())
        if _clash(choices):
            yield Problem("contest.duplicate_choice", kode=f"{holding.key} {area}".strip())


def _clash(choices: tuple[Choice, ...]) -> bool:
    return len({c.id for c in choices}) < len(choices) or len({c.number for c in choices}) < len(choices)


def _empty_kelurahan(sheets: Sheets) -> list[Problem]:
    if not len(sheets.tps.kode):
        return [Problem("tps.none")]
    named = sheets.tps.parent[changes(sheets.tps.parent)]
    empty = (sheets.areas.tingkat == KELURAHAN) & ~np.isin(sheets.areas.kode, named)
    return named_rows("area.no_tps", sheets.areas.kode, empty)


def _voters(sheets: Sheets) -> list[Problem]:
    men, women = sheets.dpt_l, sheets.dpt_p
    # -1 says that the number is not known; anything else below zero is an error of the file.
    bad = (men < -1) | (women < -1) | (men + women > MAX_DPT)
    half = ~bad & ((men < 0) != (women < 0))
    return [
        *named_rows("tps.bad_dpt", sheets.tps.kode, bad),
        *named_rows("tps.half_dpt", sheets.tps.kode, half),
    ]


def _dapil(dapil: Dapil, areas: AreaColumns) -> Iterator[Problem]:
    if not dapil.districts:
        return
    known = _known(areas)
    seen: set[tuple[str, str]] = set()
    for district in dapil.districts:
        for kode in district.areas:
            place = f"{district.contest} {district.kode} {kode}"
            if kode not in known:
                yield Problem("dapil.unknown_area", kode=place)
            if (district.contest, kode) in seen:
                yield Problem("dapil.overlap", kode=place)
            seen.add((district.contest, kode))
