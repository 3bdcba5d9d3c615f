"""First-stage receipts: what a sender holds from the moment something is kept. Pure; formats in docs/formats.md.

One signature covers all receipts of a flush: each carries its lines, the Merkle path (RFC 6962) from them to the
flush's root, and the signed note (C2SP signed-note, Ed25519) over that root. The key is called `<origin>/receipts`.
The second stage, a proof that the public log has the entry, is `tlog.proof`'s.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlog.note import NoteError, Signer, Verifier, decoded, open_note
from tlog.tree import ProofError, inclusions, leaf_hash, verify_inclusion

COVERED = 256
"""Receipts that one signature covers at most: eight hashes of path, so that each fits one QR code."""

_FIRST = "suara receipt v1"
_BATCH = "suara receipts v1"
_SUFFIX = "/receipts"
_LONGEST = 4096
_NAMES = ("origin", "kind", "contest", "tps", "page", "sha256", "size", "number", "at")


class ReceiptError(ValueError):
    """A receipt that proves nothing. The message says why."""


@dataclass(frozen=True)
class Receipt:
    """What was acknowledged. `page` is 0 and `size` 0 for a reading, whose `sha256` is over what was keyed in."""

    origin: str
    kind: str  # of the event: scan_received, reading_submitted
    contest: str
    tps: str
    page: int
    sha256: str  # hex
    size: int  # bytes
    number: int  # in the contest's journal; the log's index is one less
    at: str  # server time

    @property
    def text(self) -> str:
        """The lines that are signed for."""
        return (
            f"{_FIRST}\norigin {self.origin}\nkind {self.kind}\ncontest {self.contest}\ntps {self.tps}\n"
            f"page {self.page}\nsha256 {self.sha256}\nsize {self.size}\nnumber {self.number}\nat {self.at}\n"
        )

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """The receipt of its lines. Raises ReceiptError for any other spelling than `text`'s."""
        first, *lines = text.removesuffix("\n").split("\n")
        pairs = [line.partition(" ")[::2] for line in lines]
        if first != _FIRST or tuple(name for name, _ in pairs) != _NAMES:
            raise ReceiptError("these are not the lines of a receipt")
        told = dict(pairs)
        try:
            numbers = {name: int(told.pop(name)) for name in ("page", "size", "number")}
        except ValueError:
            raise ReceiptError("page, size and number are whole numbers") from None
        found = cls(**told, **numbers)  # type: ignore[arg-type]
        if found.text != text:
            raise ReceiptError("the receipt is written in another way than receipts are")
        return found


def origin_of(name: str) -> str:
    """The origin whose receipts the key of this name signs. Raises ReceiptError where it signs none."""
    if not name.endswith(_SUFFIX) or name == _SUFFIX:
        raise ReceiptError(f"a receipts' key is called <origin>{_SUFFIX}")
    return name.removesuffix(_SUFFIX)


def issue(receipts: Sequence[Receipt], signer: Signer) -> list[str]:
    """The receipts' texts, in order; one signature for each `COVERED` of them."""
    return [
        text for start in range(0, len(receipts), COVERED) for text in _issue(receipts[start : start + COVERED], signer)
    ]


def _issue(receipts: Sequence[Receipt], signer: Signer) -> Iterator[str]:
    texts = [receipt.text for receipt in receipts]
    root, proofs = inclusions([leaf_hash(text.encode()) for text in texts])
    signed = _batch(root, len(texts))
    note = f"{signed}\n{signer.sign(signed).line()}"
    lines = _Lines()
    for index, (text, proof) in enumerate(zip(texts, proofs, strict=True)):
        path = "".join([lines[found] for found in proof])
        yield f"{text}\nindex {index}\n{path}\n{note}"


class _Lines(dict[bytes, str]):
    """A hash as its line; siblings share all of their path but one."""

    def __missing__(self, found: bytes) -> str:
        self[found] = line = f"{base64.b64encode(found).decode()}\n"
        return line


def _batch(root: bytes, size: int) -> str:
    """What is signed. No line is where a checkpoint has its size, so that neither passes for the other."""
    return f"{_BATCH}\n{base64.b64encode(root).decode()}\n{size}\n"


def verify(text: str, verifier: Verifier) -> Receipt:
    """The receipt, where the key of its origin signed for it. Raises ReceiptError."""
    parts = text.split("\n\n", 2)
    if len(parts) != 3 or len(text) > _LONGEST:
        raise ReceiptError("a receipt is its lines, a path and a signed note")
    lines, path, note = f"{parts[0]}\n", parts[1].split("\n"), parts[2]
    receipt = Receipt.parse(lines)
    if receipt.origin != origin_of(verifier.name):
        raise ReceiptError(f"{verifier.name} does not sign for {receipt.origin}")
    try:
        root, size = _signed(open_note(note, (verifier,)).text)
        proof = [decoded(line) for line in path[1:]]
        verify_inclusion(leaf_hash(lines.encode()), _index(path[0]), size, proof, root)
    except (NoteError, ProofError) as error:
        raise ReceiptError(str(error)) from None
    return receipt


def _signed(text: str) -> tuple[bytes, int]:
    """Root and size of a batch."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] != _BATCH or not (lines[2].isascii() and lines[2].isdigit()):
        raise ReceiptError("what is signed is no batch of receipts")
    root, size = decoded(lines[1]), int(lines[2])
    if _batch(root, size) != text:
        raise ReceiptError("the batch is written in another way than batches are")
    return root, size


def _index(line: str) -> int:
    name, _, digits = line.partition(" ")
    if name != "index" or not (digits.isascii() and digits.isdigit()) or str(int(digits)) != digits:
        raise ReceiptError("the path has no index")
    return int(digits)
