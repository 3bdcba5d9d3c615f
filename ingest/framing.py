"""Where a body ends (RFC 9112 §6), and whether the head says so in one way only. Both paths ask here.

Whatever two readers in a row (a proxy and this door) could take in two ways is refused: that is request smuggling.
"""

import re

from ingest.ask import Headers
from ingest.wire import ExpectationUnknown, HeadMalformed

LARGEST = 16_384
"""Bytes of request line and headers together. A certificate, a token and two signatures are some 4,000."""

_DIGITS = re.compile(r"[0-9]{1,15}")
_CHUNKED = re.compile(r"chunked", re.ASCII | re.IGNORECASE)
"""`str.lower` would take the Kelvin sign for a k."""
_ONCE = frozenset(
    (
        "host", "content-length", "transfer-encoding", "expect", "x-http-method-override", "content-type",
        "content-location", "content-range", "etag", "max-forwards", "server", "user-agent",
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


def framing(headers: Headers) -> Framing:
    """How the body under this head comes. Raises HeadMalformed, ExpectationUnknown."""
    if headers.count > MOST or not _ONCE.isdisjoint(headers.repeated) or headers.get("host") is None:
        raise HeadMalformed()
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if length is not None and coding is not None:
        raise HeadMalformed()
    if length is not None and not _DIGITS.fullmatch(length):
        raise HeadMalformed()
    if coding is not None and not _CHUNKED.fullmatch(coding):
        raise HeadMalformed()
    expectation = headers.get("expect")
    if expectation is not None and expectation.lower() != "100-continue":
        raise ExpectationUnknown()
    return Framing(None if length is None else int(length), coding is not None, expectation is not None)


def check_target(target: str) -> None:
    """Bytes that are not ASCII have to be percent-encoded in an address (RFC 3986). Raises HeadMalformed."""
    if not target.isascii():
        raise HeadMalformed()
