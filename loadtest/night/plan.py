"""What goes wrong for one officer that night: the line, the fingers, the light. Figures live in `truth`."""

import math

from msgspec import Struct

from loadtest.night.chance import generator

NIGHT_SECONDS = 6 * 3600.0
"""From the first photo to the last."""

LATER_SECONDS = 600.0
"""How long after the mistake an officer sees it and sends the right page."""


class Rates(Struct, frozen=True):
    """How often each thing happens, as a share of TPS (or of photos where it says so)."""

    paper: float = 0.04  # adds wrongly on the paper
    mistype: float = 0.04  # keys another digit
    twice: float = 0.06  # sends the same upload again under the same id
    again: float = 0.03  # sends the same photo under a new id
    lost_reply: float = 0.06  # the line dies before the receipt arrives
    cut: float = 0.06  # the line dies in the middle of a photo
    wrong_page: float = 0.03  # sends page 2 as page 1, the right one later
    dark: float = 0.04  # of photos: poor light, shaking hands


class Plan(Struct, frozen=True):
    """One officer's night. Pages are those the mishap falls on, None where it does not happen."""

    arrival: float  # seconds after the polls' count is done somewhere first, 0 to NIGHT_SECONDS
    twice: int | None  # 0 = the reading
    again: int | None
    lost_reply: int | None  # 0 = the reading
    cut: int | None
    wrong_page: bool
    hardness: tuple[float, ...]  # of each page's photo, 0 easy to 1 barely legible


def plan(seed: int, contest: str, tps: str, pages: int, rates: Rates) -> Plan:
    """How one contest's form of so many pages fares with the officer at `tps`, the same at every call."""
    rng = generator(seed, "plan", contest, tps)

    def mishap(rate: float, lowest: int) -> int | None:
        page = int(rng.integers(lowest, pages + 1))
        return page if rng.random() < rate else None

    return Plan(
        arrival=_arrival(float(rng.beta(2.2, 3.6))),
        twice=mishap(rates.twice, 0),
        again=mishap(rates.again, 1),
        lost_reply=mishap(rates.lost_reply, 0),
        cut=mishap(rates.cut, 1),
        wrong_page=bool(rng.random() < rates.wrong_page) and pages > 1,
        hardness=tuple(_hardness(rng.random(), rng.random(), rates.dark) for _ in range(pages)),
    )


def _arrival(share: float) -> float:
    """A slow start, a crowd in the second hour, a long tail. Whole milliseconds, so that it prints the same."""
    return math.floor(share * NIGHT_SECONDS * 1000) / 1000


def _hardness(which: float, how_much: float, dark: float) -> float:
    """Most photos are fair, a few poor."""
    return round(0.6 + 0.4 * how_much if which < dark else 0.5 * how_much, 3)
