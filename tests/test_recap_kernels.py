"""The roll-up against exact Python integers, on trees of any shape."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from election.region import AreaColumns, TpsColumns, Tree
from recap import kernels


def grow(counts: Sequence[Sequence[int]]) -> Tree:
    """A tree from the number of children of each node, level by level, the last level's being TPS."""
    above, areas = ["0"], []
    for level, children in enumerate(counts[:-1], start=1):
        below = [f"{level}{p:03}{i:03}" for p, n in enumerate(children) for i in range(n)]
        parents = [above[p] for p, n in enumerate(children) for _ in range(n)]
        areas += [(kode, level, parent, kode) for kode, parent in zip(below, parents, strict=True)]
        above = below
    tps = [(f"{above[p]}{i:03}", f"TPS {i:03}", above[p]) for p, n in enumerate(counts[-1]) for i in range(n)]
    return Tree.build(AreaColumns.of(*_columns(areas, 4)), TpsColumns.of(*_columns(tps, 3)))


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[i] for row in rows] for i in range(width)]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    counts, nodes = [], 1
    for level in range(5):
        least = 1 if level < 4 else 0
        counts.append(draw(st.lists(st.integers(least, 3), min_size=nodes, max_size=nodes)))
        nodes = sum(counts[-1])
    return grow(counts)


def exact(tree: Tree, values: NDArray[Any]) -> list[list[int]]:
    """Python's own integers, walking up from each TPS."""
    sums = [[0] * values.shape[1] for _ in range(tree.n_areas)]
    for tps, row in enumerate(values.tolist()):
        for area in tree.path(tps):
            sums[area] = [a + b for a, b in zip(sums[area], row, strict=True)]
    return sums


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64])
@given(tree=trees(), k=st.integers(0, 14), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=80)
def test_every_area_is_the_exact_sum_of_its_tps(tree: Tree, k: int, seed: int, dtype: type) -> None:
    bounds, most = np.iinfo(dtype), max(tree.n_tps, 1) if dtype == np.int64 else 1
    rng = np.random.default_rng(seed)
    values = rng.integers(bounds.min // most + 1, bounds.max // most, (tree.n_tps, k), dtype=dtype, endpoint=True)
    whole = np.full((tree.n_areas + 2, k), 2**60, np.int64)
    out = whole[1:-1]
    assert kernels.roll_up(tree, values, out).tolist() == exact(tree, values)
    assert (whole[[0, -1]] == 2**60).all(), "nothing is written beside it"


@given(tree=trees(), m=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_residuals_carry_sum_absolute_sum_and_count(tree: Tree, m: int, seed: int) -> None:
    residuals = np.random.default_rng(seed).integers(-3, 4, (tree.n_tps, m)).astype(np.int64)
    rolled = kernels.roll_up_residuals(tree, residuals)
    assert rolled[:, :, 0].tolist() == exact(tree, residuals)
    assert rolled[:, :, 1].tolist() == exact(tree, np.abs(residuals))
    assert rolled[:, :, 2].tolist() == exact(tree, residuals != 0)


@given(tree=trees(), k=st.sampled_from([1, 3, 11]), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_deltas_one_by_one_reach_the_same_totals_as_a_roll_up(tree: Tree, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 1000, (tree.n_tps, k)).astype(np.int64)
    after = np.where(rng.random(before.shape) < 0.4, rng.integers(0, 1000, before.shape), before)
    totals = kernels.roll_up(tree, before)
    order = rng.permutation(tree.n_tps).astype(np.int32)
    kernels.add_deltas(tree.parent, tree.tps_parent, order, (after - before)[order], totals)
    assert totals.tolist() == kernels.roll_up(tree, after).tolist()


@pytest.mark.parametrize("k", [1, 3, 5])
@given(tree=trees(), m=st.integers(0, 200), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_deltas_of_the_same_tps_again_and_again_are_all_added(tree: Tree, k: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tps = rng.integers(0, tree.n_tps, m if tree.n_tps else 0).astype(np.int32)
    changes = rng.integers(-(2**40), 2**40, (len(tps), k))
    totals, whole = np.zeros((tree.n_areas, k), np.int64), np.zeros((tree.n_tps, k), np.int64)
    kernels.add_deltas(tree.parent, tree.tps_parent, tps, changes, totals)
    np.add.at(whole, tps, changes)
    assert totals.tolist() == exact(tree, whole)


@pytest.mark.parametrize("k", [3, 7])
def test_a_kelurahan_of_the_largest_values_does_not_overflow(k: int) -> None:
    tree = grow([[1], [1], [1], [1], [70_000]])
    values = np.full((70_000, k), -32768, np.int16)
    assert kernels.roll_up(tree, values).tolist() == [[-32768 * 70_000] * k] * 5
    assert kernels.roll_up(tree, values.astype(np.int32) * 65536)[0].tolist() == [-(2**31) * 70_000] * k


def test_a_given_array_is_filled_and_whatever_lay_in_it_is_gone() -> None:
    tree = grow([[2], [1, 2], [2, 1, 1], [1, 1, 2, 1], [3, 0, 2, 0, 4]])
    for k in (3, 8):
        values = np.arange(tree.n_tps * k, dtype=np.int32).reshape(-1, k)
        out = np.full((tree.n_areas, k), 77, np.int64)
        assert kernels.roll_up(tree, values, out) is out
        assert out.tolist() == exact(tree, values)


def test_what_cannot_be_summed_safely_is_refused() -> None:
    tree = grow([[1], [1], [1], [1], [4]])
    with pytest.raises(kernels.TooLarge):
        kernels.roll_up(tree, np.full((4, 1), 2**62, np.int64))
    for wrong in (np.zeros((3, 1), np.int32), np.zeros((4, 1), np.float64), np.zeros(4, np.int32)):
        with pytest.raises(ValueError, match="needed"):
            kernels.roll_up(tree, wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="out must be"):
        kernels.roll_up(tree, np.zeros((4, 1), np.int32), np.zeros((5, 2), np.int64))
