"""Holds a journal to its receipts: everything acknowledged is there, once, and says what the receipt says.

Works on the entries of `storage.journal` and on the public log's leaves alike; it reads neither by itself.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from loadtest.night.ledger import Line, Receipt
from tlog.note import Verifier
from tlog.receipt import ReceiptError, verify


class Numbered(Protocol):
    """An entry as far as a checker looks: its number and its public bytes."""

    @property
    def number(self) -> int:
        """The journal's number."""

    @property
    def leaf(self) -> bytes:
        """RFC 8785 JSON, as in the public log."""


class Leaf(Struct, frozen=True):
    """An entry of the public log (index = number - 1)."""

    number: int
    leaf: bytes


class Findings(Struct, frozen=True):
    """What does not hold. All empty: nothing acknowledged is missing, and nothing is there twice."""

    missing: tuple[Receipt, ...]  # acknowledged, but no such entry under that number
    doubled: tuple[str, ...]  # client ids acknowledged under two numbers, or photos there oftener than sent
    shared: tuple[int, ...]  # numbers that two client ids were both given
    unproven: tuple[str, ...] = ()  # client ids whose receipt is not signed, or whose signature is over other words

    @property
    def holds(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.missing or self.doubled or self.shared or self.unproven)


def missing(receipts: Iterable[Receipt], entries: Iterable[Numbered]) -> list[Receipt]:
    """The receipts whose entry is not in the journal, or says something else than the receipt."""
    said = {entry.number: json.loads(entry.leaf) for entry in entries}
    return [receipt for receipt in receipts if not _agrees(receipt, said.get(receipt.number))]


def _agrees(receipt: Receipt, leaf: dict[str, object] | None) -> bool:
    if leaf is None or leaf["kind"] != receipt.kind or leaf["tps"] != receipt.tps or leaf["at"] != receipt.at:
        return False
    if receipt.kind != "scan_received":
        return True  # what was keyed in is public as a commitment only
    return (leaf["sha256"], leaf["size"], leaf["page"]) == (receipt.sha256, receipt.size, receipt.page)


def check(ledger: Iterable[Line], entries: Iterable[Numbered], signer: Verifier | None = None) -> Findings:
    """Everything that can be wrong between one contest's receipts and its journal; `signer` is who signs receipts."""
    kept = list(entries)
    given = [line for line in ledger if line.receipt is not None]
    numbers, ids = defaultdict(set), defaultdict(set)
    for line in given:
        if line.receipt is not None:
            numbers[line.id].add(line.receipt.number)
            ids[line.receipt.number].add(line.id)
    return Findings(
        missing=tuple(missing((line.receipt for line in given if line.receipt), kept)),
        doubled=(*sorted(i for i, n in numbers.items() if len(n) > 1), *_oftener(given, kept)),
        shared=tuple(sorted(n for n, i in ids.items() if len(i) > 1)),
        unproven=tuple(line.id for line in given if signer and line.receipt and not _proves(line.receipt, signer)),
    )


def _proves(receipt: Receipt, signer: Verifier) -> bool:
    """Whether the signed note says what the receipt says."""
    try:
        said = verify(receipt.note, signer)
    except ReceiptError:
        return False
    return (said.contest, said.number, said.kind, said.sha256, said.size, said.tps, said.page or None, said.at) == (
        receipt.journal, receipt.number, receipt.kind, receipt.sha256, receipt.size, receipt.tps, receipt.page,
        receipt.at,
    )  # fmt: skip


def _oftener(given: Iterable[Line], entries: Iterable[Numbered]) -> Iterator[str]:
    """Photos and readings that stand in the journal more often than ids were acknowledged for them."""
    sent = Counter(_what(r.kind, r.tps, r.page, r.sha256) for r in {x.id: x.receipt for x in given}.values() if r)
    for what, n in Counter(_what_of(entry) for entry in entries).items():
        if what and sent[what] and n > sent[what]:
            yield what


def _what_of(entry: Numbered) -> str:
    leaf = json.loads(entry.leaf)
    return _what(leaf["kind"], leaf["tps"], leaf.get("page"), leaf.get("sha256", ""))


def _what(kind: str, tps: str, page: int | None, digest: str) -> str:
    """One name for the same thing sent; empty for what no phone sends."""
    if kind == "scan_received":
        return f"{kind}/{tps}/{page}/{digest}"
    return f"{kind}/{tps}" if kind == "reading_submitted" else ""
