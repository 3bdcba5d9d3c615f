"""Totals from leaves, the fast way: against the plain fold, record by record and sum by sum, on random histories."""

import history_model as model
import pytest
from history_scene import Row, wishes
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_scene import columns, history, leaves, make, stations_of

from election import form as forms
from election.bundle import Bundle
from election.record import fold, layout
from monitor import history as histories
from monitor import standing as standings
from monitor.history import History
from monitor.levels import Levels
from monitor.standing import STATES, Standing
from monitor.stations import Stations
from monitor.sums import Residuals, sums

KEYS = ("ppwp", "pdpr")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("totals") / "b")


@pytest.fixture(scope="module")
def stations(bundle: Bundle) -> dict[str, Stations]:
    return {key: stations_of(bundle, key) for key in KEYS}


def entries_of(rows: list[Row]) -> list[Row]:
    """What an outsider can know: the public part of each event."""
    return [row for row in rows if row.event is not None]


def told(found: Standing, row: int) -> dict[str, tuple[str, tuple[int | None, ...] | None]]:
    """A record as the arrays have it."""
    ballot = found.stations.ballots[found.stations.ballot[row]]
    blocks = {}
    for name, span in ballot.spans.items():
        figures = tuple(None if one < 0 else one for one in found.figures[row, span].tolist())
        state = STATES[found.states[row, found.stations.blocks[name]]]
        blocks[name] = (state, None if set(figures) == {None} else figures)
    return blocks


@settings(max_examples=60, deadline=None)
@given(
    key=st.sampled_from(KEYS), wanted=st.lists(wishes, max_size=60), back=st.integers(0, 20), parts=st.integers(1, 4)
)
def test_the_fast_way_is_the_plain_fold(bundle, stations, key, wanted, back, parts) -> None:
    rows, of = history(bundle, key, wanted), stations[key]
    upto = max(0, len(rows) - back)
    found = standings.standing(History.of(of, columns(of, leaves(rows), parts)), upto)
    for row in range(len(of)):
        kode = of.kode(row)
        ballot = bundle.ballot(key, bundle.tree.tps_index(kode))
        plain = fold((one for one in rows if one.number <= upto), layout(forms.of(ballot)), kode)
        expected = {}
        for block in plain.blocks:
            blank = block.figures is None or set(block.figures) == {None}
            expected[block.name] = (block.state, None if blank else block.figures)
        assert told(found, row) == expected
        assert found.version[row] == plain.version


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(KEYS), wanted=st.lists(wishes, min_size=1, max_size=50), cut=st.integers(0, 50))
def test_sums_are_those_of_a_naive_reader(bundle, stations, key, wanted, cut) -> None:
    rows, of = history(bundle, key, wanted), stations[key]
    entries = leaves(rows)
    early = History.of(of, columns(of, entries[:cut]))
    late = columns(of, entries)
    late = type(late)(late.events[late.events["number"] > cut], late.figures, late.closings)
    assert len(early.columns.events) <= len(entries)
    found = standings.standing(History.of(of, columns(of, entries)), len(rows))
    fields = {
        of.kode(row): dict(bundle.ballot(key, bundle.tree.tps_index(of.kode(row))).blocks) for row in range(len(of))
    }
    pages = {tps: dict.fromkeys(blocks, (1,)) for tps, blocks in fields.items()}
    records = model.read(rows, pages)
    residuals = Residuals(of)
    levels = Levels(found, residuals)
    for area in ("0", *of.areas(2), *of.areas(4), *of.areas(6), *of.areas(10)):
        within = of.within(area)
        inside = {of.kode(row): records[of.kode(row)] for row in range(within.start, within.stop)}
        got = sums(found, within)
        counted, held = model.sums(inside, fields, model.COUNTS), model.sums(inside, fields, ("held",))
        at_once = levels.sums(area)
        assert at_once in (got, None) and levels.residuals(area) == residuals.of(found, within)
        assert at_once is not None or len(set(of.ballot[within].tolist())) > 1
        shown = set(of.shown(within).fields)
        assert {k: v for k, v in got.totals.items() if v} == {k: v for k, v in counted.items() if v and k in shown}
        assert {k: v for k, v in got.held.items() if v} == {k: v for k, v in held.items() if v and k in shown}
        assert got.tps["total"] == len(inside)
        states = [record["blocks"]["suara"]["state"] for record in inside.values()]
        assert got.tps["counted"] == sum(state in model.COUNTS for state in states)
        assert got.final == states.count("final")
        assert got.reopened == sum(record["version"] > 1 for record in inside.values())


@settings(max_examples=30, deadline=None)
@given(key=st.sampled_from(KEYS), wanted=st.lists(wishes, min_size=1, max_size=50), cut=st.integers(0, 50))
def test_a_log_that_grows_stands_as_one_read_at_once(bundle, stations, key, wanted, cut) -> None:
    rows, of = history(bundle, key, wanted), stations[key]
    entries, cut = leaves(rows), min(cut, len(rows))
    early = History.of(of, columns(of, entries[:cut]))
    grown = standings.standing(early, cut)
    parser = histories_parser(of, cut, entries)
    both = History.of(of, parser, early)
    for row in range(len(of)):
        grown.put(row, both, len(rows))
    once = standings.standing(History.of(of, columns(of, entries)), len(rows))
    again = standings.standing(both.merged(), len(rows))
    for one in (grown, again):
        assert (one.states == once.states).all() and (one.figures == once.figures).all()
        assert (one.version == once.version).all()


def histories_parser(of: Stations, cut: int, entries: list[bytes]):
    from monitor.columns import Parser

    parser = Parser(of)
    assert parser.take(cut + 1, entries[cut:]) == []
    return parser.columns()


def test_the_module_that_hands_out_events_knows_every_kind_that_moves_a_block() -> None:
    from election.block import MOVES
    from monitor.columns import _NAMES

    assert set(MOVES) <= set(_NAMES.values()) and histories.Entry
