"""The headers of tus 1.0.0, read and written. What an upload may do with them is `upload`'s."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol

from msgspec import Struct

from ingest.errors import HeaderMalformed, HeaderMissing, TooLong
from ingest.tus.errors import ChecksumDiffers, ChecksumUnknown, ExtensionUnknown, MetadataMalformed, WrongVersion

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
BODY_TYPE = "application/offset+octet-stream"
ALGORITHMS: dict[str, Callable[[bytes | bytearray | memoryview], "hashlib._Hash"]] = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
}
"""SHA-1 finds a damaged piece, which is all it is asked to; the photo itself is held to its SHA-256."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_KEY = re.compile(r"[!-+\--~]{1,64}")
_FOREIGN = ("Upload-Defer-Length", "Upload-Concat")


class Named(Protocol):
    """Headers as far as they are looked at here: by name, whatever its case."""

    def get(self, name: str, /) -> str | None:
        """The value, None where the header was not sent."""


class Checksum(Struct, frozen=True):
    """What a piece must hash to (extension checksum)."""

    algorithm: str
    digest: bytes

    def check(self, data: bytes | bytearray | memoryview) -> None:
        """Raises ChecksumDiffers where `data` is another piece."""
        if ALGORITHMS[self.algorithm](data).digest() != self.digest:
            raise ChecksumDiffers()


def check_version(headers: Named) -> None:
    """Raises WrongVersion unless `Tus-Resumable` is ours."""
    if headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion()


def number(headers: Named, name: str) -> int:
    """`Upload-Length` or `Upload-Offset`: a whole number without sign or leading zeros.

    Raises HeaderMissing, HeaderMalformed.
    """
    text = headers.get(name)
    if text is None:
        raise HeaderMissing(header=name)
    if not _NUMBER.fullmatch(text):
        raise HeaderMalformed(header=name, shape="204800")
    return int(text)


def upload_length(headers: Named, limit: int) -> int:
    """Bytes of the whole photo; `limit` is Tus-Max-Size.

    Raises ExtensionUnknown, HeaderMissing, HeaderMalformed, TooLong.
    """
    for foreign in _FOREIGN:
        if headers.get(foreign) is not None:
            raise ExtensionUnknown(header=foreign)
    length = number(headers, "Upload-Length")
    if length > limit:
        raise TooLong(limit=limit)
    return length


def metadata(text: str) -> dict[str, str]:
    """`Upload-Metadata`: pairs of a key and base64, divided by commas; a key alone stands for nothing.

    Raises HeaderMalformed, and MetadataMalformed where a value is not base64 of UTF-8.
    """
    found: dict[str, str] = {}
    for pair in text.split(","):
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise HeaderMalformed(header="Upload-Metadata", shape="key base64,key base64")
        try:
            found[key] = binascii.a2b_base64(value, strict_mode=True).decode()
        except ValueError:  # not ASCII, not base64, not UTF-8
            raise MetadataMalformed(key=key, shape="base64") from None
    return found


def written(pairs: dict[str, str]) -> str:
    """`Upload-Metadata` that says `pairs`."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def checksum(headers: Named) -> Checksum | None:
    """The promise of `Upload-Checksum`, None where there is none. Raises ChecksumUnknown, HeaderMalformed."""
    text = headers.get("Upload-Checksum")
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise ChecksumUnknown()
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != ALGORITHMS[algorithm](b"").digest_size:
        raise HeaderMalformed(header="Upload-Checksum", shape=f"{algorithm} <base64>")
    return Checksum(algorithm, digest)


def http_date(seconds: float) -> str:
    """`Upload-Expires`: seconds since 1970 as RFC 9110 writes a date."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)
