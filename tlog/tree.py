"""Merkle trees of RFC 6962: hashes, roots, proofs and their verification, and a frontier that grows leaf by leaf.

Both proofs are one: that the subtree over [start, end) lies in the tree of `size`. Inclusion is the subtree of one
leaf, consistency the subtree that starts at 0. Tiles and signatures live beside this.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH = 32
"""Bytes of a hash."""

EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = 1 << 63


class ProofError(ValueError):
    """A proof that proves nothing. The message says where it breaks."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Leaves of the left half of a tree of `size` > 1: the largest power of two below it."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


class Frontier:
    """The hashes of the full subtrees that a tree of `size` leaves is made of, largest first: enough to go on."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count() or any(len(found) != HASH for found in hashes):
            raise ValueError(f"a tree of {size} leaves has a frontier of {size.bit_count()} hashes of {HASH} bytes")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """What to keep in order to go on later."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        size, hashes = self.size, self._hashes
        while size & 1:
            leaf = node_hash(hashes.pop(), leaf)
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree so far."""
        if not self._hashes:
            return EMPTY_ROOT
        found = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            found = node_hash(left, found)
        return found


def inclusions(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """The root over at least one leaf hash, and the inclusion proof of every leaf: `Tree`'s, all at once."""
    if len(leaves) == 1:
        return leaves[0], [[]]
    middle = split(len(leaves))
    left, before = inclusions(leaves[:middle])
    right, after = inclusions(leaves[middle:])
    for proof in before:
        proof.append(right)
    for proof in after:
        proof.append(left)
    return node_hash(left, right), before + after


class Tree:
    """A whole tree in memory (about 64 bytes a leaf), for proofs of every size it ever had."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """Leaves so far."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash and every full node that it completes."""
        level = 0
        self._levels[0].append(leaf)
        while len(self._levels[level]) % 2 == 0:
            left, right = self._levels[level][-2:]
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node_hash(left, right))

    def node(self, start: int, end: int) -> bytes:
        """Hash over the leaves [start, end), which must be a subtree of some tree."""
        width = end - start
        if width == 0:
            return EMPTY_ROOT
        if width.bit_count() == 1 and start % width == 0:
            return self._levels[width.bit_length() - 1][start // width]
        middle = start + split(width)
        return node_hash(self.node(start, middle), self.node(middle, end))

    def root(self, size: int | None = None) -> bytes:
        """Root of the tree when it had `size` leaves; of all where None."""
        return self.node(0, self._known(self.size if size is None else size))

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that leaf `index` (from 0) is in the tree of `size`, hashes from the leaf to the root."""
        return self.subtree(index, index + 1, self.size if size is None else size)

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """Proof that the tree of `size` began as the tree of `old` > 0 leaves."""
        return self.subtree(0, old, self.size if size is None else size)

    def subtree(self, start: int, end: int, size: int) -> list[bytes]:
        """Proof that the subtree over [start, end) is in the tree of `size`."""
        return prove(start, end, self._known(size), self.node)

    def _known(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")
        return size


def prove(start: int, end: int, size: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """Proof that the subtree over [start, end) is in the tree of `size`, from the far end of the path to the root.

    `node(low, high)` answers the hash over the leaves [low, high), wherever it is kept. Raises ValueError where
    [start, end) is no subtree.
    """
    if not is_subtree(start, end, size):
        raise ValueError(f"[{start}, {end}) is no subtree of {size} leaves")
    return _prove(start, end, 0, size, node, known=True)


def _prove(start: int, end: int, low: int, high: int, node: Callable[[int, int], bytes], *, known: bool) -> list[bytes]:
    if (start, end) == (low, high):
        return [] if known else [node(low, high)]
    middle = low + split(high - low)
    if end <= middle:
        return [*_prove(start, end, low, middle, node, known=known), node(middle, high)]
    whole = known and start >= middle
    return [*_prove(max(start, middle), end, middle, high, node, known=whole), node(low, middle)]


def is_subtree(start: int, end: int, size: int) -> bool:
    """Whether [start, end) is a node of some tree and lies within `size` leaves: start is aligned to its width."""
    return 0 <= start < end <= size < MAX_SIZE and start % (1 << (end - start - 1).bit_length()) == 0


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> None:
    """Returns where `leaf` (a leaf hash) is entry `index` of the tree of `size`. Raises ProofError."""
    if not 0 <= index < size:
        raise ProofError(f"index {index} is not in a tree of {size}")
    if len(leaf) != HASH:
        raise ProofError(f"a hash has {HASH} bytes")
    verify_subtree(leaf, index, index + 1, size, proof, tree_root)


def verify_consistency(old_root: bytes, old: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> None:
    """Returns where the tree of `size` began as the tree of `old` leaves. Raises ProofError.

    Every tree begins with nothing: a proof from size 0 is refused, since it would say nothing.
    """
    verify_subtree(old_root, 0, old, size, proof, tree_root)


def verify_subtree(node: bytes, start: int, end: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> None:
    """Returns where `node` is the subtree over [start, end) of the tree of `size`. Raises ProofError."""
    if not is_subtree(start, end, size):
        raise ProofError(f"[{start}, {end}) is no subtree of {size} leaves")
    if proof and any(len(found) != HASH for found in (node, tree_root, *proof)):
        # Without a proof nothing is hashed, and equal is equal; hashed, the parts could be cut elsewhere.
        raise ProofError(f"a hash has {HASH} bytes")
    if len(proof) > 2 * MAX_SIZE.bit_length():
        raise ProofError("the proof is longer than any tree is deep")
    found_node, found_root = _climb(start, end, size, list(proof), known=node)
    if found_node != node:
        raise ProofError("the proof leads to another subtree")
    if found_root != tree_root:
        raise ProofError("the proof leads to another root")


def _climb(start: int, end: int, size: int, proof: list[bytes], *, known: bytes | None) -> tuple[bytes, bytes]:
    """Hashes of the subtree and of the tree, both as the proof has them.

    `known` stands for the subtree itself where the proof does not repeat it. Consumes the proof from its far end,
    where the sibling nearest to the root lies.
    """
    if (start, end) == (0, size):
        if known is None:
            if len(proof) != 1:
                raise ProofError("the proof has the wrong length")
            return proof[0], proof[0]
        if proof:
            raise ProofError("the proof is too long")
        return known, known
    if not proof:
        raise ProofError("the proof is too short")
    sibling = proof.pop()
    middle = split(size)
    if end <= middle:
        node, tree = _climb(start, end, middle, proof, known=known)
        return node, node_hash(tree, sibling)
    if start >= middle:
        node, tree = _climb(start - middle, end - middle, size - middle, proof, known=known)
        return node, node_hash(sibling, tree)
    node, tree = _climb(0, end - middle, size - middle, proof, known=None)
    return node_hash(sibling, node), node_hash(sibling, tree)
