"""A ballot of any contest out of nothing but a seed, for forms that are drawn before there is an election."""

from msgspec.structs import replace

from election.bundle.invented_contests import holding
from election.bundle.invented_dapil import dapil_of, lists_of
from election.bundle.invented_home import areas_at_home
from election.bundle.shape import Shape
from election.contest import Contest


def invented_ballot(key: str, seed: int) -> Contest:
    """A contest with its choices and, for parties, their candidates in one dapil. Raises KeyError for no contest."""
    areas = areas_at_home(seed, Shape(1, 1, 1, 1, 1))
    one = holding(key, seed, areas, abroad=False)
    dapil = dapil_of((one,), areas, abroad=False)
    if not dapil.districts:
        return one.contest
    lists = lists_of((one,), dapil, seed).of(key, dapil.districts[0].kode)
    choices = tuple(replace(choice, candidates=lists.get(choice.number, ())) for choice in one.choices)
    return replace(one.contest, choices=choices)
