"""The page of one TPS: the scan beside every figure as keyed, as read and as counted, why, since when, and the proof.

The figures are in the HTML, a row each, written here without templates because a party's form has hundreds of them.
Where they stand on the paper is in `sheet`'s shared files, by which the page's program outlines them.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from election import words as names
from election.block import BlockState
from election.contest import ADM, SUARA, Contest
from election.rules.telling import Told
from publisher import places, sums
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.shapes.area import Place
from publisher.site import history, qr
from publisher.site.bars import bars
from publisher.site.kelurahan import shown
from publisher.site.pages import Pages
from publisher.site.sheet import Sheet, Sheets
from publisher.view import BlockView, RecordView

SURE: Final = (
    "Mesin yakin: peluang bacaannya di atas ambang kebijakan",
    "The machine is sure: its reading is likelier than the policy asks",
)
UNSURE: Final = (
    "Mesin ragu: peluang bacaannya di bawah ambang kebijakan, jadi orang yang melihat",
    "The machine is unsure: its reading is less likely than the policy asks, so people look",
)
DOUBTS: Final = frozenset({"read.uncertain"})

NEWEST: Final = 20
"""Lines of the history that stand open; a party's form has sixty before anybody decides."""

_SHEETS = Sheets()
"""Of this process. What a ballot's form looks like does not change while it runs."""


class Part(Struct, frozen=True):
    """One block of the form, ready for its template."""

    block: BlockView
    words: names.Words
    rows: Markup
    total: int | None
    added: list[sums.Sum]
    reasons: list[sums.Reason]
    sure: names.Words | None
    aside: bool  # a party of many: its candidates begin folded away


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
    sheet = _SHEETS.of(contest)
    broken = sums.broken(contest, view, dpt)
    parts = _parts(sheet, view, broken)
    facts = {
        "above": path,
        "place": place,
        "cut": cut,
        "view": view,
        "data": places.v1(contest.key, path[-1].kode),
        "bars": bars(contest, shown(view)),
        "votes": next((part for part in parts if part.block.name == SUARA), None),
        "parts": parts,
        "parties": sheet.parties,
        "block_of": sheet.blocks,
        "called": sheet.words,
        "forms": _SHEETS.places(folder, sheet),
        "history": history.lines(pages, sheet, view, dpt),
        "newest": NEWEST if len(view.history) > NEWEST + 4 else len(view.history),
        "qr": qr.picture(folder, pages.bundle.tree, pages.base_url, contest.key, row) if pages.base_url else None,
        "base_url": pages.base_url or "ALAMAT",
    }
    pages.write(folder, places.tps_page(contest.key, place.kode), "tps.html", contest, facts)


def _parts(sheet: Sheet, view: RecordView, broken: Sequence[Told]) -> list[Part]:
    """The blocks as they follow each other on paper."""
    shown = {block.name: block.shown for block in view.blocks if block.shown is not None}
    added = sums.every(sheet.contest, shown)
    ordered = sorted(view.blocks, key=lambda block: block.pages)
    return [_part(sheet, block, added.get(block.name, []), broken) for block in ordered]


def _part(sheet: Sheet, block: BlockView, added: list[sums.Sum], broken: Sequence[Told]) -> Part:
    codes = (*block.reasons, *block.warnings)
    figures = block.shown
    troubled = bool(codes) or block.state is BlockState.HELD or bool(block.proposed)
    return Part(
        block=block,
        words=sheet.blocks[block.name],
        rows=_rows(sheet, block),
        total=figures[-1] if figures and block.name != ADM else None,
        added=added,
        reasons=sums.said(block.name, codes, broken) if codes else [],
        sure=_sure(block),
        aside=sheet.parties and block.name not in {ADM, SUARA} and not troubled,
    )


def _sure(block: BlockView) -> names.Words | None:
    """How likely the machine holds its reading to be, against what the policy asks."""
    if DOUBTS.intersection((*block.reasons, *block.warnings)):
        return UNSURE
    return SURE if block.machine is not None else None


def _rows(sheet: Sheet, block: BlockView) -> Markup:
    """A table row for each number; empty where there is none yet."""
    if block.shown is None and block.machine is None:
        return Markup()
    columns = zip(
        block.fields, _dense(block, block.officer), _dense(block, block.machine), _dense(block, block.counted),
        strict=True,
    )  # fmt: skip
    return Markup("".join(_row(sheet.heads[field], *figures) for field, *figures in columns))  # noqa: S704 — numbers


def _row(head: str, officer: int | None, machine: int | None, counted: int | None) -> str:
    differs = officer is not None and machine is not None and officer != machine
    corrected = counted is not None and officer is not None and counted != officer
    mark = '<span class="hidden"> berbeda</span><span class="mark" aria-hidden="true">≠</span>' if differs else ""
    return (
        f"<tr{' class=differs' if differs or corrected else ''}{head}"
        f"<td>{_number(officer)}</td><td>{_number(machine)}{mark}</td><td>{_number(counted)}</td></tr>\n"
    )


def _number(figure: int | None) -> str:
    return "–" if figure is None else str(figure)


def _dense(block: BlockView, figures: Iterable[int | None] | None) -> Iterable[int | None]:
    return (None,) * len(block.fields) if figures is None else figures
