"""The policy in force: an adoption decides anew what the machine decided, never what people did, and reads no page."""

from itertools import product

import pytest
from judging_scene import AT, MEASURED, TPS, Engine, Ledger, Row, Scene, Sheet, settle
from msgspec.structs import replace

from election import event as ev
from election.acceptance import Acceptance
from election.block import BlockState
from election.bundle.settings import Settings
from election.contest import ADM, SUARA
from election.policy import DEFAULT, PRESETS, Action, Situation, adopted, digest, table_of
from recap.policy import Policy, PolicyInForce

NEVER_SURE = tuple(replace(one, thresholds=dict.fromkeys(one.thresholds, 0.999)) for one in MEASURED)


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def sent(ledger: Ledger, scene: Scene, page: int, sheet: Sheet | None = None, fault: str | None = None) -> None:
    taken, look = scene.photo(page, sheet, fault)
    ledger.add(replace(look, scan=ledger.add(taken)))


def whole(ledger: Ledger, scene: Scene) -> None:
    ledger.add(scene.keyed())
    for page in scene.pages:
        sent(ledger, scene, page)


def states(engine: Engine) -> set[str]:
    return {block.state.value for block in engine.record.blocks}


def test_an_adoption_decides_everything_anew_and_reads_no_page_again(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    whole(ledger, scene)
    settle(engine)
    decoded = engine.decoded
    assert states(engine) == {"counted"}
    ledger.adopt("two-people-3")
    settle(engine)
    assert states(engine) == {"held"}
    assert {block.reasons for block in engine.record.blocks} == {("policy.by_people",)}
    ledger.adopt(DEFAULT)
    settle(engine)
    assert states(engine) == {"counted"}
    assert engine.decoded == decoded
    assert {block.policy for block in engine.record.blocks} == {engine.current.name}


def test_an_adoption_that_changes_nothing_says_nothing(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    whole(ledger, scene)
    settle(engine)
    ledger.adopt("candidates-confirmed-3")
    size = len(ledger.rows)
    settle(engine)
    assert len(ledger.rows) == size


def test_what_people_decided_no_policy_decides(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    whole(ledger, scene)
    figures = scene.told({"partai_1": 9})["partai_1"]
    ledger.add(
        ev.BlockCorrected(
            tps=TPS, at=AT, block="partai_1", replaces=0, figures=figures, proposal=1, reason="misread",
            roles=("a", "b"), accounts=("a", "b"),
        )
    )  # fmt: skip
    for name in PRESETS:
        ledger.adopt(name)
        settle(engine)
        block = engine.record.block("partai_1")
        assert (block.state, block.figures) == (BlockState.VERIFIED, figures)


def test_a_decision_that_lands_after_the_adoption_it_did_not_know_is_made_anew(scene: Scene, ledger: Ledger) -> None:
    late, prompt = Engine(scene, ledger), Engine(scene, ledger)
    whole(ledger, scene)
    late.fold()
    late.judge()
    ledger.adopt("two-people-3")
    settle(prompt)
    assert late.land() == 0, "the newer policy's decisions stand; these are stale"
    settle(late, prompt)
    assert states(late) == states(prompt) == {"held"}

    other = Ledger()
    late, prompt = Engine(scene, other), Engine(scene, other)
    whole(other, scene)
    late.fold()
    late.judge()
    other.adopt("two-people-3")
    assert late.land() > 0
    settle(prompt)
    assert states(prompt) == {"held"}


SITUATIONS = {
    Situation.PHOTO_ONLY: "photos alone",
    Situation.NO_PHOTO: "figures alone",
    Situation.FAULTY: "a blurred photo",
    Situation.DIFFER: "another figure",
    Situation.ABSTAIN: "an unsure page",
    Situation.CONFIRMED: "confirmed candidates",
    Situation.RELAYED: "relayed",
    Situation.AGREE: "agreement",
}


def evidence(ledger: Ledger, scene: Scene, one: Situation) -> None:
    """Evidence on the first party's page that stands just so."""
    page = scene.layout["partai_1"][0]
    reading = scene.keyed()
    if one is Situation.CONFIRMED:
        reading = replace(reading, confirmed=("partai_1_calon_1",))
    if one is Situation.RELAYED:
        reading = replace(reading, by="ppk", relayed="ppk")
    if one is not Situation.PHOTO_ONLY:
        ledger.add(reading)
    if one is not Situation.NO_PHOTO:
        wrong = {"partai_1_calon_1": 5, "partai_1": 7} if one is Situation.DIFFER else {}
        sheet = Sheet(wrong, *((0.5, 0.5) if one is Situation.ABSTAIN else (0.99, 0.99)))
        sent(ledger, scene, page, sheet, "scan.blurred" if one is Situation.FAULTY else None)


@pytest.mark.parametrize(("preset", "one"), [*product(PRESETS, SITUATIONS)])
def test_each_situation_meets_the_action_that_the_table_names(
    scene: Scene, ledger: Ledger, preset: str, one: Situation
) -> None:
    engine = Engine(scene, ledger)
    ledger.adopt(preset)
    evidence(ledger, scene, one)
    settle(engine)
    block, action = engine.record.block("partai_1"), PRESETS[preset].table[one]
    expected = {
        Action.COUNT: "counted",
        Action.COUNT_MARKED: "counted",
        Action.HOLD: "held",
        Action.WAIT: "received" if one is Situation.NO_PHOTO else "read",
    }
    assert block.state.value == expected[action]
    assert bool(block.warnings) is (action is Action.COUNT_MARKED), "what counts only marked says why"
    if block.counts:
        assert block.figures == scene.truth["partai_1"]


@pytest.mark.parametrize("one", [one for one in Situation if one is not Situation.PHOTO_ONLY])
def test_no_table_makes_a_block_count_that_breaks_its_own_rules(scene: Scene, ledger: Ledger, one: Situation) -> None:
    engine = Engine(scene, ledger)
    ledger.adopt("show-marked-3")
    scene.truth = scene.told({"partai_1": 9})  # so keyed, and so on the paper
    evidence(ledger, scene, one)
    settle(engine)
    block = engine.record.block("partai_1")
    assert (block.state, block.reasons[-1]) == (BlockState.HELD, "E303")


def test_what_no_longer_may_wait_is_held_and_what_no_longer_counts_too(scene: Scene, ledger: Ledger) -> None:
    """A wait cannot take back what was decided: it is held, for people to see."""
    engine = Engine(scene, ledger)
    ledger.adopt("show-marked-3")
    ledger.add(scene.keyed())
    settle(engine)
    assert states(engine) == {"counted"}
    ledger.adopt(DEFAULT)
    settle(engine)
    assert {(block.state.value, block.reasons) for block in engine.record.blocks} == {("held", ("photo.missing",))}
    for page in scene.pages:
        sent(ledger, scene, page)
    settle(engine)
    assert states(engine) == {"counted"}


def test_a_second_look_that_fails_takes_the_pages_voice_away(scene: Scene, ledger: Ledger) -> None:
    """Also from the other parties, whose pages were read together with it."""
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed())
    first, *others = scene.pages[1:]
    sent(ledger, scene, first, Sheet(alone=0.5, together=0.99))
    for page in others:
        sent(ledger, scene, page)
    settle(engine)
    assert engine.record.block("partai_1").counts
    of = next(
        row.number for row in ledger.rows if isinstance(row.event, ev.ScanReceived) and row.event.page == others[0]
    )
    look = next(row.event for row in ledger.rows if isinstance(row.event, ev.PageRead) and row.event.scan == of)
    ledger.add(replace(look, page=None, fault="scan.no_page", scores=None))
    settle(engine)
    assert engine.record.block("partai_1").reasons == ("read.uncertain",)


def test_another_releases_thresholds_are_for_new_evidence_until_an_adoption(scene: Scene, ledger: Ledger) -> None:
    """Two releases at work at once come to rest; what was decided is overturned by an adoption alone."""
    old, new = Engine(scene, ledger), Engine(scene, ledger, NEVER_SURE)
    whole(ledger, scene)
    settle(old)
    settle(old, new)
    assert states(new) == {"counted"}
    ledger.adopt(DEFAULT)
    settle(new)
    assert states(new) == {"held"}
    settle(old, new)
    assert states(old) == states(new) == {"held"}


def test_a_name_binds_rules_table_and_thresholds() -> None:
    policy = Policy()
    rules, table, thresholds = policy.name.split()
    assert (rules, table, thresholds) == (DEFAULT, digest(PRESETS[DEFAULT].table), policy.thresholds)
    others = (
        replace(policy, rules="our-own-1"),
        replace(policy, table=PRESETS["show-marked-3"].table),
        replace(policy, measured=(Acceptance("a", 0.1, {SUARA: 0.75, ADM: 0.9}),)),
    )
    assert len({policy.name, *(other.name for other in others)}) == 4
    assert replace(policy, since=7).name == policy.name


def test_the_policy_in_force_is_folded_once_and_asks_once_for_everything() -> None:
    policy = PolicyInForce(Settings(candidates="confirmed"))
    assert policy.current.rules == "candidates-confirmed-3"
    assert not policy.anew()
    two = adopted("two-people-3", table_of("two-people-3"), replaces=0, at=AT)
    policy.fold([Row(3, two), Row(4, None)])
    assert (policy.current.rules, policy.current.since, policy.anew(), policy.anew()) == (
        "two-people-3",
        3,
        True,
        False,
    )
    policy.fold([Row(3, two)])
    assert not policy.anew()
    rogue = ev.PolicyAdopted(tps="0", at=AT, replaces=3, name="rogue-1", table={"agree": "count"}, roles=())
    policy.fold([Row(9, rogue)])
    assert (policy.current.rules, policy.current.table) == ("two-people-3", PRESETS["two-people-3"].table)
