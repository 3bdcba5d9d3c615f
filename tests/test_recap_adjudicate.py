"""What the machine decides, case by case, from scores that say given digits."""

from typing import NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace
from recap_scene import (
    ADM,
    AT,
    LAYOUT,
    MODEL,
    SUARA,
    Told,
    changed,
    corrected,
    field_scores,
    page_read,
    page_scores,
    reading,
    scan,
    truth,
)

from election import bundle as bundles
from election import event as ev
from election import record as rec
from election import scores
from election.acceptance import Acceptance
from election.bundle import Bundle
from election.decode import BlockReading, decode
from election.decode.signs import Flag
from election.reasons import CODES, reason
from election.rules import limits_of
from election.scores import CLASSES, FieldScores
from recap.adjudicate import Place, adjudicate, asks, due
from recap.policy import Policy
from storage.draft import Draft, row

POLICY = Policy()


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event | None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("adjudicate") / "b", seed=5, size="kelurahan")


@pytest.fixture(scope="module")
def place(bundle: Bundle) -> Place:
    contest = bundle.contest("ppwp")
    return Place(
        "ppwp", bundle.tree.tps_kode(3), contest, (int(bundle.dpt_l[3]), int(bundle.dpt_p[3])), limits_of(contest)
    )


@pytest.fixture(scope="module")
def told(bundle: Bundle) -> Told:
    return truth(bundle, 3)


def history(place: Place, keyed: Told, faults: dict[int, str] | None = None) -> list[Row]:
    """Three photos, three looks at them, one reading."""
    faults = faults or {}
    events: list[ev.Event] = [scan(place.tps, page) for page in (1, 2, 3)]
    events += [
        page_read(place.tps, page, None if page in faults else page, "ab" * 32, faults.get(page)) for page in (1, 2, 3)
    ]
    return [Row(number, event) for number, event in enumerate([*events, reading(place.tps, keyed)], 1)]


def decide(
    place: Place,
    rows: list[Row],
    seen: Told,
    *,
    sure: float = 15.0,
    policy: Policy = POLICY,
    at: str = AT,
    instead: dict[str, FieldScores] | None = None,
) -> dict[str, Draft]:
    record = rec.fold(rows, LAYOUT)
    evidence = due(record, place.contest, policy)
    decoded: dict[str, BlockReading | None] = {}
    for found in evidence:
        if not asks(found, policy):
            continue
        pages = [page_scores(place.contest, seen, photo.page, sure, instead) for photo in found.together]
        keyed = {} if found.keyed is None else {found.block.name: found.keyed}
        read = decode(place.contest, [scores.decode(page) for page in pages], keyed)
        decoded[found.block.name] = read.get(found.block.name)
    return {draft.event.block: draft for draft in adjudicate(record, evidence, decoded, place, policy, at)}


def test_agreeing_readings_that_keep_the_rules_count(place: Place, told: Told) -> None:
    drafts = decide(place, history(place, told), told)
    assert set(drafts) == {SUARA, ADM}
    for block, draft in drafts.items():
        event = draft.event
        assert isinstance(event, ev.BlockCounted)
        assert event.figures == told[block]
        assert (event.replaces, draft.expect, event.reading) == (0, 0, 7)
        commitments = history(place, told)[-1].event.commitments
        assert ev.commitment(event.salt, block, event.figures) == commitments[block], "the decision opens the promise"
        assert row(draft).kind == "block_counted", "the journal takes it"
    assert (drafts[SUARA].event.scans, drafts[ADM].event.scans) == ((2, 3), (1,))


def off_by(place: Place, told: Told, field: str, by: int = 1) -> Told:
    flat = {f: n for b, fields in place.contest.blocks.items() for f, n in zip(fields, told[b], strict=True)}
    return changed(place.contest, told, **{field: flat[field] + by})


CASES = {
    # what the officer keyed otherwise, what the paper says otherwise → block, reasons that must be among its reasons
    "officer mistyped a vote": ("paslon_1", None, SUARA, {"E404", "E301"}),
    "officer mistyped the voters": ("pemilih_dpt_l", None, ADM, {"E404", "E101", "E109"}),
    "the paper's own sum is wrong": ("suara_sah", "suara_sah", SUARA, {"E301", "E305"}),
    "the paper's ballots do not add": ("surat_suara_diterima", "surat_suara_diterima", ADM, {"E201"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_rule_or_a_difference_holds_its_block_and_no_other(case: str, place: Place, told: Told) -> None:
    keyed_field, paper_field, block, expected = CASES[case]
    keyed = off_by(place, told, keyed_field)
    paper = off_by(place, told, paper_field) if paper_field else told
    drafts = decide(place, history(place, keyed), paper)
    held = drafts[block].event
    assert isinstance(held, ev.BlockHeld)
    assert expected <= set(held.reasons)
    assert ("E404" in held.reasons) is (paper_field is None)
    assert held.figures == keyed[block], "shown as the officer keyed them"
    assert held.read is not None
    other = drafts[ADM if block == SUARA else SUARA].event
    assert isinstance(other, ev.BlockCounted)


def test_a_difference_between_blocks_is_marked_and_holds_nothing(place: Place, told: Told) -> None:
    used = told[ADM][place.contest.blocks[ADM].index("surat_suara_digunakan")]
    sah = told[SUARA][place.contest.blocks[SUARA].index("suara_sah")]
    paslon = told[SUARA][0]
    keyed = changed(place.contest, told, paslon_1=paslon + 1, suara_sah=sah + 1, suara_total=used + 1)
    drafts = decide(place, history(place, keyed), keyed)
    assert all(isinstance(draft.event, ev.BlockCounted) for draft in drafts.values())
    assert "E306" in drafts[SUARA].event.warnings
    assert "E306" in drafts[ADM].event.warnings


def test_a_blank_figure_holds_as_incomplete(place: Place, told: Told) -> None:
    keyed = changed(place.contest, told, pengguna_dptb_l=None)
    drafts = decide(place, history(place, keyed), told)
    assert isinstance(drafts[ADM].event, ev.BlockHeld)
    assert drafts[ADM].event.reasons == ("reading.incomplete",)
    assert isinstance(drafts[SUARA].event, ev.BlockCounted)


def test_a_page_that_could_not_be_read_is_the_reason(place: Place, told: Told) -> None:
    drafts = decide(place, history(place, told, {2: "scan.blurred"}), told)
    held = drafts[SUARA].event
    assert isinstance(held, ev.BlockHeld)
    assert (held.reasons, held.read, held.figures) == (("scan.blurred",), None, told[SUARA])
    assert isinstance(drafts[ADM].event, ev.BlockCounted)


def test_a_photo_of_another_page_is_a_reason(place: Place, told: Told) -> None:
    rows = history(place, told)
    rows[4] = Row(5, page_read(place.tps, 2, 3, "ab" * 32))
    held = decide(place, rows, told)[SUARA].event
    assert isinstance(held, ev.BlockHeld)
    assert held.reasons == ("E403",)


def test_a_reading_that_is_not_sure_enough_holds(place: Place, told: Told) -> None:
    drafts = decide(place, history(place, told), told, sure=0.5)
    assert all(isinstance(d.event, ev.BlockHeld) and "read.uncertain" in d.event.reasons for d in drafts.values())
    policy = Policy("bold", measured=anything(MODEL))
    bold = decide(place, history(place, told), told, sure=6.0, policy=policy)
    assert all(isinstance(d.event, ev.BlockCounted) and d.event.policy == policy.name for d in bold.values())


def anything(model: str) -> tuple[Acceptance, ...]:
    return (Acceptance(model, 1.0, {SUARA: 0.0, ADM: 0.0}),)


def test_a_model_that_nobody_measured_accepts_nothing(place: Place, told: Told) -> None:
    drafts = decide(place, history(place, told), told, policy=Policy("unmeasured", measured=anything("another")))
    assert all(isinstance(d.event, ev.BlockHeld) and d.event.reasons == ("read.uncertain",) for d in drafts.values())


def test_of_several_models_the_strictest_threshold_counts() -> None:
    policy = Policy("p", measured=(Acceptance("a", 1.0, {SUARA: 0.5}), Acceptance("b", 1.0, {SUARA: 0.9})))
    assert (policy.threshold(SUARA, ("a",)), policy.threshold(SUARA, ("a", "b"))) == (0.5, 0.9)
    assert policy.threshold(SUARA, ("a", "c")) > 1 < policy.threshold(ADM, ("a",))


def test_bubbles_that_say_another_number_hold_the_block(place: Place, told: Told) -> None:
    figure = told[SUARA][0]
    assert figure is not None
    marked = {"paslon_1": field_scores(figure, bubbles=True, marked=figure + 1)}
    held = decide(place, history(place, told), told, instead=marked)[SUARA].event
    assert isinstance(held, ev.BlockHeld)
    assert held.reasons == ("E402",)
    assert held.read == told[SUARA], "clear writing and the sums say what the officer says"


def test_a_number_that_must_be_looked_at_is_named(place: Place, told: Told) -> None:
    struck = np.full((3, len(CLASSES)), -15.0)
    struck[:, CLASSES.index("void")] = 0.0
    held = decide(place, history(place, told), told, instead={"suara_sah": FieldScores.of(struck)})[SUARA].event
    assert isinstance(held, ev.BlockHeld)
    assert "number.void" in held.reasons
    assert all(
        reason(code) != (f"Aturan {code} tidak terpenuhi", f"Rule {code} does not hold") for code in held.reasons
    )
    assert {f"number.{flag}" for flag in Flag} - set(CODES) == {"number.multi"}


def test_without_a_reading_or_a_look_nothing_is_decided(place: Place, told: Told) -> None:
    rows = history(place, told)
    assert decide(place, rows[:-1], told) == {}, "no officer's reading"
    assert set(decide(place, [r for r in rows if r.number != 5], told)) == {ADM}, "page 2 not looked at yet"
    assert set(decide(place, [r for r in rows if r.number not in (3, 6)], told)) == {ADM}, "page 3 not sent"


def test_what_stands_is_not_said_again(place: Place, told: Told) -> None:
    rows = history(place, told, {1: "scan.no_page"})
    first = decide(place, rows, told)
    decided = [*rows, Row(8, first[SUARA].event), Row(9, first[ADM].event)]
    assert decide(place, decided, told) == {}
    again = [*decided, Row(10, scan(place.tps, 2, "bb" * 32)), Row(11, page_read(place.tps, 10, 2, "cd" * 32))]
    assert decide(place, again, told) == {}, "another photo that says the same"


def test_settled_blocks_are_not_even_looked_at_until_there_is_something_new(place: Place, told: Told) -> None:
    def blocks(rows: list[Row], policy: Policy = POLICY) -> tuple[set[str], set[str]]:
        """Those due, and those whose pages must be decoded."""
        evidence = due(rec.fold(rows, LAYOUT), place.contest, policy)
        return {one.block.name for one in evidence}, {one.block.name for one in evidence if asks(one, policy)}

    rows = history(place, told)
    first = decide(place, rows, told)
    decided = [*rows, Row(8, first[SUARA].event), Row(9, first[ADM].event)]
    assert blocks(decided) == (set(), set())
    assert blocks(decided, Policy(since=10)) == ({SUARA, ADM}, set()), "an adoption needs no page to be read again"
    lower = tuple(replace(entry, thresholds={SUARA: 0.6}) for entry in POLICY.measured)
    assert blocks(decided, Policy(measured=lower)) == (set(), set()), "another release overturns nothing by itself"
    assert blocks(decided, Policy(measured=lower, since=10)) == ({SUARA, ADM}, {SUARA, ADM})
    second_look = [*decided, Row(10, page_read(place.tps, 2, 2, "ef" * 32))]
    assert blocks(second_look) == ({SUARA, ADM}, {SUARA, ADM}), "pages are read together"
    late = [*rows, Row(8, page_read(place.tps, 2, 2, "ef" * 32)), Row(9, first[SUARA].event)]
    assert SUARA in blocks(late)[1], "decided on the look before the last"


def test_better_evidence_makes_a_new_decision_in_place_of_the_old(place: Place, told: Told) -> None:
    rows = history(place, told, {1: "scan.no_page"})
    first = decide(place, rows, told)
    decided = [*rows, Row(8, first[SUARA].event), Row(9, first[ADM].event)]
    better = [*decided, Row(10, scan(place.tps, 1)), Row(11, page_read(place.tps, 10, 1, "cd" * 32))]
    (draft,) = decide(place, better, told).values()
    assert isinstance(draft.event, ev.BlockCounted)
    assert (draft.event.block, draft.event.replaces, draft.event.scans) == (ADM, 9, (10,))
    mistyped = [*decided, Row(10, reading(place.tps, off_by(place, told, "paslon_2")))]
    drafts = decide(place, mistyped, told)
    assert isinstance(drafts[SUARA].event, ev.BlockHeld), "counted → held"
    assert drafts[SUARA].event.replaces == 8


def test_people_are_never_overruled(place: Place, told: Told) -> None:
    rows = history(place, told)
    people = [
        *rows,
        Row(8, corrected(place.tps, SUARA, 0, told[SUARA])),
        Row(9, reading(place.tps, off_by(place, told, "paslon_1"))),
    ]
    assert set(decide(place, people, told)) == {ADM}


def test_a_later_reading_of_one_block_takes_no_figures_from_another(place: Place, told: Told) -> None:
    rows = history(place, told)
    only_adm = Row(8, reading(place.tps, {ADM: told[ADM]}))
    drafts = decide(place, [*rows, only_adm], told)
    assert {name: draft.event.reading for name, draft in drafts.items()} == {SUARA: 7, ADM: 8}
    assert all(isinstance(draft.event, ev.BlockCounted) for draft in drafts.values())
    apart = decide(place, [*rows[:-1], Row(7, reading(place.tps, {SUARA: told[SUARA]})), only_adm], told)
    assert set(apart) == {SUARA, ADM}


def test_the_key_names_version_evidence_and_policy_and_not_the_time(place: Place, told: Told) -> None:
    rows = history(place, told)
    one, later = decide(place, rows, told)[SUARA], decide(place, rows, told, at="2029-02-14T13:00:00.000Z")[SUARA]
    assert (one.key, one.digest) == (later.key, later.digest)
    assert one.event != later.event
    other = decide(place, rows, told, policy=Policy(rules="other"))[SUARA]
    looked_again = decide(place, [*rows, Row(8, page_read(place.tps, 2, 2, "ab" * 32))], told)[SUARA]
    keyed_again = decide(place, [*rows, Row(8, reading(place.tps, told))], told)[SUARA]
    version = decide(place, [*rows, Row(8, first_held(place))], told)[SUARA]
    assert len({d.key for d in (one, other, looked_again, keyed_again, version)}) == 5
    assert all(d.key is not None and len(d.key) == 16 for d in (one, other))


def test_another_choice_of_thresholds_is_another_policy(place: Place, told: Told) -> None:
    lower = Policy(measured=tuple(replace(entry, thresholds={SUARA: 0.6}) for entry in POLICY.measured))
    rows = history(place, told)
    one, other = decide(place, rows, told)[SUARA], decide(place, rows, told, policy=lower)[SUARA]
    assert one.event.policy != other.event.policy
    assert one.key != other.key
    assert one.event.policy.startswith("two-readings-3 ")
    assert Policy(measured=POLICY.measured[::-1]).name == POLICY.name


def test_what_the_other_blocks_say_is_evidence_that_the_key_names(place: Place, told: Told) -> None:
    """Their figures can mark a block: two engines that know different ones must not seem to contradict each other."""
    rows = history(place, told)
    corrected_ = Row(8, corrected(place.tps, ADM, 0, told[ADM]))
    one, later = decide(place, rows, told)[SUARA], decide(place, [*rows, corrected_], told)[SUARA]
    assert one.key != later.key


def first_held(place: Place) -> ev.BlockHeld:
    return ev.BlockHeld(
        tps=place.tps,
        at=AT,
        block=SUARA,
        replaces=0,
        figures=None,
        scans=(),
        reading=0,
        salt=None,
        read=None,
        reasons=("scan.no_page",),
        policy="p",
    )


def test_figures_of_another_contest_are_held_and_break_nothing(place: Place, told: Told) -> None:
    keyed = {**told, SUARA: told[SUARA][:3]}
    drafts = decide(place, history(place, keyed), told)
    assert isinstance(drafts[SUARA].event, ev.BlockHeld)
    assert drafts[SUARA].event.reasons == ("reading.incomplete",)
    assert isinstance(drafts[ADM].event, ev.BlockCounted)


def test_the_truth_of_the_scene_keeps_every_rule(bundle: Bundle) -> None:
    from election.rules import judge_record

    contest = bundle.contest("ppwp")
    for row_ in range(bundle.tree.n_tps):
        dpt = (int(bundle.dpt_l[row_]), int(bundle.dpt_p[row_]))
        verdict = judge_record(contest, truth(bundle, row_), dpt)
        assert not any(verdict["errors"].values()), verdict
        assert verdict["between"] == []
        assert np.all(np.array(truth(bundle, row_)[SUARA]) >= 0)


def test_figures_taken_over_from_the_machine_are_no_second_reading(place: Place, told: Told) -> None:
    """Only the block in which a field was taken over waits for a person; the officer's own opinion still counts."""
    rows = history(place, told)
    field = place.contest.blocks[SUARA][0]
    rows[-1] = Row(rows[-1].number, replace(rows[-1].event, confirmed=(field,)))
    drafts = decide(place, rows, told)
    assert isinstance(drafts[SUARA].event, ev.BlockHeld)
    assert drafts[SUARA].event.reasons == ("reading.taken_over",)
    assert isinstance(drafts[ADM].event, ev.BlockCounted)
    assert {"reading.confirmed", "reading.taken_over"} <= {*CODES}
