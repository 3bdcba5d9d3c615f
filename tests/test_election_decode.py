"""Joint decoding against brute force, and what it promises about paper that contradicts itself."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from decode_scene import CONTEST, SUMMED, USERS, boxes, field, marks, read
from hypothesis import given, settings
from hypothesis import strategies as st

from election.contest import ADMINISTRASI
from election.decode import administration, sums, table, tree
from election.decode.number import VALUES, best, likelihood
from election.decode.paper import BY_DIGIT, MISADDED, MISCOPIED, ONE_DIGIT, SLIPPED, UNITS, UNWRITTEN, paper
from election.decode.sums import Sum
from election.scores import CLASSES, FieldScores


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123", 123), ("X12", 12), ("XX7", 7), ("XXX", 0), ("XX0", 0), ("---", 0), ("--4", 4), (" 45", 45),
        ("045", 45), ("000", 0), ("X-5", 5), ("  0", 0), ("   ", None), ("5  ", 5), ("12 ", 12), ("5XX", 5),
        ("X5 ", None), ("0  ", None), ("1X2", None), ("1 2", None),
        ("?12", None), ("1?2", None), ("12?", None), ("???", None),
    ],
)  # fmt: skip
def test_the_grammar_of_a_number(text: str, value: int | None) -> None:
    assert best(likelihood(FieldScores.of(boxes(text)))) == value


@given(st.lists(st.lists(st.floats(-12, 0), min_size=14, max_size=14), min_size=3, max_size=3))
@settings(max_examples=15, deadline=None)
def test_number_likelihoods_equal_their_definition(rows: list[list[float]]) -> None:
    seen = FieldScores.of(np.array(rows))
    numbers, chance = np.zeros(VALUES + 1), np.exp(seen.box_scores)
    padding = {"X": 0.45, "blank": 0.2, "0": 0.2, "dash": 0.15}
    zero = {"0": 0.6, "X": 0.3, "dash": 0.1}
    behind = {"blank": 0.6, "X": 0.2, "dash": 0.2}
    for value in (0, 3, 10, 45, 100, 999):
        digits = [{d: 0.995, "void": 0.005} for d in str(value)] if value else [zero]
        spare = 3 - len(digits)
        right, left = ([padding] * spare + digits, digits + [behind] * spare)
        ways = [
            math.prod(sum(w * chance[i, CLASSES.index(m)] for m, w in place.items()) for i, place in enumerate(places))
            for places in (right, left)
        ]
        numbers[value] = 0.99 * ways[0] + 0.01 * ways[1] if spare and value else ways[0]
    found = likelihood(seen)
    shown = [3, 10, 45, 100, 999, 0]
    assert np.allclose(found[shown] / found[999], numbers[shown] / numbers[999])


def test_bubbles_speak_for_padding_and_zero() -> None:
    unclear = np.zeros((3, len(CLASSES)))
    for value in (0, 7, 45, 999):
        assert best(likelihood(FieldScores.of(unclear, marks(value)))) == value
        assert read(SUMMED, paslon_1=field(90, bubbles=value)).bubbles[0] == value
    assert read(SUMMED).bubbles == (None,) * 6


def test_bubbles_alone_never_overrule_clear_writing() -> None:
    reading = read(SUMMED, paslon_1=field(90, bubbles=80))
    assert reading.figures == tuple(SUMMED.values())
    assert reading.bubbles[0] == 80


# --- the paper's beliefs and trees of sums against their definition, over numbers of one box --------------------------

SMALL = paper(1)
N = SMALL.size
Case = dict[str, int]


def price(difference: int, wrong: float) -> float:
    """What it costs that a number is another one, written out."""
    if difference == 0:
        return 1 - wrong + wrong * (1 - ONE_DIGIT) / N
    return wrong * (ONE_DIGIT * one_digit(difference, 1) + (1 - ONE_DIGIT) / N)


def one_digit(difference: int, places: int) -> float:
    """Which share of the one-digit differences of numbers of so many boxes this one is."""
    shares = {
        sign * digit * 10**place: BY_DIGIT.get(digit, 1) * (UNITS if place == 0 else 1)
        for place, digit, sign in itertools.product(range(places), range(1, 10), (1, -1))
    }
    return shares.get(difference, 0.0) / sum(shares.values())


def misadded(meant: int, parts: int, of: int) -> float:
    return price(meant - parts, MISADDED + MISCOPIED * of)


def slipped(written: int, meant: int) -> float:
    return UNWRITTEN if written == N else (1 - UNWRITTEN) * price(written - meant, SLIPPED)


def stands_for(row: npt.NDArray[np.float64], value: int) -> float:
    return (1 - UNWRITTEN) * float(row[value]) + UNWRITTEN * float(row[N])


TREE = Sum("d", (Sum("c", ("a", "b")), "e"))


def rows(seed: int, names: str, sharp: float) -> dict[str, npt.NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    seen = {name: np.exp(-sharp * rng.random(N + 1)) for name in names}
    return {name: row / row.sum() for name, row in seen.items()}


def every_case(seen: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Mass of every written case of TREE, float[11, 11, 11, 11, 11] over a, b, c, d, e: every meaning added up."""
    pen = np.array([[slipped(w, m) for m in range(N)] for w in range(N + 1)])  # [written, meant]
    add = np.array([[misadded(m, s, 2) for m in range(N)] for s in range(2 * N)])  # [sum, meant]
    says = np.zeros((N + 1, N))  # [written, value]
    says[:N] = (1 - UNWRITTEN) * np.eye(N)
    says[N] = UNWRITTEN
    pair = np.array([[[s == x + y for s in range(2 * N)] for y in range(N)] for x in range(N)], float)
    below = np.einsum("ax,by,xys,sm->abm", says, says, pair, add)  # a, b written; c meant
    above = np.einsum("mys,sr,ey,dr->dem", pair, add, says, pen)  # d, e written, by c meant
    whole = np.einsum("abm,cm,dem->abcde", below, pen, above)
    for axis, name in enumerate("abcde"):
        whole = whole * seen[name].reshape([-1 if i == axis else 1 for i in range(5)])
    return whole


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 30))
@settings(max_examples=20, deadline=None)
def test_a_tree_equals_brute_force(seed: int, sharp: float) -> None:
    given_ = rows(seed, "abcde", sharp)
    cases = every_case(given_)
    seen = tree.Seen(SMALL, TREE, given_)
    level = tree.up(TREE, seen.weights(), SMALL)
    assert tree.mass(level) == pytest.approx(cases.sum(), rel=1e-6)
    assert tree.mass(level) <= cases.sum() * (1 + 1e-12) <= (tree.mass(level) + level.slack[0]) * (1 + 1e-9)
    outside = tree.down(level, SMALL)
    at = np.unravel_index(int(np.random.default_rng(seed).integers(cases.size)), cases.shape)
    found = dict(zip("abcde", map(int, at), strict=True))
    alone = tree.marginals(level, outside, seen, found)
    for axis, name in enumerate("abcde"):
        others = tuple(i for i in range(5) if i != axis)
        assert alone[name] == pytest.approx(cases.sum(axis=others)[found[name]], rel=1e-6)
    exactly = tree.mass(tree.up(TREE, seen.pinned(found, found), SMALL))
    assert exactly == pytest.approx(cases[at], rel=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 30))
@settings(max_examples=3, deadline=None)
def test_the_best_case_is_the_best_of_all(seed: int, sharp: float) -> None:
    given_ = rows(seed, "abcde", sharp)
    seen = tree.Seen(SMALL, TREE, given_)
    meant = tree.best(TREE, seen.best_weights(), SMALL)

    def worth(a: int, b: int, c: int, d: int, e: int) -> float:
        plain = math.prod(
            max((1 - UNWRITTEN) * given_[n][v], UNWRITTEN * given_[n][N]) for n, v in zip("abe", (a, b, e), strict=True)
        )
        ends = math.prod(max(slipped(w, m) * given_[n][w] for w in range(N + 1)) for n, m in (("c", c), ("d", d)))
        return plain * ends * misadded(c, a + b, 2) * misadded(d, c + e, 2)

    top = max(worth(*case) for case in itertools.product(range(N), repeat=5))
    assert worth(*(meant[name] for name in "abcde")) == pytest.approx(top, rel=1e-9)


# --- the users' table, which has cycles -------------------------------------------------------------------------------


def walked(values: Mapping[str, Mapping[int, float]]) -> tuple[table.Walked, float, dict[str, int]]:
    """The table over a few values a cell; its exact mass by brute force, and its best plain numbers."""
    weights = {}
    for name, cells in values.items():
        weights[name] = np.zeros(VALUES)
        weights[name][list(cells)] = list(cells.values())
    full = paper()
    users = table.Table(full, weights, table.lists(full, weights, table.USERS), table.USERS)
    found = users.walk(users.along(weights[table.USERS.grand]))
    costs = {n: _costs(MISADDED + MISCOPIED * n) for n in (2, 3)}
    exact, by_plain = 0.0, {}
    ends = [values[name] for name in table.USERS.totals]
    for plain in itertools.product(*(values[name] for name in table.USERS.plain)):
        base = math.prod(values[n][v] for n, v in zip(table.USERS.plain, plain, strict=True))
        rows_ = [plain[0] + plain[1], plain[2] + plain[3], plain[4] + plain[5]]
        columns = [plain[0] + plain[2] + plain[4], plain[1] + plain[3] + plain[5]]
        mass = 0.0
        for totals in itertools.product(*ends):
            chance = base * math.prod(cells[v] for cells, v in zip(ends, totals, strict=True))
            chance *= math.prod(costs[2][totals[r] - rows_[r]] for r in range(3))
            chance *= math.prod(costs[3][totals[3 + c] - columns[c]] for c in range(2))
            for grand, weight in values[table.USERS.grand].items():
                along = costs[2][grand - totals[3] - totals[4]] + costs[3][grand - sum(totals[:3])]
                mass += chance * weight * along / 2
        exact += mass
        by_plain[plain] = mass
    return found, exact, dict(zip(table.USERS.plain, max(by_plain, key=lambda case: by_plain[case]), strict=True))


def _costs(wrong: float) -> dict[int, float]:
    far = wrong * (1 - ONE_DIGIT) / VALUES
    shares = {d: one_digit(d, 3) for d in {s * d * p for s in (1, -1) for d in range(1, 10) for p in (1, 10, 100)}}
    return {d: far + (1 - wrong if d == 0 else wrong * ONE_DIGIT * shares.get(d, 0.0)) for d in range(-4000, 1000)}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=4, deadline=None)
def test_the_table_equals_brute_force_within_its_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    doubtful = set(rng.choice(table.USERS.fields, 8, replace=False).tolist())
    values = {
        name: {USERS[name]: 1.0}
        | (
            {(USERS[name] + int(rng.integers(1, 120))) % VALUES: float(rng.uniform(0.001, 0.9))}
            if name in doubtful
            else {}
        )
        for name in table.USERS.fields
    }
    found, exact, top = walked(values)
    assert found.mass <= exact * (1 + 1e-9)
    assert exact <= (found.mass + found.lost) * (1 + 1e-9)
    assert found.mass == pytest.approx(exact, rel=1e-4)
    assert found.best == top


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=2, deadline=None)
def test_what_no_list_holds_is_inside_the_bound(seed: int) -> None:
    """A plain number that may be any of sixty, far more than are listed, beside a row and a column that both say it."""
    rng = np.random.default_rng(seed)
    any_of = {int(v): 1.0 for v in rng.choice(VALUES, 60, replace=False)} | {USERS["pengguna_dpt_l"]: 1.0}
    values: dict[str, dict[int, float]] = {name: {USERS[name]: 1.0} for name in table.USERS.fields}
    values["pengguna_dpt_l"] = any_of
    found, exact, _ = walked(values)
    assert found.mass <= exact * (1 + 1e-9)
    assert exact <= (found.mass + found.lost) * (1 + 1e-9)
    assert found.lost < 0.1 * found.mass


def test_the_sums_are_those_of_the_rules() -> None:
    stated = {(e.field, tuple(sorted(e.parts))) for e in sums.equations(CONTEST) if e.field in ADMINISTRASI}
    flat = set()

    def walk(node: Sum | str) -> None:
        if isinstance(node, Sum):
            flat.add((node.field, tuple(sorted(sums.name_of(part) for part in node.parts))))
            for part in node.parts:
                walk(part)

    for node in administration.SUMS:
        walk(node)
    assert flat == stated
