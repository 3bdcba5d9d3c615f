"""How much work at once is best, found by watching how long it takes. Pure: times are handed in.

Envoy's gradient controller ("Adaptive Concurrency" filter; after Netflix' concurrency-limits, Eberlein et al., 2018,
which took it from TCP Vegas, Brakmo and Peterson, 1995): the time that work takes when there is little of it is
measured now and then; where it takes longer than that by more than is tolerated, less is let in, else a little more.
"""

from math import sqrt
from statistics import median

FLOOR, CEILING = 16, 512
"""Fewer at once leave the disk idle between two flushes (8 cost a tenth of the rate, and 40 only made everybody wait
longer: docs/front-door.md); more than the ceiling are a queue whatever the times say."""

TOLERANCE = 1.25
"""How many times as long as alone work may take. A little queue is what keeps the disk busy."""

SLACK = 0.003
"""Seconds that work may take longer besides, so that a disk's own unevenness is not taken for a queue."""

WINDOW, LEAST = 0.1, 20
"""A judgement needs so many seconds and so many samples."""

WEIGHT = 0.3
"""Of a new judgement beside those before: one bad window of a shared disk says little."""

PROBE_EVERY = 60.0
"""Seconds after which the time without a queue is measured anew, at the floor, for one window."""


class Gradient:
    """A limit for work at once that follows the machine."""

    def __init__(self, now: float) -> None:
        self._limit = float(FLOOR)
        self._base: float | None = None
        self._samples: list[float] = []
        self._since, self._probed, self._most = now, now, 0

    @property
    def limit(self) -> int:
        """How much may be at work at once."""
        return FLOOR if self.probing else int(self._limit)

    @property
    def probing(self) -> bool:
        """Whether the time without a queue is being measured."""
        return self._base is None

    @property
    def base(self) -> float:
        """Seconds that work takes without a queue; 0 before that is known."""
        return self._base or 0.0

    def sample(self, seconds: float, inside: int, now: float) -> None:
        """Learns that a piece of work took `seconds` while `inside` were at work."""
        self._samples.append(seconds)
        self._most = max(self._most, inside)
        if len(self._samples) >= LEAST and now - self._since >= WINDOW:
            self._judge(median(self._samples))
            self._samples, self._since, self._most = [], now, 0
            if now - self._probed >= PROBE_EVERY:
                self._base, self._probed = None, now

    def _judge(self, took: float) -> None:
        if self._base is None:
            self._base = took
            return
        gradient = (TOLERANCE * self._base + SLACK) / took if took else 1.0
        grown = min(1.0, max(0.5, gradient)) * self._limit + sqrt(self._limit)
        if grown > self._limit and self._most < self._limit / 2:
            return  # nobody asked for more, so nothing was learned about more
        self._limit = min(CEILING, max(FLOOR, (1 - WEIGHT) * self._limit + WEIGHT * grown))
