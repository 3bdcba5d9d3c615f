"""The lines of a record's history, newest first: a party's form has sixty of them, and most say what others' say."""

from typing import Final

from markupsafe import Markup, escape

from election import words as names
from publisher import sums, words
from publisher.site.pages import Pages
from publisher.site.sheet import Sheet
from publisher.view import Line, RecordView

ALIKE: Final = frozenset({"scan_received", "reading_submitted", "page_read", "block_counted"})
"""Steps that say the same of every record of a ballot, but for when and under which number."""


def lines(pages: Pages, sheet: Sheet, view: RecordView, dpt: tuple[int, int]) -> list[Markup]:
    """A list item for each step."""
    return [_item(line, _happened(pages, sheet, view, line, dpt)) for line in reversed(view.history)]


def _item(line: Line, happened: Markup) -> Markup:
    step = line.step
    return Markup(  # noqa: S704 — a stamp, escaped, a number, and what a template made
        f'<li>\n<time datetime="{escape(step.at)}">{words.short_moment(step.at)}</time>\n<div>\n{happened}</div>\n'
        f'<span class="log" title="Nomor catatan dalam log umum">#{names.number(step.number)}</span>\n</li>'
    )


def _happened(pages: Pages, sheet: Sheet, view: RecordView, line: Line, dpt: tuple[int, int]) -> Markup:
    """What a step says; what it says of every record is said once a ballot."""
    step = line.step
    alike = step.kind in ALIKE and not step.reasons and not line.changes
    known = sheet.steps.get((step.kind, step.page, step.block)) if alike else None
    if known is not None:
        return known
    told = sums.reasons_then(sheet.contest, step, dpt)
    found = pages.macro("step.html", "happened")(step, line.changes, told, sheet.blocks, sheet.words, view.tps)
    if alike:
        sheet.steps[step.kind, step.page, step.block] = found
    return found
