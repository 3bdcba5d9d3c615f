"""Pages beside the figures: the course of a count, what is held, what was corrected."""

from typing import Any

from election.contest import Contest
from publisher import places
from publisher.chronicle import chart, feed, held, history
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.site.pages import Pages
from publisher.site.scale import HALF

ROWS = 60
"""Points in a page's table; every one is in the document."""


def write_history(pages: Pages, folder: Folder, ballot: Contest, of: history.History, level: int, cut: Cut) -> None:
    """The pictures of a count's course, and the page with its table."""
    half = ballot.key in HALF and level == 0
    for name, frame in (("wide", chart.WIDE), ("narrow", chart.NARROW)):
        folder.write(picture(of.contest, of.kode, name), chart.drawn(of, frame, half))
    every = -(-len(of.points) // ROWS) or 1
    facts = {
        **_place(pages, of.kode),
        "cut": cut,
        "of": of,
        "level": level,
        "rows": [_row(of, at) for at in range(len(of.points) - 1, -1, -every)],
        "every": every,
        "data": history.path(of.contest, of.kode),
    }
    pages.write(folder, f"{of.contest}/waktu/{of.kode}.html", "history.html", ballot, facts)


def picture(contest: str, kode: str, frame: str) -> str:
    """Where a picture of a count's course lies."""
    return f"v1/{contest}/history/{kode}-{frame}.svg"


def write_held(pages: Pages, folder: Folder, of: held.HeldArea, cut: Cut) -> None:
    """The page of what is held in an area."""
    contest = pages.bundle.printed(of.contest).shared
    facts = {
        **_place(pages, of.kode),
        "cut": cut,
        "of": of,
        "lines": [(one, places.tps_page(of.contest, one.tps)) for one in of.records],
        "data": held.path(of.contest, of.kode),
    }
    pages.write(folder, f"{of.contest}/ditahan/{of.kode}.html", "held.html", contest, facts)


def write_corrections(pages: Pages, folder: Folder, ballot: Contest, of: feed.Latest, cut: Cut) -> None:
    """The page of the latest corrections."""
    tree = pages.bundle.tree
    lines = []
    for one in of.corrections:
        row = tree.tps_index(one.tps)
        where = [tree.nama(area) for area in reversed(tree.path(row)[1:])]
        lines.append((one, places.tps_page(of.contest, one.tps), tree.tps_nama(row), ", ".join(where)))
    facts = {"cut": cut, "of": of, "lines": lines, "kinds": feed.KINDS, "data": f"v1/{of.contest}/corrections.json"}
    pages.write(folder, f"{of.contest}/koreksi.html", "corrections.html", ballot, facts)


def _place(pages: Pages, kode: str) -> dict[str, Any]:
    """Name of an area and of those above it."""
    tree = pages.bundle.tree
    chain = places.chain(tree, tree.area_index(kode))
    found = [{"kode": tree.kode(area), "nama": tree.nama(area)} for area in chain]
    return {"above": found[:-1], "place": found[-1]}


def _row(of: history.History, at: int) -> dict[str, Any]:
    point = of.points[at]
    before = of.points[at - 1].corrected if at else 0
    return {"point": point, "corrected": point.corrected - before, "votes": sum(point.votes)}
