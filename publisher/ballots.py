"""Which ballot a place shows: an area its own or what several have in common, a TPS the form that it fills in.

What a ballot is lives in `election.contest`, which area has which in `election.bundle`.
"""

from msgspec import Struct

from election import form as forms
from election.bundle import Bundle
from election.contest import Contest
from election.form import Form
from election.record import Layout, layout


class Paper(Struct, frozen=True):
    """The form that a TPS fills in. `layout` says which pages each block needs."""

    ballot: Contest
    form: Form
    layout: Layout

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self.form.pages)


class Ballots:
    """The ballots of one contest, each worked out when it is first asked for."""

    def __init__(self, bundle: Bundle, key: str) -> None:
        self.key = key
        self.printed = bundle.printed(key)
        self._papers: dict[int, Paper] = {}

    def of_area(self, area: int) -> Contest:
        """What the totals of an area are shown by."""
        return self.printed.shown(area)

    def of_tps(self, row: int) -> Paper:
        """The form of a TPS that holds the contest."""
        ballot = int(self.printed.of_tps[row])
        if ballot not in self._papers:
            held = self.printed.ballots[ballot]
            form = forms.of(held)
            self._papers[ballot] = Paper(held, form, layout(form))
        return self._papers[ballot]
