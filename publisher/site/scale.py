"""How long the bars of a result are, and the line that the law draws across them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from election.contest import Contest
from election.words import Words
from publisher.site.bars import Bar
from publisher.told import Outcome

HALF = {"ppwp"}
"""Contests in which the law draws a line at half of the votes (UUD 1945 art. 6A(3))."""

STEPS = (10, 15, 20, 30, 40, 50, 60, 80, 100)


class Scale(Struct, frozen=True):
    """`top`: the share in per cent that a full bar stands for. `at`: where the line is, in per cent of the width."""

    top: int
    at: float | None = None
    words: Words | None = None

    def length(self, bar: Bar) -> float:
        """How long a bar is drawn, in per cent of the width."""
        return round(min(100.0, 100 * bar.length / self.top), 2)


def scale(contest: Contest, bars: Sequence[Bar], outcome: Outcome | None) -> Scale:
    """The scale of a result, and the line where the law draws one for this place."""
    most = max((bar.length for bar in bars), default=0.0)
    if contest.key in HALF:
        return Scale(100, 50.0, ("50 % suara sah", "half of the valid votes"))
    top = next(step for step in STEPS if step >= most)
    hurdle: Any = outcome.outcome.get("hurdle") if outcome else None
    if not hurdle:
        return Scale(top)
    part, whole = hurdle["threshold"]["numerator"], hurdle["threshold"]["denominator"]
    share = 100 * part / whole
    said = f"{share:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return Scale(top, round(100 * share / top, 2), (f"ambang batas {said} %", f"the threshold of {part}/{whole}"))
