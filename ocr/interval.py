"""How far a share that was counted may lie from the true one: exact binomial intervals, without further packages.

Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934).
"""

from collections.abc import Callable
from math import exp, lgamma, log, log1p

LEVEL = 0.95


def clopper_pearson(hits: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """The interval of a share of which `hits` of `trials` were seen; (0, 1) where nothing was tried.

    Raises ValueError where `hits` lies outside 0..trials or `level` outside 0..1.
    """
    if not 0 <= hits <= trials or not 0 < level < 1:
        raise ValueError("hits lie within trials, the level between 0 and 1")
    if trials == 0:
        return 0.0, 1.0
    if hits > trials / 2:
        low, high = clopper_pearson(trials - hits, trials, level)  # the same of the others, which are fewer to add up
        return 1 - high, 1 - low
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else _where(lambda share: 1 - _up_to(hits - 1, trials, share), tail, rising=True)
    return low, _where(lambda share: _up_to(hits, trials, share), tail, rising=False)


def _where(chance: Callable[[float], float], target: float, rising: bool) -> float:
    """The share at which a monotone `chance` meets `target`, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (chance(middle) < target) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _up_to(hits: int, trials: int, share: float) -> float:
    """Chance of at most `hits` of `trials`."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return float(hits >= trials)
    whole, yes, no = lgamma(trials + 1), log(share), log1p(-share)
    terms = (whole - lgamma(k + 1) - lgamma(trials - k + 1) + k * yes + (trials - k) * no for k in range(hits + 1))
    return min(1.0, sum(exp(term) for term in terms))
