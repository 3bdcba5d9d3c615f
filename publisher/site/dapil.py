"""The page of a dapil: its quotients in order, the threshold, the closest cut, its lists."""

from collections.abc import Mapping
from typing import Any

from election.contest import Contest
from publisher import places
from publisher.folder import Folder
from publisher.outcomes import headline
from publisher.rows import Cut
from publisher.shapes.area import Place
from publisher.site.bars import bars
from publisher.site.pages import Pages
from publisher.site.scale import scale
from publisher.told import Told
from publisher.v1_told import Dapil


def write(pages: Pages, folder: Folder, of: Dapil, path: Place, whole: Told, cut: Cut) -> None:
    """The page of a dapil; `path` is the area whose assembly it helps to elect, `whole` what is said of it."""
    contest, tree, outcomes = of.ballot, pages.bundle.tree, pages.outcomes
    hurdle: Any = whole.outcome.outcome.get("hurdle") if whole.outcome else None
    known, found = outcomes.choices(contest.key), bars(contest, of.totals)
    facts = {
        "of": of,
        "cut": cut,
        "data": places.dapil(contest.key, of.district.kode),
        "said": headline(of.told),
        "closed": whole.determination,
        "areas": [(kode, tree.nama(tree.area_index(kode))) for kode in of.district.areas],
        "bars": found,
        "scale": scale(contest, found, None),
        "watch": list(of.district.areas),
        "sums": of.totals,
        "quotients": outcomes.quotients(contest.key, of),
        "edge": outcomes.edge(contest.key, of),
        "whole": (path.kode, path.nama),
        "failed": [known[one].name for one in hurdle["failed"] if one in known] if hurdle else [],
        "hurdle": hurdle,
        "lists": _lists(contest, of.totals),
    }
    pages.write(folder, places.dapil_page(contest.key, of.district.kode), "dapil.html", contest, facts)


def _lists(contest: Contest, totals: Mapping[str, int]) -> list[dict[str, Any]]:
    """The parties of a ballot with their candidates and the votes of each; empty where no list is known."""
    found = zip(contest.choices, contest.choice_fields, strict=True)
    return [
        {
            "party": party,
            "own": totals.get(f"{field}_suara_partai"),
            "candidates": [(one, totals.get(f"{field}_calon_{one.number}")) for one in party.candidates],
        }
        for party, field in found
        if party.candidates
    ]
