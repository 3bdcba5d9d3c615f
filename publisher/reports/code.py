"""The code by which a sender asks what became of a report: ten letters and digits that survive being read aloud.

It follows from the form and from what it says, so that the same form sent twice has one code, whichever answer was
lost, and a form that was sent, mended and sent again has another.
"""

from hashlib import sha256
from typing import Final
from uuid import UUID

from publisher.reports.errors import NoSuchReport

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""

LENGTH: Final = 10
"""Characters, 50 bits: nobody finds another's by trying."""

_HEARD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def of(form: UUID, *said: str | int) -> str:
    """The code of a form, by its id and what it says."""
    told = "\0".join(("suara report 1", form.hex, *map(str, said)))
    number = int.from_bytes(sha256(told.encode()).digest()[:7]) >> (56 - 5 * LENGTH)
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(LENGTH)))


def shown(code: str) -> str:
    """As people read it: `7K3QF-9XW2M`."""
    return f"{code[:5]}-{code[5:]}"


def parse(text: str) -> str:
    """The code that a person typed, however it was grouped or misheard. Raises NoSuchReport where it is none."""
    plain = "".join(character for character in text.upper() if character.isalnum()).translate(_HEARD)
    if len(plain) != LENGTH or any(character not in ALPHABET for character in plain):
        raise NoSuchReport(reference=text[:20])
    return plain
