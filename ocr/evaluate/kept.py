"""Kept runs: what was counted when generated records were read, small enough to commit and able to add up.

A run knows each block's probability only by bins, fine enough that thresholds, calibration and risk against coverage
can be worked out later from the kept files alone. Drawing and reading the records is `benchmarks/prove_reading.py`'s;
what follows from the runs is told by `proof`.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

EDGES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, *(1 - 10 ** (-k / 8) for k in range(3, 73)))
"""Lower edges of the bins of probability: tenths up to a half, then eight to a tenfold of doubt, down to 1e-9."""

Paper = Literal["clean", "struck", "contradicting"]
"""What stands on the paper of a block: sums that hold; a digit struck out or spoiled; sums that do not hold."""


class Cell(Struct, forbid_unknown_fields=True):
    """Blocks of one kind, by bin of their probability. `doubt` is the sum of 1 − probability."""

    kind: str  # suara, administrasi, partai
    paper: Paper
    readable: bool  # every page's quality reaches the run's `quality`
    holds: bool  # the figures that were read keep the block's rules, and none is written so that a person must look
    right: list[int]
    wrong: list[int]
    doubt: list[float]

    @property
    def key(self) -> tuple[str, str, bool, bool]:
        """What the cell's blocks have in common."""
        return self.kind, self.paper, self.readable, self.holds


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """A block to look at, drawn again from its record: read wrongly with figures that keep the rules, as one would
    accept them; or doubted although its paper is clean and its pages are readable."""

    record: int
    block: str
    paper: Paper
    probability: float
    figures: dict[str, tuple[int | None, int | None]]  # field read wrongly → what stands there, what was read


class Run(Struct, kw_only=True, forbid_unknown_fields=True):
    """One run. Every record draws from its own seed, (`seed`, number of the record): any can be drawn again."""

    contest: str
    seed: int
    records: int = 0  # done so far
    wanted: int
    spoiled: float  # share of records wrong on paper
    hardness: tuple[float, float]
    quality: int  # from which a page is called readable
    model: str
    program: str  # that began the run
    answers: str  # digest of what the program reads on the probes
    paper: str  # digest of what draws and photographs
    pages: int = 0
    refused: dict[str, int] = {}  # reason → pages
    unread: dict[str, int] = {}  # "kind paper" → blocks of which a page was refused
    numbers: dict[str, int] = {}  # read, wrong alone, decoded, wrong decoded; struck ones are left out
    boxes: dict[str, int] = {}  # read, wrong
    cells: list[Cell] = []
    cases: list[Case] = []

    def add(self, kind: str, paper: Paper, readable: bool, holds: bool, right: bool, probability: float) -> None:
        """Count one block that was read."""
        cell = next((c for c in self.cells if c.key == (kind, paper, readable, holds)), None)
        if cell is None:
            zeros = [0] * len(EDGES)
            cell = Cell(kind, paper, readable, holds, zeros, list(zeros), [0.0] * len(EDGES))
            self.cells.append(cell)
        at = bisect_right(EDGES, probability) - 1
        (cell.right if right else cell.wrong)[at] += 1
        cell.doubt[at] += 1 - probability


def read(file: Path) -> Run:
    """A kept run. Raises msgspec.ValidationError where the file is none."""
    return msgspec.json.decode(file.read_bytes(), type=Run)


def write(run: Run, file: Path) -> None:
    """Whole or not at all; bins that nothing fell into are written too, one line a cell."""
    for cell in run.cells:
        cell.doubt = [float(f"{value:.6g}") for value in cell.doubt]
    lines = [f'"{name}":{_lined(value)}' for name, value in msgspec.to_builtins(run).items()]
    part = file.with_suffix(".part")
    part.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    part.replace(file)


def _lined(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(msgspec.json.encode(item).decode() for item in value) + "\n]"
    return msgspec.json.encode(value).decode()


def load(folder: Path, model: str | None = None, answers: str | None = None) -> list[Run]:
    """The runs of a folder that were counted by these bins, of one model and the same answers where they are given."""
    runs = [run for file in sorted(folder.glob("*.json")) if _binned(run := read(file)) and run.records]
    return [run for run in runs if model in (None, run.model) and answers in (None, run.answers)]


def _binned(run: Run) -> bool:
    return all(len(cell.right) == len(EDGES) for cell in run.cells)


def together(cells: Iterable[Cell]) -> Cell | None:
    """The sum of cells, whatever they have in common; None of none."""
    rows = list(cells)
    if not rows:
        return None
    first = rows[0]
    columns = ([sum(values) for values in zip(*(getattr(c, name) for c in rows), strict=True)] for name in _COUNTS)
    return Cell(first.kind, first.paper, first.readable, first.holds, *columns)


_COUNTS: Final = ("right", "wrong", "doubt")


def count(cells: Iterable[Cell], threshold: float = 0.0) -> tuple[int, int]:
    """Blocks whose bin begins at `threshold` or above, and how many of them are wrong."""
    start = first_bin(threshold)
    right = wrong = 0
    for cell in cells:
        right += sum(cell.right[start:])
        wrong += sum(cell.wrong[start:])
    return right + wrong, wrong


def first_bin(threshold: float) -> int:
    """The first bin all of which lies at or above `threshold`; thresholds are meant to be edges."""
    return next((k for k, edge in enumerate(EDGES) if edge >= threshold - 1e-12), len(EDGES))


def calibration(cells: Sequence[Cell]) -> float | None:
    """ECE: by bins, the mean distance between how sure readings are and how often they are right."""
    whole = together(cells)
    if whole is None:
        return None
    rows = zip(whole.right, whole.wrong, whole.doubt, strict=True)
    off = [(abs(right - (right + wrong - doubt)), right + wrong) for right, wrong, doubt in rows]
    blocks = sum(n for _, n in off)
    return math.fsum(distance for distance, _ in off) / blocks if blocks else None


def added(dicts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Counts added up, the most frequent first."""
    whole: Counter[str] = Counter()
    for one in dicts:
        whole.update(one)
    return dict(whole.most_common())
