"""The head of a request on the lane: found in the bytes, read by llhttp (through httptools), refused where in doubt."""

import httptools
from msgspec import Struct

from ingest.ask import Headers
from ingest.framing import LARGEST, Framing, check_target, framing
from ingest.routes import PREFIXES
from ingest.wire import HeadMalformed, HeadTooLarge

END = b"\r\n\r\n"


class Head(Struct, frozen=True):
    """What stands before a body."""

    method: str
    target: str
    headers: Headers
    framing: Framing
    keep_alive: bool


class _Fields:
    """Collects what llhttp reads."""

    __slots__ = ("complete", "pairs", "url")

    def __init__(self) -> None:
        self.url, self.complete = b"", False
        self.pairs: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.pairs.append((name, value))

    def on_headers_complete(self) -> None:
        self.complete = True


def ours(head: bytes) -> bool:
    """Whether the lane serves this request itself: an upload or a reading of known length over HTTP/1.1.

    Everything else, whatever it is, is aiohttp's to answer.
    """
    line, _, fields = head.partition(b"\r\n")
    parts = line.split(b" ")
    if len(parts) != 3 or parts[2] != b"HTTP/1.1" or not parts[1].startswith(PREFIXES):
        return False
    fields = fields.lower()
    return b"\ntransfer-encoding" not in b"\n" + fields and b"\nupgrade" not in b"\n" + fields


def read(data: bytes) -> Head:
    """The head in `data`, which ends with it. Raises HeadMalformed, ExpectationUnknown."""
    fields = _Fields()
    parser = httptools.HttpRequestParser(fields)
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
        raise HeadMalformed() from error
    if not fields.complete:
        raise HeadMalformed()
    target = fields.url.decode("latin-1")
    check_target(target)
    headers = Headers(fields.pairs)
    return Head(parser.get_method().decode("ascii"), target, headers, framing(headers), _stays(headers))


def _stays(headers: Headers) -> bool:
    """Whether the line stays open after the answer. (llhttp has forgotten it where there is no body.)"""
    options = headers.get("connection")
    return options is None or "close" not in [option.strip() for option in options.lower().split(",")]


def unfinished(data: bytes | bytearray) -> None:
    """Refuses a head that is not whole yet and cannot become one. Raises HeadMalformed, HeadTooLarge."""
    if len(data) > LARGEST:
        raise HeadTooLarge(limit=LARGEST)
    if not 65 <= data[0] <= 90:
        raise HeadMalformed()
    if data.count(b"\n") != data.count(END[:2]):
        raise HeadMalformed()
