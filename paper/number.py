"""A number as a form has it: the marks in its three boxes, and its words in Indonesian."""

from typing import ClassVar

from election.errors import Rejected
from election.form import PLACES

_WORDS = ("NOL", "SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM", "TUJUH", "DELAPAN", "SEMBILAN", "SEPULUH", "SEBELAS")


class NotWritable(Rejected):
    """A number that three boxes cannot hold."""

    code: ClassVar[str] = "form.not_writable"
    advice: ClassVar[dict[str, str]] = {
        "id": "Angka {value} tidak muat di tiga kotak (0 sampai 999).",
        "en": "The number {value} does not fit three boxes (0 to 999).",
    }


def marks(value: int | None, blank: str = "X", zero: str = "all") -> tuple[str, str, str]:
    """What the three boxes of a number hold: `0`..`9`, `X`, `-` or a space.

    Args:
        value: 0 to 999; None where nothing was written.
        blank: what fills the boxes before the first digit: `X`, `-`, `0`, or nothing.
        zero: `all` boxes take the blank where the number is zero, or the `last` one holds a 0.

    Raises:
        NotWritable: the number is negative or has more than three digits.
    """
    if value is None:
        return (" ", " ", " ")
    if not 0 <= value < 10**PLACES:
        raise NotWritable(value=value)
    # An empty writer's zero must say something, else it could not be told from a number not yet written.
    digits = "" if value == 0 and zero == "all" and blank else str(value)
    padded = digits.rjust(PLACES, blank or " ")
    return (padded[0], padded[1], padded[2])


def words(value: int) -> str:
    """0 to 999 in Indonesian capitals."""
    if value < 12:
        return _WORDS[value]
    if value < 20:
        return f"{_WORDS[value - 10]} BELAS"
    if value < 100:
        return f"{_WORDS[value // 10]} PULUH {words(value % 10) if value % 10 else ''}".strip()
    hundreds = "SERATUS" if value < 200 else f"{_WORDS[value // 100]} RATUS"
    return f"{hundreds} {words(value % 100) if value % 100 else ''}".strip()
