"""The page of an area above the kelurahan, and what it shares with a kelurahan's."""

from collections.abc import Sequence
from typing import Any

from election import words as names
from election.codes import KELURAHAN
from election.contest import Contest
from publisher import places, sirekap
from publisher.folder import Folder
from publisher.outcomes import headline
from publisher.rows import Cut
from publisher.site.bars import bars, parts
from publisher.site.pages import Pages
from publisher.v1 import Counted, Place
from publisher.v1_told import Dapil

HALF = {"ppwp"}
"""Contests in which the law draws a line at half of the votes (UUD 1945 art. 6A(3))."""

COLUMNS = 5
"""Choices that have a column each in a table; with more, only the leader is named."""


def write(
    pages: Pages,
    folder: Folder,
    path: Sequence[Place],
    of: Counted,
    below: Sequence[Counted],
    dapil: Sequence[Dapil],
    cut: Cut,
) -> None:
    """The page of an area; the nation's of the first contest is the front page too.

    `dapil` are those of the area's own assembly.
    """
    contest, outcome, outcomes = of.ballot, of.told.outcome, pages.outcomes
    facts = {
        **common(pages, path, of, cut),
        "rows": [_child(child) for child in below],
        "wide": wide(contest) and all(child.ballot.choice_fields == contest.choice_fields for child in below),
        "level": names.LEVELS[of.place.tingkat + 1],
        "pairs": outcomes.pairs(contest.key, outcome),
        "elected": outcomes.elected(contest.key, outcome),
        "steps": outcomes.steps(contest.key, outcome) if not dapil else [],
        "house": outcomes.house(contest.key, outcome, dapil),
    }
    pages.write(folder, places.page(contest.key, of.place.kode), "area.html", contest, facts)
    if of.place.tingkat == 0 and contest.key == pages.contests[0].key:
        pages.write(folder, "index.html", "area.html", contest, facts)


def common(pages: Pages, path: Sequence[Place], of: Counted, cut: Cut) -> dict[str, Any]:
    """What every area's page shows."""
    contest = of.ballot
    return {
        "above": path,
        "place": of.place,
        "cut": cut,
        "of": of,
        "row": of.row,
        "data": places.v1(contest.key, of.place.kode),
        "sirekap": _sirekap(pages, contest, of.place),
        "parts": parts(of),
        "bars": bars(contest, of.totals),
        "sums": of.totals,
        "half": contest.key in HALF,
        "said": headline(of.told),
        "told": of.told,
        "dapil": list(of.dapil),
    }


def wide(contest: Contest) -> bool:
    """Whether each choice has a column."""
    return 0 < len(contest.choices) <= COLUMNS


def _sirekap(pages: Pages, contest: Contest, place: Place) -> str | None:
    """The same area among the public data of 2024, where that data has the contest and the level."""
    if contest.key not in sirekap.IMAGES or place.tingkat == KELURAHAN:
        return None
    tree = pages.bundle.tree
    return places.aggregate(tree, contest.key, tree.area_index(place.kode))


def _child(of: Counted) -> dict[str, Any]:
    found = bars(of.ballot, of.totals)
    return {
        "place": of.place,
        "row": of.row,
        "bars": found,
        "spark": sorted(found, key=lambda bar: bar.number),
        "leader": next((bar for bar in found if bar.leads), None),
        "page": f"{of.place.kode}.html",
    }
