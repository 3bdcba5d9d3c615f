"""The feed of corrections as files: whole pages that never change again, the latest ones, and Atom (RFC 4287).

A publisher tells all of them again when it begins: the same journal gives the same pages, so that none can be told
twice or be lost, and a page that somebody damaged is whole again.
"""

from collections.abc import Sequence
from html import escape

from msgspec import Struct

from election import words as names
from election.contest import Contest
from election.reasons import reason
from publisher import places
from publisher.chronicle.corrections import Correction
from publisher.folder import Folder

VERSION = 1
PAGE = 500
"""Corrections on one page; a full page never changes again."""

LATEST = 100

KINDS: dict[str, names.Words] = {
    "block_corrected": ("Diverifikasi", "Verified"),
    "block_withdrawn": ("Ditarik", "Withdrawn"),
    "version_opened": ("Versi baru", "New version"),
}
"""What each kind of decision is called."""


class Page(Struct, frozen=True):
    """`v1/{contest}/corrections/{n}.json`, pages from 1."""

    v: int
    contest: str
    page: int
    corrections: tuple[Correction, ...]


class Latest(Struct, frozen=True):
    """`v1/{contest}/corrections.json`: the newest first, how many there are, and on how many pages."""

    v: int
    contest: str
    cursor: int  # journal number up to which everything is told
    at: str
    total: int
    pages: int
    corrections: tuple[Correction, ...]


def page_path(contest: str, page: int) -> str:
    """Where a page lies."""
    return f"v1/{contest}/corrections/{page}.json"


def write_pages(folder: Folder, contest: str, told: Sequence[Correction], new: int) -> None:
    """The pages that hold the last `new` of `told`, oldest first."""
    first = (len(told) - new) // PAGE
    for page in range(first, -(-len(told) // PAGE)):
        some = tuple(told[page * PAGE : (page + 1) * PAGE])
        document = Page(VERSION, contest, page + 1, some)
        folder.json(page_path(contest, page + 1), document)


def latest(contest: str, told: Sequence[Correction], cursor: int, at: str) -> Latest:
    """The newest corrections."""
    newest = tuple(told[: -LATEST - 1 : -1])
    return Latest(VERSION, contest, cursor, at, len(told), -(-len(told) // PAGE), newest)


def atom(of: Latest, ballot: Contest, base_url: str) -> bytes:
    """The same for readers of feeds. Ids stand for ever: they name contest and journal number."""
    title = f"Koreksi {ballot.type.name_id}"
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id">\n'
        f"<title>{escape(title)}</title><id>{base_url}/v1/{of.contest}/corrections.atom</id>"
        f"<updated>{of.at}</updated><author><name>Suara</name></author>\n"
        f'<link href="{base_url}/{of.contest}/koreksi.html"/>'
        f'<link rel="self" href="{base_url}/v1/{of.contest}/corrections.atom"/>\n'
    )
    return (head + "".join(_entry(one, ballot, base_url) for one in of.corrections) + "</feed>\n").encode()


def _entry(one: Correction, ballot: Contest, base_url: str) -> str:
    link = f"{base_url}/{places.tps_page(ballot.key, one.tps)}"
    changes = "; ".join(f"{change.field}: {_figure(change.old)} → {_figure(change.new)}" for change in one.changes)
    said = reason(one.reason)[0]
    return (
        f"<entry><title>TPS {one.tps}: {KINDS[one.kind][0].lower()}</title><id>{link}#{one.number}</id>"
        f'<updated>{one.at}</updated><link href="{link}"/>'
        f"<summary>{escape(f'{said}. {changes}'.strip(' .'))}</summary></entry>\n"
    )


def _figure(value: int | None) -> str:
    return "–" if value is None else names.number(value)
