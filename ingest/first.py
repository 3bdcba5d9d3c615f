"""Pages with votes first: a switch for the hour in which everybody sends at once.

The switch is a file, `votes-first` in the data folder, so that it holds for every process of a machine and survives
restarts: `touch` turns it on, `rm` off. While it is on, pages without a vote or total are told to come back later.
"""

import random
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from election import form
from election.contest import SUARA_TOTALS, Contest
from ingest.later import PageLater

NAME = "votes-first"
WAIT = 900
"""Seconds after which the other pages are asked for again, at least; at most twice as many."""


class VotesFirst:
    """The switch, looked at once a second at most."""

    def __init__(self, folder: Path, clock: Callable[[], float], chance: Callable[[], float] = random.random) -> None:
        self._file, self._clock, self._chance = folder / NAME, clock, chance
        self._on, self._looked = False, float("-inf")

    @property
    def on(self) -> bool:
        """Whether only pages with votes are taken."""
        now = self._clock()
        if now - self._looked >= 1.0:
            self._on, self._looked = self._file.exists(), now
        return self._on

    def check(self, contest: Contest, page: int) -> None:
        """Raises PageLater where `page` (from 1) has to wait."""
        if self.on and not carries_votes(contest, page):
            raise PageLater(page=page, retry=WAIT + int(WAIT * self._chance()))


@lru_cache(maxsize=4096)
def carries_votes(contest: Contest, page: int) -> bool:
    """Whether the page has the votes of a pair, list or candidate of the ballot, or one of the totals."""
    wanted = {*contest.choice_fields, *SUARA_TOTALS}
    return any(field.name in wanted for field in form.of(contest).pages[page - 1].fields)
