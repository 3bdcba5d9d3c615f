"""The pages of reports, in the site's own frame: the form, the thanks, the state. Words only; nothing is decided."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from aiohttp import web
from msgspec import Struct

from election import report as reports
from election import words
from election.bundle import Bundle
from election.contest import Contest
from election.errors import SuaraError
from publisher.files import HEADERS
from publisher.problem import status_of
from publisher.reports import code
from publisher.reports.report import NOTE, TRAP
from publisher.reports.sent import retry
from publisher.reports.shelf import Kept
from publisher.reports.shown import Shown
from publisher.site.pages import Pages

OWN: Final = {
    **HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # or the browser would not say which page a form was sent from
}


class ReportStep(Struct, frozen=True):
    """One thing that happened to a report."""

    at: str
    what: words.Words


class ReportStanding(Struct, frozen=True):
    """What anyone may know of a report: `GET /report/{code}`."""

    code: str
    contest: str
    tps: str
    version: int
    field: str
    value: int
    counts: int | None  # now
    state: str
    words: words.Words
    reason: str | None  # why it was closed
    times: int  # how often the same was reported
    at: str
    steps: tuple[ReportStep, ...]


class Screens:
    """Renders the pages. The bundle says what a field is called."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._pages = Pages(bundle, bundle.live)

    def start(self) -> web.Response:
        """Where to begin, without a record."""
        return self._page("report", "report.html", self._pages.contests[0], record=None)

    def form(self, record: Shown, texts: Mapping[str, str], error: SuaraError | None = None) -> web.Response:
        """The form about a record, filled in with what was typed before."""
        return self._page(
            "report", "report.html", record.ballot, error, record=record, typed=_typed(texts), trap=TRAP, limit=NOTE,
            form=_form(texts), blocks=_blocks(record),
        )  # fmt: skip

    def refused(self, error: SuaraError, record: Shown | None, texts: Mapping[str, str]) -> web.Response:
        """The form again, with why it was refused; without a record, where to begin."""
        if record is not None:
            return self.form(record, texts, error)
        return self._page("report", "report.html", self._pages.contests[0], error, record=None)

    def told(self, asked: str, kept: Kept, record: Shown) -> ReportStanding:
        """What anyone may know of a report."""
        one = kept.report
        current = one.version == record.version
        now = record.counts(one.field) if current else None
        state = reports.state(one.value, now, kept.stood, {step.kind for step in kept.steps}, current=current)
        reason = next((step.reason for step in kept.steps if step.reason), None)
        steps = [ReportStep(kept.at, reports.STATES[reports.ReportState.RECEIVED])]
        steps += [ReportStep(step.at, _said(step.kind, step.reason)) for step in kept.steps]
        return ReportStanding(
            asked, one.contest, one.tps, one.version, one.field, one.value, now, state.value, reports.STATES[state],
            reason if state is reports.ReportState.UNCHANGED else None, kept.times, kept.at, tuple(steps),
        )  # fmt: skip

    def state(self, asked: str, kept: Kept, record: Shown, *, new: bool) -> web.Response:
        """What became of a report; `new` thanks for it, too."""
        told = self.told(asked, kept, record)
        known = told.field in record.fields
        called = words.field(record.ballot, told.field) if known else (told.field, told.field)
        return self._page(
            "report/code", "reported.html", record.ballot, record=record, told=told, called=called, new=new,
            code=code.shown(asked), why=reports.CLOSINGS.get(told.reason or ""),
        )  # fmt: skip

    def _page(
        self, path: str, template: str, contest: Contest, error: SuaraError | None = None, **facts: object
    ) -> web.Response:
        facts = {"data": "", "error": error, **facts}
        body = self._pages.render(path, template, contest, facts)
        headers = OWN | (retry(error) if error else {})
        return web.Response(body=body, status=status_of(error) if error else 200, headers=headers)


def _said(kind: str, reason: str | None) -> words.Words:
    if kind == "seen":
        return reports.STATES[reports.ReportState.SEEN]
    return reports.CLOSINGS.get(reason or "", reports.STATES[reports.ReportState.UNCHANGED])


def _typed(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: texts.get(name, "")[: 4 * NOTE] for name in ("field", "value", "note")}


def _form(texts: Mapping[str, str]) -> UUID:
    """The id of the form: the same one as long as it was not kept."""
    try:
        return UUID(texts.get("id", ""))
    except ValueError:
        return uuid4()


def _blocks(record: Shown) -> list[tuple[words.Words, list[tuple[str, words.Words, int | None]]]]:
    """Block → its fields with their words and what is shown of each."""
    of = record.ballot
    return [
        (words.block(of, name), [(field, words.field(of, field), record.told.get(field)) for field in fields])
        for name, fields in of.blocks.items()
    ]
