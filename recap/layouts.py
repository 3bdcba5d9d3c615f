"""Which pages the blocks of each TPS's form have, ballot by ballot. What a form is lives in `election.form`."""

from election import form as forms
from election.bundle.printed import Printed
from election.record import Layout, layout


class Layouts:
    """The layouts of a contest's ballots, each worked out when it is first asked for."""

    def __init__(self, printed: Printed) -> None:
        self._printed = printed
        self._known: dict[int, Layout] = {}

    def of(self, row: int) -> Layout:
        """The layout of the form that the TPS at this row fills in; none where it does not hold the contest."""
        ballot = int(self._printed.of_tps[row])
        if ballot < 0:
            return {}
        if ballot not in self._known:
            self._known[ballot] = layout(forms.of(self._printed.ballots[ballot]))
        return self._known[ballot]
