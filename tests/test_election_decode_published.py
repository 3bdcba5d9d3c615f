"""What is believed about paper, held against the users' tables that were published in 2024."""

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest

from election.decode.paper import MISADDED, MISCOPIED, SLIPPED, paper
from election.decode.table import USERS

pytestmark = pytest.mark.real

SUMS = {sum_.field + str(len(sum_.parts)): {sum_.field: 1, **dict.fromkeys(sum_.parts, -1)} for sum_ in USERS.sums}
CARRIED = [{f"{row}_j2": 1, f"{USERS.grand}2": 1} for row in USERS.rows]
CARRIED += [{f"{column}3": 1, f"{USERS.grand}3": 1} for column in USERS.totals[3:]]
"""By which sums a wrong sum shows that its writer went on with."""


@pytest.fixture(scope="module")
def tables(shared: Path) -> npt.NDArray[np.int64]:
    """Tables that are whole, int64[n, 12]."""
    file = shared / "data/sirekap2024/ppwp_tps.parquet"
    columns = pq.read_table(file, columns=list(USERS.fields))
    rows = np.stack([columns[name].to_numpy().astype(float) for name in USERS.fields], axis=1)
    whole = (np.isfinite(rows) & (rows >= 0) & (rows < 1000)).all(axis=1) & (rows[:, -1] > 0)
    return rows[whole].astype(np.int64)


@pytest.fixture(scope="module")
def off(tables: npt.NDArray[np.int64]) -> list[dict[str, int]]:
    """Of each table that breaks a sum, which ones, and by how much."""
    signs = np.array([[terms.get(name, 0) for name in USERS.fields] for terms in SUMS.values()])
    found = tables @ signs.T
    return [{k: int(v) for k, v in zip(SUMS, row, strict=True) if v} for row in found[found.any(axis=1)]]


def explained(off: dict[str, int], by: dict[str, int]) -> int:
    """By how much a number must be wrong for exactly these sums to break, 0 where that explains nothing."""
    needed = {off[name] * sign for name, sign in by.items()} if off.keys() == by.keys() else set()
    return needed.pop() if len(needed) == 1 else 0


@pytest.fixture(scope="module")
def slips(off: list[dict[str, int]]) -> list[tuple[str, int]]:
    """The tables that one number alone would explain, which nobody went on with: the number, and by how much."""
    shows = {name: {k: terms[name] for k, terms in SUMS.items() if name in terms} for name in USERS.fields}
    return [(name, by) for each in off for name, shown in shows.items() if (by := explained(each, shown))]


def test_totals_slip_more_often_than_wrong_sums_are_gone_on_with_and_both_are_priced_higher(
    tables: npt.NDArray[np.int64], off: list[dict[str, int]], slips: list[tuple[str, int]]
) -> None:
    totals = sum(name not in USERS.plain for name, _ in slips) / len(tables) / 6
    carried = sum(bool(explained(each, shown)) for each in off for shown in CARRIED) / len(tables) / 5
    assert 2 * carried < totals
    assert totals < SLIPPED, "what is counted after a repair costs more than asking a person"
    assert carried < MISADDED + 2 * MISCOPIED


def test_wrong_digits_are_near_as_is_believed(slips: list[tuple[str, int]]) -> None:
    shifts = paper().shifts
    share = dict(zip(shifts.by.tolist(), shifts.share.tolist(), strict=True))
    seen = Counter(abs(by) for _, by in slips if by in share)
    one = sum(seen.values())
    assert one / len(slips) == pytest.approx(0.9, abs=0.02)
    for some in ({1}, {2}, {3, 4, 5, 6, 7, 8, 9}, set(range(10, 100)), set(range(100, 1000))):
        believed = sum(chance for by, chance in share.items() if abs(by) in some)
        assert sum(seen[by] for by in some) / one == pytest.approx(believed, abs=0.1)
