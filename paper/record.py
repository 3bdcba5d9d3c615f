"""Invented records: figures that a polling station could have, all sums right; and how people get them wrong.

What figures must satisfy is said in `election.rules`; writing them on paper is `fill`'s work.
"""

import re
from collections.abc import Callable, MutableMapping, Sequence

import numpy as np
from numpy.random import Generator

from election.contest import Contest
from election.form import Form
from election.rules import Identity, identities

RESERVE = {"pkwkp": 25, "pkwkk": 25}
"""Spare ballots in thousandths of the voters' list; of the other contests 20."""

_CHOICE = re.compile(r"(paslon|calon|partai)_\d+")
Figures = MutableMapping[str, int]


def invent(of: Form | Contest, rng: Generator, held: bool = True) -> dict[str, int]:
    """Field -> figure for every field of a record; every sum and identity holds, and at most 300 stand on the list.

    Args:
        of: a form, or a contest with its ballot.
        rng: decides everything.
        held: False where nobody could vote: no user, no vote, every ballot unused.
    """
    names = [field.name for field in of.fields] if isinstance(of, Form) else list(of.fields)
    figures = _voters(rng, rng.uniform(0.68, 0.92) if held else 0.0)
    used, listed = figures["pengguna_total_j"], figures["pemilih_dpt_j"]
    key = of.contest if isinstance(of, Form) else of.key
    received = max(-(-listed * (1000 + RESERVE.get(key, 20)) // 1000), used)
    spoilt = min(int(rng.poisson(0.4)), received - used) if held else 0
    figures |= {
        "surat_suara_diterima": received,
        "surat_suara_digunakan": used,
        "surat_suara_dikembalikan": spoilt,
        "surat_suara_tidak_digunakan": received - used - spoilt,
    }
    figures |= _votes(key, names, used, rng)
    return {name: figures[name] for name in names if name in figures}


def spoil(figures: Figures, contest: Contest, rng: Generator) -> tuple[str, ...]:
    """Writes a contradiction as people do, so that an identity of the contest that held is broken.

    Args:
        figures: field -> 0..999, of `invent`; changed in place.
        contest: with its ballot.
        rng: decides how and where.

    Returns:
        The fields that were changed.
    """
    rules = identities(contest)
    while True:
        wrong = dict(figures)
        rule = rules[int(rng.integers(len(rules)))]
        _MISTAKES[int(rng.choice(len(_MISTAKES), p=_SHARES))](wrong, rule, rng)
        changed = tuple(name for name in wrong if wrong[name] != figures[name])
        if changed and all(0 <= wrong[name] <= 999 for name in changed) and broken(wrong, rules):
            figures.update(wrong)
            return changed


def broken(figures: MutableMapping[str, int], rules: Sequence[Identity]) -> tuple[Identity, ...]:
    """The identities that figures break."""
    return tuple(rule for rule in rules if sum(figures[name] * by for name, by in rule.terms))


def _misadded(wrong: Figures, rule: Identity, rng: Generator) -> None:
    """The sum is out by a carry or by one."""
    wrong[_sum_of(rule)] += int(rng.choice([-100, -10, -10, -2, -1, -1, 1, 1, 2, 10, 10, 100]))


def _slipped(wrong: Figures, rule: Identity, rng: Generator) -> None:
    """Another digit was written than was meant."""
    name = rule.terms[int(rng.integers(len(rule.terms)))][0]
    digits = list(str(wrong[name]))
    digits[int(rng.integers(len(digits)))] = str(rng.integers(10))
    wrong[name] = int("".join(digits))


def _transposed(wrong: Figures, rule: Identity, rng: Generator) -> None:
    """Two neighbouring digits changed places."""
    name = rule.terms[int(rng.integers(len(rule.terms)))][0]
    digits = f"{wrong[name]:03d}"
    k = int(rng.integers(2))
    wrong[name] = int(digits[:k] + digits[k + 1] + digits[k] + digits[k + 2 :])


def _swapped(wrong: Figures, rule: Identity, rng: Generator) -> None:
    """Two numbers stand in each other's rows."""
    a, b = (rule.terms[int(k)][0] for k in rng.choice(len(rule.terms), 2, replace=False))
    wrong[a], wrong[b] = wrong[b], wrong[a]


def _left_out(wrong: Figures, rule: Identity, rng: Generator) -> None:
    """The sum leaves one of its parts out, or counts it twice."""
    total = _sum_of(rule)
    parts = [name for name, _ in rule.terms if name != total]
    wrong[total] += wrong[parts[int(rng.integers(len(parts)))]] * int(rng.choice([-1, -1, 1]))


_MISTAKES: tuple[Callable[[Figures, Identity, Generator], None], ...] = (
    _misadded, _slipped, _transposed, _swapped, _left_out,
)  # fmt: skip
_SHARES = (0.4, 0.25, 0.1, 0.1, 0.15)


def _sum_of(rule: Identity) -> str:
    """The field that stands alone on its side of the identity; the last one where both sides have one."""
    signs = [by > 0 for _, by in rule.terms]
    lonely = [name for (name, _), sign in zip(rule.terms, signs, strict=True) if signs.count(sign) == 1]
    return lonely[-1]


def _voters(rng: Generator, turnout: float) -> dict[str, int]:
    """Sections I and III; one TPS in eight is small."""
    size = rng.uniform(12, 70) if rng.random() < 0.125 else rng.uniform(75, 146)
    figures: dict[str, int] = {}
    for column in "lp":
        listed = int(size * rng.uniform(0.94, 1.02))
        users = int(rng.binomial(listed, turnout))
        moved, extra = (int(rng.poisson(1.3)) if turnout else 0 for _ in range(2))
        total = users + moved + extra
        rows = {
            "pemilih_dpt": listed, "pengguna_dpt": users, "pengguna_dptb": moved, "pengguna_non_dpt": extra,
            "pengguna_total": total, "pengguna_disabilitas": min(total, int(rng.binomial(listed, 0.006))),
        }  # fmt: skip
        figures |= {f"{row}_{column}": count for row, count in rows.items()}
    rows_j = {name[:-2] for name in figures}
    return figures | {f"{row}_j": figures[f"{row}_l"] + figures[f"{row}_p"] for row in rows_j}


def _votes(key: str, names: list[str], used: int, rng: Generator) -> dict[str, int]:
    invalid = int(rng.binomial(used, rng.uniform(0.005, 0.05 if key in ("ppwp", "pkwkp", "pkwkk") else 0.12)))
    choices = [name for name in names if _CHOICE.fullmatch(name)]
    # A few take most: the more choices, the steeper.
    shares = rng.dirichlet(np.full(len(choices), 2.5 if len(choices) < 6 else 0.5)) if choices else np.empty(0)
    counts = [int(count) for count in rng.multinomial(used - invalid, shares)] if choices else []
    votes = dict(zip(choices, counts, strict=True))
    for party, count in votes.copy().items():
        votes |= _party(party, names, count, rng)
    return votes | {"suara_sah": used - invalid, "suara_tidak_sah": invalid, "suara_total": used}


def _party(party: str, names: list[str], count: int, rng: Generator) -> dict[str, int]:
    """A party's votes among itself and its candidates; nothing where the contest has no such fields."""
    own = f"{party}_suara_partai"
    if own not in names:
        return {}
    listed = [name for name in names if name.startswith(f"{party}_calon_")]
    shares = np.concatenate(([0.0], rng.dirichlet(np.full(len(listed), 0.35)))) if listed else np.ones(1)
    shares[0] = rng.uniform(0.05, 0.5) if listed else 1.0
    shares[1:] *= 1 - shares[0]
    return dict(zip([own, *listed], map(int, rng.multinomial(count, shares / shares.sum())), strict=True))
