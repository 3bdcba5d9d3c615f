"""How slowly a body may come: slow phones in the hills get through, those who only hold the line do not."""

from ingest.errors import TooSlow


class Pace:
    """One body against the clock. It may last `grace` seconds and one second more for every `rate` bytes it brought.

    20 kbit/s with pauses brings some 2,000 B/s, ten times what is asked for; a sender of single bytes is out when the
    grace is over. No body lasts longer than `total` seconds.
    """

    __slots__ = ("_bytes", "_grace", "_rate", "_started", "_total")

    def __init__(self, started: float, *, grace: float, rate: float, total: float) -> None:
        self._started, self._grace, self._rate, self._total, self._bytes = started, grace, rate, total, 0

    def took(self, size: int) -> None:
        """Counts bytes that arrived."""
        self._bytes += size

    @property
    def deadline(self) -> float:
        """Until when more must have come, on the clock of `started`."""
        return self._started + min(self._total, self._grace + self._bytes / self._rate)

    def slow(self, now: float) -> TooSlow:
        """The refusal to raise once `now` is past the deadline."""
        return TooSlow(seconds=int(now - self._started))
