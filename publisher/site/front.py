"""The front page of an election with several contests: of each how far it is, who leads, what can still change."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from publisher import places
from publisher.folder import Folder
from publisher.outcomes import headline
from publisher.rows import Cut
from publisher.site.bars import bars, parts
from publisher.site.pages import Pages
from publisher.site.scale import scale
from publisher.v1 import Counted

SHOWN = 3
"""Choices of a contest that the front page has room for."""


class Standing(Struct, frozen=True):
    """One contest of the whole nation, at one cut. Its `arriving` is not known, so that they are with the absent."""

    of: Counted
    cut: Cut


def write(pages: Pages, folder: Folder, standings: Sequence[Standing]) -> None:
    """The front page."""
    facts = {
        "lines": [_line(one) for one in standings],
        "cut": max((one.cut for one in standings), key=lambda cut: cut.at),
        "data": "",
        "watch": [],
    }
    pages.write(folder, "index.html", "front.html", pages.contests[0], facts)


def _line(one: Standing) -> dict[str, Any]:
    contest, found = one.of.ballot, bars(one.of.ballot, one.of.totals)
    return {
        "contest": contest,
        "page": places.page(contest.key, one.of.place.kode),
        "row": one.of.row,
        "parts": [part for part in parts(one.of) if part.key != "arriving"],
        "bars": found[:SHOWN],
        "others": len(found) - SHOWN,
        "scale": scale(contest, found, None),
        "said": headline(one.of.told),
        "closed": one.of.told.determination is not None,
    }
