"""A report: a figure of a record that somebody outside sees otherwise than it counts, made of what was sent."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from publisher.reports import code
from publisher.reports.errors import BadForm, BadValue, NoDifference, NoSuchField, NoteTooLong, NothingYet, Trapped
from publisher.reports.shown import Shown

NOTE: Final = 300
"""Characters of a note."""

TRAP: Final = "situs"
"""The field that people do not see."""

_MARKUP = re.compile(r"<[^<>]*>|[<>]")
_PERSONAL = re.compile(r"[^\s@]+@[^\s@]+|\d(?:[\s.-]?\d){8,}")
"""Addresses, and runs of digits as long as a telephone's or a NIK's. Figures of a form have three."""

GONE: Final = "…"


class Report(Struct, frozen=True):
    """What was reported; equal ones are one report."""

    contest: str
    tps: str
    version: int
    field: str
    value: int


class Sending(Struct, frozen=True):
    """A report as one person sent it, and what the site showed them."""

    report: Report
    code: str
    stood: int | None
    number: int
    note: str | None = None


def sending(texts: Mapping[str, str], shown: Shown) -> Sending:
    """The report in what was sent about a record, as the site shows it.

    Raises Trapped, NoSuchField, BadValue, NothingYet, NoDifference, NoteTooLong, BadForm.
    """
    if texts.get(TRAP):
        raise Trapped
    field = texts.get("field", "")
    if field not in shown.fields:
        raise NoSuchField
    value = _value(texts.get("value", ""))
    stood = shown.counts(field)
    if not shown.tells(field):
        raise NothingYet
    if stood == value:
        raise NoDifference(value=value)
    report = Report(shown.contest, shown.tps, shown.version, field, value)
    return Sending(
        report,
        code.of(_form(texts), *msgspec.structs.astuple(report)),
        stood,
        shown.number,
        note(texts.get("note", "")),
    )


def note(text: str) -> str | None:
    """A note as a reviewer will see it: one line, no markup, nothing that leads to a person. Raises NoteTooLong."""
    seen = "".join(c for c in unicodedata.normalize("NFC", text) if c.isspace() or unicodedata.category(c)[0] != "C")
    plain = _PERSONAL.sub(GONE, _MARKUP.sub(" ", " ".join(seen.split())))
    if len(plain) > NOTE:
        raise NoteTooLong(limit=NOTE)
    return " ".join(plain.split()) or None


def _value(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 3):
        raise BadValue
    return int(plain)


def _form(texts: Mapping[str, str]) -> UUID:
    """The id of the form. A program may leave it out; then a second sending is a second report."""
    try:
        return UUID(texts["id"]) if texts.get("id") else uuid4()
    except ValueError:
        raise BadForm from None
