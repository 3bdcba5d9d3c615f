"""How much one device may ask for: a token bucket each, kept as one number (GCRA, ITU-T I.371). Pure."""


class Quota:
    """Buckets of `burst` requests by key, each refilled at `rate` a second. What is full again takes no memory."""

    def __init__(self, rate: float, burst: float, most: int = 200_000) -> None:
        self._pause, self._burst, self._most = 1 / rate, burst / rate, most
        self._full_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def spend(self, key: str, now: float, scale: int = 1) -> float:
        """Takes one request out of the bucket of `key`: 0, or the seconds until there is one again.

        `scale` says how many devices `key` speaks for. Where there are more keys than can be kept, nobody is refused:
        a limiter that has lost count fails open.
        """
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at - now - self._burst
        if wait > 0:
            return wait
        if len(self._full_at) < self._most or key in self._full_at:
            self._full_at.pop(key, None)  # so that the dictionary's order is that of last use
            self._full_at[key] = full_at + self._pause / scale
        self._forget(now)
        return 0.0

    def refund(self, key: str, now: float) -> None:
        """Gives back what the last `spend` of that key took."""
        full_at = self._full_at.get(key)
        if full_at is not None:
            self._full_at[key] = max(now, full_at - self._pause)

    def _forget(self, now: float) -> None:
        """Drops a few of the oldest entries where they stand for a full bucket."""
        for _ in range(min(2, len(self._full_at))):
            key = next(iter(self._full_at))
            if self._full_at[key] > now:
                return
            del self._full_at[key]
