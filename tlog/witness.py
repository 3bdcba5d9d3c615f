"""What a witness does (C2SP tlog-witness), without a server: read a request, judge it, say what to keep and answer.

A witness sees that a log only ever grows, and says so by signing. Keeping the answer's `seen` before answering, and
one request of an origin at a time, is the caller's.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from tlog.note import Checkpoint, NoteError, Signer, Verifier, open_note
from tlog.tree import EMPTY_ROOT, HASH, ProofError, verify_consistency

MAX_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Seen:
    """The last head that this witness signed for a log: nothing at first."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True)
class Request:
    """A new head (`note`, as sent) and the proof that it goes on from the tree of `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: str) -> "Request":
        """The request in a body. Raises NoteError."""
        head, blank, note = body.partition("\n\n")
        first, *lines = head.split("\n")
        size = first.removeprefix("old ")
        if not blank or size == first or not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0"):
            raise NoteError("a request is an old size, a proof, a blank line and a checkpoint")
        if len(size) > 19 or len(lines) > MAX_PROOF:
            raise NoteError("the old size or the proof is too long")
        text, _, _ = note.rpartition("\n\n")  # whether its signatures are any is judged, and answered, later
        return cls(int(size), tuple(_hash(line) for line in lines), note, Checkpoint.parse(text + "\n"))

    @property
    def body(self) -> str:
        """The request as it is sent."""
        lines = (base64.b64encode(found).decode() for found in self.proof)
        return "\n".join((f"old {self.old}", *lines, "", self.note))


@dataclass(frozen=True)
class Answer:
    """Status, body and type to answer with; `seen` is what must be kept first, None where nothing changed."""

    status: int
    body: str
    type: str = TEXT_TYPE
    seen: Seen | None = None


def judge(request: Request, logs: Mapping[str, tuple[Verifier, ...]], seen: Seen, signer: Signer, time: int) -> Answer:
    """The answer to a request. `logs` are the keys by origin, `seen` what was kept of this origin, `time` in seconds.

    Refusals come in the order of the protocol's text: unknown log 404, no good signature 403, old above new 400,
    another old size 409, no growth 422 or 409.
    """
    checkpoint = request.checkpoint
    keys = logs.get(checkpoint.origin)
    if keys is None:
        return Answer(404, "unknown log\n")
    try:
        text = open_note(request.note, keys).text
    except NoteError:
        return Answer(403, "no valid signature by a known key of this log: invalid signature\n")
    if request.old > checkpoint.size:
        return Answer(400, "the old size is above the checkpoint's\n")
    if request.old != seen.size:
        return Answer(409, f"{seen.size}\n", SIZE_TYPE)
    refusal = _no_growth(request, seen)
    if refusal is not None:
        return refusal
    line = signer.sign(text, time).line()
    return Answer(200, line, seen=Seen(checkpoint.size, checkpoint.root))


def _no_growth(request: Request, seen: Seen) -> Answer | None:
    """Why the new head does not go on from what was seen; None where it does."""
    checkpoint = request.checkpoint
    try:
        if request.old == 0:
            if request.proof or (checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT):
                raise ProofError("nothing is proven from nothing")
        else:
            verify_consistency(seen.root, request.old, checkpoint.size, request.proof, checkpoint.root)
    except ProofError as error:
        if request.old == checkpoint.size and not request.proof:
            return Answer(409, f"{seen.size}\n", SIZE_TYPE)
        return Answer(422, f"the consistency proof does not hold: {error}\n")
    return None


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("a proof line is no base64") from None
    if len(found) != HASH or base64.b64encode(found).decode() != line:
        raise NoteError("a proof line is no hash")
    return found
