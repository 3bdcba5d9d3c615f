"""Outlining: a validator marks where the page lies in a photo in which the machine found none.

What is marked goes into the journal as `page_outlined`; reading looks at the photo once more and makes the masked
picture (`ocr.outline`). Nothing here touches a pixel.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import asyncpg
from msgspec import Struct

from election import reasons
from election.bundle import Bundle
from election.event import PageOutlined
from election.form import Form, hidden, shown
from election.record import OUTLINED, Photo, Record
from election.words import Words
from review.accounts import Account
from review.decisions import Desk
from review.errors import BadOutline, NothingToOutline, Overtaken
from review.sent import Sent
from review.waiting import SHOWN, place, span

WHOLE: Final = 10_000
"""What corners are told in: parts of the picture's width and height."""

BEYOND: Final = 3_000
"""So far outside the picture a corner of the paper may lie."""

LEAST: Final = 0.05
"""Share of the picture that a page must fill."""

CORNERS: Final = (
    ("Kiri atas", "Top left"),
    ("Kanan atas", "Top right"),
    ("Kanan bawah", "Bottom right"),
    ("Kiri bawah", "Bottom left"),
)
"""As printed on the paper, clockwise."""

_HIDDEN = """
select tps, page, fault, at, count(*) over () as total from published.page
where contest = $1 and tps >= $2 and tps < $3 and rendition is null and fault is not null and fault = any($4)
    and state <> 'superseded'
order by at, tps, page limit $5
"""


class Hidden(Struct, frozen=True):
    """A page that nobody can see."""

    tps: str
    name: str
    place: str
    page: int
    fault: Words
    at: str


async def waiting(pool: asyncpg.Pool, bundle: Bundle, key: str, area: str) -> tuple[list[Hidden], int]:
    """The pages of an area that wait for an outline, those that have waited longest first; and how many there are."""
    rows = await pool.fetch(_HIDDEN, key, *span(area), list(OUTLINED), SHOWN)
    found = [
        Hidden(
            row["tps"], bundle.tree.tps_nama(bundle.tree.tps_index(row["tps"])), place(bundle, row["tps"]), row["page"],
            reasons.reason(row["fault"]), row["at"],
        )
        for row in rows
    ]  # fmt: skip
    return found, rows[0]["total"] if rows else 0


def photo_of(record: Record, page: int) -> Photo:
    """The photo of a page that can be outlined, again too where a hand has done so before. Raises NothingToOutline."""
    photo = record.pages.get(page)
    if photo is None or photo.read is None:
        raise NothingToOutline(page=page)
    if photo.read.outline is None and (photo.read.rendition is not None or photo.read.fault not in OUTLINED):
        raise NothingToOutline(page=page)
    return photo


def can(photo: Photo | None) -> bool:
    """Whether this photo waits for an outline."""
    return photo is not None and photo.picture == "awaits_outline"


def corners_of(sent: Sent) -> tuple[int, ...]:
    """The four corners that a form says. Raises BadOutline where they are no page seen from its front."""
    try:
        corners = tuple(int(sent.texts[f"{axis}{n}"]) for n in range(1, 5) for axis in "xy")
    except (KeyError, ValueError):
        raise BadOutline from None
    points = [*zip(corners[::2], corners[1::2], strict=True)]
    inside = all(-BEYOND <= value <= WHOLE + BEYOND for value in corners)
    if not inside or not _clockwise(points) or _area(points) < LEAST * WHOLE**2:
        raise BadOutline
    return corners


def sheet(form: Form) -> dict[str, object]:
    """What the preview needs of the form's paper: its size, what a picture shows, what is covered on each page."""
    return {
        "size": form.page_size_mm,
        "shown": shown(form.page_size_mm),
        "hidden": {page.number: hidden(page, form.page_size_mm) for page in form.pages},
    }


async def outline(desk: Desk, who: Account, sent: Sent, page: int) -> int:
    """Writes down what a person marked; answers its number. The same sent twice is one outline.

    Raises NothingToOutline, BadOutline; Overtaken where another photo came, or another person was first.
    """
    corners, shows, scan = corners_of(sent), sent.number("shows"), sent.number("scan")
    if shows not in {one.number for one in desk.at.form.pages}:
        raise BadOutline
    photo = photo_of(await desk.record(), page)
    if photo.number != scan:
        raise Overtaken
    event = PageOutlined(
        tps=desk.at.tps, at=desk.pen.now(), scan=scan, page=shows, corners=corners, role=who.role, account=who.name
    )
    # One outline a look: who marks the same photo at the same time as another is told so.
    return await desk.pen.write(event, b"outline of %d after %d" % (scan, sent.number("on")))


def _clockwise(points: Sequence[tuple[int, int]]) -> bool:
    """Whether each corner turns right, as the corners of a page do that is seen from its front (y grows downwards)."""
    around = [*points, *points[:2]]
    return all(_turn(a, b, c) > 0 for (a, b), (_, c) in pairwise([*pairwise(around)]))


def _turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _area(points: Sequence[tuple[int, int]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*points, points[0]]))) / 2
