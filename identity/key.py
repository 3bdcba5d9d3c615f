"""A device's public key: ECDSA P-256 as a JWK (RFC 7517), its thumbprint (RFC 7638), and checking with it."""

from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct

from identity import b64
from identity.errors import KeyMalformed

COORDINATE = 32
"""Bytes of one coordinate, of r and of s."""


class Key(Struct, frozen=True, dict=True):
    """A public key as browsers export it; what else their JWK says (`ext`, `key_ops`) is left out."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str

    @cached_property
    def thumbprint(self) -> str:
        """RFC 7638: SHA-256 over the required members in order, base64url. This is the device's `keyid`."""
        text = f'{{"crv":"{self.crv}","kty":"{self.kty}","x":"{self.x}","y":"{self.y}"}}'
        return b64.encode_url(sha256(text.encode()).digest())

    def check(self) -> None:
        """Raises KeyMalformed where this is no point on the curve, or not in its one spelling."""
        _loaded(self)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (r ‖ s, 64 bytes) is this key's over `message`."""
        if len(signature) != 2 * COORDINATE:
            return False
        r, s = int.from_bytes(signature[:COORDINATE], "big"), int.from_bytes(signature[COORDINATE:], "big")
        try:
            _loaded(self).verify(encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature:
            return False
        return True


_ECDSA = ECDSA(SHA256())
_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""The prime of P-256 (FIPS 186-5). The library takes coordinates beyond it for those they come to."""


@lru_cache(maxsize=8192)
def _loaded(key: Key) -> EllipticCurvePublicKey:
    """The key ready for use: finding out whether a point lies on the curve costs as much as a signature."""
    try:
        x, y = b64.decode_url(key.x), b64.decode_url(key.y)
        if len(x) != COORDINATE or len(y) != COORDINATE:
            raise ValueError("a coordinate has 32 bytes")
        numbers = int.from_bytes(x, "big"), int.from_bytes(y, "big")
        if max(numbers) >= _FIELD:
            raise ValueError("a coordinate lies in the field, so that a key has one thumbprint")
        return EllipticCurvePublicNumbers(*numbers, SECP256R1()).public_key()
    except ValueError as error:
        raise KeyMalformed() from error
