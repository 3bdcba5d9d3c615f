"""The page of one TPS: every figure as keyed, as read and as counted, beside the page it was read from."""

from collections.abc import Sequence
from typing import Any

from election import words as names
from election.contest import SUARA, Contest
from publisher import places, sums
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.site.bars import bars
from publisher.site.kelurahan import shown
from publisher.site.pages import Pages
from publisher.v1 import Place
from publisher.view import BlockView, RecordView


def write(
    pages: Pages,
    folder: Folder,
    contest: Contest,
    path: Sequence[Place],
    place: Place,
    view: RecordView,
    cut: Cut,
) -> None:
    """The page of one TPS; `path` are the places above it, nation first."""
    row = pages.bundle.tree.tps_index(place.kode)
    dpt = int(pages.bundle.dpt_l[row]), int(pages.bundle.dpt_p[row])
    votes = view.block(SUARA)
    facts = {
        "above": path,
        "place": place,
        "cut": cut,
        "view": view,
        "data": places.v1(contest.key, path[-1].kode),
        "bars": bars(contest, shown(view)),
        "votes": votes,
        "why": sums.reasons(contest, votes, view, dpt) if votes else [],
        "blocks": [_block(contest, block, view, dpt) for block in _form_order(view)],
        "history": [(line, sums.reasons_then(contest, line.step, dpt)) for line in reversed(view.history)],
    }
    pages.write(folder, places.tps_page(contest.key, place.kode), "tps.html", contest, facts)


def _block(contest: Contest, block: BlockView, view: RecordView, dpt: tuple[int, int]) -> dict[str, Any]:
    shown = {other.name: other.shown for other in view.blocks if other.shown is not None}
    rows = [
        {"field": field, "words": names.field(contest, field), "officer": o, "machine": m, "counted": c}
        for field, o, m, c in zip(
            block.fields, _dense(block, block.officer), _dense(block, block.machine), _dense(block, block.counted),
            strict=True,
        )
    ]  # fmt: skip
    return {
        "block": block,
        "words": names.block(contest, block.name),
        "rows": rows,
        "sums": sums.sums(contest, shown, block.name),
        "reasons": sums.reasons(contest, block, view, dpt),
        "pages": [page for page in view.pages if page.page in block.pages],
    }


def _dense(block: BlockView, figures: Sequence[int | None] | None) -> Sequence[int | None]:
    return (None,) * len(block.fields) if figures is None else figures


def _form_order(view: RecordView) -> list[BlockView]:
    """The blocks as they follow each other on paper."""
    return sorted(view.blocks, key=lambda block: block.pages)
