"""Ballots as printed: against the ballot of each single TPS, and areas against the plain reading of the rule."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from election import bundle
from election.bundle.dapil import Dapil
from election.bundle.model import Bundle
from election.contest import ADMINISTRASI, CONTEST_TYPES, SUARA_TOTALS, Kind

KEYS = tuple(CONTEST_TYPES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> "Made":
    return Made(tmp_path_factory.mktemp("printed"))


class Made:
    """Invented bundles of all contests, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cache  # noqa: B019 — lives as long as the module's tests
    def of(self, seed: int, provinsi: int, abroad: int) -> Bundle:
        out = self._folder / f"{seed}-{provinsi}-{abroad}"
        sizes = {"provinsi": provinsi, "kabupaten": 7, "kecamatan": 19, "kelurahan": 40, "tps": 90}
        return bundle.make(out, seed=seed, **sizes, abroad=abroad, contests=KEYS)


def split(made: Bundle, key: str, seed: int) -> Bundle:
    """The same election with single kelurahan moved into other dapil of the same contest, as where a city is cut."""
    rng = np.random.default_rng(seed)
    mine, tree = list(made.dapil.of(key)), made.tree
    moved = [tree.kode(area) for area in rng.permutation(np.array(tree.level(4)))[:3].tolist()]
    others = [district for district in made.dapil.districts if district.contest != key]
    for kode in moved:
        to = int(rng.integers(len(mine)))
        mine[to] = replace(mine[to], areas=(*mine[to].areas, kode))
    return replace(made, dapil=Dapil((*others, *mine)))


def plain_fields(one: Bundle, key: str, rows: Sequence[int]) -> tuple[str, ...]:
    """The rule as it is told: one ballot, all its fields; more than one (or none), what they share."""
    here = {id(ballot): ballot for ballot in (one.ballot(key, row) for row in rows if one.holds(key, row))}
    every = {id(b): b for b in (one.ballot(key, row) for row in range(one.tree.n_tps) if one.holds(key, row))}
    if len(here) == 1:
        return next(iter(here.values())).fields
    if len(every) == 1:
        return next(iter(every.values())).fields
    numbers = sorted({choice.number for ballot in every.values() for choice in ballot.choices})
    parties = [f"partai_{n}" for n in numbers] if CONTEST_TYPES[key].kind is Kind.PARTIES else []
    return (*parties, *SUARA_TOTALS, *ADMINISTRASI)


@settings(max_examples=25, deadline=None)
@given(
    key=st.sampled_from(KEYS),
    seed=st.integers(1, 3),
    provinsi=st.integers(1, 3),
    abroad=st.sampled_from([0, 6]),
    cut=st.booleans(),
)
def test_every_tps_and_area_has_the_ballot_that_the_rule_gives_it(
    made: Made, key: str, seed: int, provinsi: int, abroad: int, cut: bool
) -> None:
    one = made.of(seed, provinsi, abroad)
    if cut and CONTEST_TYPES[key].kind is Kind.PARTIES:
        one = split(one, key, seed)
    printed, tree = one.printed(key), one.tree
    for row in range(tree.n_tps):
        ballot = int(printed.of_tps[row])
        assert (ballot >= 0) == one.holds(key, row)
        assert ballot < 0 or printed.ballots[ballot] is one.ballot(key, row)
    assert len({id(ballot) for ballot in printed.ballots}) == len(printed.ballots)
    for area in range(tree.n_areas):
        rows = range(tree.n_tps)[tree.tps_of(area)]
        assert printed.fields(area) == plain_fields(one, key, rows)


def test_local_parties_are_common_fields_of_the_whole_nation(made: Made) -> None:
    one = made.of(1, 2, 6)
    assert len({len(ballot.choices) for ballot in one.printed("pdprdp").ballots}) == 2
    assert one.printed("pdprdp").common[:24] == tuple(f"partai_{n}" for n in range(1, 25))
    assert one.printed("pdpr").common[:19] == (*(f"partai_{n}" for n in range(1, 19)), "suara_sah")


def test_a_number_that_means_two_parties_is_nobody_s_total(made: Made) -> None:
    one = made.of(1, 2, 6)
    holding = one.holding("pdprdp")
    (local,) = holding.ballots
    first = replace(holding.choices[0], id="another")
    other = next(kode for kode in ("41", "42") if kode != local)
    changed = replace(holding, ballots=holding.ballots | {other: (first, *holding.choices[1:])})
    contests = tuple(changed if h.key == "pdprdp" else h for h in one.manifest.contests)
    again = replace(one, manifest=replace(one.manifest, contests=contests))
    assert again.printed("pdprdp").common[0] == "partai_2"


def test_votes_from_abroad_are_counted_in_a_dapil_at_home(made: Made) -> None:
    one = made.of(2, 2, 6)
    printed, abroad = one.printed("pdpr"), one.tree.tps_of(one.tree.area_index("99"))
    home = int(np.flatnonzero(printed.district_of_tps == 0)[0])
    assert set(printed.district_of_tps[abroad].tolist()) == {0}
    assert set(printed.of_tps[abroad].tolist()) == {int(printed.of_tps[home])}
    assert "99" in printed.dapil[0].areas
    assert set(one.printed("pdprdp").of_tps[abroad].tolist()) == {-1}
    assert set(one.printed("pdprdp").district_of_tps[abroad].tolist()) == {-1}


def test_a_kecamatan_cut_between_two_dapil_shows_what_they_share(made: Made) -> None:
    one = split(made.of(3, 2, 0), "pdprdk", 5)
    printed, tree = one.printed("pdprdk"), one.tree
    for area in tree.level(3):
        ballots = set(printed.of_tps[tree.tps_of(area)].tolist())
        assert (printed.fields(area) == printed.common) == (len(ballots) > 1)
    cut = [area for area in tree.level(3) if len(set(printed.of_tps[tree.tps_of(area)].tolist())) > 1]
    assert cut, "the invented cut goes through a kecamatan"
