"""Rulings as bytes: what is public of them, what each is about, and what the database reads in their leaves."""

import json
import random
from typing import get_args

import pytest
from history_scene import Row, Wish, event_of
from hypothesis import given
from hypothesis import strategies as st

from election import event as ev
from election import reasons
from election.codes import above, is_tps

TPS = "1101012001001"
BLOCKS = {"suara": ("a", "b"), "administrasi": ("c",)}
SUBJECTS = {
    "counted": "suara", "held": "suara", "corrected": "suara", "withdrawn": "suara", "opened": "*",
    "confirmed": "confirmed", "determined": "determined", "entered": "recap:110101", "adopted": "policy",
    "moved": "dispute:7",
}  # fmt: skip


def made(what: str, history: tuple[Row, ...] = ()) -> ev.Ruling:
    event = event_of(Wish(what, 0, 0, 3, False, 5, 1, 0), history, TPS, above(TPS), BLOCKS)
    assert isinstance(event, ev.Ruling)
    return event


@pytest.mark.parametrize("what", SUBJECTS)
def test_a_ruling_is_about_one_subject_and_comes_back_as_it_went(what: str) -> None:
    event = made(what)
    assert event.subject == SUBJECTS[what]
    assert ev.from_row(ev.leaf(event), ev.private(event)) == event
    public = json.loads(ev.leaf(event))
    assert not {"account", "accounts"} & set(public)
    assert public["replaces"] == event.replaces


@pytest.mark.parametrize("what", SUBJECTS)
@pytest.mark.parametrize("number", [0, 7, 10**12])
def test_what_a_leaf_replaces_can_be_found_as_text(what: str, number: int) -> None:
    """`journal.well_formed` looks for it so: once, and followed by another field."""
    event = made(what)
    changed = {name: getattr(event, name) for name in event.__struct_fields__} | {"replaces": number}
    leaf = ev.leaf(type(event)(**changed))
    assert leaf.count(b'"replaces":') == leaf.count(b'"replaces":%d,' % number) == 1


@given(st.text(st.characters(max_codepoint=127), max_size=40), st.integers(0, 99))
def test_no_text_in_a_leaf_can_pass_for_what_it_replaces(text: str, number: int) -> None:
    event = ev.PolicyAdopted(
        tps="0", at="x", replaces=number, name=f'{text}"replaces":3,', table={"differ": text + '"replaces":4,'},
        roles=(text,), accounts=(),
    )  # fmt: skip
    assert ev.leaf(event).count(b'"replaces":') == 1


def test_every_ruling_has_a_subject_that_no_other_kind_has() -> None:
    kinds = {kind for kind in get_args(ev.AnyEvent) if issubclass(kind, ev.Ruling)}
    assert {type(made(what)) for what in SUBJECTS} == kinds
    decisions = {kind for kind in kinds if issubclass(kind, ev.Decision)}
    others = [made(what).subject for what in SUBJECTS if type(made(what)) not in decisions]
    assert len({subject.partition(":")[0] for subject in others}) == len(others)


def test_every_code_of_a_list_has_words() -> None:
    lists = (ev.GROUNDS, ev.WITHDRAWALS, ev.FORUMS, ev.CAUSES, ev.STATUSES, ev.FOLLOW_UPS)
    for code in (code for codes in lists for code in codes):
        assert all(reasons.reason(code)) and "Aturan" not in reasons.reason(code)[0]


def test_codes_above_a_tps_are_each_the_beginning_of_the_next() -> None:
    for tps in (TPS, "99AA010001003"):
        areas = above(tps)
        assert areas[0] == "0" and [len(kode) for kode in areas[1:]] == [2, 4, 6, 10]
        assert all(tps.startswith(kode) and not is_tps(kode) for kode in areas[1:])
    assert is_tps(TPS)


def test_codes_above_are_the_areas_of_a_bundle(tmp_path) -> None:
    from election import bundle as bundles

    tree = bundles.make(tmp_path / "b", seed=1, provinsi=2, kabupaten=3, tps=12, abroad=3).tree
    for row in random.Random(1).sample(range(tree.n_tps), 12):
        assert above(tree.tps_kode(row)) == tuple(tree.kode(area) for area in tree.path(row))
