"""What a kelurahan's own document says already, so that one record's change does not cost folding its neighbours.

The document holds each record as it was published last. A record that no cut has changed since is taken over as it
lies there, byte for byte, and its line in the kelurahan's page is drawn from the same bytes. Only a document that this
very process wrote is believed: one that a hand has changed would spread its figures with every neighbour's change.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from election.block import BlockState
from election.contest import Contest
from publisher.view import BlockView, RecordView


class _Document(Struct):
    records: list[Raw]


class _Block(Struct):
    state: BlockState
    number: int
    counted: dict[str, int | None] | None
    officer: dict[str, int | None] | None


class _Record(Struct):
    tps: str
    number: int
    version: int
    blocks: dict[str, _Block]


_DOCUMENT = msgspec.json.Decoder(_Document)
_RECORD = msgspec.json.Decoder(_Record)


class Kept(Struct, frozen=True):
    """One record as it was published. `number` 0: nothing had come in."""

    raw: Raw
    tps: str
    number: int
    blocks: dict[str, _Block]

    def line(self, ballot: Contest) -> RecordView | None:
        """As much of the record as a line of a table shows: states and figures, no pages, no history."""
        if not self.number:
            return None
        blocks = tuple(_block(name, block, ballot) for name, block in self.blocks.items())
        return RecordView(self.tps, self.number, blocks, (), ())


def digest(data: bytes) -> bytes:
    """By which a document is known again."""
    return blake2b(data, digest_size=16).digest()


def read(path: Path, tps: Sequence[str], known: bytes | None) -> dict[str, Kept]:
    """The records of the document at `path` by TPS code; none where it is not there, not the one of the digest
    `known`, or not about these TPS."""
    try:
        data = path.read_bytes()
        found = [_kept(raw) for raw in _DOCUMENT.decode(data).records] if digest(data) == known else []
    except (OSError, msgspec.DecodeError):
        return {}
    return {one.tps: one for one in found} if [one.tps for one in found] == list(tps) else {}


def _kept(raw: Raw) -> Kept:
    record = _RECORD.decode(raw)
    return Kept(raw, record.tps, record.number, record.blocks)


def _block(name: str, block: _Block, ballot: Contest) -> BlockView:
    fields = ballot.blocks[name]
    counted, officer = (
        None if figures is None else tuple(figures.values()) for figures in (block.counted, block.officer)
    )
    return BlockView(
        name=name, fields=fields, pages=(), state=block.state, number=block.number, at="", decision=block.number,
        officer=officer, machine=None, counted=counted, reasons=(), warnings=(),
    )  # fmt: skip
