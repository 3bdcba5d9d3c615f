"""What every event has, and its JSON. Kinds of events live in the modules beside this one."""

from typing import ClassVar

import msgspec
from msgspec import Struct

from election.errors import Rejected

MAX_LEAF = 4096
"""Bytes; a leaf is small, so that a nation's log can be read by anyone."""

Figures = tuple[int | None, ...]
"""A block's figures, dense, in the order of `Contest.blocks[block]`; None where nothing was given."""


class LeafTooLarge(Rejected):
    """An event whose public bytes exceed `MAX_LEAF`."""

    code = "event.leaf_too_large"
    advice: ClassVar[dict[str, str]] = {
        "id": "Catatan publik {size} bita melebihi batas {limit} bita.",
        "en": "The public entry has {size} bytes; the limit is {limit}.",
    }


class Event(Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """Something that happened to the record of one TPS in one contest (the journal's own).

    `tps` is the TPS code, `at` the server's time (`clock.stamp`), `v` the version of the event's shape.
    """

    PRIVATE: ClassVar[frozenset[str]] = frozenset()
    """Fields that the leaf leaves out."""
    SPARSE: ClassVar[frozenset[str]] = frozenset()
    """Fields that the leaf has only where they are not None: an entry made before there were such fields stays the
    same to the byte."""

    tps: str
    at: str
    v: int = 1


class Ruling(Event, frozen=True, kw_only=True):
    """An event that takes the place of an earlier one on the same `subject` of the same `tps`.

    `replaces` is the number of the ruling that it takes the place of, 0 for none: the journal compares and swaps.
    """

    replaces: int

    @property
    def subject(self) -> str:
        """What of `tps` is ruled on: a block's name, `*` for the whole record, or a word of the ruling's own."""
        raise NotImplementedError


def canonical(value: object) -> bytes:
    """RFC 8785 JSON of ASCII strings, integers, booleans, null, lists and objects with string keys; no floats.

    Raises ValueError where a value leaves ASCII.
    """
    text = msgspec.json.encode(value, order="sorted")
    if not text.isascii():
        raise ValueError("a leaf is ASCII")
    return text
