"""A small invented election for the tests of recap: figures that keep every rule, scores that say given digits, and
officers, machines and validators that write the journal as the roles do."""

from collections.abc import Mapping

import numpy as np

from election import acceptance, scores
from election import event as ev
from election import form as forms
from election.bundle import Bundle
from election.contest import ADM, SUARA, Contest
from election.record import layout
from election.scores import CLASSES, FieldScores, PageScores

MODEL = acceptance.entries()[-1].model
AT = "2029-02-14T12:00:00.000Z"
FORM = forms.load("c_hasil_ppwp_2024")
LAYOUT = layout(FORM)

Told = dict[str, tuple[int | None, ...]]
"""Block → figures."""


def truth(bundle: Bundle, row: int, seed: int = 1) -> Told:
    """Figures of one TPS that break no error rule; the same for the same seed."""
    contest = bundle.contest("ppwp")
    rng = np.random.default_rng((seed, row))
    dpt = {"l": int(bundle.dpt_l[row]), "p": int(bundle.dpt_p[row])}
    cells = {"pemilih_dpt": dpt, "pengguna_disabilitas": {"l": 0, "p": 0}}
    cells["pengguna_dpt"] = {x: int(rng.integers(dpt[x] // 2, dpt[x] + 1)) for x in "lp"}
    cells["pengguna_dptb"] = {x: int(rng.integers(0, 4)) for x in "lp"}
    cells["pengguna_non_dpt"] = {x: int(rng.integers(0, 4)) for x in "lp"}
    users = ("pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt")
    cells["pengguna_total"] = {x: sum(cells[row][x] for row in users) for x in "lp"}
    flat = {f"{name}_{x}": values[x] for name, values in cells.items() for x in "lp"}
    flat |= {f"{name}_j": sum(values.values()) for name, values in cells.items()}
    used = flat["pengguna_total_j"]
    delivered = used + int(rng.integers(0, 9))
    flat |= {"surat_suara_diterima": delivered, "surat_suara_digunakan": used}
    flat |= {"surat_suara_dikembalikan": 0, "surat_suara_tidak_digunakan": delivered - used}
    invalid = min(used, int(rng.integers(0, 5)))
    votes = rng.multinomial(used - invalid, np.full(len(contest.choices), 1 / len(contest.choices)))
    flat |= dict(zip(contest.choice_fields, map(int, votes), strict=True))
    flat |= {"suara_sah": used - invalid, "suara_tidak_sah": invalid, "suara_total": used}
    return {block: tuple(flat[field] for field in fields) for block, fields in contest.blocks.items()}


def changed(contest: Contest, told: Told, **figures: int | None) -> Told:
    """`told` with some fields replaced."""
    return {
        block: tuple(figures.get(field, figure) for field, figure in zip(fields, told[block], strict=True))
        for block, fields in contest.blocks.items()
    }


def page_scores(
    contest: Contest, told: Told, page: int, sure: float = 15.0, instead: Mapping[str, FieldScores] | None = None
) -> bytes:
    """The artefact of a page whose boxes and bubbles say `told`, each by `sure` nats; of some fields `instead`."""
    flat = {f: n for block, fields in contest.blocks.items() for f, n in zip(fields, told[block], strict=True)}
    fields = next(p for p in FORM.pages if p.number == page).fields
    seen = {f.name: field_scores(flat[f.name], bool(f.bubbles), sure) for f in fields}
    seen |= {name: field for name, field in (instead or {}).items() if name in seen}
    return scores.encode(PageScores(FORM.name, page, seen))


def field_scores(
    figure: int | None, bubbles: bool = False, sure: float = 15.0, marked: int | None = None
) -> FieldScores:
    """Boxes that say `figure`, and bubbles that say it too, or `marked`."""
    if figure is None:
        return FieldScores.of(_says([CLASSES.index("blank")] * 3, 14, sure), np.zeros((3, 10)) if bubbles else None)
    text = f"{figure if marked is None else marked:03d}"
    plain = str(figure).rjust(3)
    boxes = [CLASSES.index("X") if c == " " else int(c) for c in plain]
    return FieldScores.of(_says(boxes, 14, sure), _says([int(c) for c in text], 10, sure) if bubbles else None)


def _says(classes: list[int], width: int, sure: float) -> np.ndarray:
    rows = np.full((len(classes), width), -sure)
    rows[np.arange(len(classes)), classes] = 0.0
    return rows


def scan(tps: str, page: int, sha: str = "aa" * 32) -> ev.ScanReceived:
    return ev.ScanReceived(tps=tps, at=AT, page=page, sha256=sha, size=1000)


def page_read(
    tps: str, of: int, page: int | None, artefact: str | None = None, fault: str | None = None
) -> ev.PageRead:
    return ev.PageRead(
        tps=tps,
        at=AT,
        scan=of,
        page=page,
        fault=fault,
        quality=900,
        scores=artefact,
        rendition="ee" * 32 if fault is None else None,
        model=MODEL,
        program="1",
    )


def reading(tps: str, told: Mapping[str, tuple[int | None, ...]]) -> ev.ReadingSubmitted:
    salts = dict.fromkeys(told, "5" * 32)
    commitments = {block: ev.commitment(salts[block], block, told[block]) for block in told}
    return ev.ReadingSubmitted(tps=tps, at=AT, commitments=commitments, salts=salts, figures=dict(told))


def corrected(tps: str, block: str, replaces: int, figures: tuple[int | None, ...]) -> ev.BlockCorrected:
    return ev.BlockCorrected(
        tps=tps,
        at=AT,
        block=block,
        replaces=replaces,
        figures=figures,
        proposal=1,
        reason="misread",
        roles=("validator", "validator"),
        accounts=("a", "b"),
    )


__all__ = [
    "ADM",
    "AT",
    "FORM",
    "LAYOUT",
    "SUARA",
    "Told",
    "changed",
    "corrected",
    "page_read",
    "page_scores",
    "reading",
    "scan",
    "truth",
]
