"""Signed claims: compact JWS (RFC 7515) by Ed25519, each kind with its `typ`, so that none passes for another."""

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


@lru_cache(maxsize=16)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=16)
def _public(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)
