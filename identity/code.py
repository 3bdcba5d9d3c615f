"""Activation codes: ten symbols that survive a bad telephone line, the last of which checks the others.

Symbols are Crockford's (no I, L, O, U). The check is a weighted sum over GF(32) with weights that all differ, so that
any one wrong symbol and any two exchanged ones are noticed before a try is spent. How a code is kept: `digest`.
"""

import hmac
import re
from hashlib import sha256

from identity.errors import CodeMalformed

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 9
"""That are drawn, five bits each: 45 bits; the check is the tenth."""

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_FILLER = re.compile(r"[\s\-–—.]+")
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}


def _times_x(value: int) -> int:
    """Multiplication by x in GF(2⁵) modulo x⁵ + x² + 1."""
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 32 else doubled


def _weighted() -> tuple[tuple[int, ...], ...]:
    """For each place, what each symbol adds to the check: value · x^place, of which no two places agree."""
    rows = [tuple(range(32))]
    for _ in range(SYMBOLS):
        rows.append(tuple(_times_x(value) for value in rows[-1]))
    return tuple(rows[1:])


_ADDS = _weighted()


def make(random: bytes) -> str:
    """The code of `SYMBOLS` random bytes, in two groups of five: `7K3M9-QXT4P`."""
    if len(random) != SYMBOLS:
        raise ValueError(f"a code is made of {SYMBOLS} random bytes")
    values = [byte & 31 for byte in random]
    text = "".join(ALPHABET[value] for value in (*values, _check(values)))
    return f"{text[:5]}-{text[5:]}"


def read(typed: str) -> str:
    """The code as `make` wrote it, from what someone typed: any case, gaps, O for 0, I and L for 1.

    Raises CodeMalformed where it has another length, a symbol of no code, or the check does not hold.
    """
    text = _FILLER.sub("", typed[:64]).upper().translate(_READ_AS)
    values = [_VALUE.get(symbol, -1) for symbol in text]
    if len(values) != SYMBOLS + 1 or min(values) < 0 or _check(values[:-1]) != values[-1]:
        raise CodeMalformed()
    return f"{text[:5]}-{text[5:]}"


def digest(secret: bytes, account: str, code: str) -> bytes:
    """What is kept of a code: HMAC-SHA-256 under a secret that lies outside the database, bound to its account.

    A stolen database alone opens no code; 45 bits and throttled tries are what stands against guessing at the door.
    """
    return hmac.digest(secret, f"{account}\n{code}".encode(), sha256)


def _check(values: list[int]) -> int:
    check = 0
    for place, value in enumerate(values):
        check ^= _ADDS[place][value]
    return check
