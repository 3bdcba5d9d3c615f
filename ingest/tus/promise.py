"""What a photo is said to be before its first byte: page, length, hash, and what it replaces. Nothing is looked up."""

import re
from uuid import uuid4

from msgspec import Struct

from ingest.errors import WrongType
from ingest.tus.errors import MetadataMalformed, MetadataMissing

TYPES = ("image/jpeg", "image/png", "image/heic", "image/heif", "application/octet-stream")
LONGEST = 64
"""Characters of a code in the metadata."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PAGE = re.compile(r"[1-9][0-9]{0,3}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_VERSION = re.compile(r"[1-9][0-9]{0,2}")
_VERDICT = re.compile(r"ok|scan\.[a-z_]{1,32}")


class Promise(Struct, frozen=True):
    """What the sender says of a photo; the same words under the same id are the same upload."""

    id: str  # UUID, lower case
    contest: str
    tps: str
    page: int
    sha256: str  # hex, lower case
    length: int  # bytes
    version: int = 1  # of the record that it is a photo of
    replaces: str | None = None  # UUID of the upload of the same page that this one supersedes
    verdict: str | None = None  # of the phone's own eye: `ok`, or the `scan.*` code that the officer overrode


def promise(pairs: dict[str, str], length: int) -> Promise:
    """The promise in the pairs of `Upload-Metadata`; keys that we do not know are the sender's own business.

    Raises MetadataMissing, MetadataMalformed, WrongType.
    """
    kind = pairs.get("filetype", TYPES[0])
    if kind not in TYPES:
        raise WrongType(given=ascii(kind[:LONGEST])[1:-1], wanted=TYPES[0])
    return Promise(
        id=uuid("id", pairs["id"]) if "id" in pairs else str(uuid4()),
        contest=_code(pairs, "contest"),
        tps=_code(pairs, "tps"),
        page=int(_shaped(pairs, "page", _PAGE, "1")),
        sha256=_shaped(pairs, "sha256", _SHA256, "64 hex").lower(),
        length=length,
        version=int(_shaped(pairs, "version", _VERSION, "1")) if "version" in pairs else 1,
        replaces=uuid("replaces", pairs["replaces"]) if "replaces" in pairs else None,
        verdict=_shaped(pairs, "verdict", _VERDICT, "ok") if "verdict" in pairs else None,
    )


def uuid(key: str, text: str) -> str:
    """A UUID in its one spelling here. Raises MetadataMalformed for any other shape than 8-4-4-4-12."""
    if not _UUID.fullmatch(text):
        raise MetadataMalformed(key=key, shape="8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11")
    return text.lower()


def _given(pairs: dict[str, str], key: str) -> str:
    if not pairs.get(key):
        raise MetadataMissing(key=key)
    return pairs[key]


def _code(pairs: dict[str, str], key: str) -> str:
    text = _given(pairs, key)
    if not text.isascii() or not text.isprintable() or len(text) > LONGEST:
        raise MetadataMalformed(key=key, shape=f"ASCII, {LONGEST}")
    return text


def _shaped(pairs: dict[str, str], key: str, pattern: re.Pattern[str], shape: str) -> str:
    text = _given(pairs, key)
    if not pattern.fullmatch(text):
        raise MetadataMalformed(key=key, shape=shape)
    return text
