"""A log that grows, followed entry by entry: every new head must go on from what was read before.

A whole log is read by `whole`; this goes on from there. What entries say is `columns`'s.
"""

from hashlib import sha256

from msgspec import Struct

from monitor import head as heads
from monitor.address import Absent, Address
from monitor.finding import Finding
from monitor.head import Head
from tlog.policy import Policy
from tlog.tile import WIDTH, Tile, TileError, decode_entries
from tlog.tree import Frontier
from tlog.witness import Seen


class Step(Struct, frozen=True):
    """What came since the last step: `entries` numbered from `first`, and the head that covers them."""

    head: Head
    first: int
    entries: tuple[bytes, ...]
    findings: tuple[Finding, ...]


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
        """What the log has now, or up to `head` where one was read already. Entries are handed on only where all of
        them come to a head that was signed. Raises Unreachable."""
        seen = self.seen
        found = heads.read(self._address, self._folder, self._origin, self._policy, seen) if head is None else head
        if found.checkpoint is None or any(one.code in heads.FATAL for one in found.findings):
            return Step(found, seen.size + 1, (), found.findings)
        entries, findings = self._read(seen.size, found.checkpoint.size)
        if findings:
            return Step(found, seen.size + 1, (), (*found.findings, *findings))
        frontier = Frontier(seen.size, self._frontier.hashes)
        for entry in entries:
            frontier.append(sha256(b"\x00" + entry).digest())
        if frontier.size == found.checkpoint.size and frontier.root() != found.checkpoint.root:
            differs = Finding("log.root_differs", self._origin, str(frontier.size))
            return Step(found, seen.size + 1, (), (*found.findings, differs))
        self._frontier = frontier
        return Step(found, seen.size + 1, tuple(entries), found.findings)

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
