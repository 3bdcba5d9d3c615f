"""What a head says of the body that follows: its digest, its length. The bytes themselves come through `Ask`."""

import base64
import binascii
import re
from hashlib import sha256

from ingest.ask import Ask, Body
from ingest.errors import Encoded, HashDiffers, HeaderMalformed, HeaderMissing, LengthRequired, TooLong

DIGEST = "Content-Digest"
_DIGEST_SHAPE = "sha-256=:<base64>:"
_SHA_256 = re.compile(r"sha-256=:([A-Za-z0-9+/=]*):(?:;.*)?")


def digest_header(ask: Ask, *, required: bool) -> str | None:
    """The SHA-256 (hex) that `Content-Digest` promises, RFC 9530. Other algorithms beside it are ignored.

    Raises HeaderMissing, HeaderMalformed.
    """
    text = ask.headers.get(DIGEST)
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


def expected_size(ask: Ask, limit: int) -> int:
    """Bytes to set aside for the body: its length, or `limit` where it comes in chunks.

    Raises LengthRequired, TooLong, Encoded before a byte is read.
    """
    if ask.headers.get("Content-Encoding", "identity") != "identity":
        raise Encoded()
    if ask.length is None:
        if not ask.chunked:
            raise LengthRequired()
        return limit
    if ask.length > limit:
        raise TooLong(limit=limit)
    return ask.length


async def read_body(ask: Ask, limit: int, promised: str | None) -> Body:
    """The whole body, at most `limit` bytes, hashed as it arrives.

    Raises TooLong, TooSlow, CutOff, and HashDiffers where `promised` (hex) is given and differs.
    """
    body = await ask.whole(limit)
    if promised is not None and promised != body.sha256:
        raise HashDiffers(found=body.sha256, sent=promised)
    return body
