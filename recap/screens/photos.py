"""W508: photos that equal another TPS's, by their bytes or by the likeness of the page.

A likeness alone can be near by chance, the more so on a page with few boxes; so one page must have the same likeness,
or two pages of the same two TPS must be near. How often that is wrong: docs/unusual.md. Bytes are compared by the first
64 bits of their SHA-256.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from msgspec import Struct

from election.rules import RULES
from recap.screens.found import Found, found
from recap.screens.index import PIECES, Index

EQUAL: Final = 0
"""Bits of 64 that the likenesses of a single page may differ in: in a nation, one more would do by chance for hundreds
of pairs of pages with few boxes."""

NEAR: Final = 6
"""The same of each of two pages."""

SHOWN: Final = 5
"""Other TPS that are named; the others are counted."""


Name = Callable[[int], str]
"""The code of a TPS row."""


class Shot(Struct, frozen=True):
    """The photo that speaks for a page of a TPS's form."""

    row: int
    page: int
    sha256: str
    likeness: str | None


class Photos:
    """Every photo of one contest, by TPS row and page."""

    def __init__(self, n_tps: int) -> None:
        self._n = n_tps
        self._bytes: dict[int, Index] = {}
        self._pages: dict[int, Index] = {}

    def put(self, shots: Iterable[Shot]) -> set[int]:
        """Takes in photos in place of those of their pages; answers the rows of which something else may hold now."""
        moved: set[int] = set()
        for shot in shots:
            told = int(shot.sha256[:16], 16), None if shot.likeness is None else int(shot.likeness, 16)
            before = self._before(shot)
            if told == before:
                continue
            alike = {*self._alike(shot.page, *before)}
            self._of(self._bytes, shot).put(shot.row, told[0])
            if told[1] != before[1]:
                self._of(self._pages, shot).put(shot.row, told[1])
            alike |= {*self._alike(shot.page, *told)}
            if alike - {shot.row}:
                moved |= {*alike, shot.row}
        return moved

    def _before(self, shot: Shot) -> tuple[int | None, int | None]:
        likenesses = self._pages.get(shot.page)  # pages of no likeness take no memory
        return self._of(self._bytes, shot)[shot.row], None if likenesses is None else likenesses[shot.row]

    def _of(self, indices: dict[int, Index], shot: Shot) -> Index:
        if shot.page not in indices:
            indices[shot.page] = Index(self._n, PIECES if indices is self._pages else 1)
        return indices[shot.page]

    def _alike(self, page: int, sha: int | None, likeness: int | None) -> Iterator[int]:
        """Rows with these bytes on any page, or with nearly this likeness on this one."""
        if sha is not None:
            for index in self._bytes.values():
                yield from index.near(sha, 0)
        if likeness is not None:
            yield from self._pages[page].near(likeness, NEAR)

    def screen(self, rows: Iterable[int], name: Name) -> list[Found]:
        """Those of these TPS rows whose photo is another TPS's too."""
        return [one for row in rows if (one := self._one(row, name)) is not None]

    def _one(self, row: int, name: Name) -> Found | None:
        same, near = self._same(row), self._near(row)
        others = sorted({*same, *near})
        if not others:
            return None
        told: list[dict[str, Any]] = [
            {"tps": name(other), "same": sorted(same.get(other, ())), "near": sorted(near.get(other, {}).items())}
            for other in others[:SHOWN]
        ]
        return found(row, "W508", _sentences([one["tps"] for one in told], len(others)), others=told, count=len(others))

    def _same(self, row: int) -> dict[int, set[int]]:
        """Other row → pages of this one whose bytes it has."""
        answer: dict[int, set[int]] = {}
        for page, index in self._bytes.items():
            value = index[row]
            for other in () if value is None else (o for i in self._bytes.values() for o in i.near(value, 0)):
                if other != row:
                    answer.setdefault(other, set()).add(page)
        return answer

    def _near(self, row: int) -> dict[int, dict[int, int]]:
        """Other row → page → bits that differ; where one page is all but equal, or two are near."""
        answer: dict[int, dict[int, int]] = {}
        for page, index in self._pages.items():
            value = index[row]
            for other in () if value is None else index.near(value, NEAR):
                if other != row and value is not None:
                    bits = ((index[other] or 0) ^ value).bit_count()
                    answer.setdefault(other, {})[page] = bits
        return {other: pages for other, pages in answer.items() if len(pages) > 1 or min(pages.values()) <= EQUAL}


def _sentences(named: list[str], count: int) -> list[tuple[str, str]]:
    rule, more = RULES["W508"], count - len(named)
    some = ", ".join(named)
    id_more, en_more = (f" dan {more} lagi", f" and {more} more") if more else ("", "")
    return [(rule.text_id, rule.text_en), (f"TPS itu: {some}{id_more}.", f"That TPS: {some}{en_more}.")]
