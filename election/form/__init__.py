"""Form templates as data: pages, marks, boxes, bubbles, and which field of a contest each of them holds.

A template lies in `election/forms/NAME.json`; with a ballot it gives a form. All measures are millimetres on the paper,
origin at the top left, x to the right, y down. How a form is drawn lives in `paper`, how it is found in a photo in
`ocr`; what its figures must satisfy in `rules`.
"""

from pathlib import Path

from election.contest import Contest
from election.form.expansion import DIGITS, PLACES, BallotMismatch, BallotNeeded, BrokenTemplate, expand
from election.form.model import Corner, Field, Form, Mark, NotOnForm, Page, Place, Tag, Tally, Text, hidden, shown
from election.form.rect import Rect, square
from election.form.shelf import Shelf, UnknownForm, parse

__all__ = [
    "DIGITS",
    "PLACES",
    "SHELF",
    "BallotMismatch",
    "BallotNeeded",
    "BrokenTemplate",
    "Corner",
    "Field",
    "Form",
    "Mark",
    "NotOnForm",
    "Page",
    "Place",
    "Rect",
    "Shelf",
    "Tag",
    "Tally",
    "Text",
    "UnknownForm",
    "expand",
    "hidden",
    "load",
    "names",
    "of",
    "parse",
    "shown",
    "square",
    "tagged",
]

SHELF = Shelf(Path(__file__).parent.parent / "forms")
"""The program's own templates."""


def names() -> tuple[str, ...]:
    """The templates there are."""
    return SHELF.names()


def load(name: str, contest: Contest | None = None) -> Form:
    """The form of a template; one that repeats for a ballot needs the contest.

    Raises UnknownForm, BrokenTemplate, BallotNeeded, BallotMismatch.
    """
    return SHELF.load(name, contest)


def of(contest: Contest) -> Form:
    """The form that the ballot of `contest` gives. Raises UnknownForm, BrokenTemplate, BallotMismatch."""
    return SHELF.of(contest)


def tagged(tag: int) -> tuple[str, int] | None:
    """Contest and page that a page tag's id stands for, so that a refusal can say which form a photo shows."""
    return SHELF.tagged(tag)
