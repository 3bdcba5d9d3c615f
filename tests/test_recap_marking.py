"""Marks of records of many ballots at once are those that the rules give each record on its own ballot."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import bundle as bundles
from election.bundle import Bundle
from election.contest import CONTEST_TYPES, Contest
from election.event import Figures
from election.record import Block, BlockState, Record
from election.rules import RULES, Limits, judge_record
from recap.marking import Marking

ALL = tuple(CONTEST_TYPES)
LIMITS = Limits()


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Ballots of many sorts: local parties, short lists, a single pair against the empty column."""
    folder: Path = tmp_path_factory.mktemp("marking") / "b"
    return bundles.make(folder, seed=11, provinsi=3, kabupaten=9, kecamatan=18, kelurahan=20, tps=24, contests=ALL)


def by_definition(ballot: Contest, record: Record, dpt: tuple[int, int]) -> dict[str, tuple[str, ...]]:
    """One record alone, on its own ballot: what stands between blocks, a person's broken rules, what is unusual."""
    told = {block.name: block.figures for block in record.blocks if block.figures is not None}
    if not told:
        return {}
    verdict = judge_record(ballot, told, dpt, limits=LIMITS)
    marks = {}
    for block in record.blocks:
        if not block.decision:
            continue
        errors = [code for code in verdict["errors"][block.name] if code not in block.reasons]
        unusual = [c for c in verdict["warnings"] if RULES[c].block not in told or RULES[c].block == block.name]
        marks[block.name] = tuple(dict.fromkeys([*verdict["between"], *errors, *unusual]))
    return {name: codes for name, codes in marks.items() if codes}


@st.composite
def a_record(draw: st.DrawFn, ballot: Contest) -> Record:
    """Blocks with figures that add up, nearly add up, are blank, or are not there at all."""
    blocks = []
    small = st.integers(0, 3)
    for n, (name, fields) in enumerate(ballot.blocks.items(), start=1):
        kind = draw(st.sampled_from(["zero", "few", "blank", "none", "reasons"]))
        figures: Figures | None = tuple(0 for _ in fields)
        if kind == "few":
            figures = tuple(draw(st.lists(small, min_size=len(fields), max_size=len(fields))))
        elif kind == "blank":
            figures = (None, *(1 for _ in fields[1:]))
        elif kind == "none":
            figures = None
        reasons = ("E303", "E305") if kind == "reasons" else ()
        decided = figures is not None or draw(st.booleans())
        state = BlockState.HELD if decided else BlockState.AWAITED
        blocks.append(Block(name, (1,), state=state, decision=n if decided else 0, figures=figures, reasons=reasons))
    return Record(tuple(blocks))


@pytest.mark.parametrize("key", ALL)
@settings(max_examples=30)
@given(data=st.data())
def test_marks_are_those_of_each_record_alone(key: str, nation: Bundle, data: st.DataObject) -> None:
    held = [row for row in range(nation.tree.n_tps) if nation.holds(key, row)]
    rows = data.draw(st.lists(st.sampled_from(held), min_size=1, max_size=4))
    records = [data.draw(a_record(nation.ballot(key, row))) for row in rows]
    dpt = [(int(nation.dpt_l[row]), int(nation.dpt_p[row])) for row in rows]
    found = Marking(nation.printed(key), LIMITS).marks(rows, records, np.array(dpt, np.int32))
    for row, record, voters, marks in zip(rows, records, dpt, found, strict=True):
        told = {name: codes for name, codes in marks.items() if codes}
        assert told == by_definition(nation.ballot(key, row), record, voters)
