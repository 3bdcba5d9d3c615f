"""Proofs to carry about (C2SP tlog-proof): that one entry is in a log, checkpoint and cosignatures included.

What a policy asks of the signatures is the verifier's; the arithmetic is `tree`'s, the signatures `note`'s.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from tlog.note import Checkpoint, Opened, Verifier, open_note
from tlog.tree import HASH, ProofError, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
_DEEPEST = 63
"""Hashes; no tree that can be counted is deeper."""


@dataclass(frozen=True)
class Proof:
    """Where an entry stands (`index` from 0), the hashes from its leaf to the root, and the checkpoint's whole note.

    `extra` is the sender's own and proves nothing.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The `.tlog-proof` file."""
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        hashes = (base64.b64encode(found).decode() for found in self.hashes)
        return "\n".join((HEADER, *extra, f"index {self.index}", *hashes, "", self.checkpoint))

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """The proof of a file. Nothing is verified yet. Raises ProofError."""
        head, blank, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != HEADER or not blank or not lines:
            raise ProofError(f"a proof begins with {HEADER}, an index and hashes")
        extra = _decoded(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else None
        if not lines:
            raise ProofError("the proof has no index")
        index = _index(lines.pop(0))
        hashes = tuple(_decoded(line) for line in lines)
        if len(hashes) > _DEEPEST or any(len(found) != HASH for found in hashes):
            raise ProofError("the proof has too many hashes, or one that is none")
        return cls(index, hashes, checkpoint, extra)

    def verify(self, entry: bytes, origin: str, log: Iterable[Verifier], witnesses: Iterable[Verifier] = ()) -> Opened:
        """The checkpoint's signatures, where one of `log` signed it and `entry` stands in it at `index`.

        How many of `witnesses` are enough is for the caller to say of the answer's `verified`. Raises ProofError,
        NoteError.
        """
        log = tuple(log)
        opened = open_note(self.checkpoint, (*log, *witnesses))
        if not any(found.name == key.name and found.key_id == key.key_id for found in opened.verified for key in log):
            raise ProofError("the log itself has not signed this checkpoint")
        checkpoint = Checkpoint.parse(opened.text)
        if checkpoint.origin != origin:
            raise ProofError(f"the checkpoint is of another log: {checkpoint.origin}")
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return opened


def _index(line: str) -> int:
    digits = line.removeprefix("index ")
    if digits == line or not (digits.isascii() and digits.isdigit()) or (digits[0] == "0" and digits != "0"):
        raise ProofError("the index is no decimal number")
    if len(digits) > 19:
        raise ProofError("the index is larger than any log")
    return int(digits)


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProofError("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise ProofError("base64 in a form that is not its own")
    return data
