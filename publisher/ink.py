"""Colours that can be seen: a choice's own colour, darkened until it stands out from white paper.

WCAG 2.2: graphics need a contrast of 3 : 1 (1.4.11), text 4.5 : 1 (1.4.3), and so does what white text stands on. The
colours themselves come from the bundle.
"""

from functools import cache

ENOUGH = 3.0
FOR_TEXT = 4.5
FALLBACK = "#666666"


def legible(color: str) -> str:
    """`color` (`#rrggbb`), darkened until it has a contrast of 3 : 1 on white; grey where it is no colour."""
    return _darkened(color, ENOUGH)


def readable(color: str) -> str:
    """The same, until white text can be read on it."""
    return _darkened(color, FOR_TEXT)


@cache
def _darkened(color: str, enough: float) -> str:
    channels = _channels(color)
    if channels is None:
        return FALLBACK
    while contrast(channels) < enough:
        channels = tuple(round(channel * 0.96) for channel in channels)
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def contrast(channels: tuple[int, ...]) -> float:
    """Contrast of an sRGB colour (three channels, 0–255) with white: WCAG 2.2, relative luminance."""
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _channels(color: str) -> tuple[int, ...] | None:
    digits = color.removeprefix("#")
    if len(digits) != 6 or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        return None
    return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))
