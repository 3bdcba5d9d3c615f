"""Signed requests that were used before, for as long as their clock would let them pass again.

Remembered by one process: what a replay could win elsewhere is a token that only the device's own key can use.
"""

from collections import OrderedDict

from identity.errors import SignatureClock, SignatureReplayed

SKEW = 5 * 60
"""Seconds by which a signed request's clock may differ, either way."""

MOST = 200_000
"""Requests remembered; the oldest go first. 330 a second fill it within twice `SKEW`."""


class Seen:
    """Requests signed within `SKEW` of now."""

    def __init__(self, most: int = MOST) -> None:
        self._until: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._most = most

    def once(self, keyid: str, signature: str, *, created: int, now: int, stamp: str) -> None:
        """Takes a request signed at `created`, both in seconds since 1970. Raises SignatureClock, SignatureReplayed.

        A signature (base64) is known by r, its first half: s can be negated by anyone, and is as good then.
        """
        if abs(now - created) > SKEW:
            raise SignatureClock(now=stamp, seconds=now)
        self._forget(now)
        one = (keyid, signature[:42])  # 42 characters lie wholly within the first 32 bytes
        if one in self._until:
            raise SignatureReplayed()
        self._until[one] = now + 2 * SKEW
        if len(self._until) > self._most:
            self._until.popitem(last=False)

    def _forget(self, now: int) -> None:
        while self._until and next(iter(self._until.values())) < now:
            self._until.popitem(last=False)
