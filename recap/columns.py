"""What an area's row of sums holds, and how each ballot's fields, blocks and identities lead there: plain arrays.

Made once from the ballots of a contest. Adding anything up is `recap.ragged`'s, keeping it `recap.state`'s.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.block import BlockState
from election.bundle.printed import Printed
from election.contest import ADM, SUARA, Contest, Kind
from election.rules import Identity, identities, identity_names

PARTAI = "partai"
"""Kind of the blocks that are a party's page."""

COUNTING = "counting"
SHOWN = (COUNTING, BlockState.HELD, BlockState.VERIFIED, BlockState.FINAL, BlockState.WITHDRAWN)
"""What blocks are counted by; `counting` is all whose figures are in the totals."""

Name = tuple[str, str]
"""An identity over all ballots of a contest: code and part."""


class Places(NamedTuple):
    """Where an area's row keeps what; each is the first of its columns."""

    held: int
    counts: int
    versions: int
    residuals: int
    width: int


Equations = Sequence[tuple[Identity, ...]]
"""The identities of each ballot."""


class Columns(Struct, frozen=True, eq=False):
    """The row of an area, int64[width]. `totals` and `held` are in the order of `printed.common`."""

    kinds: tuple[str, ...]  # of blocks
    identities: tuple[Name, ...]
    places: Places

    @classmethod
    def of(cls, printed: Printed) -> "Columns":
        """The columns of a contest; identities in the order of `rules.identities`, parties by number."""
        kinds = (SUARA, ADM, PARTAI) if _of_parties(printed) else (SUARA, ADM)
        names = identity_names(printed.ballots)
        held = len(printed.common)
        versions = 2 * held + len(kinds) * len(SHOWN)
        places = Places(held, 2 * held, versions, versions + 1, versions + 1 + 3 * len(names))
        return cls(kinds, names, places)

    @property
    def width(self) -> int:
        """How many columns."""
        return self.places.width

    @property
    def totals(self) -> slice:
        """Each common field, counting blocks only."""
        return slice(0, self.places.held)

    @property
    def held(self) -> slice:
        """Each common field, held blocks only."""
        return slice(self.places.held, self.places.counts)

    @property
    def residuals(self) -> slice:
        """Each identity: Σr, Σ|r|, count of r ≠ 0; where all its blocks count."""
        return slice(self.places.residuals, self.places.width)

    @property
    def versions(self) -> int:
        """How many records have a version beyond the first."""
        return self.places.versions

    def count(self, kind: str, state: str) -> int:
        """How many blocks of a kind are in a state of `SHOWN`. Raises ValueError."""
        return self.places.counts + self.kinds.index(kind) * len(SHOWN) + SHOWN.index(state)

    @property
    def tps_counted(self) -> int:
        """TPS whose block `suara` counts."""
        return self.count(SUARA, COUNTING)

    @property
    def tps_held(self) -> int:
        """TPS whose block `suara` is held."""
        return self.count(SUARA, BlockState.HELD)

    @property
    def adm_counted(self) -> int:
        """TPS whose block `administrasi` counts."""
        return self.count(ADM, COUNTING)

    @property
    def adm_held(self) -> int:
        """TPS whose block `administrasi` is held."""
        return self.count(ADM, BlockState.HELD)


class Plan(NamedTuple):
    """The ballots as arrays; what is a ballot's stands from `x[ballot]` to `x[ballot + 1]` of the starts `x`."""

    fields: NDArray[np.int64]  # starts into `common`; differences are the widths of rows
    common: NDArray[np.int32]  # of a field, its column among the totals, -1 where it is the ballot's own
    blocks: NDArray[np.int32]  # starts into `block_start` and `block_kind`
    block_start: NDArray[np.int32]  # first field of a block in its row
    block_stop: NDArray[np.int32]
    block_kind: NDArray[np.int8]  # position in `Columns.kinds`
    identities: NDArray[np.int32]  # starts into `slot` and `terms`
    slot: NDArray[np.int32]  # of an identity, its position in `Columns.identities`
    terms: NDArray[np.int32]  # starts into `term_field` and `factor`
    term_field: NDArray[np.int32]
    term_block: NDArray[np.int8]  # block of that field
    factor: NDArray[np.int32]


def lay(printed: Printed) -> tuple[Columns, Plan]:
    """The columns of a contest's areas, and the arrays of its ballots."""
    equations = [identities(ballot) for ballot in printed.ballots]
    columns = Columns.of(printed)
    return columns, _plan(printed, columns, equations)


def _plan(printed: Printed, columns: Columns, equations: Equations) -> Plan:
    column = {field: j for j, field in enumerate(printed.common)}
    slot = {name: i for i, name in enumerate(columns.identities)}
    ballots = printed.ballots
    blocks = [[_kind(columns, name) for name in ballot.blocks] for ballot in ballots]
    ends = [_ends(ballot) for ballot in ballots]
    terms = [term for ballot, some in zip(ballots, equations, strict=True) for term in _terms(ballot, some)]
    return Plan(
        fields=_starts((ballot.fields for ballot in ballots), np.int64),
        common=_flat([[column.get(field, -1) for field in ballot.fields] for ballot in ballots], np.int32),
        blocks=_starts(blocks, np.int32),
        block_start=_flat([end[:-1] for end in ends], np.int32),
        block_stop=_flat([end[1:] for end in ends], np.int32),
        block_kind=_flat(blocks, np.int8),
        identities=_starts(equations, np.int32),
        slot=_flat([[slot[one.code, one.part] for one in some] for some in equations], np.int32),
        terms=_starts(terms, np.int32),
        term_field=_flat([[field for field, _, _ in some] for some in terms], np.int32),
        term_block=_flat([[block for _, block, _ in some] for some in terms], np.int8),
        factor=_flat([[factor for _, _, factor in some] for some in terms], np.int32),
    )


def _of_parties(printed: Printed) -> bool:
    return any(ballot.type.kind is Kind.PARTIES for ballot in printed.ballots)


def _kind(columns: Columns, block: str) -> int:
    return columns.kinds.index(block if block in (SUARA, ADM) else PARTAI)


def _ends(ballot: Contest) -> list[int]:
    return [0, *np.cumsum([len(fields) for fields in ballot.blocks.values()]).tolist()]


def _terms(ballot: Contest, some: Sequence[Identity]) -> list[list[tuple[int, int, int]]]:
    """Of each identity: field and block, as positions on the ballot, and factor."""
    place = {field: j for j, field in enumerate(ballot.fields)}
    block = [b for b, fields in enumerate(ballot.blocks.values()) for _ in fields]
    return [[(place[field], block[place[field]], factor) for field, factor in one.terms] for one in some]


def _starts(parts: Iterable[Sequence[Any]], dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    return np.cumsum([0, *(len(part) for part in parts)]).astype(dtype)


def _flat(parts: Iterable[Iterable[int]], dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    return np.array([value for part in parts for value in part], dtype)
