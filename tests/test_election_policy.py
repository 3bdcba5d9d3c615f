"""Policies as tables: what each says, what none may say, how one is adopted, and that the page about them is true."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import event as ev
from election.bundle.settings import Settings
from election.policy import (
    BARS,
    DEFAULT,
    PRESETS,
    REFUSED,
    Action,
    PolicyIncomplete,
    PolicyMissing,
    PolicyRefused,
    PolicyUnnamed,
    Situation,
    adopted,
    checked,
    digest,
    named,
    of_bundle,
    situation,
    standing,
    table_of,
)
from election.policy.document import markdown
from election.policy.presets import ACTIONS, WHY, WORDS
from election.reasons import CODES

AT = "2029-02-14T12:00:00.000Z"


def test_the_page_about_policies_is_true() -> None:
    assert (Path(__file__).parents[1] / "docs" / "policies.md").read_text() == markdown()


def test_everything_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(WHY) == set(Situation)
    assert set(ACTIONS) == set(Action)
    assert all(len(words) == 2 and all(words) for texts in (WORDS, WHY, ACTIONS, REFUSED) for words in texts.values())
    assert set(CODES) >= BARS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_lawful_and_keeps_its_name(name: str) -> None:
    table = table_of(name)
    assert named(name, table) == PRESETS[name].table
    other = table | {"abstain": "hold" if table["abstain"] != "hold" else "count_marked"}
    with pytest.raises(PolicyUnnamed):
        named(name, other)
    assert named("our-own-1", other) != PRESETS[name].table


def test_what_no_table_may_say_is_refused_with_its_reason() -> None:
    """Exactly these: two readings that differ never count, one reading counts only marked, nobody waits for nothing."""
    for one, action in product(Situation, Action):
        table = table_of(DEFAULT) | {one: action}
        if (one, action) not in REFUSED:
            assert checked(table)[one] is action
            continue
        with pytest.raises(PolicyRefused) as refused:
            checked(table)
        assert REFUSED[one, action][0] in refused.value.text("id")
        assert REFUSED[one, action][1] in refused.value.text("en")
    counting = {(one, a) for one, a in product(Situation, Action) if a is Action.COUNT and (one, a) not in REFUSED}
    assert counting == {(Situation.AGREE, Action.COUNT), (Situation.RELAYED, Action.COUNT)}
    assert not [a for a in Action if a is not Action.HOLD and (Situation.DIFFER, a) not in REFUSED]


@pytest.mark.parametrize("change", [{"agree": "shrug"}, {"rain": "hold"}, {"agree": None}])
def test_a_table_is_whole_and_of_known_words(change: dict[str, str | None]) -> None:
    table = {one: action for one, action in (table_of(DEFAULT) | change).items() if action is not None}
    with pytest.raises(PolicyIncomplete):
        checked(table)


@pytest.mark.parametrize("name", ["", "ab", "Besar", "a b", "x" * 41, "-three", "kebijakan-é"])
def test_a_name_is_small_letters_digits_and_hyphens(name: str) -> None:
    with pytest.raises(PolicyUnnamed):
        named(name, table_of(DEFAULT))


def test_an_unknown_preset_is_said_to_be_none() -> None:
    with pytest.raises(PolicyMissing):
        table_of("two-readings-0")


SAMPLES = {
    Situation.PHOTO_ONLY: "reading.missing",
    Situation.NO_PHOTO: "photo.missing",
    Situation.FAULTY: "scan.blurred",
    Situation.DIFFER: "E404",
    Situation.ABSTAIN: "number.void",
    Situation.CONFIRMED: "reading.confirmed",
    Situation.RELAYED: "reading.relayed",
}


@given(st.lists(st.sampled_from([*SAMPLES.values(), "E301", "W503", "reading.incomplete", "policy.by_people"])))
def test_codes_name_the_most_doubtful_situation_whatever_stands_beside(codes: list[str]) -> None:
    order = [*SAMPLES]
    expected = next((one for one in order if SAMPLES[one] in codes), Situation.AGREE)
    assert situation(codes) is situation(reversed(codes)) is expected


def test_a_digest_stands_for_the_table_alone() -> None:
    tables = [preset.table for preset in PRESETS.values()]
    assert len({digest(table) for table in tables}) == len(tables)
    assert digest(dict(reversed(tables[0].items()))) == digest(tables[0])


def test_the_bundle_says_what_holds_first() -> None:
    assert of_bundle(Settings()).name == DEFAULT
    confirmed = of_bundle(Settings(candidates="confirmed"))
    assert confirmed.table[Situation.CONFIRMED] is Action.COUNT_MARKED
    assert confirmed.number == 0


def test_the_last_adoption_that_names_the_one_before_stands() -> None:
    first = of_bundle(Settings())
    two = adopted("two-people-3", table_of("two-people-3"), replaces=0, at=AT, roles=("kpu_ri", "kpu_ri"))
    lax = adopted("show-marked-3", table_of("show-marked-3"), replaces=5, at=AT)
    stale = adopted("our-own-1", table_of(DEFAULT), replaces=0, at=AT)
    assert standing([], first) == first
    assert standing([(5, two)], first).name == "two-people-3"
    assert standing([(5, two), (9, stale)], first).name == "two-people-3"
    stands = standing([(5, two), (9, lax), (9, lax)], first)
    assert (stands.name, stands.number) == ("show-marked-3", 9)
    assert (
        standing([(5, None), (6, ev.RulingDeclined(tps="0", at=AT, proposal=1, role="x", account="y"))], first) == first
    )


def test_an_unlawful_adoption_in_the_journal_is_not_followed_but_replaced() -> None:
    """Whoever wrote it past us: the table before stays in force, and the next adoption names this number."""
    first = of_bundle(Settings())
    table = table_of(DEFAULT) | {"differ": "count"}
    rogue = ev.PolicyAdopted(tps="0", at=AT, replaces=0, name="rogue-1", table=table, roles=(), accounts=())
    after = standing([(7, rogue)], first)
    assert (after.name, after.table, after.number) == (first.name, first.table, 7)
    next_ = adopted("two-people-3", table_of("two-people-3"), replaces=7, at=AT)
    assert standing([(7, rogue), (8, next_)], first).name == "two-people-3"
    with pytest.raises(PolicyRefused):
        adopted("rogue-1", table, replaces=0)


def test_an_adoption_is_an_event_that_the_log_can_carry() -> None:
    event = adopted(DEFAULT, table_of(DEFAULT), replaces=0, at=AT, roles=("server",))
    assert (event.tps, event.subject) == ("0", "policy")
    assert ev.from_row(ev.leaf(event), ev.private(event)) == event
