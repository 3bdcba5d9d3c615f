"""The fold of one record against a naive model, and the state machine's drawing against what the fold does."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import event as ev
from election import record as rec
from election.block import MOVES, UNDECIDED, WORDS, BlockState

ROOT = Path(__file__).parents[1]
TPS = "1101012001001"
AT = "2024-02-14T12:00:00.000Z"
LAYOUT = {"suara": (2, 3), "administrasi": (1,)}
REAL_KINDS = set(ev.KINDS)


class Row(NamedTuple):
    """A journal entry as the fold sees it."""

    number: int
    event: ev.Event | None


def scan(page: int, sha: str = "aa") -> ev.ScanReceived:
    return ev.ScanReceived(tps=TPS, at=AT, page=page, sha256=sha * 32, size=1000)


def page_read(of: int, page: int | None, fault: str | None = None) -> ev.PageRead:
    legible = fault is None and page is not None
    return ev.PageRead(
        tps=TPS,
        at=AT,
        scan=of,
        page=page,
        fault=fault,
        quality=900,
        scores="bb" * 32 if legible else None,
        rendition=None,
        model="cc" * 32,
        program="1",
    )


def reading(*votes: int) -> ev.ReadingSubmitted:
    figures = {"suara": votes, "administrasi": (None,)}
    salts = dict.fromkeys(figures, "0" * 32)
    commitments = {block: ev.commitment(salts[block], block, figures[block]) for block in figures}
    return ev.ReadingSubmitted(tps=TPS, at=AT, commitments=commitments, salts=salts, figures=figures)


def counted(block: str, replaces: int, figures: tuple[int, ...] = (1, 2)) -> ev.BlockCounted:
    return ev.BlockCounted(
        tps=TPS, at=AT, block=block, replaces=replaces, figures=figures, scans=(1,), reading=2, salt="", policy="p"
    )


def held(block: str, replaces: int, reasons: tuple[str, ...] = ("E301",)) -> ev.BlockHeld:
    return ev.BlockHeld(
        tps=TPS,
        at=AT,
        block=block,
        replaces=replaces,
        figures=(1, 2),
        scans=(1,),
        reading=2,
        salt="",
        read=(1, 3),
        reasons=reasons,
        policy="p",
    )


def corrected(block: str, replaces: int, figures: tuple[int, ...] = (7, 8)) -> ev.BlockCorrected:
    return ev.BlockCorrected(
        tps=TPS,
        at=AT,
        block=block,
        replaces=replaces,
        figures=figures,
        proposal=1,
        reason="misread",
        roles=("validator", "validator"),
        accounts=("a", "b"),
    )


def proposed(block: str, on: int) -> ev.CorrectionProposed:
    return ev.CorrectionProposed(
        tps=TPS, at=AT, block=block, on=on, figures=(7, 8), reason="misread", role="validator", account="a"
    )


def declined(block: str, proposal: int) -> ev.CorrectionDeclined:
    return ev.CorrectionDeclined(
        tps=TPS, at=AT, block=block, proposal=proposal, reason="mistyped", role="validator", account="b"
    )


def rows(*events: ev.Event | None) -> list[Row]:
    return [Row(number, event) for number, event in enumerate(events, 1)]


def state(events: list[Row], block: str = "suara") -> str:
    return rec.fold(events, LAYOUT).block(block).state.value


def test_a_block_waits_for_all_its_pages() -> None:
    history = rows(scan(2), page_read(1, 2), scan(3), page_read(3, 3))
    assert [state(history[:n]) for n in range(5)] == ["awaited", "received", "received", "received", "read"]
    assert state(history, "administrasi") == "awaited"


def test_a_reading_alone_is_evidence_for_every_block_it_names() -> None:
    assert state(rows(reading(1, 2))) == "received"
    assert state(rows(reading(1, 2)), "administrasi") == "received"


def test_a_faulty_second_photo_takes_nothing_from_a_legible_first() -> None:
    record = rec.fold(rows(scan(2), page_read(1, 2), scan(2), page_read(3, None, "scan.blurred")), LAYOUT)
    page = record.page(2)
    assert page is not None
    assert (page.number, page.fault) == (1, None)


def test_a_legible_second_photo_speaks_instead_of_the_first() -> None:
    record = rec.fold(rows(scan(2), page_read(1, 2), scan(2), page_read(3, 2)), LAYOUT)
    assert record.pages[2].number == 3


def test_a_photo_of_another_page_is_a_fault_of_the_page_it_was_sent_for() -> None:
    record = rec.fold(rows(scan(2), page_read(1, 3)), LAYOUT)
    assert record.pages[2].fault == "E403"
    assert 3 not in record.pages


def test_another_photo_of_an_unreadable_page_sends_the_block_back_to_received() -> None:
    history = rows(scan(1), page_read(1, None, "scan.no_page"), scan(1))
    assert [state(history[:n], "administrasi") for n in (2, 3)] == ["read", "received"]


def test_a_correction_is_not_overtaken_by_a_late_decision_of_the_machine() -> None:
    late = rows(scan(1), held("suara", 0), corrected("suara", 2), counted("suara", 2), counted("suara", 3, (5, 5)))
    block = rec.fold(late, LAYOUT).block("suara")
    assert (block.state, block.figures, block.reasons) == (BlockState.VERIFIED, (7, 8), ("misread",))
    assert block.decision == 5, "the journal took it, so the next correction must name it"


def test_a_stale_decision_changes_nothing_and_leaves_no_line() -> None:
    before = rec.fold(rows(scan(1), counted("suara", 0)), LAYOUT)
    after = rec.apply(before, Row(3, held("suara", 0)))
    assert after.blocks == before.blocks
    assert after.history == before.history


def test_a_proposal_waits_until_it_is_declined_or_the_block_is_decided() -> None:
    history = rows(scan(1), held("suara", 0), proposed("suara", 2), declined("suara", 3), proposed("suara", 2))
    pending = [rec.fold(history[:n], LAYOUT).block("suara").proposal for n in range(2, 6)]
    assert [p and p.number for p in pending] == [None, 3, None, 5]
    done = rec.fold([*history, Row(6, corrected("suara", 2))], LAYOUT)
    assert done.block("suara").proposal is None
    assert "account" not in str(done.history).lower(), "the history is public"


def test_kinds_of_the_future_and_other_records_are_passed_over() -> None:
    other = ev.ScanReceived(tps="999", at=AT, page=2, sha256="aa" * 32, size=1)
    history = [*rows(scan(2)), Row(2, None), Row(3, other)]
    record = rec.fold(history, LAYOUT)
    assert (record.number, len(record.photos), record.tps) == (3, 1, TPS)


def test_the_layout_comes_from_the_form() -> None:
    from election import form

    assert rec.layout(form.load("c_hasil_ppwp_2024")) == LAYOUT


# --- random histories against a naive model -------------------------------------------------------------------------

choice = st.tuples(
    st.sampled_from(["scan", "read", "reading", "counted", "held", "corrected", "proposed", "declined", "unknown"]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["suara", "administrasi"]),
    st.integers(0, 3),
)


def history_of(choices: list[tuple[str, int, str, int]]) -> list[Row]:
    """Events that refer to what came before them: mostly to what stands, at times to something stale."""
    out: list[Row] = []
    for number, (what, page, block, back) in enumerate(choices, 1):
        scans = [row.number for row in out if isinstance(row.event, ev.ScanReceived)] or [0]
        deciding = [0, *(r.number for r in out if isinstance(r.event, ev.Decision) and r.event.block == block)]
        of = scans[-1 - back % len(scans)]
        on = deciding[-1 - (back == 3 and len(deciding) > 1)]
        made: dict[str, ev.Event | None] = {
            "scan": scan(page),
            "read": page_read(of, [page, 2, None, page][back], None if back else "scan.blurred"),
            "reading": reading(number, back),
            "counted": counted(block, on, (number, back)),
            "held": held(block, on, ("E301",) if back else ("E404",)),
            "corrected": corrected(block, on, (number, back)),
            "proposed": proposed(block, on),
            "declined": declined(block, max(1, number - 1)),
            "unknown": None,
        }
        out.append(Row(number, made[what]))
    return out


def model(history: list[Row]) -> dict[str, tuple[str, int, object, int]]:
    """The same record, told anew from the whole history: state, decision, figures and waiting proposal a block."""
    told = {}
    for block, pages in LAYOUT.items():
        state, decision, figures, waiting = None, 0, None, 0
        for number, e in history:
            if getattr(e, "block", None) != block:
                continue
            if isinstance(e, ev.Decision) and e.replaces == decision:
                decision = number
                if isinstance(e, ev.BlockCorrected) or state != "verified":
                    state = {"BlockCounted": "counted", "BlockHeld": "held"}.get(type(e).__name__, "verified")
                    figures, waiting = e.figures, 0
            if isinstance(e, ev.CorrectionProposed) and e.on == decision:
                waiting = number
            if isinstance(e, ev.CorrectionDeclined) and e.proposal == waiting:
                waiting = 0
        told[block] = (state or evidence(history, pages), decision, figures, waiting)
    return told


def evidence(history: list[Row], pages: tuple[int, ...]) -> str:
    looks = []
    for page in pages:
        sent = [n for n, e in history if isinstance(e, ev.ScanReceived) and e.page == page]
        last = {n: [e for _, e in history if isinstance(e, ev.PageRead) and e.scan == n][-1:] for n in sent}
        good = [n for n in sent if last[n] and last[n][0].fault is None and last[n][0].page == page]
        speaks = max(good or sent, default=None)
        looks.append("none" if speaks is None else "read" if last[speaks] else "in")
    if all(look == "read" for look in looks):
        return "read"
    submitted = any(isinstance(e, ev.ReadingSubmitted) for _, e in history)
    return "received" if submitted or set(looks) != {"none"} else "awaited"


@settings(max_examples=300, deadline=None)
@given(st.lists(choice, max_size=24), st.randoms(use_true_random=False))
def test_any_history_gives_the_state_of_the_naive_model(choices, random) -> None:
    history = history_of(choices)
    shuffled = [*history, *history[:3]]
    random.shuffle(shuffled)
    record = rec.fold(shuffled, LAYOUT)
    got = {
        b.name: (b.state.value, b.decision, b.figures, b.proposal.number if b.proposal else 0) for b in record.blocks
    }
    assert got == model(history)
    assert record == rec.fold(history, LAYOUT), "order of arrival and repetition change nothing"


@settings(max_examples=300, deadline=None)
@given(st.lists(choice, max_size=24))
def test_no_history_makes_a_move_that_is_not_drawn(choices) -> None:
    record = rec.empty(LAYOUT)
    for row in history_of(choices):
        after = rec.apply(record, row)
        kind = type(row.event).__struct_config__.tag if row.event else "unknown"
        for old, new in zip(record.blocks, after.blocks, strict=True):
            if new.state is not old.state:
                assert (old.state, new.state) in MOVES[kind]
        record = after


# --- drawing, enum, database and events -----------------------------------------------------------------------------


def drawn() -> set[tuple[str, str, str]]:
    """Moves of the mermaid drawing as (from, label, to), the composite state expanded to its members."""
    text = (ROOT / "docs" / "state-machines.md").read_text()
    chart = text.split("```mermaid")[1].split("```")[0]
    lines = re.findall(r"^\s*(\S+) --> (\S+) : (\w+)$", chart, re.M)
    inside = re.search(r"state undecided \{(.*?)\}", chart, re.S)
    assert inside is not None
    members = set(re.findall(r"(\w+) -->", inside[1])) | set(re.findall(r"--> (\w+) :", inside[1]))
    return {(m, label, b) for a, b, label in lines for m in (members if a == "undecided" else {a})}


def test_the_drawing_is_the_table_of_moves() -> None:
    told = {(a.value, kind, b.value) for kind, moves in MOVES.items() for a, b in moves}
    assert drawn() == told
    undecided = {state.value for state in UNDECIDED}
    assert {a for a, label, _ in drawn() if label in ("scan_received", "page_read")} <= undecided


def test_the_drawing_has_every_state_and_only_events_of_the_journal() -> None:
    assert {s for a, _, b in drawn() for s in (a, b)} == {s.value for s in BlockState}
    assert {label for _, label, _ in drawn()} <= REAL_KINDS


def test_every_state_has_one_word_a_language_and_the_table_says_them() -> None:
    text = (ROOT / "docs" / "state-machines.md").read_text()
    for of, words in WORDS.items():
        assert f"| `{of.value}` | {words['id']} | {words['en']} |" in text
    assert set(WORDS) == set(BlockState)


def test_the_database_allows_exactly_these_states() -> None:
    migrations = sorted((ROOT / "storage" / "migrations").glob("*.sql"))
    if not migrations:
        pytest.fail("no migrations to hold against the enum")
    text = "\n".join(path.read_text() for path in migrations)
    lists = re.findall(r"state\s+in\s*\(([^)]*)\)", text, re.I)
    assert any(set(re.findall(r"'(\w+)'", found)) == {s.value for s in BlockState} for found in lists)


REACH = {
    ("awaited", "scan_received"): [],
    ("read", "scan_received"): [scan(1), page_read(1, None, "scan.no_page")],
    ("awaited", "reading_submitted"): [],
    ("received", "page_read"): [scan(1)],
    ("read", "page_read"): [scan(1), page_read(1, 1), scan(1)],
}


@pytest.mark.parametrize(("before", "kind"), REACH, ids=str)
def test_every_drawn_move_of_evidence_happens(before: str, kind: str) -> None:
    last = {
        "scan_received": scan(1),
        "reading_submitted": reading(1, 2),
        "page_read": page_read(1, 1) if before == "received" else page_read(1, None, "scan.blurred"),
    }[kind]
    history = rows(*REACH[before, kind], last)
    assert state(history[:-1], "administrasi") == before
    moved = (BlockState(before), BlockState(state(history, "administrasi")))
    assert moved in MOVES[kind]
    assert moved[0] is not moved[1]
