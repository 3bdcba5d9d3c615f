"""Tokens: a quarter of an hour's right to send, made from a certificate and checked by the doors that make them."""

from functools import lru_cache

from identity import jws
from identity.claims import Claims
from identity.errors import TokenExpired, TokenForged

KIND = "suara-token+jwt"
SECONDS = 15 * 60

VERIFIED = 8192
"""Tokens that a process remembers as good, the least used go first; about 1.5 KB each."""


def mint(certificate: Claims, *, now: int, seed: bytes) -> tuple[str, int]:
    """A token for the certificate's device, and when it ends (seconds since 1970); never after the certificate."""
    until = min(now + SECONDS, certificate.exp)
    claims = Claims(
        certificate.sub, certificate.role, certificate.area, certificate.cnf, now, until, certificate.jti
    )  # fmt: skip
    return jws.mark(claims, KIND, seed), until


def read(text: str, *, seed: bytes, now: int) -> Claims:
    """What the token says. `seed` is the doors' secret, as of `mint`. Raises TokenForged, TokenExpired."""
    try:
        claims = _opened(text, seed)
    except jws.NotOurs as error:
        raise TokenForged() from error
    if now >= claims.exp:
        raise TokenExpired()
    return claims


@lru_cache(maxsize=VERIFIED)
def _opened(text: str, seed: bytes) -> Claims:
    return jws.marked(text, KIND, seed, Claims).check()
