"""Where a body ends (RFC 9112 §6), and whether the head says so in one way only. Both paths ask here.

Whatever two readers in a row (a proxy and this door) could take in two ways is refused: that is request smuggling.
"""

import re
from collections.abc import Sequence

from ingest.wire import ExpectationUnknown, HeadMalformed

Pairs = Sequence[tuple[bytes, bytes]]
"""Header fields as they came, names in any case."""

LARGEST = 16_384
"""Bytes of request line and headers together. A certificate, a token and two signatures are some 4,000."""

_DIGITS = re.compile(rb"[0-9]{1,15}")
_ONCE = frozenset(
    (
        b"host", b"content-length", b"transfer-encoding", b"expect", b"x-http-method-override", b"content-type",
        b"content-location", b"content-range", b"etag", b"max-forwards", b"server", b"user-agent",
    )
)  # fmt: skip
"""Fields that stand once; aiohttp's parser holds to the same list."""

MOST = 128
"""Fields of one head."""


class Framing:
    """How a body comes: `length` bytes; in chunks; or, with neither, not at all."""

    __slots__ = ("chunked", "expects", "length")

    def __init__(self, length: int | None = None, chunked: bool = False, expects: bool = False) -> None:
        self.length, self.chunked = length, chunked
        self.expects = expects  # the sender waits for 100 Continue before it sends the body


def framing(pairs: Pairs) -> Framing:
    """How the body under this head comes. Raises HeadMalformed, ExpectationUnknown."""
    once = _singles(pairs)
    if len(pairs) > MOST:
        raise HeadMalformed()
    length, coding = once.get(b"content-length"), once.get(b"transfer-encoding")
    if b"host" not in once:
        raise HeadMalformed()
    if length is not None and coding is not None:
        raise HeadMalformed()
    if length is not None and not _DIGITS.fullmatch(length):
        raise HeadMalformed()
    if coding is not None and coding.lower() != b"chunked":
        raise HeadMalformed()
    expectation = once.get(b"expect")
    if expectation is not None and expectation.lower() != b"100-continue":
        raise ExpectationUnknown()
    return Framing(None if length is None else int(length), coding is not None, expectation is not None)


def _singles(pairs: Pairs) -> dict[bytes, bytes]:
    once: dict[bytes, bytes] = {}
    for raw, value in pairs:
        name = raw.lower()
        if name in _ONCE:
            if name in once:
                raise HeadMalformed()
            once[name] = value.strip(b" \t")
    return once


def check_target(target: str) -> None:
    """Bytes that are not ASCII have to be percent-encoded in an address (RFC 3986). Raises HeadMalformed."""
    if not target.isascii():
        raise HeadMalformed()
