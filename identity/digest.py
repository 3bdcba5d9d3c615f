"""`Content-Digest` (RFC 9530): which bytes a body must have."""

from identity import b64

_START, _END = "sha-256=:", ":"


def content_digest(sha256: bytes) -> str:
    """The header for a body with this SHA-256 (32 bytes)."""
    return f"{_START}{b64.encode(sha256)}{_END}"


def promises(header: str, sha256: bytes) -> bool:
    """Whether the header promises a body with this SHA-256 (32 bytes)."""
    return header == content_digest(sha256) or sha256_of(header) == sha256


def sha256_of(header: str) -> bytes | None:
    """The SHA-256 that the header promises; None where it promises none, or not in its one spelling."""
    for member in (part.strip() for part in header.split(",")):
        if member.startswith(_START) and member.endswith(_END):
            try:
                found = b64.decode(member[len(_START) : -len(_END)])
            except ValueError:
                return None
            return found if len(found) == 32 else None
    return None
