"""What happened at a TPS, what its paper says, and what its officer keyed in. Invented, and the same by seed.

The true figures keep every error rule. The paper may add wrongly; the officer copies the paper and may mistype.
How it is sent lives in `plan` and `play`.
"""

from itertools import pairwise

import numpy as np
from msgspec import Struct

from election import form as forms
from election.bundle import Bundle
from election.contest import ADM, ADMINISTRASI, SUARA, Contest
from loadtest.night.chance import generator
from loadtest.night.plan import Plan, Rates, plan

Figures = dict[str, int]
LARGEST = 999

_SLIPS = (-20, -10, -9, -3, -2, -1, 1, 2, 3, 9, 10, 20)
_ADDED = {SUARA: ("suara_sah", "suara_total"), ADM: ("pengguna_dpt_j", "pengguna_total_j", "pemilih_dpt_j")}
"""The figures on each block that an officer adds up, and so can add up wrongly."""


class TpsTruth(Struct, frozen=True):
    """One TPS of the night. The three dicts have every field of the contest."""

    tps: str
    true: Figures
    paper: Figures
    keyed: Figures
    plan: Plan
    ballot: Contest

    @property
    def blocks(self) -> dict[str, tuple[str, ...]]:
        """Block → its fields."""
        return self.ballot.blocks

    def untouched(self, block: str) -> bool:
        """Whether nobody slipped on that block: paper adds up and the officer copied it."""
        return all(self.true[f] == self.paper[f] == self.keyed[f] for f in self.blocks[block])

    @property
    def slips(self) -> dict[str, tuple[str, ...]]:
        """`paper` and `keyed`: the fields in which each differs from what it was copied from."""
        return {
            "paper": tuple(f for f in self.true if self.true[f] != self.paper[f]),
            "keyed": tuple(f for f in self.paper if self.paper[f] != self.keyed[f]),
        }


def truth(bundle: Bundle, seed: int, tps_index: int, *, contest: str = "ppwp", rates: Rates | None = None) -> TpsTruth:
    """The night of one TPS.

    Args:
        bundle: tree, contests and DPT.
        seed: of the night.
        tps_index: row of the TPS in the bundle's tree.
        contest: key of a contest that the TPS holds, with a form.
        rates: how often people slip.
    """
    rates = rates or Rates()
    held = bundle.ballot(contest, tps_index)
    tps = bundle.tree.tps_kode(tps_index)
    true = _figures(bundle, held, seed, tps_index)
    rng = generator(seed, "slips", contest, tps)
    paper = _slip_on_paper(true, rng) if rng.random() < rates.paper else true
    keyed = _mistyped(paper, held, rng) if rng.random() < rates.mistype else paper
    pages = len(forms.of(held).pages)
    return TpsTruth(tps, true, paper, keyed, plan(seed, contest, tps, pages, rates), held)


def _figures(bundle: Bundle, contest: Contest, seed: int, tps_index: int) -> Figures:
    rng = generator(seed, "truth", contest.key, bundle.tree.tps_kode(tps_index))
    voters = _voters(bundle, tps_index, rng)
    printed = min(LARGEST, bundle.settings.delivered(contest.key, sum(voters.values())))
    adm = _administration(voters, printed, rng)
    total = adm["pengguna_total_j"]
    invalid = int(rng.binomial(total, min(0.09, 0.006 + rng.exponential(0.012))))
    votes = rng.multinomial(total - invalid, _leaning(bundle, contest, seed, tps_index))
    figures = {field: int(n) for field, n in zip(contest.choice_fields, votes, strict=True)}
    for field in contest.choice_fields:
        figures |= _party(contest.blocks.get(field, (field,)), figures[field], rng)
    figures |= {"suara_sah": total - invalid, "suara_tidak_sah": invalid, "suara_total": total}
    figures |= {field: adm[field] for field in ADMINISTRASI}
    return {field: figures[field] for field in contest.fields}


def _party(fields: tuple[str, ...], votes: int, rng: np.random.Generator) -> Figures:
    """A party's page: a third of its votes for itself, most of the rest for the first on its list."""
    parts = fields[:-1]  # the last one is the total
    if not parts:
        return {}
    weights = np.r_[0.5 * (len(parts) > 1) + 1e-9, 1.0 / np.arange(1, len(parts))]
    given = rng.multinomial(votes, weights / weights.sum())
    return dict(zip(parts, map(int, given), strict=True))


def _voters(bundle: Bundle, tps_index: int, rng: np.random.Generator) -> dict[str, int]:
    """DPT by sex, the bundle's where it has it."""
    found = {"l": int(bundle.dpt_l[tps_index]), "p": int(bundle.dpt_p[tps_index])}
    if min(found.values()) >= 0:
        return found
    everyone = int(rng.integers(180, 300))
    men = int(rng.binomial(everyone, 0.497))
    return {"l": men, "p": everyone - men}


def _administration(voters: dict[str, int], printed: int, rng: np.random.Generator) -> Figures:
    """Sections I to III: turnout near four in five, few guests, ballots that add up."""
    turnout = float(rng.beta(33, 7))
    adm: Figures = {}
    left = printed
    for sex in "lp":
        came = {"dpt": rng.binomial(voters[sex], turnout), "dptb": rng.poisson(0.7), "non_dpt": rng.poisson(1.4)}
        for row, n in came.items():
            adm[f"pengguna_{row}_{sex}"] = min(int(n), left)
            left -= adm[f"pengguna_{row}_{sex}"]
        adm[f"pemilih_dpt_{sex}"] = voters[sex]
        adm[f"pengguna_total_{sex}"] = sum(adm[f"pengguna_{row}_{sex}"] for row in came)
        adm[f"pengguna_disabilitas_{sex}"] = int(rng.binomial(adm[f"pengguna_total_{sex}"], 0.008))
    for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt", "pengguna_total"):
        adm[f"{row}_j"] = adm[f"{row}_l"] + adm[f"{row}_p"]
    adm["pengguna_disabilitas_j"] = adm["pengguna_disabilitas_l"] + adm["pengguna_disabilitas_p"]
    return adm | _ballots(printed, adm["pengguna_total_j"], rng)


def _ballots(received: int, used: int, rng: np.random.Generator) -> Figures:
    spoiled = min(int(rng.poisson(0.4)), received - used)
    return {
        "surat_suara_diterima": received,
        "surat_suara_digunakan": used,
        "surat_suara_dikembalikan": spoiled,
        "surat_suara_tidak_digunakan": received - used - spoiled,
    }


def _leaning(bundle: Bundle, contest: Contest, seed: int, tps_index: int) -> np.ndarray:
    """Shares of the choices: every area leans a little its own way, so that a map of the night has regions."""
    scores = np.log(np.linspace(1.6, 0.8, len(contest.choices)))
    spread = (0.25, 0.55, 0.35, 0.2, 0.15)  # nation to kelurahan
    for area, sigma in zip(bundle.tree.path(tps_index), spread, strict=True):
        rng = generator(seed, "leaning", contest.key, bundle.tree.kode(area))
        scores = scores + rng.normal(0.0, sigma, len(scores))
    scores = scores + generator(seed, "leaning", contest.key, bundle.tree.tps_kode(tps_index)).normal(
        0.0, 0.12, len(scores)
    )
    shares = np.exp(scores - scores.max())
    return shares / shares.sum()


def _slip_on_paper(figures: Figures, rng: np.random.Generator) -> Figures:
    """One sum on the paper is wrong; everything else stands."""
    block = SUARA if rng.random() < 0.6 else ADM
    field = str(rng.choice(_ADDED[block]))
    slips = [s for s in _SLIPS if 0 <= figures[field] + s <= LARGEST]
    return figures | {field: figures[field] + int(rng.choice(slips))}


def _mistyped(figures: Figures, contest: Contest, rng: np.random.Generator) -> Figures:
    """One figure keyed differently: another digit, or two neighbours swapped."""
    votes = [name for name in contest.blocks if name != ADM]
    block = str(rng.choice(votes)) if rng.random() < 0.6 else ADM
    field = str(rng.choice(contest.blocks[block]))
    return figures | {field: _finger_slip(figures[field], rng)}


def _finger_slip(value: int, rng: np.random.Generator) -> int:
    digits = list(str(value))
    swaps = [k for k, (a, b) in enumerate(pairwise(digits)) if a != b]
    if swaps and rng.random() < 0.3:
        k = int(rng.choice(swaps))
        digits[k], digits[k + 1] = digits[k + 1], digits[k]
    else:
        k = int(rng.integers(len(digits)))
        digits[k] = str((int(digits[k]) + int(rng.integers(1, 10))) % 10)
    return int("".join(digits))
