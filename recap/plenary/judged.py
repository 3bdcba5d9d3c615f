"""One document held against the state of the engine: which comparisons fail, and whether the area can be confirmed.

The arithmetic is that of E601 to E604, on one document's columns at a time; a test holds it against the rules
themselves. Files of D.Hasil without a server are `compare`'s.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct

from election.block import COUNTING, BlockState
from election.codes import KELURAHAN
from election.contest import Contest
from election.event import Figures
from election.plenary import Column, Document
from election.rules import identities, residuals
from election.rules.plenary import Beside
from election.tally import ABSENT
from recap.plenary.sides import I64
from recap.state import CODES, State

_COUNTING = np.array([state in COUNTING for state in CODES])
_FINAL = np.array([state is BlockState.FINAL for state in CODES])

Sheet = Mapping[str, Mapping[str, Figures]]
"""What a document prints: code of a column → block → figures."""


class Differing(Struct, frozen=True):
    """One comparison that does not hold. `theirs` is printed; None where a side has no figure."""

    of: str
    rule: str
    against: str  # of `Beside`; of E602 the rule that is judged again
    field: str
    ours: int | None
    theirs: int | None


class Verdict(Struct, frozen=True):
    """What is to be said of a document as of the state's number."""

    rows: tuple[Differing, ...]
    columns: int  # that the document has, its total among them
    entered: int
    tps: int
    settled: int  # TPS whose every block counts
    final: int  # TPS whose every block is final
    number: int  # of the last event that decided something in the area

    @property
    def confirmable(self) -> bool:
        """The document is whole, nothing in it differs, and every TPS below is settled."""
        return not self.rows and self.entered == self.columns and self.settled == self.tps


def judge(state: State, document: Document, sheet: Sheet, below: Mapping[str, Mapping[str, Figures]]) -> Verdict:
    """`below`: of columns, what the document of the level below prints as its own total, where there is one."""
    area = state.tree.area_index(document.kode)
    printed = {c.kode: vector(c.contest, sheet[c.kode]) for c in document.all if c.kode in sheet}
    rows = [*_internal(document, printed), *_contradicting(document, printed)]
    for column in document.all:
        if column.kode in printed:
            rows += _of_column(state, document, column, printed[column.kode], below.get(column.kode))
    settled, final = _standing(state, area)
    return Verdict(
        rows=tuple(rows),
        columns=len(document.all),
        entered=len(printed),
        tps=int(state.tps[area]),
        settled=settled,
        final=final,
        number=int(state.area_numbers[area]),
    )


def vector(contest: Contest, figures: Mapping[str, Figures]) -> I64:
    """int64[k] in the order of `contest.fields`; ABSENT where blank, or where a block is not of this ballot."""
    cells: list[int] = []
    for block, fields in contest.blocks.items():
        row = figures.get(block, ())
        same = len(row) == len(fields)
        cells += [ABSENT if not same or (value := row[j]) is None else value for j in range(len(fields))]
    return np.array(cells, np.int64)


def _of_column(
    state: State, document: Document, column: Column, theirs: I64, below: Mapping[str, Figures] | None
) -> Iterator[Differing]:
    ours = _records(state, document, column)
    yield from _pairs(column, "E601", Beside.RECORDS, ours, theirs, blank=True)
    if below is not None:
        yield from _pairs(column, "E603", Beside.BELOW, vector(column.contest, below), theirs)


def _records(state: State, document: Document, column: Column) -> I64:
    """Our sums of what the column is about; of a TPS the figures of its blocks that count."""
    if document.tingkat != KELURAHAN or column.kode == document.kode:
        return np.asarray(state.totals(state.tree.area_index(column.kode)), np.int64)
    row = state.tree.tps_index(column.kode)
    sizes = [len(fields) for fields in column.contest.blocks.values()]
    counts = np.repeat(_COUNTING[state.states[row, : len(sizes)]], sizes)
    return np.where(counts, state.figures_of(row).astype(np.int64), ABSENT)


def _internal(document: Document, printed: Mapping[str, I64]) -> Iterator[Differing]:
    """E601 within the document: its total against its columns, once all of them are there."""
    if len(printed) < len(document.all):
        return
    sums = dict.fromkeys(document.total.contest.fields, 0)
    for column in document.columns:
        for field, value in zip(column.contest.fields, printed[column.kode].tolist(), strict=True):
            if field in sums:
                sums[field] = ABSENT if ABSENT in {value, sums[field]} else sums[field] + value
    columns = np.array(list(sums.values()), np.int64)
    yield from _pairs(document.total, "E601", Beside.COLUMNS, columns, printed[document.kode])


def _contradicting(document: Document, printed: Mapping[str, I64]) -> Iterator[Differing]:
    """E602 of every column; those with the same ballot at once."""
    contests = {id(column.contest): column.contest for column in document.all}
    for same, contest in contests.items():
        kodes = [c.kode for c in document.all if id(c.contest) == same and c.kode in printed]
        if not kodes:
            continue
        r, _ = residuals(contest, np.stack([printed[kode] for kode in kodes]))
        names = identities(contest)
        for i, j in np.argwhere(r).tolist():
            name = f"{names[j].code}.{names[j].part}".rstrip(".")
            yield Differing(kodes[i], "E602", names[j].code, name, 0, int(r[i, j]))


def _pairs(
    column: Column, rule: str, against: str, ours: I64, theirs: I64, *, blank: bool = False
) -> Iterator[Differing]:
    """Where both sides differ; with `blank` also where one of them alone has no figure."""
    given = (ours != ABSENT) & (theirs != ABSENT)
    for j in np.flatnonzero((ours != theirs) & (given | blank)).tolist():
        yield Differing(column.kode, rule, against, column.contest.fields[j], _figure(ours[j]), _figure(theirs[j]))


def _figure(value: np.int64) -> int | None:
    return None if value == ABSENT else int(value)


def _standing(state: State, area: int) -> tuple[int, int]:
    """TPS of an area of which every block counts, and of which every block is final."""
    rows = state.tree.tps_of(area)
    ballots = state.printed.of_tps[rows]
    states = state.states[rows][ballots >= 0]
    sizes = np.array([len(ballot.blocks) for ballot in state.printed.ballots], np.int64)[ballots[ballots >= 0]]
    unused = np.arange(states.shape[1]) >= sizes[:, None]
    return tuple(int((mask[states] | unused).all(axis=1).sum()) for mask in (_COUNTING, _FINAL))  # type: ignore[return-value]
