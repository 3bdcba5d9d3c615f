"""The tree of 2024 as far as no count changes it: areas, dapil, parties, who can be voted for, the zero document."""

from collections.abc import Iterator

import numpy as np

from election.bundle import Bundle
from election.codes import KELURAHAN
from election.contest import CONTEST_TYPES, Choice, Kind, Level
from publisher import places
from publisher.ballots import Ballots
from publisher.dapil import assembly_code
from publisher.sirekap import lists
from publisher.sirekap.figures import Json
from publisher.sirekap.shapes import shape

Document = tuple[str, object]
"""Path and JSON value."""

LEVELS = {Level.PROVINSI: 1, Level.KABUPATEN: 2}
"""Ballots that are the same in the whole of an area → that area's level."""


def documents(bundle: Bundle, ballots: Ballots, ts: str) -> Iterator[Document]:
    """Everything, for one contest. What contests have in common comes out the same whichever of them makes it."""
    kind = CONTEST_TYPES[ballots.key]
    for area in range(bundle.tree.n_areas):
        yield places.wilayah(bundle.tree, area), lists.children(bundle.tree, area)
    yield places.zero(ballots.key), _zero(ballots, ts)
    if kind.local:
        yield (
            f"pilkada/paslon/{ballots.key}.json",
            {
                kode: lists.choices(ballots.of_area(area), ts)
                for kode, area in _voting(bundle, ballots, LEVELS[kind.ballot])
            },
        )
        yield from _held_areas(bundle, ballots.key)
    elif kind.kind is Kind.PARTIES:
        yield "pemilu/partai.json", _parties(bundle, ts)
        yield from _dapil(bundle, ballots)
    elif kind.kind is Kind.CANDIDATES:
        for kode, area in _voting(bundle, ballots, LEVELS[kind.ballot]):
            yield f"pemilu/caleg/dpd/{kode}.json", lists.candidates(ballots.of_area(area))
    else:
        yield f"pemilu/{ballots.key}.json", lists.choices(ballots.printed.shared, ts)


def _zero(ballots: Ballots, ts: str) -> Json:
    """With as many pictures as the longest form has pages."""
    _, first = np.unique(ballots.printed.of_tps, return_index=True)
    held = [row for row in first.tolist() if ballots.printed.of_tps[row] >= 0]
    pages = max((ballots.of_tps(row).pages for row in held), default=1)
    return shape(ballots.key).zero(ballots.printed.shared, pages, ts)


def _voting(bundle: Bundle, ballots: Ballots, tingkat: int) -> Iterator[tuple[str, int]]:
    """Areas of a level that vote with one ballot."""
    for area in np.flatnonzero(ballots.printed.of_area >= 0).tolist():
        if bundle.tree.tingkat(area) == tingkat:
            yield bundle.tree.kode(area), area


def _held_areas(bundle: Bundle, key: str) -> Iterator[Document]:
    """The areas once more as far as they hold the contest."""
    tree, holding = bundle.tree, bundle.tps_holding(key)
    for area in range(tree.n_areas):
        if not holding[tree.tps_of(area)].any():
            continue
        leaves = tree.tingkat(area) == KELURAHAN
        held = [holding[at if leaves else tree.tps_of(at)].any() for at in tree.children(area)]
        found = zip(lists.children(tree, area), held, strict=True)
        yield places.wilayah(tree, area, key), [line for line, holds in found if holds]


def _dapil(bundle: Bundle, ballots: Ballots) -> Iterator[Document]:
    printed, tree, key = ballots.printed, bundle.tree, ballots.key
    line = lists.dapil if key == "pdpr" else lists.dapil_of_assembly
    assemblies: dict[str, list[Json]] = {}
    for i, one in enumerate(printed.dapil):
        ballot = int(printed.of_dapil[i])
        yield (
            f"pemilu/caleg/partai/{one.kode}.json",
            lists.lists(printed.shared if ballot < 0 else printed.ballots[ballot]),
        )
        assembly = assembly_code(key, one)
        assemblies.setdefault(assembly, []).append(line(one, i + 1))
        areas = [lists.line(tree, tree.area_index(kode)) for kode in one.areas]
        yield places.dapil_areas(key, assembly, one.kode), areas
    for assembly, found in assemblies.items():
        yield places.dapil_list(key, assembly), found
    if key == "pdprdp":
        yield places.dapil_list(key, "0"), [one for one in lists.children(tree, 0) if one["kode"] in assemblies]


def _parties(bundle: Bundle, ts: str) -> Json:
    """One list for all contests of parties. A party of one province among several is one of Aceh's, as it was."""
    found: dict[int, Choice] = {}
    where: dict[int, set[int]] = {}
    for key in bundle.live:
        if CONTEST_TYPES[key].kind is not Kind.PARTIES:
            continue
        printed = bundle.printed(key)
        held = np.flatnonzero(printed.of_tps >= 0)
        for rows in (held, held[::-1]):  # the first and the last TPS of a ballot: it is local where they are
            ids, at = np.unique(printed.of_tps[rows], return_index=True)
            for ballot, row in zip(ids.tolist(), rows[at].tolist(), strict=True):
                for party in printed.ballots[ballot].choices:
                    found.setdefault(party.number, party)
                    where.setdefault(party.number, set()).add(bundle.tree.path(row)[1])
    several = len(set().union(*where.values())) > 1
    local = {number: several and len(at) == 1 for number, at in where.items()}
    return lists.parties((found[number] for number in sorted(found)), local, ts)
