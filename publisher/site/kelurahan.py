"""The page of a kelurahan: an area's, with a line for each of its TPS."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from election.block import BlockState
from election.contest import ADM, SUARA, Contest
from publisher import places
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.shapes.area import Place
from publisher.site import area
from publisher.site.pages import Pages
from publisher.v1 import Counted
from publisher.view import RecordView


class TpsLine(Struct, frozen=True):
    """One TPS in its kelurahan's table; `view` is None where nothing has come in."""

    place: Place
    view: RecordView | None


def write(pages: Pages, folder: Folder, path: Sequence[Place], of: Counted, lines: Sequence[TpsLine], cut: Cut) -> None:
    """The page of a kelurahan."""
    contest = of.ballot
    told = [_line(contest, line) for line in lines]
    facts = {**area.common(pages, folder, path, of, cut), "lines": told, "wide": area.wide(contest)}
    pages.write(folder, places.page(contest.key, of.place.kode), "kelurahan.html", contest, facts)


def shown(view: RecordView) -> Mapping[str, int | None]:
    """Field → figure of the blocks of votes, as they are shown."""
    return {
        field: figure
        for block in view.blocks
        if block.name != ADM
        for field, figure in zip(block.fields, block.shown or (), strict=False)
    }


def _line(contest: Contest, line: TpsLine) -> dict[str, Any]:
    votes = line.view.block(SUARA) if line.view else None
    figures = shown(line.view) if line.view else {}
    known = line.view is not None
    return {
        "place": line.place,
        "page": places.tps_page(contest.key, line.place.kode).removeprefix(f"{contest.key}/") if known else None,
        "state": votes.state if votes else BlockState.AWAITED,
        "others": Counter(block.state for block in line.view.blocks if block.name != SUARA) if line.view else {},
        "figures": [figures.get(field) for field in contest.choice_fields],
        "valid": figures.get("suara_sah"),
        "counts": votes.counts if votes else False,
    }
