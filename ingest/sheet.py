"""What an officer's phone must know of one TPS to work without a signal: forms, fields, sums, policies, settings.

All of it may be read by anyone: reference data of the bundle, and which version of its record each contest is in. What
has come in from a TPS is not told here.
"""

import gzip
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Literal, Self

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from election import form as forms
from election import reasons, words
from election.bundle import Bundle
from election.clock import stamp
from election.codes import Indices
from election.contest import SUARA_TOTALS, Contest
from election.event import WHOLE, VersionOpened
from election.form import Field, Form, Mark, Page, Rect, Tag
from election.record import Opened
from election.rules import Line, Relation, Rule, Severity, catalogue, limits_of
from election.rules.rule import Sheet as Columns
from election.rules.telling import PARTS
from election.tally import Column, Tallies
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door

OFFICIAL = ("dpt_l", "dpt_p")
"""Figures that a check may compare with and that stand on no form: the voters the bundle has for the TPS."""

TOTALS_PAGE: words.Words = ("Suara sah dan tidak sah", "Valid and invalid votes")

Terms = tuple[tuple[str, int], ...]
"""Σ coefficient · figure."""


class FieldRow(Struct, frozen=True):
    """One number of the record: what it is called and where its boxes lie on the paper (mm)."""

    name: str
    block: str
    id: str
    en: str
    boxes: tuple[Rect, ...]
    candidate: bool


class PageRow(Struct, frozen=True):
    """One sheet of paper: what a camera knows it by, and its numbers in the order of the paper."""

    page: int
    id: str
    en: str
    tags: tuple[Tag, ...]
    marks: tuple[Mark, ...]
    fields: tuple[FieldRow, ...]


class Check(Struct, frozen=True):
    """One comparison of a rule. Texts keep the gaps {left}, {right} and {difference} for the phone to fill."""

    code: str
    block: str
    relation: Relation
    left: Terms
    right: Terms
    id: str
    en: str


class Ground(Struct, frozen=True):
    """Why a record began anew: the legal ground in words, and the decision that orders it."""

    id: str
    en: str
    order: str

    @classmethod
    def of(cls, opened: Opened | VersionOpened) -> Self:
        """Of the opening of a version."""
        return cls(*reasons.reason(opened.ground), opened.order)


class ContestSheet(Struct, frozen=True):
    """One contest as it stands on this TPS's ballot. What a phone sends names the record's `version`."""

    key: str
    id: str
    en: str
    form: str
    size: tuple[float, float]  # mm
    candidates: Literal["keyed", "confirmed"]
    pages: tuple[PageRow, ...]
    checks: tuple[Check, ...]
    version: int = 1
    ground: Ground | None = None


class TpsSheet(Struct, frozen=True):
    """All of it. `place` from provinsi to kelurahan; `dpt` lacks what the bundle does not know."""

    tps: str
    election: str
    practice: bool
    place: tuple[str, ...]
    dpt: dict[str, int]
    contests: tuple[ContestSheet, ...]


class Greeting(Struct, frozen=True):
    """What a phone asks first. `accounts`: where phones are enrolled; `photo`: bytes that one may have."""

    election: str
    date: str
    practice: bool
    now: str
    accounts: str | None
    photo: int


def sheet_of(bundle: Bundle, tps: str, opened: Mapping[str, VersionOpened] | None = None) -> TpsSheet:
    """The whole sheet of a TPS. `opened`: contest → the opening of its record's version. Raises UnknownTps."""
    index = bundle.tree.tps_index(tps)
    ballots = [bundle.ballot(key, index) for key in bundle.contests if bundle.holds(key, index)]
    return TpsSheet(
        tps=tps,
        election=bundle.name,
        practice=bundle.manifest.seed is not None,
        place=tuple(map(bundle.tree.nama, bundle.tree.path(index)[1:])),
        dpt=_official(bundle.dpt_l, bundle.dpt_p, index),
        contests=tuple(
            _versioned(contest_sheet(ballot, bundle.settings.candidates), (opened or {}).get(ballot.key))
            for ballot in ballots
            if ballot.form
        ),
    )


def _versioned(sheet: ContestSheet, opened: VersionOpened | None) -> ContestSheet:
    return sheet if opened is None else replace(sheet, version=opened.version, ground=Ground.of(opened))


def _official(dpt_l: Indices, dpt_p: Indices, index: int) -> dict[str, int]:
    known = zip(OFFICIAL, (int(dpt_l[index]), int(dpt_p[index])), strict=True)
    return {name: voters for name, voters in known if voters >= 0}


@lru_cache(maxsize=512)
def contest_sheet(contest: Contest, candidates: Literal["keyed", "confirmed"]) -> ContestSheet:
    """Pages, fields and checks of a ballot; the same object for every TPS that votes with it. Raises as `form.of`."""
    form = forms.of(contest)
    name_id, name_en = words.contest(contest.key)
    pages = tuple(_page(contest, form, page) for page in form.pages)
    size = form.page_size_mm
    return ContestSheet(contest.key, name_id, name_en, form.name, size, candidates, pages, checks(contest))


def _page(contest: Contest, form: Form, page: Page) -> PageRow:
    kept = [field for field in page.fields if field.name in contest.fields]
    title_id, title_en = _title(contest, kept)
    return PageRow(
        page=page.number,
        id=title_id,
        en=title_en,
        tags=page.tags,
        marks=page.marks,
        fields=tuple(_field(contest, field) for field in kept),
    )


def _title(contest: Contest, fields: list[Field]) -> words.Words:
    if all(field.name in SUARA_TOTALS for field in fields):
        return TOTALS_PAGE
    return words.block(contest, fields[0].block)


def _field(contest: Contest, field: Field) -> FieldRow:
    name_id, name_en = words.field(contest, field.name)
    return FieldRow(field.name, field.block, name_id, name_en, field.boxes, candidate="_calon_" in field.name)


@lru_cache(maxsize=64)
def checks(contest: Contest) -> tuple[Check, ...]:
    """Every comparison of the contest's error rules that a phone can make, in the catalogue's order.

    Coefficients are read off the rules by asking each about the unit vectors, as `rules.identities` does: the formula
    stands in one place. A comparison that only another form, reading or photo could settle is left out.
    """
    names = (*contest.fields, *OFFICIAL)
    columns = [*contest.fields, *(f"bundle:{name}" for name in OFFICIAL)]
    unit = Tallies(dict(zip(columns, np.eye(len(columns), dtype=np.int64), strict=True)))
    asked = Columns(contest, unit, limits_of(contest))
    return tuple(
        _check(contest, names, rule, line)
        for rule in catalogue()
        if rule.severity is Severity.ERROR
        for line in rule.lines(asked)
        if line.judged.all()
    )


def _check(contest: Contest, names: tuple[str, ...], rule: Rule, line: Line) -> Check:
    part = line.part.rpartition(".")[2]
    told = words.field(contest, part) if part in contest.fields else PARTS.get(part, (part, part))
    gaps = {"left": "{left}", "right": "{right}", "difference": "{difference}"}
    gaps |= {"part_id": told[0], "part_en": told[1]}
    return Check(
        rule.code,
        line.block or rule.block,
        line.relation,
        _terms(names, line.left),
        _terms(names, line.right),
        rule.text_id.format_map({**gaps, "field": told[0]}),
        rule.text_en.format_map({**gaps, "field": told[1]}),
    )


def _terms(names: tuple[str, ...], column: Column) -> Terms:
    return tuple((name, int(value)) for name, value in zip(names, column.values, strict=True) if value)


async def get_sheet(door: Door, ask: Ask) -> Answer:
    """`GET /v1/tps/{kode}/sheet`. Raises UnknownTps."""
    tps = ask.params["kode"]
    index = door.bundle.tree.tps_index(tps)
    held = [key for key in door.bundle.held if door.bundle.holds(key, index)]
    opened = {key: event for key in held if (event := await _opened(door, key, tps)) is not None}
    return _cached(ask, msgspec.json.encode(sheet_of(door.bundle, tps, opened)))


async def _opened(door: Door, key: str, tps: str) -> VersionOpened | None:
    """The opening of the record's version, None for the first."""
    journal = door.storage.journal(key)
    number = await journal.decided(tps, WHOLE)
    entry = await journal.entry(number) if number else None
    return entry.event if entry is not None and isinstance(entry.event, VersionOpened) else None


async def get_settings(door: Door, _ask: Ask) -> Answer:
    """`GET /v1/settings`: what a phone asks first, and the server's time."""
    bundle = door.bundle
    practice, now = bundle.manifest.seed is not None, stamp(door.clock())
    greeting = Greeting(bundle.name, bundle.date, practice, now, door.accounts, door.limits.scan)
    return json_answer(greeting, headers=(("Cache-Control", "no-store"),))


def _cached(ask: Ask, body: bytes) -> Answer:
    """The body, folded where the phone takes it, or 304 where it has it already."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = [("ETag", tag), ("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding")]
    if tag in (ask.headers.get("If-None-Match") or ""):
        return Answer(304, b"", tuple(headers))
    if "gzip" in (ask.headers.get("Accept-Encoding") or ""):
        body = gzip.compress(body, 6, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    return Answer(200, body, tuple(headers), "application/json")
