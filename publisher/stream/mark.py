"""Where a listener stands: the number of what it was told last. `id:` and `Last-Event-ID` are its text.

Numbers of a log have no gaps; those of cuts are the journal's, and a cut that was published twice has a second part.
"""

import re
from typing import NamedTuple

_TEXT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([1-9][0-9]{0,5}))?")


class Mark(NamedTuple):
    """`number`, and how often it was told before."""

    number: int
    again: int = 0

    def __str__(self) -> str:
        return f"{self.number}.{self.again}" if self.again else str(self.number)

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """The mark of its own text. Raises ValueError for anything else."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a number of this stream: {text!r}")
        return cls(int(match[1]), int(match[2] or 0))


START = Mark(0)
"""Before the first."""
