"""Claims that cannot be changed: compact JWS (RFC 7515), each kind with its `typ`, so that none passes for another.

Signed by Ed25519 where others check than make them; with a MAC (HMAC-SHA-256), a hundred times as cheap, where whoever
checks also makes them.
"""

import hmac
from functools import lru_cache
from typing import TypeVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.types import Options

from identity import b64

LONGEST = 2048
"""Characters; a longer text is none of ours."""

_OPTIONS: Options = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False,
}  # fmt: skip
"""Times are judged by whoever has a clock; the rest we never write."""

T = TypeVar("T", bound=msgspec.Struct)


class NotOurs(ValueError):
    """A text that this key did not sign as this kind."""


def seal(claims: msgspec.Struct, kind: str, seed: bytes) -> str:
    """The claims, signed. `seed` is the private key's 32 bytes."""
    return jwt.encode(msgspec.to_builtins(claims), _private(seed), algorithm="EdDSA", headers={"typ": kind})


def opened(text: str, kind: str, public: bytes, shape: type[T]) -> T:
    """The claims of `text`, which `public` (32 bytes) signed as `kind`. Raises NotOurs for anything else.

    A text is accepted in the one spelling that `seal` gave it: bits that base64 ignores are no second spelling.
    """
    try:
        if len(text) > LONGEST:
            raise NotOurs("too long")
        for part in text.split("."):
            b64.decode_url(part)
        found = jwt.decode_complete(text, _public(public), algorithms=["EdDSA"], options=_OPTIONS)
        if found["header"] != {"alg": "EdDSA", "typ": kind}:
            raise NotOurs("another kind")
        return msgspec.convert(found["payload"], shape)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise NotOurs("not a signed text of ours") from error


def mark(claims: msgspec.Struct, kind: str, secret: bytes) -> str:
    """The claims under a MAC. `secret` has 32 bytes or more."""
    text = f"{_marked_head(kind)}.{b64.encode_url(msgspec.json.encode(claims))}"
    return f"{text}.{_mac(text, kind, secret)}"


def marked(text: str, kind: str, secret: bytes, shape: type[T]) -> T:
    """The claims of `text`, which `mark` made of this kind. Raises NotOurs for anything else.

    The MAC is over the very text, so that there is no second spelling; nothing is read before it is known to be ours.
    """
    told, _, mac = text.rpartition(".")
    if len(text) > LONGEST or not text.isascii():
        raise NotOurs("no text of ours")
    if not hmac.compare_digest(mac, _mac(told, kind, secret)):
        raise NotOurs("not by this key")
    head, _, body = told.partition(".")
    if head != _marked_head(kind):
        raise NotOurs("another kind")
    try:
        return msgspec.json.decode(b64.decode_url(body), type=shape)
    except ValueError as error:
        raise NotOurs("other claims") from error


def _mac(text: str, kind: str, secret: bytes) -> str:
    return b64.encode_url(hmac.digest(_mac_key(kind, secret), text.encode(), "sha256"))


@lru_cache(maxsize=16)
def _mac_key(kind: str, secret: bytes) -> bytes:
    """A key of its own for each kind: the secret may be a signer's seed."""
    return hmac.digest(secret, kind.encode(), "sha256")


@lru_cache(maxsize=16)
def _marked_head(kind: str) -> str:
    return b64.encode_url(msgspec.json.encode({"alg": "HS256", "typ": kind}))


@lru_cache(maxsize=16)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=16)
def _public(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)
