"""QR codes of very many addresses that differ in a few characters: drawn as segno draws them, at a tenth of its price.

Everything between an address's bits and the modules of its symbol (ISO/IEC 18004: padding, Reed–Solomon, interleaving,
a fixed mask) is linear over GF(2). So of addresses of one length each is the first one's symbol, plus, without carry,
what each differing character changes. segno says what a character changes, once. Which addresses is `qr`'s.
"""

import re
from typing import Final

import segno

MASK: Final = 3
"""Looking for the best of eight takes four times as long; every one of them can be read."""

BORDER: Final = 2
"""Modules of quiet around a symbol."""

_RUN = re.compile("1+")


class Codes:
    """The symbols of addresses that begin alike."""

    def __init__(self) -> None:
        self._first: dict[int, str] = {}  # length → the first address of it that was met
        self._symbols: dict[str, tuple[int, int]] = {}
        self._changes: dict[tuple[int, int, str], int] = {}

    def drawn(self, address: str) -> tuple[int, str]:
        """How wide the symbol is with its border, in modules, and its SVG element from the attributes on."""
        side, symbol = self._symbol(address)
        whole = side + 2 * BORDER
        head = f' viewBox="0 0 {whole} {whole}" class="segno"><path class="qrline" stroke="#000" d="'
        return whole, f'{head}{_path(f"{symbol:0{side * side}b}", side)}"/></svg>'

    def _symbol(self, address: str) -> tuple[int, int]:
        """Modules of a side, and the modules as one number, the first of them its highest bit."""
        first = self._first.setdefault(len(address), address)
        side, symbol = self._of_first(first)
        for place, (theirs, ours) in enumerate(zip(first, address, strict=True)):
            if theirs != ours:
                symbol ^= self._change(first, place, ours)
        return side, symbol

    def _change(self, first: str, place: int, to: str) -> int:
        known = len(first), place, to
        if known not in self._changes:
            other = _made(first[:place] + to + first[place + 1 :])
            self._changes[known] = other[1] ^ self._of_first(first)[1]
        return self._changes[known]

    def _of_first(self, address: str) -> tuple[int, int]:
        if address not in self._symbols:
            self._symbols[address] = _made(address)
        return self._symbols[address]


def _made(address: str) -> tuple[int, int]:
    code = segno.make(address, mode="byte", error="m", boost_error=False, micro=False, mask=MASK)
    return len(code.matrix), int("".join(str(module) for row in code.matrix for module in row), 2)


def _path(modules: str, side: int) -> str:
    """A pen that moves from one dark run to the next, row after row."""
    parts, x, down = [], 0, 0
    for at in range(0, side * side, side):
        for run in _RUN.finditer(modules, at, at + side):
            start, end = run.span()
            parts.append(f"m{start - at - x} {down}h{end - start}")
            x, down = end - at, 0
        down += 1
    first = parts[0].partition("h")[2]  # a finder pattern's corner: the first module is dark
    return f"M{BORDER} {BORDER}.5h{first}{''.join(parts[1:])}"
