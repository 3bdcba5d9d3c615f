"""Devices that have lost their right: a fold of the journal `umum`, small enough to lie in every process."""

from typing import Self

import msgspec
from msgspec import Struct

from election.event import DeviceRevoked, Event


class Snapshot(Struct, frozen=True):
    """The fold as it is kept beside a process, for a start while the database is away."""

    number: int  # of the last entry of `umum` that was looked at
    keys: tuple[str, ...]  # thumbprints


class Revoked:
    """Thumbprints of revoked keys, as of entry `number` of `umum`."""

    def __init__(self, number: int = 0, keys: frozenset[str] = frozenset()) -> None:
        self.number = number
        self._keys = set(keys)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """The fold that `dump` wrote. Raises msgspec.DecodeError."""
        found = msgspec.json.decode(data, type=Snapshot)
        return cls(found.number, frozenset(found.keys))

    def dump(self) -> bytes:
        """The fold as bytes; the same fold always gives the same."""
        return msgspec.json.encode(Snapshot(self.number, tuple(sorted(self._keys))))

    def fold(self, number: int, event: Event | None) -> bool:
        """Takes one entry; whether it revoked a device. An event that this release does not know revokes nothing."""
        self.number = number
        if not isinstance(event, DeviceRevoked) or not event.key:
            return False
        self._keys.add(event.key)
        return True

    def __contains__(self, thumbprint: object) -> bool:
        return thumbprint in self._keys

    def __len__(self) -> int:
        return len(self._keys)
