"""W507, W510 and W512 against plain readings of their definitions, on small numbers and made-up elections."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from election.contest import Choice, Contest
from election.rules import RULES, Limits
from election.rules.changes import BEFORE, CHANGE, LATE, MANY
from election.rules.elsewhere import SAME
from election.rules.neighbours import FEW, REST, displaced, exchange, rest_of, share
from election.rules.rule import Sheet
from election.tally import ABSENT, Tallies

PPWP = Contest("ppwp", tuple(Choice(id=str(n), number=n, name=f"pair {n}") for n in (1, 2, 3)), "c_hasil_ppwp_2024")
FIELDS = PPWP.choice_fields

Votes = tuple[int, ...]


def broken(code: str, tallies: Tallies) -> dict[str, list[bool]]:
    """Part → whether each record breaks it."""
    return {line.part: (line.residual != 0).tolist() for line in RULES[code].lines(Sheet(PPWP, tallies, Limits()))}


def of(columns: list[Votes]) -> np.ndarray:
    return np.array(columns, np.int64).reshape(len(columns), len(FIELDS))


# -- W510 -------------------------------------------------------------------------------------------------------------


def plain_displaced(votes: Votes, rest: Votes) -> int:
    """Votes too many of some choices beside the rest's shares, rounded down."""
    mine, theirs = sum(votes), sum(rest)
    if not mine or not theirs:
        return 0
    off = sum(abs(Fraction(v) - Fraction(r * mine, theirs)) for v, r in zip(votes, rest, strict=True))
    return int(off / 2)


def plain_share(votes: Votes, rest: Votes) -> int:
    return 1000 * plain_displaced(votes, rest) // sum(votes) if sum(votes) else 0


def plain_far(area_of: list[int], wide_of: list[int], votes: list[Votes]) -> list[bool]:
    """W510 by its definition, TPS by TPS."""

    def against(row: int, areas: list[int]) -> tuple[Votes, int] | None:
        inside = [i for i, area in enumerate(areas) if area == areas[row] and sum(votes[i])]
        if len(inside) < FEW:
            return None

        def rest(i: int) -> Votes:
            return tuple(sum(votes[j][c] for j in inside if j != i) for c in range(len(FIELDS)))

        shares = sorted(plain_share(votes[i], rest(i)) for i in inside)
        return rest(row), shares[(len(shares) - 1) // 2]

    def far(row: int) -> bool:
        held = against(row, area_of) or against(row, wide_of)
        if not sum(votes[row]) or held is None:
            return False
        rest, usual = held
        off = plain_share(votes[row], rest)
        turned = [
            plain_share(tuple({a: v[b], b: v[a]}.get(c, v[c]) for c in range(len(v))), rest)
            for v in [votes[row]]
            for a, b in combinations(range(len(v)), 2)
        ]
        switched = 4 * min(turned) <= off and off > max(200, 3 * usual)
        return plain_displaced(votes[row], rest) >= 20 and (off > max(450, 3 * usual) or switched)

    return [far(row) for row in range(len(votes))]


TPS = st.tuples(st.integers(0, 2), st.tuples(*[st.sampled_from([0, 3, 20, 40, 60, 100, 180]) for _ in FIELDS]))


@given(st.lists(TPS, min_size=1, max_size=14))
@example([(0, (100, 60, 20))] * 5 + [(0, (20, 60, 100))])
@settings(max_examples=150)
def test_far_from_the_neighbours_is_what_the_definition_says(stations: list[tuple[int, Votes]]) -> None:
    areas, votes = [area for area, _ in stations], [cast for _, cast in stations]
    wide = [0 for _ in areas]
    own = of(votes)
    rest = rest_of(own, np.array(areas), np.array(wide))
    tallies = Tallies(dict(zip(FIELDS, own.T, strict=True))).beside(REST, rest.tallies(FIELDS))
    found = broken("W510", tallies)
    assert [a or b for a, b in zip(found["far"], found["switched"], strict=True)] == plain_far(areas, wide, votes)


def test_a_switch_is_seen_and_told() -> None:
    own = of([(100, 60, 20)] * 6 + [(20, 60, 100)])
    rest = rest_of(own, np.zeros(7, int), np.zeros(7, int))
    turned = exchange(own[6:], rest.votes[6:])
    assert (turned.one[0], turned.other[0], turned.share[0]) == (0, 2, 0)
    tallies = Tallies(dict(zip(FIELDS, own.T, strict=True))).beside(REST, rest.tallies(FIELDS))
    assert broken("W510", tallies)["switched"] == [False] * 6 + [True]


@given(TPS, TPS, st.integers(1, 4))
def test_a_tps_with_the_shares_of_the_rest_is_not_off(one: tuple[int, Votes], rest: tuple[int, Votes], k: int) -> None:
    assert displaced(of([one[1]]), of([tuple(k * v for v in one[1])]))[0] == 0
    votes, other = of([one[1]]), of([rest[1]])
    assert 0 <= share(votes, other)[0] <= 1000
    assert displaced(votes, other).tolist() == [plain_displaced(one[1], rest[1])]


def test_nobody_is_judged_without_neighbours_or_with_a_blank() -> None:
    own = of([(100, 0, 0), (0, 100, 0), (0, 0, 100), (50, 50, 0)])
    rest = rest_of(own, np.zeros(4, int), np.zeros(4, int))
    assert rest.usual.tolist() == [ABSENT] * 4
    enough = of([(60, 30, 10)] * 6)
    columns = dict(zip(FIELDS, enough.T.copy(), strict=True))
    beside = rest_of(enough, np.zeros(6, int), np.zeros(6, int)).tallies(FIELDS)
    columns["paslon_2"][0] = ABSENT
    lines = RULES["W510"].lines(Sheet(PPWP, Tallies(columns).beside(REST, beside), Limits()))
    assert all(not line.judged[0] and line.judged[1] for line in lines[:1])


# -- W507 -------------------------------------------------------------------------------------------------------------


def plain_outvoted(own: int, others: list[int]) -> bool:
    said = Counter(others)
    return any(value != own and n > said[own] for value, n in said.items())


@given(st.integers(0, 3), st.lists(st.one_of(st.integers(0, 3), st.just(ABSENT)), min_size=1, max_size=4))
@settings(max_examples=150)
def test_a_form_differs_where_the_others_outnumber_it(own: int, others: list[int]) -> None:
    keys = ("pdpr", "pdpd", "pdprdp", "pdprdk")
    tallies = Tallies({SAME[0]: np.array([own])})
    for key, value in zip(keys, others, strict=False):
        tallies = tallies.beside(key, Tallies({SAME[0]: np.array([value])}))
    given_ = [value for value in others if value != ABSENT]
    assert broken("W507", tallies)[SAME[0]] == [plain_outvoted(own, given_)]


def test_the_same_figure_in_all_forms_is_never_remarked_and_who_moved_there_may_vote_in_fewer() -> None:
    pdpr = Contest("pdpr")
    same = {field: np.array([7]) for field in SAME}
    for moved, wanted in ((5, False), (9, True)):
        own = Tallies({**same, "pengguna_dptb_l": np.array([moved])})
        beside = own.beside("ppwp", Tallies({**same, "pengguna_dptb_l": np.array([5])}))
        lines = RULES["W507"].lines(Sheet(pdpr, beside, Limits()))
        assert any(bool(line.residual[0]) for line in lines) is wanted


# -- W512 -------------------------------------------------------------------------------------------------------------

Figure = st.one_of(st.integers(0, 300), st.just(ABSENT))


def plain_large(before: list[int], after: list[int]) -> bool:
    if ABSENT in (*before, *after):
        return False
    moved = sum(abs(a - b) for a, b in zip(after, before, strict=True))
    return moved > MANY and Fraction(moved) > sum(before) // 10


@given(st.tuples(Figure, Figure, Figure), st.tuples(Figure, Figure, Figure), st.integers(-1, 300))
def test_a_change_is_large_or_late_as_defined(before: Votes, after: Votes, minutes: int) -> None:
    tallies = Tallies({f: np.array([v]) for f, v in zip(FIELDS, after, strict=True)})
    tallies = tallies.beside(BEFORE, Tallies({f: np.array([v]) for f, v in zip(FIELDS, before, strict=True)}))
    tallies = tallies.beside(CHANGE, Tallies({"minutes": np.array([minutes])}))
    assert broken("W512", tallies) == {
        "moved": [plain_large(list(before), list(after))],
        "late": [0 <= minutes < LATE],
    }


def test_no_record_alone_is_judged_by_what_needs_others() -> None:
    alone: Callable[[str], dict[str, list[bool]]] = lambda code: broken(code, Tallies({"paslon_1": np.array([5])}))  # noqa: E731
    assert alone("W507") == alone("W509") == alone("W510") == alone("W512") == {}
