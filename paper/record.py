"""One invented record of a presidential form: figures that a polling station could have, all sums right."""

from numpy.random import Generator

from election.form import Form

COLUMNS = ("l", "p")


def invent(form: Form, rng: Generator) -> dict[str, int]:
    """Field -> figure for every field of a presidential form; every sum and identity of the form holds."""
    figures: dict[str, int] = {}
    for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt", "pengguna_disabilitas"):
        for column in COLUMNS:
            figures[f"{row}_{column}"] = _count(row, column, figures, rng)
    for column in COLUMNS:
        users = ("pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt")
        figures[f"pengguna_total_{column}"] = sum(figures[f"{row}_{column}"] for row in users)
    for row in {name[:-2] for name in figures}:
        figures[f"{row}_j"] = sum(figures[f"{row}_{column}"] for column in COLUMNS)
    used = figures["pengguna_total_j"]
    received = max(-(-figures["pemilih_dpt_j"] * 102 // 100), used)
    spoilt = min(int(rng.poisson(0.4)), received - used)
    figures |= {
        "surat_suara_diterima": received,
        "surat_suara_digunakan": used,
        "surat_suara_dikembalikan": spoilt,
        "surat_suara_tidak_digunakan": received - used - spoilt,
    }
    return figures | _votes(form, used, rng)


def _count(row: str, column: str, figures: dict[str, int], rng: Generator) -> int:
    listed = figures.get(f"pemilih_dpt_{column}", 0)
    match row:
        case "pemilih_dpt":
            return int(rng.integers(70, 148))
        case "pengguna_dpt":
            return int(rng.binomial(listed, rng.uniform(0.7, 0.92)))
        case "pengguna_disabilitas":
            return int(rng.binomial(listed, 0.005))
        case _:
            return int(rng.poisson(1.2))


def _votes(form: Form, used: int, rng: Generator) -> dict[str, int]:
    invalid = int(rng.binomial(used, rng.uniform(0.005, 0.05)))
    choices = [field.name for field in form.fields if field.name.startswith("paslon_")]
    votes = rng.multinomial(used - invalid, rng.dirichlet([3.0] * len(choices)))
    totals = {"suara_sah": used - invalid, "suara_tidak_sah": invalid, "suara_total": used}
    return {name: int(count) for name, count in zip(choices, votes, strict=True)} | totals
