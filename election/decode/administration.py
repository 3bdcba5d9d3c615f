"""Joint decoding of sections I–III: rows of men + women = all, columns of users, and the ballots.

The users' table has cycles, so it is searched over lists of candidates; the mass of everything left out of the
lists is bounded and counted against the answer. Registered voters, persons with disabilities and the ballots
hang on it (or on nothing) as trees of sums, which are exact.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.decode.number import VALUES, Likelihood
from election.decode.paper import FREE, Array, added, meant_given
from election.decode.sums import Assignment, Evidence, Sum, evidence, written

USERS = ("pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt")
ALL = "pengguna_total"
GRAND = f"{ALL}_j"

VOTERS = Sum("pemilih_dpt_j", ("pemilih_dpt_l", "pemilih_dpt_p"))
DISABLED = Sum("pengguna_disabilitas_j", ("pengguna_disabilitas_l", "pengguna_disabilitas_p"))
BALLOTS = Sum(
    "surat_suara_diterima",
    (Sum("surat_suara_digunakan", (GRAND,)), "surat_suara_dikembalikan", "surat_suara_tidak_digunakan"),
)
"""Used ballots are as many as users (E202); with those returned and unused they are those received (E201)."""

TABLE = tuple(f"{row}_{column}" for row in (*USERS, ALL) for column in "lpj")

SUMS = (
    VOTERS,
    DISABLED,
    BALLOTS,
    *(Sum(f"{row}_j", (f"{row}_l", f"{row}_p")) for row in (*USERS, ALL)),
    *(Sum(f"{ALL}_{column}", tuple(f"{row}_{column}" for row in USERS)) for column in "lpj"),
)
"""Every sum of the block."""

LEFT_OPEN = 0.3
"""The grand total ends both its row and its column; where the row holds, this is what a broken column may cost."""

_VALUES_A_FIELD = 8
_ROWS = 20
_DEPTH = 14.0


class Table(Struct, frozen=True):
    """The users' table summed over everything but its grand total.

    `grand` is evidence on the grand total; `choices` the best assignment of the table for each of its values;
    `lost` bounds the mass of all assignments that were not looked at.
    """

    grand: Evidence
    choices: dict[int, Assignment]
    lost: float


class _Rows(Struct, frozen=True):
    """Candidates of one row: values int[n, 3], mass float[n], log of the best case [n], mass of all rows there are."""

    values: npt.NDArray[np.int64]
    mass: Array
    score: Array
    whole: float


def cells(given: Mapping[str, Likelihood], found: Assignment | None = None) -> dict[str, Evidence]:
    """Evidence for each cell of the table; with `found`, where exactly that is written."""
    priors = {name: FREE if _is_free(name) else 1.0 for name in TABLE}
    if found is None:
        return {name: evidence(given[name], prior) for name, prior in priors.items()}
    return {name: written(given[name], found[name], prior) for name, prior in priors.items()}


def table(known: Mapping[str, Evidence]) -> Table:
    """Search the users' table, given the evidence of its `cells`."""
    pools = _candidates(known)
    rows = [_rows([f"{row}_{column}" for column in "lpj"], known, pools) for row in (*USERS, ALL)]
    seen = float(np.prod([row.mass.sum() for row in rows]))
    lost = max(0.0, float(np.prod([row.whole for row in rows])) - seen)
    return _by_grand_total(rows, lost)


def _is_free(name: str) -> bool:
    """Men and women among the users of one kind; the other cells are sums."""
    return name[-1] in "lp" and not name.startswith(ALL)


def _candidates(known: Mapping[str, Evidence]) -> dict[str, list[int]]:
    """The likeliest values of each field, and those that its neighbours' best values imply for it."""
    tops = {name: int(known[name].score.argmax()) for name in TABLE}
    pools: dict[str, list[int]] = {}
    for name in TABLE:
        likely = np.argsort(-known[name].score, kind="stable")[:_VALUES_A_FIELD]
        pool = [*likely.tolist(), *_implied(name, tops)]
        pools[name] = [value for value in dict.fromkeys(pool) if 0 <= value < VALUES]
    return pools


def _implied(name: str, tops: Mapping[str, int]) -> tuple[int, int]:
    """What the row, and what the column, say about `name`."""
    row, column = name.rsplit("_", 1)
    men, women, everyone = (tops[f"{row}_{c}"] for c in "lpj")
    by_row = {"l": everyone - women, "p": everyone - men, "j": men + women}[column]
    others = sum(tops[f"{other}_{column}"] for other in USERS if other != row)
    return by_row, others if row == ALL else tops[f"{ALL}_{column}"] - others


def _rows(names: list[str], known: Mapping[str, Evidence], pools: Mapping[str, list[int]]) -> _Rows:
    row = [known[name] for name in names]
    grid = np.meshgrid(*(np.array(pools[name]) for name in names), indexing="ij")
    values = np.stack(grid, axis=-1).reshape(-1, 3)
    chance = added(values[:, 2], values[:, 0] + values[:, 1])
    mass = chance * np.prod([cell.mass[values[:, i]] for i, cell in enumerate(row)], axis=0)
    score = np.log(chance) + np.sum([cell.score[values[:, i]] for i, cell in enumerate(row)], axis=0)
    order = np.argsort(-mass, kind="stable")[:_ROWS]
    order = order[mass[order] >= mass[order[0]] * np.exp(-_DEPTH)]
    men, women, everyone = (cell.mass for cell in row)
    whole = float(meant_given(np.convolve(men, women)) @ everyone)
    return _Rows(values[order], mass[order], score[order], max(whole, float(mass[order].sum())))


def _on(axis: int, values: npt.NDArray[np.int64] | Array) -> npt.NDArray[Any]:
    """`values` laid along one of four axes."""
    return values.reshape([-1 if i == axis else 1 for i in range(4)])


def _columns(rows: list[_Rows]) -> Array:
    """Chance of the columns of every combination of row candidates, float[n1, n2, n3, n4]."""
    chance = np.ones((1, 1, 1, 1))
    for column in range(3):
        first, second, third, ends = (_on(i, row.values[:, column]) for i, row in enumerate(rows))
        parts = first + second + third
        chance = chance * (added(ends, parts) if column < 2 else np.where(ends == parts, 1.0, LEFT_OPEN))
    return chance


def _by_grand_total(rows: list[_Rows], lost: float) -> Table:
    chance = _columns(rows)
    mass, score = np.zeros(VALUES), np.full(VALUES, -np.inf)
    joint, joint_score = chance, np.log(chance)
    for i, row in enumerate(rows):
        joint = joint * _on(i, row.mass)
        joint_score = joint_score + _on(i, row.score)
    choices: dict[int, Assignment] = {}
    for index, last in enumerate(rows[3].values):
        grand = int(last[2])
        mass[grand] += joint[..., index].sum()
        slab = joint_score[..., index]
        top = np.unravel_index(int(slab.argmax()), slab.shape)
        if slab[top] > score[grand]:
            score[grand] = slab[top]
            picked = zip(rows, (*map(int, top), index), strict=True)
            flat = [int(value) for row, i in picked for value in row.values[i]]
            choices[grand] = dict(zip(TABLE, flat, strict=True))
    return Table(Evidence(mass, score), choices, lost)
