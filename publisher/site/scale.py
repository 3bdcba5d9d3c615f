"""How long the bars of a result are, and the line that the law draws across them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from election.contest import Contest
from election.words import Words
from publisher.site.bars import Bar
from publisher.told import Outcome

HALF = {"ppwp"}
"""Contests that are won by more than half of the nation's votes, well spread (UUD 1945 art. 6A(3))."""

SPREAD: dict[int, tuple[float, Words]] = {
    0: (50.0, ("50 % suara sah", "half of the valid votes")),
    1: (20.0, ("20 % suara sah, syarat sebaran", "a fifth of the valid votes, the condition of spread")),
}
"""Level → where its line is: more than half in the nation, a fifth in more than half of the provinces."""

STEPS = (10, 15, 20, 30, 40, 50, 60, 80, 100)


class Scale(Struct, frozen=True):
    """`top`: the share in per cent that a full bar stands for. `at`: where the line is, in per cent of the width."""

    top: int
    at: float | None = None
    words: Words | None = None

    def length(self, bar: Bar) -> float:
        """How long a bar is drawn, in per cent of the width."""
        return round(min(100.0, 100 * bar.length / self.top), 2)


def scale(contest: Contest, bars: Sequence[Bar], outcome: Outcome | None, tingkat: int = 0) -> Scale:
    """The scale of a result, and the line where the law draws one for a place of this level."""
    most = max((bar.length for bar in bars), default=0.0)
    if contest.key in HALF:
        return Scale(100, *SPREAD.get(tingkat, (None, None)))
    top = next(step for step in STEPS if step >= most)
    hurdle: Any = outcome.outcome.get("hurdle") if outcome else None
    if not hurdle:
        return Scale(top)
    part, whole = hurdle["threshold"]["numerator"], hurdle["threshold"]["denominator"]
    share = 100 * part / whole
    said = f"{share:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return Scale(top, round(100 * share / top, 2), (f"ambang batas {said} %", f"the threshold of {share:g} %"))
