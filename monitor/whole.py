"""A whole log checked: every entry, every tile, and that they come to the root that was signed.

Parts are checked by processes side by side; here they are put together in order.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from itertools import islice

from msgspec import Struct

from monitor.address import Absent, Address
from monitor.columns import Columns
from monitor.finding import Finding
from monitor.head import Head
from monitor.part import PART, Part, check, top
from tlog.tile import WIDTH, Tile
from tlog.tree import Frontier, node_hash

AHEAD = 8
"""Parts that may wait for the one before them."""


ENOUGH = 1000
"""Findings after which a log that lacks entries is not read on."""


class Whole(Struct, frozen=True, eq=False):
    """What a log came to. `frontier` is None where not every entry could be read."""

    entries: int
    size: int  # bytes of all entries
    kinds: dict[str, int]
    findings: tuple[Finding, ...]
    columns: Columns
    frontier: Frontier | None


def whole(address: Address, head: Head, pool: Executor, told: Callable[[int], object] = lambda _done: None) -> Whole:
    """Reads all of the log that `head` speaks of; `told` hears how many entries are checked. Raises Unreachable."""
    assert head.checkpoint is not None
    origin, size = head.checkpoint.origin, head.checkpoint.size
    one = partial(check, address, head.folder, origin, size=size)
    peaks, findings = Peaks(), list[Finding]()
    kinds, read, upper, complete = Counter[str](), 0, list[bytes](), True
    columns: list[Columns] = []
    for number, part in enumerate(_in_order(pool, one, range(0, size, PART))):
        for width, found in part.hashes:
            peaks.add(width, found)
            if width == PART:
                upper.append(found)
        kinds.update(part.kinds)
        columns.append(part.columns)
        read, complete = read + part.size, complete and part.complete
        findings += part.findings
        told(min(size, (number + 1) * PART))
        if not part.complete and len(findings) > ENOUGH:
            break  # a head may claim any size
    if complete:
        findings += _above(address, head.folder, origin, upper)
    if complete and peaks.root() != head.checkpoint.root:
        findings.append(Finding("log.root_differs", origin, str(size)))
    frontier = peaks.frontier() if complete else None
    return Whole(size, read, dict(kinds), tuple(findings), Columns.joined(columns), frontier)


class Peaks:
    """Subtrees from left to right, joined wherever two of one size stand side by side: RFC 9162 §2.1.1."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, width: int, found: bytes) -> None:
        """One more subtree over `width` entries, which is no larger than the one before it."""
        while self._peaks and self._peaks[-1][0] == width:
            found = node_hash(self._peaks.pop()[1], found)
            width *= 2
        self._peaks.append((width, found))

    def frontier(self) -> Frontier:
        """What is needed to go on from here, entry by entry."""
        return Frontier(sum(width for width, _ in self._peaks), [found for _, found in self._peaks])

    def root(self) -> bytes:
        """Root over all of them."""
        return self.frontier().root()


def _in_order(pool: Executor, one: Callable[[int], Part], starts: Iterable[int]) -> Iterator[Part]:
    """The parts in order, so many at once that no process waits, and no more than `AHEAD` kept."""
    left = iter(starts)
    asked = [pool.submit(one, start) for start in islice(left, AHEAD)]
    while asked:
        part = asked.pop(0).result()
        asked += [pool.submit(one, start) for start in islice(left, 1)]
        yield part


def _above(address: Address, folder: str, origin: str, hashes: list[bytes]) -> Iterator[Finding]:
    """The tiles of level 2 and up, against the hashes below them."""
    level = 2
    while hashes:
        for first in range(0, len(hashes), WIDTH):
            wanted = hashes[first : first + WIDTH]
            tile = Tile(level, first // WIDTH, len(wanted))
            try:
                if address.read(f"{folder}/{tile.path}") != b"".join(wanted):
                    yield Finding("log.tile_differs", origin, tile.path)
            except Absent:
                yield Finding("log.missing", origin, tile.path)
        full = len(hashes) // WIDTH
        hashes = [top(hashes[k * WIDTH : (k + 1) * WIDTH]) for k in range(full)]
        level += 1
