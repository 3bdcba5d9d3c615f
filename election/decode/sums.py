"""Which number is the sum of which, read off the rules: the trees that are decoded as one."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from election.contest import ADM, Contest
from election.rules import identities
from election.rules.rule import BETWEEN

Assignment = Mapping[str, int]
"""Field → value."""


BALLOTS = 4096
"""Ballots remembered: more than an election prints (2,325 of the regencies' assemblies in 2024, 5 KB each), for records
come from everywhere at once."""


class Sum(Struct, frozen=True):
    """`field` is meant to be the sum of `parts`; a part is a plain field or a sum itself."""

    field: str
    parts: "tuple[Sum | str, ...]"


class Equation(Struct, frozen=True):
    """One line of a rule: the code, the field that is the sum, and its parts."""

    code: str
    field: str
    parts: tuple[str, ...]


@lru_cache(maxsize=BALLOTS)
def equations(contest: Contest) -> tuple[Equation, ...]:
    """The sums within blocks that the rules of a contest state, in their order."""
    return tuple(
        Equation(
            identity.code,
            next(field for field, sign in identity.terms if sign > 0),
            tuple(field for field, sign in identity.terms if sign < 0),
        )
        for identity in identities(contest)
        if identity.block != BETWEEN
    )


class Votes(Struct, frozen=True):
    """The vote pages of a record as far as they are here: `trees` that hang together, `lacking` the rules that are not
    used because a page lacks."""

    trees: tuple[Sum | str, ...]
    lacking: tuple[str, ...]


@lru_cache(maxsize=4 * BALLOTS)
def votes(contest: Contest, blocks: tuple[str, ...]) -> Votes:
    """The trees of sums over the fields of `blocks`."""
    here = [field for block in blocks for field in contest.blocks[block]]
    apart = set(contest.blocks[ADM])
    stated = [equation for equation in equations(contest) if equation.field not in apart]
    usable = {e.field: e.parts for e in stated if {e.field, *e.parts} <= set(here)}
    lacking = tuple(dict.fromkeys(e.code for e in stated if e.field not in usable))
    below = {part for parts in usable.values() for part in parts}
    return Votes(tuple(_tree(field, usable) for field in here if field not in below), lacking)


def _tree(field: str, stated: Mapping[str, tuple[str, ...]]) -> Sum | str:
    if field not in stated:
        return field
    return Sum(field, tuple(_tree(part, stated) for part in stated[field]))


def fields(node: Sum | str) -> Iterator[str]:
    """Every field of a tree, sums before their parts."""
    if isinstance(node, str):
        yield node
        return
    yield node.field
    for part in node.parts:
        yield from fields(part)


def name_of(node: Sum | str) -> str:
    """The field at the top of a tree."""
    return node if isinstance(node, str) else node.field
