"""The device's certificate: for days, from the accounts service, so that a night goes on without that service."""

from functools import lru_cache

from identity import jws
from identity.account import Account
from identity.claims import Claims
from identity.errors import CertificateExpired, CertificateForged
from identity.key import Key

KIND = "suara-cert+jwt"
DAYS = 45
"""From the first drills until the last recapitulation; revoking is what ends one early."""


def issue(account: Account, key: Key, *, now: int, jti: str, seed: bytes, days: int = DAYS) -> str:
    """A certificate by the accounts key (`seed`, 32 bytes). `now` in seconds since 1970."""
    return jws.seal(Claims.of(account, key, now=now, seconds=days * 86_400, jti=jti), KIND, seed)


def read(text: str, *, public: bytes, now: int) -> Claims:
    """What the certificate says. `public` is the accounts key's. Raises CertificateForged, CertificateExpired."""
    try:
        claims = _opened(text, public)
    except jws.NotOurs as error:
        raise CertificateForged() from error
    if now >= claims.exp:
        raise CertificateExpired()
    return claims


@lru_cache(maxsize=1024)
def _opened(text: str, public: bytes) -> Claims:
    return jws.opened(text, KIND, public, Claims).check()
