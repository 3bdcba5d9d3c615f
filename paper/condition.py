"""What makes a photo hard to read: each hardship by name, with a strength from 0 (absent) to 1.

At strength 1 a person who wants to read the page still can, wherever it is in the picture and not covered; only just.
How a hardship looks lives in `view`, `relief`, `light`, `scene` and `photo`.
"""

from collections.abc import Mapping
from typing import ClassVar

from numpy.random import Generator

from election.errors import Rejected

CONDITIONS: dict[str, str] = {
    "rotation": "the phone is held askew, by any angle up to 45°",
    "turned": "quarter turns: the phone was held sideways or upside down",
    "perspective": "taken from the side, from below or from above",
    "far": "the page fills only part of the picture",
    "fold": "the sheet was folded, and its planes meet at creases that take the light differently",
    "curl": "the sheet was rolled up, and an edge rises",
    "crumple": "the sheet was crushed",
    "shadow": "somebody's or something's shadow, its edge sharp or soft",
    "glare": "a lamp or the flash mirrored on the paper",
    "motion": "the phone moved",
    "defocus": "out of focus",
    "low_light": "too dark: noise, little contrast, details smeared by the phone's denoising",
    "moire": "a photo of a screen, whose pixels beat with the camera's",
    "cast": "coloured light",
    "cut": "a corner of the page lies outside the picture",
    "covered_tag": "a hand lies on a page tag, on every one from strength 0.5 on",
    "lens": "a wide lens close by bends straight lines",
    "compression": "strong JPEG compression, down to quality 30",
    "clutter": "other papers and hands around the page",
}
"""Name -> what it is."""

_CHANCES = {
    "rotation": 0.08, "turned": 0.1, "perspective": 1.0, "far": 0.25, "fold": 0.7, "curl": 0.45, "crumple": 0.2,
    "shadow": 0.6, "glare": 0.25, "motion": 0.25, "defocus": 0.5, "low_light": 0.3, "moire": 0.04, "cast": 0.6,
    "cut": 0.06, "covered_tag": 0.05, "lens": 0.6, "compression": 0.35, "clutter": 0.45,
}  # fmt: skip
"""Of each hardship in a photo of hardness 1."""


class UnknownCondition(Rejected):
    """A hardship that photos here cannot have, or a strength outside 0 to 1."""

    code: ClassVar[str] = "paper.unknown_condition"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada kesulitan foto {name} dengan kekuatan {strength}. Yang ada: {known}; kekuatan 0 sampai 1.",
        "en": "There is no hardship {name} of strength {strength}. Known: {known}; strengths are 0 to 1.",
    }


def drawn(hardness: float, rng: Generator) -> dict[str, float]:
    """Hardships of a photo of that hardness: each comes with a chance, and with a strength, that grow with it.

    At 0 there are none: a careful photo in good light. At 0.4, an ordinary one, two or three weak ones. At 1, about
    seven, of a quarter to the whole of their strength.
    """
    chances = rng.random(len(_CHANCES))
    strengths = rng.uniform(0.25, 1, len(_CHANCES)) * hardness
    return {
        name: float(strength)
        for (name, chance), luck, strength in zip(_CHANCES.items(), chances, strengths, strict=True)
        if luck < chance * hardness
    }


def checked(conditions: Mapping[str, float]) -> dict[str, float]:
    """The hardships asked for, those of strength 0 left out. Raises UnknownCondition."""
    for name, strength in conditions.items():
        if name not in CONDITIONS or not 0 <= strength <= 1:
            raise UnknownCondition(name=name, strength=strength, known=", ".join(CONDITIONS))
    return {name: strength for name, strength in conditions.items() if strength}
