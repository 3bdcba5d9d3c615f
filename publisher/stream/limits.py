"""How many may listen to one node, and how patient it is with them."""

from collections import Counter

from msgspec import Struct

from publisher.stream.errors import AddressFull, StreamFull


class Limits(Struct, frozen=True, kw_only=True):
    """Settings of one node."""

    readers: int = 10_000
    an_address: int = 500  # a whole town of phones may come from one address of a mobile network
    poll: float = 0.5  # seconds between two looks at the files, where nobody rings
    beat: float = 15.0  # seconds between two comments on a line
    patience: float = 30.0  # seconds for a reader to take what it was given
    ahead: float = 5.0  # seconds for this node's files to reach a number that another node has told
    retry: tuple[int, int] = (2_000, 12_000)  # milliseconds, drawn for each reader: all do not come back at once


class Places:
    """Counts who is inside. An address is forgotten as its last reader leaves."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inside: Counter[str] = Counter()

        self._total = 0

    def enter(self, address: str) -> None:
        """One more from `address`. Raises StreamFull, AddressFull."""
        if self._total >= self._limits.readers:
            raise StreamFull(readers=self._total)
        if self._inside[address] >= self._limits.an_address:
            raise AddressFull(readers=self._inside[address])
        self._inside[address] += 1
        self._total += 1

    def leave(self, address: str) -> None:
        """One of them is gone."""
        self._total -= 1
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]
