"""One part of a log, up to 65,536 entries, read and hashed: bundles against tiles, and the hashes that go up from it.

A part is what one process does at a time; putting parts together is `whole`'s, what entries say `columns`'s.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from monitor.address import Absent, Address
from monitor.columns import Columns, Parser
from monitor.finding import Finding
from monitor.stations import Stations
from tlog.tile import WIDTH, Tile, TileError, decode_entries
from tlog.tree import node_hash

PART = WIDTH * WIDTH
"""Entries of a part: one hash of a tile of level 2."""


class Part(Struct, frozen=True, eq=False):
    """What a part came to. `hashes` are subtrees from left to right, each with how many entries are below it; they
    are those of the whole part only where it is `complete`."""

    hashes: tuple[tuple[int, bytes], ...]
    kinds: dict[str, int]  # kind of entry -> how many
    size: int  # bytes of all entries
    complete: bool  # all of its entries could be read
    columns: Columns
    findings: tuple[Finding, ...] = ()


_over: list[Stations | None] = [None]
"""What this process reads entries for: a nation's TPS are handed to it once and not with every part."""


def begin(stations: Stations | None) -> None:
    """Says for which TPS this process reads entries; without them it only counts their kinds."""
    _over[:] = [stations]


def check(address: Address, folder: str, origin: str, start: int, size: int) -> Part:
    """The entries from `start` (a multiple of `PART`) as far as a log of `size` has them. Raises Unreachable."""
    findings: list[Finding] = []
    parser = Parser(_over[0])
    above: list[bytes] = []  # hashes of full bundles: what a tile of level 1 has
    rest: list[bytes] = []  # leaf hashes of the last bundle where it is not full
    read, complete = 0, True
    firsts = range(start, min(start + PART, size), WIDTH)
    bundles = [Tile(None, first // WIDTH, min(WIDTH, size - first)) for first in firsts]
    tiles = [Tile(0, bundle.index, bundle.width) for bundle in bundles]
    served = address.several([f"{folder}/{file.path}" for pair in zip(bundles, tiles, strict=True) for file in pair])
    for bundle, tile, (packed, hashed) in zip(bundles, tiles, _pairs(served), strict=True):
        entries = _entries(packed, origin, bundle, findings)
        if not entries:
            complete = False
            continue
        leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        _compare(hashed, origin, tile, leaves, findings)
        unreadable = parser.take(bundle.index * WIDTH + 1, entries)
        findings += (Finding("log.entry_unreadable", origin, str(number)) for number in unreadable)
        read += sum(map(len, entries))
        if bundle.width < WIDTH:
            rest = leaves
        else:
            above.append(top(leaves))
    if above and complete:
        tile = Tile(1, start // PART, len(above))
        _compare(next(address.several([f"{folder}/{tile.path}"])), origin, tile, above, findings)
    whole = ((PART, top(above)),) if len(above) == WIDTH else tuple((WIDTH, found) for found in above)
    columns = parser.columns()
    findings += (Finding("log.figures_malformed", origin, str(number)) for number in parser.malformed)
    findings += (Finding("log.unknown_tps", origin, str(number)) for number in parser.strangers)
    hashes = (*whole, *((1, leaf) for leaf in rest))
    return Part(hashes, parser.kinds(), read, complete, columns, tuple(findings))


def top(hashes: Sequence[bytes]) -> bytes:
    """Root over a power of two of subtrees of one height."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def _entries(packed: bytes | Absent, origin: str, bundle: Tile, findings: list[Finding]) -> list[bytes]:
    if isinstance(packed, Absent):
        findings.append(Finding("log.missing", origin, bundle.path))
        return []
    try:
        return decode_entries(packed, bundle.width)
    except TileError:
        findings.append(Finding("log.malformed", origin, bundle.path))
        return []


def _compare(served: bytes | Absent, origin: str, tile: Tile, hashes: Sequence[bytes], findings: list[Finding]) -> None:
    """Holds a tile as served against the hashes of what lies below it."""
    if isinstance(served, Absent):
        findings.append(Finding("log.missing", origin, tile.path))
    elif served != b"".join(hashes):
        findings.append(Finding("log.tile_differs", origin, tile.path))


def _pairs(served: Iterator[bytes | Absent]) -> Iterator[tuple[bytes | Absent, bytes | Absent]]:
    """Two by two."""
    return zip(served, served, strict=True)
