"""How a count went on: points in time of one area, close together at first, thinned with age.

The public document is the state itself: it is read, lengthened by a point and written again, synced, so that no other
copy can be lost or differ. A lost one begins anew with the next point; nothing that counts is made of it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from election.contest import Contest
from publisher.folder import Folder

VERSION = 1
SPACINGS = (
    (timedelta(hours=6), timedelta(minutes=1)),
    (timedelta(days=2), timedelta(minutes=10)),
    (timedelta.max, timedelta(hours=2)),
)
"""Up to which age points may lie how close together. Each is a multiple of the one before, so that what a coarser
grid keeps, the finer one had."""


class Point(Struct, frozen=True):
    """What stood at one cut. `votes` follow `History.choices`; `corrected` has only ever grown."""

    number: int  # of the journal
    at: str
    tps: int
    counted: int
    held: int
    votes: tuple[int, ...]
    corrected: int = 0  # decisions by people in the area so far


class Line(Struct, frozen=True):
    """The choice that one position of `votes` is of."""

    number: int
    name: str
    color: str


class History(Struct, frozen=True):
    """`v1/{contest}/history/{kode}.json`."""

    v: int
    contest: str
    kode: str
    nama: str
    choices: tuple[Line, ...]
    points: tuple[Point, ...] = ()


def path(contest: str, kode: str) -> str:
    """Where the document lies, below the public folder."""
    return f"v1/{contest}/history/{kode}.json"


def begun(ballot: Contest, kode: str, nama: str) -> History:
    """A history without a point."""
    lines = tuple(Line(choice.number, choice.name, choice.color) for choice in ballot.choices)
    return History(VERSION, ballot.key, kode, nama, lines)


def known(folder: Folder, ballot: Contest, kode: str, nama: str) -> History:
    """The history as it was written last; a new one where it is lost, damaged or of other choices."""
    empty = begun(ballot, kode, nama)
    try:
        found = msgspec.json.decode((folder.root / path(ballot.key, kode)).read_bytes(), type=History)
    except (FileNotFoundError, msgspec.DecodeError):
        return empty
    return found if found.choices == empty.choices and found.v == VERSION else empty


def lengthened(of: History, point: Point) -> History:
    """`of` with `point` at its end. What the journal no longer has (it was made anew) goes.

    A time is that of an event, and a clock may be off: of points that contradict each other the few go. A new one that
    is before most of the others is shown when the last of them was.
    """
    kept = [one for one in of.points if one.number < point.number]
    later = sum(one.at > point.at for one in kept)
    if 2 * later <= len(kept):
        kept = [one for one in kept if one.at <= point.at]
    at = max([one.at for one in kept] + [point.at])
    return msgspec.structs.replace(of, points=tuple(thinned([*kept, msgspec.structs.replace(point, at=at)])))


def thinned(points: Sequence[Point]) -> Iterable[Point]:
    """The last point of every stretch of time, and always the first: stretches grow with the age of what they hold."""
    now = datetime.fromisoformat(points[-1].at)
    stretches = {_stretch(datetime.fromisoformat(point.at), now): point for point in points[1:]}
    return [points[0], *stretches.values()]


def minute(at: str) -> str:
    """The minute of a stamp: of one area a point a minute is written at most."""
    return at[:16]


def _stretch(at: datetime, now: datetime) -> tuple[int, int]:
    for level, (age, spacing) in enumerate(SPACINGS):
        if now - at < age:
            return level, int(at.timestamp() // spacing.total_seconds())
    raise AssertionError("the last age has no end")
