"""Bytes as they arrive: length, limit, time and hash. What the bytes mean is `scans`' and `readings`'."""

import asyncio
import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import BadHttpMessage

from ingest.door import DOOR
from ingest.errors import (
    CutOff,
    Encoded,
    HashDiffers,
    HeaderMalformed,
    HeaderMissing,
    LengthRequired,
    TooLong,
    TooSlow,
)

DIGEST = "Content-Digest"
_DIGEST_SHAPE = "sha-256=:<base64>:"
_SHA_256 = re.compile(r"sha-256=:([A-Za-z0-9+/=]*):(?:;.*)?")


@dataclass(frozen=True)
class Body:
    """A whole body and its SHA-256 in hex."""

    data: bytes
    sha256: str


def digest_header(request: web.Request, *, required: bool) -> str | None:
    """The SHA-256 (hex) that `Content-Digest` promises, RFC 9530. Other algorithms beside it are ignored.

    Raises HeaderMissing, HeaderMalformed.
    """
    text = ",".join(request.headers.getall(DIGEST, []))
    if not text:
        if required:
            raise HeaderMissing(header=DIGEST)
        return None
    for member in text.split(","):
        match = _SHA_256.fullmatch(member.strip())
        if match:
            return _decoded(match[1]).hex()
    raise HeaderMalformed(header=DIGEST, shape=_DIGEST_SHAPE)


def _decoded(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != sha256().digest_size:
        raise HeaderMalformed(header=DIGEST, shape=_DIGEST_SHAPE)
    return digest


def expected_size(request: web.Request, limit: int) -> int:
    """Bytes to set aside for the body: its length, or `limit` where it comes in chunks.

    Raises LengthRequired, TooLong, Encoded before a byte is read.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Encoded()
    if request.content_length is None:
        if "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
            raise LengthRequired()
        return limit
    if request.content_length > limit:
        raise TooLong(limit=limit)
    return request.content_length


async def read_body(request: web.Request, limit: int, promised: str | None) -> Body:
    """The whole body, at most `limit` bytes, hashed as it arrives.

    Raises TooLong, TooSlow, CutOff, and HashDiffers where `promised` (hex) is given and differs.
    """
    seconds = request.app[DOOR].limits.body_seconds
    try:
        async with asyncio.timeout(seconds):
            body = await _collect(request, limit)
    except TimeoutError:
        raise TooSlow(seconds=int(seconds)) from None
    except (ConnectionError, BadHttpMessage, ClientPayloadError, web.RequestPayloadError) as error:
        raise CutOff() from error
    if promised is not None and promised != body.sha256:
        raise HashDiffers(found=body.sha256, sent=promised)
    return body


async def _collect(request: web.Request, limit: int) -> Body:
    chunks, size, digest = [], 0, sha256()
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise TooLong(limit=limit)
        digest.update(chunk)
        chunks.append(chunk)
    return Body(b"".join(chunks), digest.hexdigest())
