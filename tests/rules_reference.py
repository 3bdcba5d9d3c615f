"""RULES as plain Python reads them: one record at a time, with None for a blank."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil

import numpy as np

from election.contest import ADM, SUARA, Choice, Contest
from election.event import Figures
from election.tally import ABSENT, Tallies

Record = dict[str, int | None]

PPWP = Contest("ppwp", tuple(Choice(f"10002{4 + n}", n, "") for n in (1, 2, 3)))
PDPD = Contest("pdpd", tuple(Choice(str(n), n, "") for n in range(1, 6)))
PDPR = Contest("pdpr", tuple(Choice(str(n), n, "") for n in (1, 2)))
PKWKP = Contest("pkwkp", (Choice("1", 1, ""), Choice("2", 2, "kolom kosong")))
PARTY_FIELDS = tuple(f"partai_{n}_{part}" for n in (1, 2) for part in ("suara_partai", "calon_1", "calon_2"))

GOOD: dict[str, Figures] = {
    SUARA: (20, 144, 20, 184, 2, 186),
    ADM: (118, 115, 233, 89, 95, 184, 2, 0, 2, 0, 0, 0, 91, 95, 186, 238, 186, 0, 52, 1, 0, 1),
}
"""A record that breaks no rule."""


def fields_of(contest: Contest) -> tuple[str, ...]:
    return contest.fields + (PARTY_FIELDS if contest.key == "pdpr" else ())


def tallies(contest: Contest, records: list[Record]) -> Tallies:
    cells = {f: [ABSENT if r[f] is None else r[f] for r in records] for f in fields_of(contest)}
    return Tallies({field: np.array(column, np.int32) for field, column in cells.items()}, len(records))


def changed(**figures: int | None) -> dict[str, Figures]:
    """The good record with some figures replaced."""
    return {
        block: tuple(figures.get(field, old) for field, old in zip(PPWP.blocks[block], GOOD[block], strict=True))
        for block in GOOD
    }


# -- an independent reading of the rules ------------------------------------------------------------------------------

Check = Callable[[Record, Contest], bool | None]


def plain(*fields: str) -> Callable[[Callable[..., bool]], Check]:
    """A check on named figures: None where one is blank."""

    def wrap(test: Callable[..., bool]) -> Check:
        def check(r: Record, _: Contest) -> bool | None:
            figures = [r.get(field) for field in fields]
            return None if None in figures else bool(test(*figures))

        return check

    return wrap


def anyhow(*checks: Check) -> Check:
    """Broken where one is broken; judged where one is judged."""

    def check(r: Record, c: Contest) -> bool | None:
        seen = [answer for answer in (one(r, c) for one in checks) if answer is not None]
        return any(seen) if seen else None

    return check


def sums(row: str) -> Check:
    return plain(f"{row}_j", f"{row}_l", f"{row}_p")(lambda j, l, p: j != l + p)  # noqa: E741


def votes(test: Callable[[list[int], int, int], bool | None], need_total: bool = False) -> Check:
    def check(r: Record, c: Contest) -> bool | None:
        figures = [r[field] for field in c.choice_fields] + [r["suara_sah"] if need_total else 0]
        if any(figure is None for figure in figures):
            return None
        whole = [figure for figure in figures if figure is not None]
        return test(whole[:-1], sum(whole[:-1]), whole[-1])

    return check


def party(n: int) -> Check:
    parts = (f"partai_{n}", f"partai_{n}_suara_partai", f"partai_{n}_calon_1", f"partai_{n}_calon_2")
    return plain(*parts)(lambda total, own, a, b: total != own + a + b)


def law(c: Contest) -> tuple[Fraction, int]:
    return (Fraction(25, 1000), 600) if c.key.startswith("pkw") else (Fraction(20, 1000), 300)


def with_law(*fields: str) -> Callable[[Callable[..., bool]], Check]:
    def wrap(test: Callable[..., bool]) -> Check:
        return lambda r, c: plain(*fields)(lambda *figures: test(*law(c), *figures))(r, c)

    return wrap


def follows(r: Record, c: Contest) -> bool | None:
    if r["surat_suara_digunakan"] is not None:
        return None
    return plain("suara_total", "pengguna_total_j")(lambda a, b: a != b)(r, c)


ORACLE: dict[str, Check] = {
    "E101": sums("pemilih_dpt"),
    "E102": sums("pengguna_dpt"),
    "E103": sums("pengguna_dptb"),
    "E104": sums("pengguna_non_dpt"),
    "E105": sums("pengguna_total"),
    "E106": anyhow(
        *(
            plain(f"pengguna_total_{x}", f"pengguna_dpt_{x}", f"pengguna_dptb_{x}", f"pengguna_non_dpt_{x}")(
                lambda t, a, b, c: t != a + b + c
            )
            for x in "lpj"
        )
    ),
    "E107": anyhow(*(plain(f"pengguna_dpt_{x}", f"pemilih_dpt_{x}")(lambda a, b: a > b) for x in "lpj")),
    "E108": anyhow(
        sums("pengguna_disabilitas"),
        *(plain(f"pengguna_disabilitas_{x}", f"pengguna_total_{x}")(lambda a, b: a > b) for x in "lpj"),
    ),
    "E201": plain(
        "surat_suara_diterima",
        "surat_suara_digunakan",
        "surat_suara_dikembalikan",
        "surat_suara_tidak_digunakan",
    )(lambda a, b, c, d: a != b + c + d),
    "E202": plain("surat_suara_digunakan", "pengguna_total_j")(lambda a, b: a != b),
    "E301": votes(lambda _, total, sah: total != sah, need_total=True),
    "E302": votes(lambda _, total, sah: total != sah, need_total=True),
    "E303": anyhow(party(1), party(2)),
    "E304": votes(lambda _, total, sah: total != sah, need_total=True),
    "E305": plain("suara_total", "suara_sah", "suara_tidak_sah")(lambda t, a, b: t != a + b),
    "E306": plain("suara_total", "surat_suara_digunakan")(lambda a, b: a != b),
    "E307": follows,
    "W501": with_law("surat_suara_diterima", "pemilih_dpt_j")(lambda r, _, a, d: a != d + ceil(r * d)),
    "W502": plain("suara_total", "surat_suara_diterima")(lambda a, b: a > b),
    "W503": with_law("pemilih_dpt_j")(lambda _, most, d: d > most),
    "W504": with_law("suara_total", "pemilih_dpt_j")(lambda r, _, t, d: t > ceil((1 + r) * d)),
    "W505": votes(lambda _, total, __: total == 0),
    "W506": votes(lambda each, _, sah: None if sah == 0 or max(each) > sah else max(each) == sah, need_total=True),
    "W511": plain("suara_tidak_sah", "suara_total")(lambda bad, t: t > 0 and Fraction(bad, t) >= Fraction(1, 10)),
}
"""Code → whether a record breaks it; None where it is not judged."""

WHERE = {"E301": {"ppwp", "pkwkp"}, "E302": {"pdpd"}, "E303": {"pdpr"}, "E304": {"pdpr"}}
