"""The page of an area above the kelurahan, and what it shares with a kelurahan's."""

from collections.abc import Sequence
from typing import Any

from election import words as names
from election.contest import Contest, Kind
from publisher import places
from publisher.folder import Folder
from publisher.outcomes import headline
from publisher.rows import Cut
from publisher.shapes.area import Place
from publisher.site.bars import bars, keys, parts
from publisher.site.earlier import earlier
from publisher.site.pages import Pages
from publisher.site.scale import scale
from publisher.site.tiles import tiles
from publisher.site.turnout import turnout
from publisher.v1 import Counted
from publisher.v1_told import Dapil

TIMED = 2
"""Level of the last areas whose course over time is kept (`chronicle`)."""

FEW = 3
"""Provinces of which no map is drawn: the table says it better."""

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
    """The page of an area; the nation's of an only contest is the front page too.

    `dapil` are those of the area's own assembly.
    """
    contest, outcome, outcomes = of.ballot, of.told.outcome, pages.outcomes
    rows, elected = [_child(child) for child in below], outcomes.elected(contest.key, outcome)
    facts = {
        **common(pages, folder, path, of, cut),
        "rows": rows,
        "tiles": tiles(rows) if of.place.tingkat == 0 and len(rows) > FEW else [],
        "last": len(elected) if contest.type.kind is Kind.CANDIDATES else 0,
        "wide": wide(contest) and all(child.ballot.choice_fields == contest.choice_fields for child in below),
        "level": names.LEVELS[of.place.tingkat + 1],
        "pairs": outcomes.pairs(contest.key, outcome),
        "elected": elected,
        "steps": outcomes.steps(contest.key, outcome) if not dapil else [],
        "house": outcomes.house(contest.key, outcome, dapil),
    }
    pages.write(folder, places.page(contest.key, of.place.kode), "area.html", contest, facts)
    if of.place.tingkat == 0 and len(pages.contests) == 1:
        pages.write(folder, "index.html", "area.html", contest, facts)


def common(pages: Pages, folder: Folder, path: Sequence[Place], of: Counted, cut: Cut) -> dict[str, Any]:
    """What every area's page shows."""
    contest, tree = of.ballot, pages.bundle.tree
    found = bars(contest, of.totals)
    return {
        "above": path,
        "place": of.place,
        "cut": cut,
        "of": of,
        "row": of.row,
        "data": places.v1(contest.key, of.place.kode),
        "sirekap": places.aggregate(tree, contest.key, tree.area_index(of.place.kode)),
        "parts": parts(of),
        "bars": found,
        "keys": keys(found),
        "scale": scale(contest, found, of.told.outcome, of.place.tingkat),
        "turnout": turnout(contest, of.totals, of.row) if of.row.adm_counted else None,
        "watch": [of.place.kode],
        "earlier": earlier(folder, contest.key, of.place.kode),
        "timed": of.place.tingkat <= TIMED and of.row.counted > 0,
        "sums": of.totals,
        "said": headline(of.told),
        "told": of.told,
        "dapil": list(of.dapil),
    }


def wide(contest: Contest) -> bool:
    """Whether each choice has a column."""
    return 0 < len(contest.choices) <= COLUMNS


def _child(of: Counted) -> dict[str, Any]:
    found = bars(of.ballot, of.totals)
    return {
        "place": of.place,
        "row": of.row,
        "bars": found,
        "keys": keys(found),
        "spark": sorted(found, key=lambda bar: bar.number),
        "leader": next((bar for bar in found if bar.leads), None),
        "page": f"{of.place.kode}.html",
    }
