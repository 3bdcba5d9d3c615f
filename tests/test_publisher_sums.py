"""The sums on a TPS's page say what the rules say, and histories say what changed."""

from hypothesis import given
from hypothesis import strategies as st

from election.block import BlockState
from election.contest import ADM, SUARA, Choice, Contest
from election.event import BlockCorrected, BlockHeld, CorrectionDeclined, CorrectionProposed
from election.record import fold
from election.rules import judge_record
from publisher.sums import TOLD, reasons, sums
from publisher.view import changes, view
from storage.draft import Entry

CONTEST = Contest("ppwp", tuple(Choice(str(n), n, f"Pasangan {n}") for n in (1, 2, 3)))
LAYOUT = {ADM: (1,), SUARA: (2, 3)}
cell = st.one_of(st.none(), st.integers(0, 999))
record = st.fixed_dictionaries({block: st.tuples(*(cell for _ in fields)) for block, fields in CONTEST.blocks.items()})
AT = "2029-02-14T08:00:00.000Z"


@given(record)
def test_a_sum_is_off_exactly_where_its_rule_is_broken(figures: dict) -> None:
    broken = judge_record(CONTEST, figures)["errors"]
    for block in (SUARA, ADM):
        shown = sums(CONTEST, figures, block)
        off = {found.code for found in shown if found.difference}
        # E108 has inequalities beside its sum; the other sums are equalities only.
        equal = {found.code for found in shown} - {"E108"}
        assert off - {"E108"} == {code for code in broken[block] if code in equal}


@given(record)
def test_a_sum_shows_the_figure_as_written(figures: dict) -> None:
    known = dict(zip(CONTEST.blocks[SUARA], figures[SUARA], strict=True))
    for found in sums(CONTEST, figures, SUARA):
        stated = {"E301": "suara_sah", "E305": "suara_total"}[found.code]
        assert found.written == known[stated]


def test_every_equality_of_the_votes_has_a_line() -> None:
    figures = {block: tuple(range(len(fields))) for block, fields in CONTEST.blocks.items()}
    assert [found.code for found in sums(CONTEST, figures, SUARA)] == ["E301", "E305"]
    assert {"E101", "E106", "E201", "E202"} <= {found.code for found in sums(CONTEST, figures, ADM)}


def held(number: int, keyed: tuple, read: tuple, why: tuple[str, ...]) -> Entry:
    event = BlockHeld(
        tps="1101012001001", at=AT, block=SUARA, replaces=0, figures=keyed, scans=(), reading=1, salt=None, read=read,
        reasons=why, policy="p",
    )  # fmt: skip
    return Entry(number, event, b"", "block_held")


def proposed(number: int, on: int, figures: tuple) -> Entry:
    event = CorrectionProposed(
        tps="1101012001001", at=AT, block=SUARA, on=on, figures=figures, reason="misread", role="r", account="a"
    )
    return Entry(number, event, b"", "correction_proposed")


def test_a_declined_proposal_leaves_the_figures_to_compare_with() -> None:
    """The correction after it is told against what stood, not against what was proposed."""
    keyed, first, second = (90, 1, 1, 62, 0, 62), (80, 1, 1, 62, 0, 62), (60, 1, 1, 62, 0, 62)
    declined = CorrectionDeclined(
        tps="1101012001001", at=AT, block=SUARA, proposal=6, reason="misread", role="r", account="b"
    )
    corrected = BlockCorrected(
        tps="1101012001001", at=AT, block=SUARA, replaces=5, figures=second, proposal=8, reason="misread",
        roles=("r", "r"), accounts=("a", "b"),
    )  # fmt: skip
    entries = [
        held(5, keyed, second, ("E301",)),
        proposed(6, 5, first),
        Entry(7, declined, b"", "correction_declined"),
        proposed(8, 5, second),
        Entry(9, corrected, b"", "block_corrected"),
    ]
    seen = view("1101012001001", fold(entries, LAYOUT), CONTEST.blocks, 3)
    told = [[(c.field, c.old, c.new) for c in line.changes] for line in seen.history]
    assert told == [[], [("paslon_1", 90, 80)], [], [("paslon_1", 90, 60)], [("paslon_1", 90, 60)]]
    block = seen.block(SUARA)
    assert block is not None
    assert (block.state, block.officer, block.machine, block.counted) == (
        BlockState.VERIFIED, keyed, second, second,
    )  # fmt: skip
    assert block.proposed == ()
    before = view("1101012001001", fold(entries[:2], LAYOUT), CONTEST.blocks, 3).block(SUARA)
    assert before is not None
    assert [change.new for change in before.proposed] == [80]
    assert before.counted is None


def test_reasons_are_told_with_figures_and_not_without_end() -> None:
    keyed, read = (90, 1, 1, 62, 0, 62), (60, 2, 3, 61, 4, 65)
    seen = view(
        "1101012001001", fold([held(1, keyed, read, ("E301", "E404", "scan.blurred"))], LAYOUT), CONTEST.blocks, 3
    )
    block = seen.block(SUARA)
    assert block is not None
    told = reasons(CONTEST, block, seen, (-1, -1))
    assert [reason.code for reason in told] == ["E301", *["E404"] * TOLD, "", "scan.blurred"]
    assert "62" in told[0].text[0]
    assert "92" in told[0].text[0]
    assert told[-2].text[1] == "… and 3 more figures"
    assert [reason.rule for reason in told] == [True, True, True, True, False, False]
    assert all("{" not in text for reason in told for text in reason.text)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_changes_are_the_fields_that_differ(pairs: list) -> None:
    fields = tuple(f"f{i}" for i in range(len(pairs)))
    old, new = zip(*pairs, strict=True)
    found = changes(fields, old, new)
    assert {c.field for c in found} == {f for f, (a, b) in zip(fields, pairs, strict=True) if a != b}
    assert changes(fields, old, old) == ()
