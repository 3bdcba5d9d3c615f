"""A request and an answer as handlers see them, whichever of the two paths (lane or aiohttp) carried them.

How bytes come off a socket lives in `ingest.guest` and `ingest.lane`; what addresses there are, in `ingest.routes`.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct


class Body(Struct, frozen=True):
    """Bytes that arrived. `data` may be a view of a pooled buffer, good until the handler has answered.

    Where the body was not whole, it is good until `chunks` is asked for the next piece.
    """

    data: bytes | bytearray | memoryview
    sha256: str  # hex, of all that has come so far
    whole: bool = True  # False where `Ask.gather` ran out of patience first


class Headers:
    """Header fields by name, whatever its case; repeated ones joined with ", " (RFC 9110 §5.3).

    `count` is how many fields there were, `repeated` the names that stood more than once.
    """

    __slots__ = ("_values", "count", "repeated")

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        values: dict[str, str] = {}
        self.count, self.repeated = len(pairs), set[str]()
        for raw, value in pairs:
            name, text = _name(raw), value.strip(b" \t").decode("utf-8", "surrogateescape")
            if name in values:
                self.repeated.add(name)
                text = f"{values[name]}, {text}"
            values[name] = text
        self._values = values

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of the field, or `default`."""
        return self._values.get(name.lower(), default)

    def names(self) -> Iterable[str]:
        """Every name there is, in lower case, once."""
        return self._values.keys()


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    """A field's name in lower case, the same object for all who send it: thousands of slow requests lie in memory."""
    return raw.decode("latin-1").lower()


class Source(Protocol):
    """Where a body comes from."""

    length: int | None
    chunked: bool
    ticket: "Ticket | None"

    def chunks(self) -> AsyncIterator[memoryview]:
        """Bytes as they come. Raises CutOff, TooSlow."""

    async def gather(self, limit: int, patience: float | None) -> Body:
        """What comes within `patience` seconds. Raises TooLong, TooSlow, CutOff."""


class Ticket(Protocol):
    """A request's place with admission."""

    def known(self, key: str, scale: int) -> None:
        """Whose request it is. Raises QuotaSpent."""

    def aside(self) -> None:
        """Its body is slow."""

    def back(self) -> None:
        """Its body is here."""


class Ask:
    """One request. Handlers read it and answer; they know neither socket nor framework."""

    __slots__ = (
        "_query", "_source", "_ticket", "chunked", "headers", "length", "method", "params", "path", "peer", "query_text"
    )  # fmt: skip

    def __init__(self, method: str, target: str, headers: Headers, peer: str, source: Source) -> None:
        """`method` as sent (see `overridden`), `target` as sent: path and query, nothing decoded."""
        self.method = overridden(method, headers)
        self.path, _, self.query_text = origin_form(target).partition("?")
        self.headers = headers
        self.params: Mapping[str, str] = {}
        self.length = source.length  # bytes of the body; None where it comes in chunks or nothing was said
        self.chunked = source.chunked
        self.peer = peer
        self._source = source
        self._query: Mapping[str, str] | None = None
        self._ticket: Ticket | None = None

    @property
    def query(self) -> Mapping[str, str]:
        """The question's parts; of repeated ones the first."""
        if self._query is None:
            pairs = parse_qsl(self.query_text, keep_blank_values=True)
            self._query = dict(reversed(pairs))
        return self._query

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case; application/octet-stream where none is given."""
        text = self.headers.get("content-type") or ""
        return text.partition(";")[0].strip().lower() or "application/octet-stream"

    async def whole(self, limit: int) -> Body:
        """The whole body, at most `limit` bytes. Raises TooLong, TooSlow, CutOff."""
        return await self._source.gather(limit, None)

    async def gather(self, limit: int, patience: float) -> Body:
        """The whole body where it comes within `patience` seconds; else what came by then, and `chunks` goes on.

        A fast sender's bytes are never copied this way. Raises TooLong, TooSlow, CutOff.
        """
        return await self._source.gather(limit, patience)

    def chunks(self) -> AsyncIterator[memoryview]:
        """The (rest of the) body as it comes; each view is good until the next step. Raises CutOff, TooSlow."""
        return self._source.chunks()

    def known(self, key: str, scale: int = 1) -> None:
        """Tells admission whose request this is: from here on the quota is that device's, `scale` times the usual.

        Called by the gate once a key is proven. Raises QuotaSpent.
        """
        if self._ticket is not None:
            self._ticket.known(key, scale)

    def admitted(self, ticket: Ticket) -> None:
        """Set by admission, once."""
        self._ticket = self._source.ticket = ticket


def overridden(method: str, headers: Headers) -> str:
    """The method meant: `X-HTTP-Method-Override` is honoured on POST only, as proxies that bar PATCH need it."""
    meant = headers.get("x-http-method-override")
    return meant.upper() if meant and method == "POST" else method


def origin_form(target: str) -> str:
    """Path and query of a target that names scheme and host, too, as proxies may (RFC 9112 §3.2.2)."""
    if target.startswith("/"):
        return target
    scheme, _, rest = target.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path if scheme.lower() in ("http", "https") and slash else target


class Answer(Struct, frozen=True):
    """What goes back. Content-Length, Date and Connection are added by the path that sends it."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str | None = None


def json_answer(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Any value msgspec can encode, as JSON."""
    return Answer(status, msgspec.json.encode(value), headers, "application/json")
