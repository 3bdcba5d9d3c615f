"""What is held, by rule and by area: followed block by block, so that a nation is never counted anew.

A block is under every reason it is held for, so that the sums by rule may exceed the number of blocks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from election.codes import KELURAHAN
from election.contest import SUARA
from election.region import Tree
from publisher.folder import Folder
from publisher.rows import Cut

VERSION = 1
LISTED = 300
"""Records that one page lists; how many there are is told beside them."""


class HeldBlock(Struct, frozen=True):
    """One block that waits for people."""

    tps: str
    nama: str
    block: str
    reasons: tuple[str, ...]


class Below(Struct, frozen=True):
    """An area inside another one: TPS whose votes are held, and all its blocks that are."""

    kode: str
    nama: str
    tps: int
    blocks: int


class HeldArea(Struct, frozen=True):
    """`v1/{contest}/held/{kode}.json`."""

    v: int
    contest: str
    kode: str
    nama: str
    cursor: int
    at: str
    tps: int  # whose votes are held
    blocks: int
    by_reason: tuple[tuple[str, int], ...]  # code, blocks; most first
    below: tuple[Below, ...]  # areas inside that hold any
    records: tuple[HeldBlock, ...]  # of a kabupaten or kecamatan, by TPS, `LISTED` at most


def path(contest: str, kode: str) -> str:
    """Where the document lies."""
    return f"v1/{contest}/held/{kode}.json"


class Held:
    """Every held block of one contest."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._blocks: dict[int, dict[str, tuple[str, ...]]] = {}  # TPS row → block → reasons
        self._by_reason: dict[int, Counter[str]] = {}  # area → reason → blocks
        self._counts: dict[int, list[int]] = {}  # area → TPS whose votes are held, blocks
        self._rows: dict[int, set[int]] = {}  # kecamatan → TPS rows with a held block

    def clear(self) -> None:
        """Forget everything, before it is read anew."""
        self.__init__(self._tree)  # type: ignore[misc]

    def take(self, changed: Iterable[tuple[str, str, bool, tuple[str, ...]]]) -> set[int]:
        """Note (TPS, block, whether it is held, reasons); the areas above what changed, to the kecamatan."""
        touched: set[int] = set()
        for kode, block, held, reasons in changed:
            row = self._tree.tps_index(kode)
            before = self._blocks.get(row, {}).get(block)
            if before == (reasons if held else None):
                continue
            above = self._tree.path(row)[:KELURAHAN]
            if before is not None:
                self._add(above, block, before, -1)
            if held:
                self._add(above, block, reasons, 1)
            self._note(row, above[-1], block, reasons if held else None)
            touched.update(above)
        return touched

    def areas(self) -> set[int]:
        """The areas in which anything is held."""
        return {area for area, (_, blocks) in self._counts.items() if blocks}

    def told(self, contest: str, area: int, cut: Cut) -> HeldArea:
        """What an area's page and document say."""
        tree = self._tree
        tps, blocks = self._counts.get(area, (0, 0))
        level = tree.tingkat(area)
        reasons = self._by_reason.get(area, Counter())
        return HeldArea(
            VERSION, contest, tree.kode(area), tree.nama(area), cut.number, cut.at, tps, blocks,
            tuple((code, count) for code, count in reasons.most_common() if count),
            tuple(self._below(area)) if level < KELURAHAN - 1 else (),
            tuple(self._records(area)) if level >= KELURAHAN - 2 else (),
        )  # fmt: skip

    def _below(self, area: int) -> Iterable[Below]:
        found = [(child, self._counts.get(child, (0, 0))) for child in self._tree.children(area)]
        some = [Below(self._tree.kode(child), self._tree.nama(child), *counts) for child, counts in found if counts[1]]
        return sorted(some, key=lambda one: (-one.tps, -one.blocks, one.kode))

    def _records(self, area: int) -> Iterable[HeldBlock]:
        own = self._tree.tingkat(area) == KELURAHAN - 1
        within = [area] if own else self._tree.children(area)
        rows = sorted(row for one in within for row in self._rows.get(one, ()))
        for row in rows[:LISTED]:
            for block, reasons in sorted(self._blocks[row].items(), key=lambda item: (item[0] != SUARA, item[0])):
                yield HeldBlock(self._tree.tps_kode(row), self._tree.tps_nama(row), block, reasons)

    def _add(self, above: Iterable[int], block: str, reasons: tuple[str, ...], by: int) -> None:
        for area in above:
            self._by_reason.setdefault(area, Counter()).update(dict.fromkeys(reasons, by))
            counts = self._counts.setdefault(area, [0, 0])
            counts[0] += by * (block == SUARA)
            counts[1] += by

    def _note(self, row: int, kecamatan: int, block: str, reasons: tuple[str, ...] | None) -> None:
        blocks = self._blocks.setdefault(row, {})
        if reasons is None:
            blocks.pop(block, None)
        else:
            blocks[block] = reasons
        if blocks:
            self._rows.setdefault(kecamatan, set()).add(row)
        else:
            del self._blocks[row]
            self._rows.get(kecamatan, set()).discard(row)


def write(folder: Folder, of: HeldArea) -> None:
    """Write the document."""
    folder.json(path(of.contest, of.kode), of)


def as_rows(found: Iterable[Mapping[str, object]]) -> Iterable[tuple[str, str, bool, tuple[str, ...]]]:
    """Rows of `published.block` as `Held.take` wants them."""
    for row in found:
        reasons: tuple[str, ...] = tuple(row["reasons"] or ())  # type: ignore[arg-type]
        yield str(row["tps"]), str(row["block"]), row["state"] == "held", reasons
