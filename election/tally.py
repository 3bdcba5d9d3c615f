"""The figures of many forms as integer columns that know where they are blank.

`Tallies` holds one array a field, a row a record; `Column` is one of them, ready for arithmetic. What the figures must
satisfy lives in `rules`; reading files lives with whoever owns the file.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from election.contest import Contest
from election.event import Figures

ABSENT = -1
"""A cell in which nothing was given: an empty column of the file, a figure nobody could read."""

Ints = NDArray[np.int32] | NDArray[np.int64]
Mask = NDArray[np.bool_]


class Column:
    """Whole numbers, a row a record: `values` int64[n], and `given` bool[n], false where the paper or file has none.

    A sum or difference is given where all its parts are.
    """

    __slots__ = ("given", "values")

    def __init__(self, values: NDArray[np.int64], given: Mask) -> None:
        self.values = values
        self.given = given

    def __len__(self) -> int:
        return len(self.values)

    def __add__(self, other: "Column | int") -> "Column":
        if isinstance(other, int):
            return Column(self.values + other, self.given)
        return Column(self.values + other.values, self.given & other.given)

    def __sub__(self, other: "Column | int") -> "Column":
        if isinstance(other, int):
            return Column(self.values - other, self.given)
        return Column(self.values - other.values, self.given & other.given)

    def __mul__(self, factor: int) -> "Column":
        return Column(self.values * factor, self.given)

    def ceil_div(self, divisor: int) -> "Column":
        """⌈self / divisor⌉ in integers."""
        return Column(-(-self.values // divisor), self.given)

    def where(self, condition: Mask) -> "Column":
        """The same figures, given only where `condition` (bool[n]) also is true."""
        return Column(self.values, self.given & condition)


def total(columns: Sequence[Column]) -> Column:
    """Σ of at least one column."""
    values, given = columns[0].values.copy(), columns[0].given.copy()
    for column in columns[1:]:
        values += column.values
        given &= column.given
    return Column(values, given)


def largest(columns: Sequence[Column]) -> Column:
    """The row-wise maximum of at least one column."""
    answer = columns[0]
    for column in columns[1:]:
        answer = Column(np.maximum(answer.values, column.values), answer.given & column.given)
    return answer


class Tallies:
    """`columns`: field → integers[n], `ABSENT` where a cell is blank. `n` is needed only where there is no column."""

    def __init__(self, columns: Mapping[str, Ints], n: int | None = None) -> None:
        self.columns = dict(columns)
        lengths = {len(column) for column in self.columns.values()} | ({n} if n is not None else set())
        if len(lengths) != 1:
            raise ValueError(f"columns of one length are needed, not {sorted(lengths)}")
        self.n = lengths.pop()
        self.sources = frozenset(name.partition(":")[0] for name in self.columns if ":" in name)
        """Whose second readings stand beside."""

    def __len__(self) -> int:
        return self.n

    def __contains__(self, field: str) -> bool:
        return field in self.columns

    def __getitem__(self, field: str) -> Column:
        """The column `field`; given nowhere if these tallies lack it."""
        values = self.columns.get(field)
        if values is None:
            return Column(np.zeros(self.n, np.int64), np.zeros(self.n, np.bool_))
        return Column(values.astype(np.int64, copy=False), values != ABSENT)

    def beside(self, source: str, other: "Tallies") -> "Tallies":
        """These tallies and, under the name `source:field`, another reading of the same records, row by row."""
        return Tallies(self.columns | {f"{source}:{field}": column for field, column in other.columns.items()}, self.n)

    def matrix(self, fields: Sequence[str]) -> NDArray[np.int32]:
        """int32[n, len(fields)] in the order of `fields`, `ABSENT` where a column or a cell is missing."""
        out = np.full((self.n, len(fields)), ABSENT, np.int32)
        for j, field in enumerate(fields):
            if field in self.columns:
                out[:, j] = self.columns[field]
        return out

    @classmethod
    def of_records(cls, contest: Contest, records: Iterable[Mapping[str, Figures]]) -> "Tallies":
        """Tallies of records as events carry them: block → figures in the order of `contest.blocks`.

        A block that a record lacks is blank. Raises ValueError for figures of another length than their block.
        """
        rows = [_row(contest, figures) for figures in records]
        dense = np.array(rows, np.int64).reshape(len(rows), len(contest.fields))
        return cls({field: dense[:, j] for j, field in enumerate(contest.fields)}, len(rows))


def _row(contest: Contest, record: Mapping[str, Figures]) -> list[int]:
    row: list[int] = []
    for block, fields in contest.blocks.items():
        figures = record.get(block, (None,) * len(fields))
        if len(figures) != len(fields):
            raise ValueError(f"block {block} of {contest.key} has {len(fields)} fields, not {len(figures)}")
        row.extend(ABSENT if figure is None else figure for figure in figures)
    return row
