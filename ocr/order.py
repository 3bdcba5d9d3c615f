"""Which photos are read first: those that decide most. What a page decides is said by its form.

A page with votes or their totals decides an outcome; the data page whether a record is in order; a candidate's votes a
seat within a party, when there is room. A photo of a page that was read well already has time.
"""

from typing import Final

from election import form as forms
from election.bundle import Bundle
from election.contest import ADM, SUARA
from election.errors import Rejected
from election.event import PageRead, ScanReceived
from election.form import Form
from election.region import UnknownTps

VOTES: Final = 0
DATA: Final = 1
CANDIDATES: Final = 2
AGAIN: Final = 3
"""Ranks of the queue."""

WELL: Final = 500
"""Quality from which a page counts as read well: another photo of it can hardly tell more."""

_PAGES: Final = 100
"""More than a form has: its tags have two digits for the page."""


class Order:
    """How the photos of one contest are ranked, for the feeder of the queue."""

    def __init__(self, bundle: Bundle, contest: str) -> None:
        self._bundle, self._contest = bundle, contest

    def rank(self, scan: ScanReceived, again: bool) -> int:
        """How urgent a photo is, 0 first; `again`: its page has been read well already."""
        if again:
            return AGAIN
        try:
            ballot = self._bundle.ballot(self._contest, self._bundle.tree.tps_index(scan.tps))
            return rank(forms.of(ballot), scan.page)
        except Rejected:
            return CANDIDATES  # no such page, no such form: that is told when there is room

    def settles(self, reading: PageRead) -> bool:
        """Whether a page was read so well that another photo of it has time."""
        return reading.page is not None and reading.fault is None and reading.quality >= WELL

    def place(self, tps: str, page: int) -> int:
        """A number for each page of each TPS, none used twice; TPS that another bundle knew share theirs."""
        tree = self._bundle.tree
        try:
            index = tree.tps_index(tps)
        except UnknownTps:
            index = tree.n_tps
        return index * _PAGES + page % _PAGES


def rank(form: Form, page: int) -> int:
    """How urgent a page of a form is, by the blocks of the record that it fills. Raises NotOnForm."""
    blocks = {field.block for field in form.page(page).fields}
    if SUARA in blocks:
        return VOTES
    return DATA if ADM in blocks else CANDIDATES
