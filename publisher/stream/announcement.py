"""What a publication says of itself once its last document is written: which cut it was, and whom it concerns.

The publisher makes one and hands it to a hook; what becomes of it (a file, a ring, nothing) is the hook's.
"""

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

MOST = 2000
"""Codes that an announcement names at most; where it would be more, it says that everything may have changed."""


class Announcement(Struct, frozen=True, omit_defaults=True):
    """One publication. `areas` and `tps` are the codes whose documents were written; both empty where `all`."""

    contest: str
    number: int
    at: str
    areas: tuple[str, ...]
    tps: tuple[str, ...]
    all: bool = False

    @classmethod
    def of(cls, contest: str, number: int, at: str, areas: Iterable[str], tps: Iterable[str]) -> "Announcement":
        """The announcement of these codes, in their order; of everything where they are too many to say."""
        found, records = tuple(sorted(areas)), tuple(sorted(tps))
        if len(found) + len(records) > MOST:
            return cls(contest, number, at, (), (), all=True)
        return cls(contest, number, at, found, records)


Announce = Callable[[Announcement], Awaitable[None]]
"""Told after a publication's last document is written, and before the publisher remembers that it was: killed between
the two it says the same again. What it raises makes the publisher write and say it again."""


async def unheard(announcement: Announcement) -> None:
    """The hook of a publisher that nobody listens to."""
