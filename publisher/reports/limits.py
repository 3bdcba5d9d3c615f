"""How much one sender, one TPS and everybody together may report within an hour. Kept in memory, forgotten hourly.

An address is only ever seen as a keyed hash; the key is drawn anew with every day and never leaves this process.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from publisher.peer import network, site
from publisher.reports.errors import TooMany

HOUR: Final = 3600


class Limits(Struct, frozen=True):
    """Reports an hour. One address may be a whole town behind its mobile operator's, one site many of its phones."""

    address: int = 120
    site: int = 2_000
    same: int = 20  # of a site about one TPS: no sender can use up what the TPS has
    tps: int = 60
    everybody: int = 20_000


class Gate:
    """Counts within the hour of the clock."""

    def __init__(self, limits: Limits, key: Callable[[int], bytes]) -> None:
        self._limits, self._draw = limits, key
        self._day, self._hour, self._key = "", -1, b""
        self._counts: dict[bytes | str, int] = {}

    def admit(self, address: str, tps: str, now: datetime) -> None:
        """Count one more. Raises TooMany, and then counts nothing, so that trying again costs nobody else's place."""
        self._turn(now)
        known: dict[bytes | str, int] = {
            self._hidden(site(address)): self._limits.site,
            self._hidden(network(address)): self._limits.address,  # of IPv4 the same, and then this one
            self._hidden(f"{site(address)} {tps}"): self._limits.same,
            tps: self._limits.tps,
            "": self._limits.everybody,
        }
        for name, limit in known.items():
            if self._counts.get(name, 0) >= limit:
                raise TooMany(minutes=-(-(HOUR - int(now.timestamp()) % HOUR) // 60))
        for name in known:
            self._counts[name] = self._counts.get(name, 0) + 1

    def _turn(self, now: datetime) -> None:
        hour, day = int(now.timestamp()) // HOUR, now.date().isoformat()
        if hour != self._hour:
            self._hour, self._counts = hour, {}
        if day != self._day:
            self._day, self._key, self._counts = day, self._draw(32), {}

    def _hidden(self, address: str) -> bytes:
        return blake2b(address.encode(), key=self._key, digest_size=16).digest()
