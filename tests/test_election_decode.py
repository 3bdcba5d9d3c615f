"""Joint decoding against brute force, and what it promises about paper that contradicts itself."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.contest import ADM, ADMINISTRASI, SUARA, Choice, Contest
from election.decode import BlockReading, administration, decode, sums, table, tree
from election.decode.number import VALUES, best, likelihood
from election.decode.paper import BY_DIGIT, MISADDED, MISCOPIED, ONE_DIGIT, SLIPPED, UNITS, UNWRITTEN, paper
from election.decode.sums import Sum
from election.scores import CLASSES, FieldScores, PageScores

CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), "c_hasil_ppwp_2024")
SUMMED = {"paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}
USERS = dict(
    zip(
        ADMINISTRASI,
        (*(120, 130, 250), *(100, 105, 205), *(1, 2, 3), *(2, 5, 7), *(103, 112, 215), *(255, 215, 0, 40), *(0, 1, 1)),
        strict=True,
    )
)


def boxes(text: str, sure: float = 12.0, rival: str | None = None, by: float = 0.0) -> npt.NDArray[np.float64]:
    """Scores of three boxes that show `text`; the last also looks like `rival`, `by` nats less."""
    scores = np.full((3, len(CLASSES)), -sure)
    for row, mark in zip(scores, text, strict=True):
        row[CLASSES.index({" ": "blank", "-": "dash", "?": "void"}.get(mark, mark))] = 0
    if rival:
        scores[2, CLASSES.index(rival)] = -by
    return scores


def marks(value: int, sure: float = 8.0) -> npt.NDArray[np.float64]:
    scores = np.full((3, 10), -sure)
    scores[np.arange(3), [int(d) for d in f"{value:03}"]] = sure
    return scores


def field(value: int, sure: float = 12.0, bubbles: int | None = None) -> FieldScores:
    return FieldScores.of(boxes(str(value).rjust(3, "X"), sure), None if bubbles is None else marks(bubbles))


def page(values: Mapping[str, int], number: int = 2, **other: FieldScores) -> PageScores:
    return PageScores("c_hasil_ppwp_2024", number, {name: field(v) for name, v in values.items()} | other)


def read(values: Mapping[str, int], block: str = SUARA, **other: FieldScores) -> BlockReading:
    return decode(CONTEST, [page(values, **other)])[block]


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


# --- what is promised about records -----------------------------------------------------------------------------------


def test_a_clear_consistent_record_is_sure() -> None:
    reading = read(SUMMED)
    assert reading.figures == tuple(SUMMED.values())
    assert reading.consistent
    assert reading.probability > 0.9999
    assert reading.runner_up is None


def test_a_digit_in_doubt_is_settled_by_the_sums() -> None:
    doubtful = FieldScores.of(boxes("XX1", rival="7", by=-1.0))  # looks a little more like 17 − 10 = 7
    reading = read({**SUMMED, "paslon_3": 1, "suara_sah": 201, "suara_total": 206}, paslon_3=doubtful)
    assert reading.raw[2] == 7
    assert reading.figures == (90, 110, 1, 201, 5, 206)
    assert reading.probability > 0.99


@pytest.mark.parametrize(
    ("name", "wrong"), [("suara_sah", 211), ("suara_sah", 260), ("suara_total", 225), ("paslon_2", 160)]
)
def test_paper_that_contradicts_itself_is_kept_as_written(name: str, wrong: int) -> None:
    written = {**SUMMED, name: wrong}
    reading = read(written)
    assert reading.figures == tuple(written.values())
    assert not reading.consistent


def test_the_published_misreading_is_read_right() -> None:
    """90/110/10 was published as 90/160/60: the bubbles were right, and so was the sum."""

    def looks(shape: str, value: int) -> FieldScores:
        return FieldScores.of(boxes(shape, sure=6.0), marks(value))

    misread = boxes("160", sure=6.0)
    misread[1, 1] = -1.0
    reading = read(
        SUMMED,
        paslon_1=looks("X90", 90),
        paslon_2=FieldScores.of(misread, marks(110)),
        paslon_3=FieldScores.of(np.where(boxes("X60", 6.0) == 0, 0, boxes("X10", 7.0)), marks(10)),
    )
    assert reading.figures == tuple(SUMMED.values())
    assert reading.probability > 0.99


def test_nothing_written_is_no_number_and_never_filled_in_from_the_sums() -> None:
    reading = read(SUMMED, suara_sah=FieldScores.of(boxes("   ")))
    assert reading.figures[3] is None
    assert not reading.consistent


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_digit_that_is_struck_out_is_found_by_the_sums_and_a_person_must_look(at: int) -> None:
    struck = FieldScores.of(boxes("".join("?" if i == at else mark for i, mark in enumerate("110"))))
    reading = read(SUMMED, paslon_2=struck)
    assert reading.figures == tuple(SUMMED.values())
    assert reading.raw[1] is None
    assert reading.flags == {"paslon_2": "void"}
    assert reading.odd == ("void",)


def test_several_digits_that_are_struck_out_are_no_number() -> None:
    reading = read(SUMMED, paslon_2=FieldScores.of(boxes("???")))
    assert reading.figures[1] is None


def test_unreadable_boxes_give_no_sure_answer() -> None:
    flat = FieldScores.of(np.zeros((3, len(CLASSES))))
    reading = read(SUMMED, paslon_1=flat, paslon_2=flat)
    assert reading.probability < 0.5
    assert reading.runner_up is not None
    assert reading.runner_up != reading.figures


@given(st.lists(st.integers(0, 250), min_size=3, max_size=3), st.integers(0, 99), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_consistent_records_of_any_size_come_back(votes: list[int], invalid: int, seed: int) -> None:
    figures = (*votes, sum(votes), invalid, sum(votes) + invalid)
    rng = np.random.default_rng(seed)
    names = CONTEST.blocks[SUARA]
    fields = {
        n: FieldScores.of(boxes(str(v).rjust(3, "X")) - rng.random((3, 14)))
        for n, v in zip(names, figures, strict=True)
    }
    reading = decode(CONTEST, [PageScores("f", 2, fields)])[SUARA]
    assert reading.figures == figures
    assert reading.probability > 0.99


def test_administration_reads_its_cycles_together() -> None:
    doubtful = FieldScores.of(boxes("103", rival="8", by=-0.5))
    reading = decode(CONTEST, [page(USERS, 1, pengguna_total_l=doubtful)])[ADM]
    assert reading.raw[ADMINISTRASI.index("pengguna_total_l")] == 108
    assert reading.figures == tuple(USERS.values())
    assert reading.consistent
    assert reading.probability > 0.99


def test_administration_that_contradicts_itself_is_kept_as_written() -> None:
    written = {**USERS, "pengguna_dpt_j": 206}
    reading = decode(CONTEST, [page(written, 1)])[ADM]
    assert reading.figures == tuple(written.values())
    assert not reading.consistent


def test_a_block_with_a_page_missing_is_absent() -> None:
    half = {name: value for name, value in SUMMED.items() if name.startswith("paslon")}
    rest = {name: value for name, value in SUMMED.items() if name not in half}
    assert decode(CONTEST, [page(half)]) == {}
    assert decode(CONTEST, [page(half), page(USERS, 1)]).keys() == {ADM}
    assert decode(CONTEST, [page(half), page(rest, 3)])[SUARA].figures == tuple(SUMMED.values())


# --- between the blocks --------------------------------------------------------------------------------------------


def both(votes: Mapping[str, int], users: Mapping[str, int], **doubtful: FieldScores) -> Mapping[str, BlockReading]:
    fields = {name: doubtful.get(name, field(value)) for name, value in {**votes, **users}.items()}
    return decode(CONTEST, [PageScores("c_hasil_ppwp_2024", 2, fields)])


def doubled(first: str, second: str, by: float) -> FieldScores:
    """Boxes that show one number, and another one `by` nats less well."""
    return FieldScores.of(np.maximum(boxes(first), boxes(second) - by))


def test_the_ballots_used_settle_what_the_votes_leave_open_and_make_nothing_surer() -> None:
    unsure = {
        "paslon_1": doubled("140", "X90", 0.5),
        "suara_sah": doubled("260", "210", 0.5),
        "suara_total": doubled("265", "215", 0.5),
    }
    alone = decode(CONTEST, [page(SUMMED, **unsure)])[SUARA]
    assert alone.figures == (140, 110, 10, 260, 5, 265)
    reading = both(SUMMED, USERS, **unsure)[SUARA]
    assert reading.figures == tuple(SUMMED.values())
    assert reading.probability < 0.5 < alone.probability


def test_blocks_that_contradict_each_other_on_paper_keep_what_is_written() -> None:
    more = {**SUMMED, "suara_tidak_sah": 6, "suara_total": 216}
    found = both(more, USERS)
    assert found[SUARA].figures == tuple(more.values())
    assert found[ADM].figures == tuple(USERS.values())
    assert min(found[SUARA].probability, found[ADM].probability) > 0.99


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_a_block_is_never_surer_beside_another_that_contradicts_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fields = {n: FieldScores.of(field(v).box_scores + rng.normal(0, 4, (3, 14))) for n, v in (SUMMED | USERS).items()}
    together = decode(CONTEST, [PageScores("f", 1, fields)])
    for block, reading in together.items():
        keyed = {block: reading.figures}
        alone = decode(CONTEST, [PageScores("f", 1, {n: fields[n] for n in CONTEST.blocks[block]})], keyed)[block]
        if None not in reading.figures:
            assert alone.hypothesis is not None
            assert reading.probability <= alone.hypothesis * (1 + 1e-9)


# --- the voters' table, where a form asks for all of it --------------------------------------------------------------

REST = {
    **{"pemilih_dptb_l": 1, "pemilih_dptb_p": 2, "pemilih_dptb_j": 3},
    **{"pemilih_dpk_l": 0, "pemilih_dpk_p": 4, "pemilih_dpk_j": 4},
    **{"pemilih_total_l": 121, "pemilih_total_p": 136, "pemilih_total_j": 257},
}
"""What forms of 2019 ask for besides; with the 120 and 130 of `USERS`."""


def test_voters_of_all_kinds_are_read_together_with_those_of_the_record() -> None:
    doubtful = {"pemilih_dpt_p": doubled("180", "130", 0.5), "pemilih_dpt_j": doubled("260", "250", 0.5)}
    reading = decode(CONTEST, [page(USERS | REST, 1, **doubtful)])[ADM]
    assert reading.figures == tuple(USERS.values())
    assert {name: value for name, (value, _) in reading.beyond.items()} == REST
    assert min(sure for _, sure in reading.beyond.values()) > 0.99
    assert reading.probability > 0.99
    assert len(reading.figures) == len(ADMINISTRASI)


def test_voters_that_contradict_each_other_stay_as_written() -> None:
    reading = decode(CONTEST, [page({**USERS, **REST, "pemilih_total_j": 267}, 1)])[ADM]
    assert reading.beyond["pemilih_total_j"][0] == 267
    assert reading.figures == tuple(USERS.values())


def test_a_form_that_does_not_ask_has_nothing_beyond() -> None:
    assert decode(CONTEST, [page(USERS, 1)])[ADM].beyond == {}
