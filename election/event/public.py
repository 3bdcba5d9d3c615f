"""An event as far as the public knows it: from its leaf alone, what the leaf leaves out being empty.

Enough for every fold of what is public; a reading's figures are empty until a decision opens them.
"""

import re
from functools import cache
from typing import get_origin

import msgspec
from msgspec import Struct

from election.event import KINDS, AnyEvent, Event, from_row

_GLANCE = re.compile(rb'"kind":"([a-z_]+)".*?"tps":"([0-9A-Z]+)"', re.DOTALL)
"""A leaf is canonical JSON, its keys sorted, so that neither can stand inside a string of it."""


class _Committed(Struct):
    commitments: dict[str, str]


_committed = msgspec.json.Decoder(_Committed)


def glance(leaf: bytes) -> tuple[str, bytes]:
    """Kind, and code of the TPS or area that a leaf is about, without reading it; both empty where it is none."""
    found = _GLANCE.search(leaf)
    return ("", b"") if found is None else (found[1].decode(), found[2])


def from_leaf(leaf: bytes) -> AnyEvent | None:
    """The event; None for a kind that this program does not know. Raises msgspec.DecodeError."""
    kind, _ = glance(leaf)
    if kind not in KINDS:
        return None
    if kind == "reading_submitted":
        blocks = _committed.decode(leaf).commitments
        return from_row(leaf, msgspec.json.encode({"salts": {}, "figures": dict.fromkeys(blocks, ())}))
    return from_row(leaf, _nothing(KINDS[kind]))


@cache
def _nothing(kind: type[Event]) -> bytes | None:
    """What stands beside the leaf of an event of which nothing private is known."""
    wanted: dict[str, object] = {
        field.name: {str: ""}.get(field.type, () if get_origin(field.type) is tuple else {})
        for field in msgspec.structs.fields(kind)
        if field.name in kind.PRIVATE and field.required
    }
    return msgspec.json.encode(wanted) if wanted else None
