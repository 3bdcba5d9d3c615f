"""How a photo lies in a pack: pure, from bytes to bytes.

A pack is a file of records that begin at multiples of `BLOCK`, the first at `BLOCK` itself, after the pack's own
head. A record is one block with a head (`_HEAD`, little-endian), the sender's key and a note of what it is (the
event's public bytes), then the photo, and zeros up to the next block:

    magic 4 · pack's nonce 8 · sequence 8 · key's length 2 · note's length 2 · photo's length 4 · photo's SHA-256 32
    · CRC-32 of all this, the key and the note 4

Where a crash cut a pack off, its tail is found again from the front: a record counts where magic, nonce, the sequence
number that is due and the checksum agree and its photo hashes to its name. Whatever a disk held there before has
another nonce; a write that reached the disk in part has another hash.
"""

import os
import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import Protocol
from zlib import crc32

from msgspec import Struct

BLOCK = 4096
"""Bytes; what a disk is written in without the page cache."""

NOTE = 3900
"""Bytes that key and note may have together: a record's first block holds them."""

_MAGIC = b"SuRe"
_PACK = struct.Struct("<8s8s")
_PACK_MAGIC = b"SuaraPk1"
_HEAD = struct.Struct("<4s8sQHHI32s")
_CRC = struct.Struct("<I")
_FRONT = _HEAD.size + _CRC.size


class Head(Struct, frozen=True):
    """A record as its head has it. Offsets are bytes from the pack's begin."""

    offset: int
    sequence: int
    key: bytes
    note: bytes
    sha256: bytes  # 32 bytes
    size: int  # of the photo

    @property
    def at(self) -> int:
        """Where the photo begins."""
        return self.offset + BLOCK

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return rounded(self.at + self.size)


class Readable(Protocol):
    """Something to read a pack from."""

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer at the end."""


def rounded(size: int) -> int:
    """`size` up to whole blocks."""
    return -(-size // BLOCK) * BLOCK


def pack_head(nonce: bytes) -> bytes:
    """The first block of a pack. `nonce` (8 bytes) tells this pack's records from any other's."""
    return _PACK.pack(_PACK_MAGIC, nonce).ljust(BLOCK, b"\0")


def fresh_nonce() -> bytes:
    """A nonce that no pack has had."""
    return os.urandom(8)


def nonce_of(block: bytes) -> bytes | None:
    """The nonce of a pack's first block; None where it is no pack."""
    if len(block) < _PACK.size:
        return None
    magic, nonce = _PACK.unpack_from(block)
    return nonce if magic == _PACK_MAGIC else None


def front(nonce: bytes, sequence: int, key: bytes, note: bytes, size: int, digest: bytes) -> bytes:
    """What a record's first block begins with. `digest` is the photo's SHA-256. Raises ValueError: too long a note."""
    if len(key) + len(note) > NOTE:
        raise ValueError(f"key and note have {len(key) + len(note)} bytes; there is room for {NOTE}")
    head = _HEAD.pack(_MAGIC, nonce, sequence, len(key), len(note), size, digest)
    return b"".join((head, _CRC.pack(crc32(note, crc32(key, crc32(head)))), key, note))


def head_at(block: bytes, offset: int, nonce: bytes, sequence: int) -> Head | None:
    """The head that begins `block`, which lies at `offset` of its pack; None where none that is due does."""
    if len(block) < _FRONT:
        return None
    magic, own, number, key_size, note_size, size, digest = _HEAD.unpack_from(block)
    told = block[_FRONT : _FRONT + key_size + note_size]
    if (magic, own, number) != (_MAGIC, nonce, sequence) or len(told) != key_size + note_size:
        return None
    if crc32(told, crc32(block[: _HEAD.size])) != _CRC.unpack_from(block, _HEAD.size)[0]:
        return None
    return Head(offset, number, told[:key_size], told[key_size:], digest, size)


def heads(pack: Readable, offset: int = BLOCK, sequence: int = 1) -> Iterator[Head]:
    """The heads from `offset` on, where the record `sequence` is due. The photos are not looked at."""
    nonce = nonce_of(pack.read(0, BLOCK))
    while nonce is not None and (head := head_at(pack.read(offset, BLOCK), offset, nonce, sequence)) is not None:
        yield head
        offset, sequence = head.end, sequence + 1


def whole(pack: Readable, offset: int = BLOCK, sequence: int = 1) -> Iterator[Head]:
    """The records from `offset` on up to the first that is not whole: what a crash has left."""
    for head in heads(pack, offset, sequence):
        if sha256(pack.read(head.at, head.size)).digest() != head.sha256:
            return
        yield head
