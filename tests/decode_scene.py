"""Scores of boxes and pages that show what one wants them to show."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from election.contest import ADMINISTRASI, SUARA, Choice, Contest
from election.decode import BlockReading, decode
from election.scores import CLASSES, FieldScores, PageScores

CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), "c_hasil_ppwp_2024")
SUMMED = {"paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}
USERS = dict(
    zip(
        ADMINISTRASI,
        (*(120, 130, 250), *(100, 105, 205), *(1, 2, 3), *(2, 5, 7), *(103, 112, 215), *(255, 215, 0, 40), *(0, 1, 1)),
        strict=True,
    )
)


def boxes(text: str, sure: float = 12.0, rival: str | None = None, by: float = 0.0) -> npt.NDArray[np.float64]:
    """Scores of three boxes that show `text`; the last also looks like `rival`, `by` nats less."""
    scores = np.full((3, len(CLASSES)), -sure)
    for row, mark in zip(scores, text, strict=True):
        row[CLASSES.index({" ": "blank", "-": "dash", "?": "void"}.get(mark, mark))] = 0
    if rival:
        scores[2, CLASSES.index(rival)] = -by
    return scores


def marks(value: int, sure: float = 8.0) -> npt.NDArray[np.float64]:
    scores = np.full((3, 10), -sure)
    scores[np.arange(3), [int(d) for d in f"{value:03}"]] = sure
    return scores


def field(value: int, sure: float = 12.0, bubbles: int | None = None) -> FieldScores:
    return FieldScores.of(boxes(str(value).rjust(3, "X"), sure), None if bubbles is None else marks(bubbles))


def page(values: Mapping[str, int], number: int = 2, **other: FieldScores) -> PageScores:
    return PageScores("c_hasil_ppwp_2024", number, {name: field(v) for name, v in values.items()} | other)


def read(values: Mapping[str, int], block: str = SUARA, **other: FieldScores) -> BlockReading:
    return decode(CONTEST, [page(values, **other)])[block]
