"""Choosing acceptance thresholds from a stated risk, on kept runs.

For each kind of block the lowest threshold under which, of all blocks accepted, the share that is wrong is at most
the risk: by the readings' own calibrated probabilities, and as counted. How far the count supports it is the
Clopper–Pearson bound that is written beside it.
"""

from collections.abc import Sequence
from typing import Final

from election.acceptance import KINDS, Acceptance, Measured
from ocr.evaluate.kept import EDGES, Cell, Run, count, first_bin, together
from ocr.interval import clopper_pearson

LOWEST: Final = 0.99
"""No threshold lies below: what is one in a hundred wrong by its own account is for a person, however rare it is."""


def choose(runs: Sequence[Run], model: str, risk: float) -> Acceptance:
    """Thresholds for a model. A kind of block that no run has seen gets none: it accepts nothing."""
    cells = {kind: [c for run in runs for c in run.cells if c.kind == kind and c.holds] for kind in KINDS}
    found = {kind: _threshold(some, risk) for kind, some in cells.items() if some}
    measured = {kind: _measured(cells[kind], threshold) for kind, threshold in found.items()}
    return Acceptance(model, risk, found, measured)


def _threshold(cells: Sequence[Cell], risk: float) -> float:
    whole = together(cells)
    assert whole is not None
    best, blocks, wrong, doubt = EDGES[-1], 0, 0, 0.0
    for at in reversed(range(first_bin(LOWEST), len(EDGES))):
        blocks += whole.right[at] + whole.wrong[at]
        wrong += whole.wrong[at]
        doubt += whole.doubt[at]
        if max(doubt, wrong) <= risk * blocks:
            best = EDGES[at]
    return best  # the edge itself: were it rounded up, its own bin would not be counted


def _measured(cells: Sequence[Cell], threshold: float) -> Measured:
    blocks, _ = count(cells)
    accepted, wrong = count(cells, threshold)
    return Measured(blocks, accepted, wrong, float(f"{upper(wrong, accepted):.3g}"))


def upper(wrong: int, trials: int) -> float:
    """Upper end of the one-sided 95 % Clopper–Pearson interval."""
    return clopper_pearson(wrong, trials, 0.9)[1]
