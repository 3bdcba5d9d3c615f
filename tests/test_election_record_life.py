"""A record's life after its first decision: withdrawal, finality, determination, versions, disputes."""

from collections.abc import Callable

import pytest
from test_election_record import (
    AT,
    LAYOUT,
    TPS,
    Row,
    corrected,
    counted,
    held,
    page_read,
    proposed,
    reading,
    rows,
    scan,
)

from election import event as ev
from election import record as rec
from election.block import MOVES, UNDECIDED, BlockState
from election.record import Record

TWO = ("validator", "validator")


def withdrawn(block: str, replaces: int) -> ev.BlockWithdrawn:
    return ev.BlockWithdrawn(
        tps=TPS,
        at=AT,
        block=block,
        replaces=replaces,
        figures=None,
        reason="wrong_record",
        roles=TWO,
        accounts=("a", "b"),
    )


def opened(version: int, replaces: int = 0) -> ev.VersionOpened:
    return ev.VersionOpened(
        tps=TPS, at=AT, version=version, replaces=replaces, ground="psu", order="12/2024", document=None, roles=TWO,
        accounts=("a", "b"),
    )  # fmt: skip


def confirmed(area: str = "110101") -> ev.AreaConfirmed:
    return ev.AreaConfirmed(tps=area, at=AT, replaces=0, entered=1, upto=1, policy="p")


def determined(area: str = "11", replaces: int = 0) -> ev.ResultDetermined:
    return ev.ResultDetermined(
        tps=area, at=AT, replaces=replaces, number="360/2024", date="2024-03-20", sk="aa" * 32, ba="bb" * 32, upto=1,
        totals=(1,), roles=TWO, accounts=("a", "b"),
    )  # fmt: skip


def disputed(kode: str = TPS, block: str | None = None) -> ev.DisputeOpened:
    return ev.DisputeOpened(
        tps=kode, at=AT, forum="mk", cause="figures_differ", reference="1/PHPU", documents=(), role="r", account="a",
        block=block,
    )  # fmt: skip


def moved(dispute: int, status: str, replaces: int = 0, kode: str = TPS) -> ev.DisputeMoved:
    return ev.DisputeMoved(
        tps=kode, at=AT, replaces=replaces, dispute=dispute, status=status, documents=("cc" * 32,), follow_up="recount",
        role="r", account="a",
    )  # fmt: skip


def told(*events: ev.Event | None) -> Record:
    return rec.fold(rows(*events), LAYOUT)


def suara(*events: ev.Event | None) -> tuple[str, int]:
    block = told(*events).block("suara")
    return block.state.value, block.decision


def test_a_withdrawn_block_is_readable_and_counts_nowhere() -> None:
    block = told(scan(1), counted("suara", 0), withdrawn("suara", 2)).block("suara")
    assert (block.state, block.counts, block.decision) == (BlockState.WITHDRAWN, False, 3)
    assert (block.figures, block.reasons) == ((1, 2), ("wrong_record",))


def test_people_can_bring_a_withdrawn_block_back_and_the_machine_cannot() -> None:
    before = (scan(1), counted("suara", 0), withdrawn("suara", 2))
    assert suara(*before, counted("suara", 3)) == ("withdrawn", 4)
    assert suara(*before, corrected("suara", 3)) == ("verified", 4)


def test_what_nobody_decided_cannot_be_withdrawn() -> None:
    assert suara(scan(2), withdrawn("suara", 0))[0] == "received"


def test_a_confirmed_area_makes_final_what_counts_and_nothing_else() -> None:
    record = told(counted("suara", 0), held("administrasi", 0), confirmed())
    assert [(b.state.value, b.decision) for b in record.blocks] == [("final", 1), ("held", 2)]
    assert record.block("suara").counts and record.block("suara").number == 3
    assert suara(counted("suara", 0), confirmed("110102")) == ("counted", 1), "another kecamatan"
    assert suara(counted("suara", 0), confirmed("0")) == ("final", 1), "the nation is above all"


def test_final_takes_no_decision_of_the_machine_and_two_people_s() -> None:
    final = (counted("suara", 0), confirmed())
    assert suara(*final, held("suara", 1))[0] == "final"
    assert suara(*final, corrected("suara", 1)) == ("verified", 3)
    assert suara(*final, withdrawn("suara", 1)) == ("withdrawn", 3)


def test_a_determined_record_takes_no_decision_until_a_new_version_opens() -> None:
    closed = (counted("suara", 0), held("administrasi", 0), determined())
    record = told(*closed)
    assert record.determined == 3
    assert [block.state.value for block in record.blocks] == ["final", "held"]
    for late in (corrected("suara", 1), withdrawn("suara", 1), held("suara", 1)):
        assert suara(*closed, late)[0] == "final"
    after = told(*closed, opened(2), counted("suara", 4), determined(replaces=3), corrected("suara", 5))
    assert (after.determined, after.block("suara").state) == (6, BlockState.FINAL), "a later one closes it again"
    assert told(*closed, opened(2), counted("suara", 4)).block("suara").state is BlockState.COUNTED


def test_a_determination_leaves_no_proposal_waiting() -> None:
    before = (held("suara", 0), proposed("suara", 1))
    assert told(*before).block("suara").proposal is not None
    assert told(*before, determined()).block("suara").proposal is None
    assert told(held("suara", 0), determined(), proposed("suara", 1)).block("suara").proposal is None


def test_a_new_version_begins_anew_and_keeps_what_was() -> None:
    first = (scan(1), page_read(1, 1), reading(1, 2), counted("suara", 0), held("administrasi", 0))
    record = told(*first, opened(2))
    assert record.version == 2
    assert record.opened is not None and (record.opened.number, record.opened.ground) == (6, "psu")
    assert [(b.state.value, b.decision, b.figures) for b in record.blocks] == [("awaited", 6, None)] * 2
    assert (record.photos, record.readings) == ((), ())
    (old,) = record.earlier
    assert [(b.state.value, b.stood, b.figures) for b in old.blocks] == [
        ("superseded", BlockState.COUNTED, (1, 2)),
        ("superseded", BlockState.HELD, (1, 2)),
    ]
    assert (old.version, old.opened, len(old.photos), len(old.readings)) == (1, None, 1, 1)


def test_a_version_is_the_next_one_and_names_the_one_before() -> None:
    assert told(opened(3)).version == 1
    assert told(opened(2), opened(3, 0)).version == 2
    assert told(opened(2), opened(3, 1)).version == 3


def test_decisions_name_the_opening_of_the_version() -> None:
    assert suara(counted("suara", 0), opened(2), counted("suara", 1)) == ("awaited", 2)
    assert suara(counted("suara", 0), opened(2), counted("suara", 2)) == ("counted", 3)


def test_evidence_speaks_in_its_own_version_only() -> None:
    def of(version: int | None) -> ev.ScanReceived:
        return ev.ScanReceived(tps=TPS, at=AT, page=1, sha256="aa" * 32, size=9, version=version)

    early = told(of(2), opened(2))
    assert early.block("administrasi").state is BlockState.AWAITED
    assert early.photos == (), "what came before its version opened is only in the history"
    late = told(scan(1), opened(2), of(None), page_read(1, 1), page_read(3, 1))
    assert late.block("administrasi").state is BlockState.AWAITED
    assert late.earlier[0].photos[0].legible, "a look at an old photo is still to be seen there"
    assert [step.version for step in late.history] == [1, 2, 1, 1, 2]
    own = told(opened(2), of(2), page_read(2, 1))
    assert (own.block("administrasi").state, len(own.photos)) == (BlockState.READ, 1)


def test_a_photo_that_replaces_a_legible_one_speaks_once_it_is_legible_itself() -> None:
    newer = ev.ScanReceived(tps=TPS, at=AT, page=1, sha256="bb" * 32, size=9, replaces=1)
    before = (scan(1), page_read(1, 1), newer)
    assert told(*before).pages[1].number == 1
    assert told(*before, page_read(3, None, "scan.blurred")).pages[1].number == 1
    assert told(*before, page_read(3, 1)).pages[1].number == 3


def test_disputes_of_record_block_and_area_are_listed_while_they_are_open() -> None:
    events = (disputed(), disputed(block="suara"), disputed("1101"), disputed("12"), moved(1, "heard"))
    record = told(scan(1), *events)
    assert [(case.number, case.kode, case.block) for case in record.disputes] == [
        (2, TPS, None),
        (3, TPS, "suara"),
        (4, "1101", None),
    ]
    assert record.cases[0].status == "registered", "a move that names no dispute of this record"
    ended = told(scan(1), *events[:3], moved(2, "heard"), moved(2, "upheld", 5), moved(4, "cleared", 0, "1101"))
    assert [(case.number, case.status) for case in ended.cases] == [(2, "upheld"), (3, "registered"), (4, "cleared")]
    assert [case.number for case in ended.disputes] == [3]
    assert told(scan(1), disputed(), moved(2, "heard"), moved(2, "upheld")).cases[0].status == "heard", "stale"


def test_the_history_is_public() -> None:
    record = told(counted("suara", 0), confirmed(), withdrawn("suara", 1), determined(), opened(2), disputed("11"))
    assert [(step.kind, step.area, step.version) for step in record.history] == [
        ("block_counted", None, 1),
        ("area_confirmed", "110101", 1),
        ("block_withdrawn", None, 1),
        ("result_determined", "11", 1),
        ("version_opened", None, 2),
        ("dispute_opened", "11", 2),
    ]
    assert "account" not in str(record.history)


def test_a_record_without_events_of_its_own_knows_what_was_ruled_above() -> None:
    record = rec.fold(rows(determined("11"), determined("12")), LAYOUT, TPS)
    assert (record.tps, record.determined) == (TPS, 1)


MAKE: dict[str, Callable[[str, int], ev.Event]] = {
    "block_counted": counted,
    "block_held": held,
    "block_corrected": corrected,
    "block_withdrawn": withdrawn,
    "area_confirmed": lambda _block, _on: confirmed(),
    "result_determined": lambda _block, _on: determined(),
}
STARTS: dict[BlockState, list[ev.Event]] = {
    BlockState.AWAITED: [],
    BlockState.RECEIVED: [scan(1)],
    BlockState.READ: [scan(1), page_read(1, 1)],
    BlockState.HELD: [held("administrasi", 0)],
    BlockState.COUNTED: [counted("administrasi", 0)],
    BlockState.VERIFIED: [corrected("administrasi", 0)],
    BlockState.FINAL: [counted("administrasi", 0), confirmed()],
    BlockState.WITHDRAWN: [counted("administrasi", 0), withdrawn("administrasi", 1)],
}


@pytest.mark.parametrize("kind", MAKE)
def test_every_drawn_move_of_a_ruling_happens_and_no_other(kind: str) -> None:
    seen = set()
    for before, events in STARTS.items():
        start = rec.fold(rows(*events), LAYOUT).block("administrasi")
        assert start.state is before
        after = rec.fold(rows(*events, MAKE[kind]("administrasi", start.decision)), LAYOUT).block("administrasi")
        if after.number != start.number:
            seen.add((before, after.state))
        else:
            assert after.state is before
    assert seen == MOVES[kind]


def test_every_state_can_be_superseded() -> None:
    stood = set()
    for events in STARTS.values():
        old = rec.fold(rows(*events, opened(2)), LAYOUT).earlier[0]
        stood |= {(block.stood, block.state) for block in old.blocks if block.name == "administrasi"}
    assert stood == MOVES["version_opened"]
    assert {state for state, _ in stood} == {*STARTS} >= {*UNDECIDED}


def test_a_row_of_another_record_is_passed_over() -> None:
    other = Row(2, ev.BlockCounted(**{**_fields(counted("suara", 0)), "tps": "1101012001002"}))
    assert rec.fold([*rows(scan(1)), other], LAYOUT).block("suara").decision == 0


def _fields(event: ev.Event) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
