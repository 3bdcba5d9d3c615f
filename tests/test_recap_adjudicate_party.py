"""Party contests: a block a party, totals that rest on all of them, pages that come in over hours, candidates confirmed
from the machine's reading."""

import pytest
from judging_scene import AT, TPS, Engine, Ledger, Scene, Sheet, settle
from msgspec.structs import replace

from election import event as ev
from election.block import BlockState
from election.contest import ADM, SUARA
from election.policy import DEFAULT


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def sent(ledger: Ledger, scene: Scene, page: int, sheet: Sheet | None = None, fault: str | None = None) -> None:
    taken, look = scene.photo(page, sheet, fault)
    ledger.add(replace(look, scan=ledger.add(taken)))


def all_but(scene: Scene, ledger: Ledger, *missing: int) -> None:
    for page in scene.pages:
        if page not in missing:
            sent(ledger, scene, page)


def states(engine: Engine) -> dict[str, str]:
    return {block.name: block.state.value for block in engine.record.blocks}


def corrected(ledger: Ledger, scene: Scene, block: str, **wrong: int) -> None:
    ledger.add(
        ev.BlockCorrected(
            tps=TPS, at=AT, block=block, replaces=ledger.head(block), figures=scene.told(wrong)[block], proposal=1,
            reason="misread", roles=("a", "b"), accounts=("a", "b"),
        )
    )  # fmt: skip


def test_every_page_counts_as_soon_as_it_and_its_figures_agree(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed())
    for page in scene.pages:
        sent(ledger, scene, page)
        settle(engine)
        here = {name for name, pages in scene.layout.items() if max(pages) <= page}
        assert {name for name, state in states(engine).items() if state == "counted"} == here
    assert len(ledger.rows) == 1 + 2 * len(scene.pages) + len(scene.layout), "one decision a block, and no more"


def test_a_whole_record_is_one_decision_a_block_in_one_look(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed())
    all_but(scene, ledger)
    settle(engine)
    assert set(states(engine).values()) == {"counted"}
    assert engine.decoded == len(scene.layout), "each asked once, though each decision touches the record again"


def test_the_totals_are_judged_again_when_a_partys_figures_change(scene: Scene, ledger: Ledger) -> None:
    """Mistyped, the party's page contradicts the totals; corrected by people it does not, and the totals count; and
    corrected once more to what contradicts them, they are held again. No page is decoded a second time."""
    engine = Engine(scene, ledger)
    off = {"partai_2_calon_1": 5, "partai_2": 9}
    ledger.add(scene.keyed(None, **off))
    all_but(scene, ledger)
    settle(engine)
    assert states(engine) == {
        "partai_1": "counted",
        "partai_2": "held",
        "partai_3": "counted",
        SUARA: "held",
        ADM: "counted",
    }
    assert engine.record.block(SUARA).reasons == ("E304",)
    decoded = engine.decoded
    corrected(ledger, scene, "partai_2")
    settle(engine)
    assert (states(engine)[SUARA], states(engine)["partai_2"]) == ("counted", "verified")
    corrected(ledger, scene, "partai_2", **off)
    settle(engine)
    assert engine.record.block(SUARA).reasons == ("E304",)
    assert engine.decoded == decoded


def test_a_withdrawn_party_says_nothing_and_the_totals_stand_for_themselves(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed(None, partai_2_calon_1=5, partai_2=9))
    all_but(scene, ledger)
    settle(engine)
    ledger.add(
        ev.BlockWithdrawn(
            tps=TPS, at=AT, block="partai_2", replaces=ledger.head("partai_2"), figures=None, reason="ordered",
            roles=("a", "b"), accounts=("a", "b"),
        )
    )  # fmt: skip
    settle(engine)
    assert states(engine)["partai_2"] == "withdrawn"
    assert states(engine)[SUARA] == "counted", "a sum that lacks a part is not judged"


def test_totals_that_count_are_held_when_a_late_party_contradicts_them(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed([name for name in scene.layout if name != "partai_3"]))
    all_but(scene, ledger)
    settle(engine)
    assert (states(engine)[SUARA], states(engine)["partai_3"]) == ("counted", "read")
    ledger.add(scene.keyed(["partai_3"], partai_3_calon_1=4, partai_3=10))
    settle(engine)
    assert engine.record.block(SUARA).reasons == ("E304",)
    assert states(engine)["partai_1"] == "counted", "the other parties' pages stand for themselves"


def test_pages_are_surer_together(scene: Scene, ledger: Ledger) -> None:
    """A party's page that is not sure by itself waits held, and counts once all vote pages are there."""
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed())
    first, *others = scene.pages[1:]
    sent(ledger, scene, first, Sheet(alone=0.5, together=0.99))
    settle(engine)
    assert engine.record.block("partai_1").reasons == ("read.uncertain",)
    for page in others:
        sent(ledger, scene, page)
    settle(engine)
    assert states(engine)["partai_1"] == "counted"
    assert states(engine)[ADM] == "received", "the data page is still on its way"


def test_a_totals_decision_names_every_party_it_rests_on(scene: Scene, ledger: Ledger) -> None:
    """Two engines that know different figures of a party decide under different keys; of the data page, too; and a
    party's page names nobody."""
    ledger.add(scene.keyed())
    all_but(scene, ledger)
    one, other = Engine(scene, ledger), Engine(scene, ledger)
    one.fold()
    one.judge()
    ledger.add(scene.keyed(["partai_2"]))
    other.fold()
    other.judge()
    keys = [{draft.event.block: draft.key for draft in engine.waiting} for engine in (one, other)]  # type: ignore[attr-defined]
    same = {name for name in keys[0] if keys[0][name] == keys[1][name]}
    assert same == {"partai_1", "partai_3", ADM}


@pytest.mark.parametrize("preset", ["candidates-confirmed-3", DEFAULT])
def test_confirmed_candidates_count_marked_where_the_policy_says_so(scene: Scene, ledger: Ledger, preset: str) -> None:
    engine = Engine(scene, ledger)
    ledger.adopt(preset)
    taken = ("partai_1_calon_1", "partai_1_calon_2")
    ledger.add(replace(scene.keyed(), confirmed=taken))
    all_but(scene, ledger)
    settle(engine)
    block = engine.record.block("partai_1")
    if preset == DEFAULT:
        assert (block.state, block.reasons) == (BlockState.HELD, ("reading.confirmed",))
    else:
        assert (block.state, block.warnings) == (BlockState.COUNTED, ("reading.confirmed",))
    assert states(engine)["partai_2"] == "counted"
    assert engine.record.block("partai_2").warnings == ()


def test_a_partys_total_that_was_confirmed_is_no_second_reading_by_any_policy(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    ledger.adopt("show-marked-3")
    ledger.add(replace(scene.keyed(), confirmed=("partai_1_calon_1", "partai_1")))
    all_but(scene, ledger)
    settle(engine)
    block = engine.record.block("partai_1")
    assert (block.state, block.reasons) == (BlockState.HELD, ("reading.confirmed", "reading.taken_over"))


def opened(ledger: Ledger) -> None:
    ledger.add(
        ev.VersionOpened(
            tps=TPS, at=AT, replaces=ledger.head("*"), version=2, ground="psu", order="12/2029", document=None,
            roles=("a", "b"), accounts=("a", "b"),
        )
    )  # fmt: skip


def test_a_new_version_is_judged_on_its_own_evidence(scene: Scene, ledger: Ledger) -> None:
    """Late evidence of the first changes nothing; the decisions of the second replace the opening of the version."""
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed())
    all_but(scene, ledger)
    settle(engine)
    opened(ledger)
    ledger.add(scene.keyed(["partai_1"], partai_1=9))
    size = len(ledger.rows)
    settle(engine)
    assert len(ledger.rows) == size
    ledger.add(replace(scene.keyed(), version=2))
    for page in scene.pages:
        taken, look = scene.photo(page)
        ledger.add(replace(look, scan=ledger.add(replace(taken, version=2))))
    settle(engine)
    assert set(states(engine).values()) == {"counted"}
    assert engine.record.version == 2


def test_nothing_is_decided_on_a_determined_record(scene: Scene, ledger: Ledger) -> None:
    engine = Engine(scene, ledger)
    ledger.add(scene.keyed())
    sent(ledger, scene, scene.pages[1])
    ledger.add(
        ev.ResultDetermined(
            tps="0", at=AT, replaces=0, number="1", date="2029-03-20", sk="a" * 64, ba="b" * 64, upto=1, totals=(),
            roles=("a", "b"), accounts=("a", "b"),
        )
    )  # fmt: skip
    size = len(ledger.rows)
    settle(engine)
    assert len(ledger.rows) == size
