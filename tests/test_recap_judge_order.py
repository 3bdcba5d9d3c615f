"""Whatever the order in which evidence, people and policies come, and whoever judges when, the end is the same."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from judging_scene import AT, TPS, Engine, Ledger, Row, Scene, Sheet, contest_of, settle
from msgspec.structs import replace

from election import event as ev
from election.block import PEOPLE, BlockState
from election.contest import ADM, SUARA
from election.policy import PRESETS, Action, situation
from election.record import Block

Act = Callable[[Ledger], None]
"""Something that happens to the journal."""

SCENE = Scene(contest_of(2, 1))
BLOCKS = tuple(SCENE.contest.blocks)
WRONG: dict[str, dict[str, int]] = {
    "partai_1": {"partai_1": 9},  # breaks its own sum and the totals'
    "partai_2": {"partai_2_calon_1": 5, "partai_2_suara_partai": 3, "partai_2": 8},  # breaks the totals' sum alone
    SUARA: {"suara_sah": 9, "suara_total": 11},  # keeps its own sums, breaks those with others
    ADM: {"surat_suara_digunakan": 9},
}
"""What may be keyed, shown or corrected otherwise than it is, by block."""

SURE = st.sampled_from([*[(0.99, 0.99)] * 4, (0.5, 0.99), (0.99, 0.5), (0.5, 0.5)])
"""How sure a page is by itself, and together with the others."""


def seldom(draw: st.DrawFn, times: int = 6) -> bool:
    """True once in so many times."""
    return draw(st.integers(1, times)) == times


@st.composite
def wrong(draw: st.DrawFn, times: int = 6) -> dict[str, int]:
    """Mostly nothing."""
    return WRONG[draw(st.sampled_from(BLOCKS))] if seldom(draw, times) else {}


@st.composite
def photos(draw: st.DrawFn, page: int) -> list[Act]:
    """A photo of a page, seldom none or two, each with a look and seldom a second one."""
    acts: list[Act] = []
    for _ in range(0 if seldom(draw, 12) else 2 if seldom(draw) else 1):
        taken, look = SCENE.photo(page, Sheet(draw(wrong()), *draw(SURE)), "scan.blurred" if seldom(draw, 8) else None)
        acts.append(partial(_sent, taken, look))
        if seldom(draw, 8):
            acts.append(partial(_looked, taken, replace(look, page=None, fault="scan.no_page", scores=None)))
    return acts


def _sent(taken: ev.ScanReceived, look: ev.PageRead, ledger: Ledger) -> None:
    ledger.add(taken)
    _looked(taken, look, ledger)


def _looked(taken: ev.ScanReceived, look: ev.PageRead, ledger: Ledger) -> None:
    scans = [row for row in ledger.rows if isinstance(row.event, ev.ScanReceived)]
    ledger.add(replace(look, scan=next(row.number for row in scans if row.event == taken)))


@st.composite
def readings(draw: st.DrawFn) -> list[Act]:
    """An officer's figures of all blocks, or of some and then of others; later ones of some blocks anew."""
    first = draw(st.lists(st.sampled_from(BLOCKS), min_size=1, unique=True)) if seldom(draw, 3) else BLOCKS
    parts = [first, [name for name in BLOCKS if name not in first]]
    parts += [[draw(st.sampled_from(BLOCKS))] for _ in range(draw(st.integers(0, 2)))]
    acts: list[Act] = []
    for blocks in filter(None, parts):
        event = SCENE.keyed(blocks, **draw(wrong(3)))
        confirmed = ("partai_2_calon_1",) if seldom(draw) else ("suara_sah",) if seldom(draw) else ()
        relayed = {"by": draw(st.sampled_from(["ppk", "kpps"])), "relayed": "ppk"} if seldom(draw) else {}
        acts.append(partial(_add, replace(event, confirmed=confirmed, **relayed)))
    return acts


def _add(event: ev.Event, ledger: Ledger) -> None:
    ledger.add(event)


@st.composite
def people(draw: st.DrawFn) -> dict[str, list[Act]]:
    """Corrections of some blocks, each perhaps withdrawn later."""
    ruled: dict[str, list[Act]] = {}
    for block in draw(st.lists(st.sampled_from(BLOCKS), max_size=2, unique=True)):
        figures = SCENE.told(draw(wrong(2)))[block]
        ruled[block] = [partial(_ruled, ev.BlockCorrected(**PEOPLE_SAY, block=block, figures=figures, proposal=1))]
        if seldom(draw, 3):
            ruled[block].append(partial(_ruled, ev.BlockWithdrawn(**PEOPLE_SAY, block=block, figures=None)))
    return ruled


PEOPLE_SAY: dict[str, Any] = {
    "tps": TPS, "at": AT, "replaces": 0, "reason": "ordered", "roles": ("a", "b"), "accounts": ("a", "b"),
}  # fmt: skip


def _ruled(ruling: ev.BlockCorrected | ev.BlockWithdrawn, ledger: Ledger) -> None:
    ledger.add(replace(ruling, replaces=ledger.head(ruling.block)))


@st.composite
def histories(draw: st.DrawFn) -> list[list[Act]]:
    """Streams: what is in one keeps its order, between them there is none."""
    ruled = draw(people())
    names = draw(st.lists(st.sampled_from([*PRESETS]), max_size=2))
    adoptions: list[Act] = [partial(_adopted, name) for name in names]
    return [*(draw(photos(page)) for page in SCENE.pages), draw(readings()), *ruled.values(), adoptions]


def _adopted(name: str, ledger: Ledger) -> None:
    ledger.adopt(name)


def played(streams: Sequence[Sequence[Act]], draw: Callable[[int], int]) -> tuple[Ledger, Engine]:
    """The streams in some order, with two engines that fold, judge and append whenever it comes to them."""
    ledger = Ledger()
    engines = [Engine(SCENE, ledger), Engine(SCENE, ledger)]
    waiting = [list(stream) for stream in streams if stream]
    while waiting:
        choice = draw(len(waiting) + 4)
        if choice < len(waiting):
            waiting[choice].pop(0)(ledger)
            waiting = [stream for stream in waiting if stream]
            continue
        engine = engines[choice % 2]
        match draw(3):
            case 0:
                engine.fold(engine.folded + draw(len(ledger.rows) - engine.folded + 1))
            case 1:
                engine.judge()
            case 2:
                engine.land()
    for engine in engines:
        engine.land()
    settle(*engines)
    assert engines[0].record == engines[1].record
    return ledger, engines[0]


def told(block: Block, engine: Engine) -> tuple[object, ...]:
    """What stands on a block, without when and by whom. Where the policy waits, nothing counts and nothing more is
    promised: what was decided before cannot be undone, it is held."""
    if block.state in PEOPLE:
        return (block.state, block.figures)
    codes = (*block.reasons, *block.warnings)
    waits = engine.current.table[situation(codes)] is Action.WAIT or not block.decided
    if waits and not block.counts:
        return ("waits",)
    return (block.state, block.figures, block.reasons, block.warnings, block.read)


@settings(max_examples=200, deadline=None)
@given(histories(), st.data())
def test_any_order_ends_in_the_same_decisions(streams: list[list[Act]], data: st.DataObject) -> None:
    """Two engines that meet evidence, corrections and a changed policy at different moments come to rest, agree, and
    end where one that was told everything at once ends: which has decoded every page, and never looked back."""
    ledger, engine = played(streams, lambda n: data.draw(st.integers(0, n - 1)))
    whole = Ledger()
    for act in (act for stream in streams for act in stream):
        act(whole)
    fresh = Engine(SCENE, whole)
    settle(fresh)
    for mine, theirs in zip(engine.record.blocks, fresh.record.blocks, strict=True):
        assert told(mine, engine) == told(theirs, fresh), mine.name
    _people_stand(ledger.rows, engine.record.blocks)


def _people_stand(rows: Sequence[Row], blocks: Sequence[Block]) -> None:
    """The last ruling of people on each block is what it says."""
    for block in blocks:
        ruled = [row.event for row in rows if isinstance(row.event, ev.BlockCorrected | ev.BlockWithdrawn)]
        mine = [event for event in ruled if event.block == block.name]
        if mine and isinstance(mine[-1], ev.BlockCorrected):
            assert (block.state, block.figures) == (BlockState.VERIFIED, mine[-1].figures)
        elif mine:
            assert block.state is BlockState.WITHDRAWN
