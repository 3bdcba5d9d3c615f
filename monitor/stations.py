"""The TPS of one contest and what each votes with, from `v1/{contest}/reference.json`: what totals are made over.

TPS stand in the order of their codes, so that an area is one run of rows: those whose codes begin with its code.
Nothing is counted here.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import NATION_CODE, Texts
from election.contest import ADM, CONTEST_TYPES, SUARA, Candidate, Choice, Contest
from election.errors import SuaraError

LENGTH = 13
"""Characters of a TPS's code."""

DIGITS = 3
"""How many of them count the TPS of a kelurahan."""

MOST = 4_000_000
"""TPS of any election: no document may fill our memory."""

LETTERS = 6
"""How many of them, from the left, may be letters: voters abroad vote in 99AA…."""

MOST_BLOCKS = 62
"""Blocks of a contest, over all of its ballots."""

_BASES = (36,) * LETTERS + (10,) * (LENGTH - LETTERS)
_WEIGHTS = np.cumprod([1, *_BASES[:0:-1]], dtype=np.int64)[::-1]
_VALUES = np.full(256, 99, np.int64)
_VALUES[np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)] = np.arange(36)


class BadReference(ValueError):
    """A reference document that says nothing clear."""


class Ballot(Struct, frozen=True, dict=True):
    """What a TPS votes with: fields of each block in the order of a leaf's figures."""

    choices: dict[str, str]  # id -> field of its votes
    blocks: dict[str, tuple[str, ...]]
    pages: dict[str, tuple[int, ...]] = {}  # block -> pages of the form

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Every field, block after block."""
        return tuple(field for fields in self.blocks.values() for field in fields)

    @cached_property
    def spans(self) -> dict[str, slice]:
        """Block → where its fields stand among `fields`."""
        found, start = {}, 0
        for name, fields in self.blocks.items():
            found[name] = slice(start, start + len(fields))
            start += len(fields)
        return found

    def contest(self, key: str) -> Contest:
        """The ballot as the rules know it. Raises BadReference where its blocks are not that contest's."""
        choices = tuple(self._choice(id_, field) for id_, field in self.choices.items())
        found = Contest(key, choices)
        if found.blocks != self.blocks:
            raise BadReference(f"the blocks of a ballot are not those of {key}")
        return found

    def _choice(self, id_: str, field: str) -> Choice:
        of = [name for name in self.blocks.get(field, ()) if name.startswith(f"{field}_calon_")]
        listed = tuple(Candidate("", int(name.rpartition("_")[2]), "") for name in of)
        return Choice(id_, int(field.rpartition("_")[2]), "", candidates=listed)


class District(Struct, frozen=True):
    """A dapil; `ballot` is -1 where its totals are shown by what ballots have in common."""

    kode: str
    areas: tuple[str, ...]
    ballot: int


class Reference(Struct, frozen=True):
    """The document as it is published."""

    v: int
    contest: str
    ballots: tuple[Ballot, ...]
    shared: Ballot
    dapil: tuple[District, ...]
    kelurahan: dict[str, tuple[int, int, str]]


class Stations(Struct, frozen=True, eq=False, dict=True):
    """TPS in the order of their codes. `ballot` and `district` int16[n] are positions; -1 is none."""

    contest: str
    kodes: Texts
    numbers: NDArray[np.int64]  # the same as numbers, ascending
    ballot: NDArray[np.int16]
    district: NDArray[np.int16]
    ballots: tuple[Ballot, ...]
    shared: Ballot
    dapil: tuple[District, ...]

    @classmethod
    def parse(cls, data: bytes) -> "Stations":
        """The TPS of a reference document. Raises BadReference."""
        try:
            told = msgspec.json.decode(data, type=Reference)
            rows = list(islice(_rows(told), MOST))
            if len(rows) == MOST:
                raise ValueError("it has more TPS than any election")
        except (msgspec.DecodeError, ValueError) as error:
            raise BadReference(str(error)) from None
        kodes = [kode for kode, _, _ in rows]
        found = numbers(kodes)
        order = np.argsort(found, kind="stable")
        table = np.array([row[1:] for row in rows], np.int16).reshape(len(rows), 2)[order]
        if (found < 0).any() or (np.diff(found[order]) <= 0).any():
            raise BadReference("a TPS has a code that is none, or stands twice")
        if rows and not (table[:, 0].min() >= 0 and table[:, 0].max() < len(told.ballots)):
            raise BadReference("a kelurahan names a ballot that there is not")
        if len({name for one in told.ballots for name in one.blocks}) > MOST_BLOCKS:
            raise BadReference("the ballots have more blocks than any election")
        _check(told)
        column = np.array(kodes, f"S{LENGTH}")[order]
        return cls(
            told.contest, column, found[order], table[:, 0], table[:, 1], told.ballots, told.shared, told.dapil
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def blocks(self) -> dict[str, int]:
        """Name → number, of every block of any ballot."""
        return {name: i for i, name in enumerate(dict.fromkeys(name for one in self.ballots for name in one.blocks))}

    @cached_property
    def lengths(self) -> NDArray[np.int16]:
        """int16[ballots, blocks]: how many figures a block has; -1 where a ballot has no such block."""
        found = np.full((len(self.ballots), len(self.blocks)), -1, np.int16)
        for i, ballot in enumerate(self.ballots):
            for name, fields in ballot.blocks.items():
                found[i, self.blocks[name]] = len(fields)
        return found

    def kode(self, row: int) -> str:
        """A TPS's code."""
        return bytes(self.kodes[row]).decode()

    def rows(self, kodes: Sequence[str]) -> NDArray[np.int32]:
        """int32[k]: where each code stands; -1 for what is no TPS of this contest."""
        if not len(self) or not kodes:
            return np.full(len(kodes), -1, np.int32)
        wanted = numbers(kodes)
        at = np.minimum(np.searchsorted(self.numbers, wanted), len(self) - 1)
        return np.where(self.numbers[at] == wanted, at, -1).astype(np.int32)

    def within(self, kode: str) -> slice:
        """The rows of an area or TPS; empty where there are none."""
        if kode == NATION_CODE:
            return slice(0, len(self))
        first = int(numbers([kode.ljust(LENGTH, "0")])[0])
        if first < 0 or not kode:
            return slice(0, 0)
        start, stop = np.searchsorted(self.numbers, [first, first + int(_WEIGHTS[len(kode) - 1])])
        return slice(int(start), int(stop))

    def shown(self, rows: slice) -> Ballot:
        """What the totals of an area are shown by: its own ballot where all of its TPS have one, else the shared."""
        found = self.ballot[rows]
        if not len(found):
            return self.shared
        return self.ballots[int(found[0])] if (found == found[0]).all() else self.shared

    def below(self, kode: str) -> list[str]:
        """The codes right below an area: areas, or the TPS of a kelurahan."""
        length = 0 if kode == NATION_CODE else len(kode)
        digits = next((one for one in (2, 4, 6, 10) if one > length), LENGTH)
        return [one.decode() for one in np.unique(self.kodes[self.within(kode)].astype(f"S{digits}")).tolist()]

    def areas(self, digits: int) -> list[str]:
        """The codes of this length (2, 4, 6, 10) that any TPS begins with, ascending."""
        return [kode.decode() for kode in np.unique(self.kodes.astype(f"S{digits}")).tolist()]


def _check(told: Reference) -> None:
    """Raises BadReference where the ballots are not those of the contest."""
    if told.contest not in CONTEST_TYPES:
        raise BadReference(f"no contest is called {told.contest}")
    if not told.ballots or not all({SUARA, ADM} <= one.blocks.keys() for one in told.ballots):
        raise BadReference("a ballot lacks a block that every one has")
    if any(not -1 <= one.ballot < len(told.ballots) for one in told.dapil):
        raise BadReference("a dapil names a ballot that there is not")
    try:
        for one in told.ballots:
            one.contest(told.contest)
    except BadReference:
        raise
    except (ValueError, LookupError, SuaraError) as error:
        raise BadReference(str(error)) from None


def numbers(kodes: Sequence[str]) -> NDArray[np.int64]:
    """int64[n]: codes as numbers in the order of the codes; -1 for what is no TPS's code."""
    odd = [i for i, kode in enumerate(kodes) if len(kode) != LENGTH or not kode.isascii()]
    if odd:
        kodes = list(kodes)
        for i in odd:
            kodes[i] = "-" * LENGTH
    digits = _VALUES[np.frombuffer("".join(kodes).encode(), np.uint8).reshape(-1, LENGTH)]
    return np.where((digits < _BASES).all(axis=1), digits @ _WEIGHTS, -1)


def _rows(told: Reference) -> Iterator[tuple[str, int, int]]:
    for kode, (ballot, district, ranges) in told.kelurahan.items():
        for run in filter(None, ranges.split(",")):
            first, _, last = run.partition("-")
            if max(len(first), len(last)) > DIGITS:
                raise ValueError("a kelurahan has more TPS than any")
            for number in range(int(first), int(last or first) + 1):
                yield f"{kode}{number:03d}", ballot, district
