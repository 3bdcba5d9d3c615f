"""A log that grows, followed entry by entry: every new head must go on from what was read before.

A whole log is read by `whole`; this goes on from there. What entries say is `columns`'s.
"""

from msgspec import Struct

from monitor import head as heads
from monitor.address import Absent, Address
from monitor.finding import Finding
from monitor.head import Head
from tlog.note import Checkpoint
from tlog.policy import Policy
from tlog.tile import WIDTH, Tile, TileError, decode_entries
from tlog.tiled import TiledTree
from tlog.tree import Frontier, leaf_hash
from tlog.witness import Seen

AT_ONCE = 512 * WIDTH
"""Entries that a step reads at most: memory stays small however far behind one is."""


class Step(Struct, frozen=True):
    """What came since the last step: `entries` numbered from `first`, and the head that covers them."""

    head: Head
    first: int
    entries: tuple[bytes, ...]
    findings: tuple[Finding, ...]
    more: bool = False  # the head covers more than was read


class Followed:
    """One log, as far as it was read and found to be what its heads say. `frontier` is all that is kept of it."""

    def __init__(self, address: Address, folder: str, origin: str, policy: Policy, frontier: Frontier) -> None:
        self._address, self._folder, self._origin, self._policy = address, folder, origin, policy
        self._frontier = frontier

    @property
    def frontier(self) -> Frontier:
        """The tree's edge up to there."""
        return Frontier(self._frontier.size, self._frontier.hashes)

    @property
    def seen(self) -> Seen:
        """The last size and root that everything up to there came to."""
        return Seen(self._frontier.size, self._frontier.root())

    def step(self, head: Head | None = None) -> Step:
        """What the log has now, or up to `head` where one was read already. Entries are handed on only where they come
        to a head that was signed, or to what its tree was before. Raises Unreachable."""
        seen = self.seen
        found = heads.read(self._address, self._folder, self._origin, self._policy, seen) if head is None else head
        if found.checkpoint is None or any(one.code in heads.FATAL for one in found.findings):
            return Step(found, seen.size + 1, (), found.findings)
        stop = min(found.checkpoint.size, seen.size - seen.size % WIDTH + AT_ONCE)
        entries, findings = self._read(seen.size, stop)
        expected = found.checkpoint.root if stop == found.checkpoint.size else self._prefix(found.checkpoint, stop)
        if findings or isinstance(expected, Finding):
            findings += [expected] if isinstance(expected, Finding) else []
            return Step(found, seen.size + 1, (), (*found.findings, *findings))
        frontier = self.frontier
        for entry in entries:
            frontier.append(leaf_hash(entry))
        if frontier.root() != expected:
            differs = Finding("log.root_differs", self._origin, str(frontier.size))
            return Step(found, seen.size + 1, (), (*found.findings, differs))
        self._frontier = frontier
        return Step(found, seen.size + 1, tuple(entries), found.findings, frontier.size < found.checkpoint.size)

    def _prefix(self, head: Checkpoint, size: int) -> bytes | Finding:
        """The root that the head's own tree had at an earlier size, from its tiles."""
        try:
            tree = TiledTree(head.size, lambda tile: self._address.read(f"{self._folder}/{tile.path}"))
            return (
                tree.node(0, size) if tree.root() == head.root else Finding("log.root_differs", self._origin, str(size))
            )
        except Absent as absent:
            return Finding("log.missing", self._origin, str(absent))
        except TileError as error:
            return Finding("log.malformed", self._origin, str(error))

    def _read(self, start: int, stop: int) -> tuple[list[bytes], list[Finding]]:
        """Entries [start, stop)."""
        firsts = range(start // WIDTH, -(-stop // WIDTH))
        bundles = [Tile(None, index, min(WIDTH, stop - index * WIDTH)) for index in firsts]
        entries: list[bytes] = []
        for bundle, data in zip(
            bundles, self._address.several([f"{self._folder}/{one.path}" for one in bundles]), strict=True
        ):
            if isinstance(data, Absent):
                return [], [Finding("log.missing", self._origin, bundle.path)]
            try:
                found = decode_entries(data, bundle.width)
            except TileError:
                return [], [Finding("log.malformed", self._origin, bundle.path)]
            entries += found[max(0, start - bundle.index * WIDTH) :]
        return entries, []
