"""What the outcome refuses to work with. Files that cannot be read are refused where they are read, in `sheet`."""

from typing import ClassVar

from election.errors import Rejected


class BadVotes(Rejected):
    """Votes or seats below zero, or of somebody who does not stand."""

    code = "outcome.bad_votes"
    advice: ClassVar[dict[str, str]] = {
        "id": "Suara atau kursi tidak masuk akal: {what}. Periksa angka yang diberikan.",
        "en": "Votes or seats that cannot be: {what}. Look at the figures that were handed in.",
    }


def natural(what: str, *numbers: int) -> None:
    """Raises BadVotes where a number is below zero."""
    for number in numbers:
        if number < 0:
            raise BadVotes(what=f"{what} {number}")
