"""Lengths to draw by: the choices' bars and the four parts of a count. SVG attributes, because pages may carry no
inline style and printers drop backgrounds; never figures to decide by.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from markupsafe import Markup
from msgspec import Struct

from election import words as names
from election.contest import Contest
from publisher.ink import legible
from publisher.v1 import Counted


class Bar(Struct, frozen=True):
    """One choice's line: votes, share in words, and the bar's start and length in per cent of the whole."""

    number: int
    name: str
    color: str
    votes: int
    share: str
    start: float
    length: float
    leads: bool


class Part(Struct, frozen=True):
    """One of the four parts of how much is counted."""

    key: str
    words: names.Words
    tps: int
    start: float
    length: float


def bars(contest: Contest, figures: Mapping[str, int | None]) -> list[Bar]:
    """The choices' bars, most votes first, equal ones by ballot number. `figures` has the choices' votes by field."""
    votes = [figures.get(field) or 0 for field in contest.choice_fields]
    whole, most, start, found = sum(votes), max(votes, default=0), 0, []
    for choice, count in zip(contest.choices, votes, strict=True):
        share = names.percent(count, whole)
        at, length = (hundredths(part, whole) for part in (start, count))
        leads = count == most > 0
        found.append(Bar(choice.number, choice.name, legible(choice.color), count, share, at, length, leads))
        start += count
    return sorted(found, key=lambda bar: (-bar.votes, bar.number))


def keys(bars: Sequence[Bar]) -> list[Markup]:
    """A square in each choice's colour and its number, by ballot number: what the columns of a table begin with."""
    return [_key(bar.color, bar.number) for bar in sorted(bars, key=lambda bar: bar.number)]


@cache
def _key(color: str, number: int) -> Markup:
    return KEY.format(color, number)


KEY = Markup(
    '<svg class="swatch" width="12" height="12" aria-hidden="true" focusable="false">'
    '<rect width="12" height="12" fill="{}"/></svg>{}'
)


def parts(of: Counted) -> list[Part]:
    """How much is counted, in four parts that make up the whole."""
    counts = (
        ("counted", ("dihitung", "counted"), of.row.counted),
        ("held", ("ditahan", "held"), of.row.held),
        ("arriving", ("sedang diproses", "being processed"), of.arriving),
        ("absent", ("belum masuk", "not yet in"), of.absent),
    )
    found, start = [], 0
    for key, said, tps in counts:
        found.append(Part(key, said, tps, hundredths(start, of.row.tps), hundredths(tps, of.row.tps)))
        start += tps
    return found


def hundredths(part: int, whole: int) -> float:
    """The length of a bar in per cent, with two decimals; to draw by, never to decide by."""
    return round(100 * part / whole, 2) if whole else 0.0
