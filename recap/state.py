"""Every ruling of one contest's journal as NumPy arrays, and the totals of every area kept up to date by deltas.

A pure fold: the same entries give the same bytes. What evidence a record has is `election.record`'s; writing the
totals where the public can read them is `published`'s; keeping the arrays on disk, `snapshot`'s. How figures lie is
`ragged`'s, what a row of sums holds `columns`'s.
"""

import logging
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from election.bundle import Bundle
from election.codes import fixed
from election.contest import ADM, Contest
from election.record import Entry
from recap.columns import lay
from recap.ragged import CODES, Rows, Sums, Ways, add_own, mark_unsettled, summed
from recap.ragged_check import sound
from recap.ragged_fold import LARGEST, blocks_of, carry_out, deeds

__all__ = ["CODES", "LARGEST", "State"]

I64 = NDArray[np.int64]

log = logging.getLogger(__name__)


class State:
    """The state of one contest as of journal number `number`.

    Of TPS: `states` uint8 (places in `CODES`) and `decisions` int64 [n_tps, blocks] in the order of
    `block_names(row)`, `versions` uint8, `last` int64 [n_tps] (number of the last event that was about the TPS or moved
    a block of it), `figures_of(row)`. Of areas: `areas` int64[n_areas, columns.width], `area_numbers` int64[n_areas]
    (of the last event that decided something there); of dapil the same, `dapil` and `dapil_numbers`.
    """

    def __init__(self, bundle: Bundle, key: str) -> None:
        """Of a contest of which nothing has happened; `tps` int64[n_areas]: how many hold it. Raises UnknownContest."""
        self.tree, self.printed, self.key = bundle.tree, bundle.printed(key), key
        self.contest: Contest = bundle.contest(key)
        self.holding = bundle.tps_holding(key)
        before = np.concatenate([[0], np.cumsum(self.holding)])
        self.tps: I64 = before[self.tree.tps_stop] - before[self.tree.tps_start]
        self.columns, self.plan = lay(self.printed)
        self.ways = Ways.of(self.tree, self.printed)
        self.number, self.at = 0, ""
        self.rows = Rows.empty(self.printed, self.plan, self.tree.n_areas)
        self.lock = threading.Lock()
        """Held while anything moves; whoever reads rows and sums together from another thread takes it."""
        self._blocks = [blocks_of(ballot) for ballot in self.printed.ballots]
        self._tps_of_ballot = np.bincount(self.printed.of_tps[self.holding], minlength=len(self.printed.ballots))
        self._delta = np.zeros(self.columns.width, np.int64)
        n = self.tree.n_areas + len(self.printed.dapil)
        own = np.zeros((2, int(self.plan.fields[-1])), np.int64)
        self.sums = Sums(np.zeros((n, self.columns.width), np.int64), np.zeros(n, np.int64), own)

    # --- events -----------------------------------------------------------------------------------------------------

    def fold(self, entries: Sequence[Entry]) -> list[int]:
        """Takes in the entries that follow `number`; answers the TPS rows they are about, in order of first mention.

        An event about an area is about none of them, however many it moves: `last` tells which.
        """
        new = [entry for entry in entries if entry.number > self.number]
        if not new:
            return []
        rows = self._rows_of(new)
        ballots = self.printed.of_tps[rows].tolist()
        known = [self._blocks[ballot] if row >= 0 else None for row, ballot in zip(rows, ballots, strict=True)]
        places = [row if row >= 0 else self._area_of(entry) for row, entry in zip(rows, new, strict=True)]
        done = deeds(new, places, known)
        with self.lock:
            carry_out(self.plan, self.columns.places, self.rows, self.ways, self.sums, done, self._delta)
            self.number = new[-1].number
            self.at = next((entry.event.at for entry in reversed(new) if entry.event is not None), self.at)
        return list(dict.fromkeys(row for row in rows if row >= 0))

    def _rows_of(self, entries: Sequence[Entry]) -> list[int]:
        """The TPS row that each entry is about, -1 where it is about none that holds this contest."""
        codes = ["?" if entry.event is None or "\0" in entry.event.tps else entry.event.tps for entry in entries]
        rows = self.tree.tps_codes.find(fixed(codes))
        found: list[int] = np.where(self.holding[rows], rows, -1).tolist()
        return found

    def _area_of(self, entry: Entry) -> int:
        """The area index that an entry is about, -1 where it is about none."""
        area = -1 if entry.event is None else self.tree.area_codes.one(entry.event.tps)
        if area < 0:
            log.warning("%s: number %d passed over: unknown kind or place", self.key, entry.number)
        return area

    def sound(self) -> bool:
        """Whether all sums are those of the TPS rows. May run in a thread while the state moves."""
        return sound(self.tree, self.plan, self.columns, self.rows, self.ways, self.sums, self.lock)

    def rebuild(self) -> list[int]:
        """Puts the sums right from the TPS rows; answers the areas whose sums were others."""
        with self.lock:
            before = self.sums
            self.sums = summed(self.plan, self.columns, self.rows, self.ways, len(self.printed.dapil))
            differ = (before.rows != self.sums.rows).any(axis=1) | (before.numbers != self.sums.numbers)
        return np.flatnonzero(differ[: self.tree.n_areas]).tolist()

    # --- TPS --------------------------------------------------------------------------------------------------------

    @property
    def states(self) -> NDArray[np.uint8]:
        """uint8[n_tps, blocks]: a place in `CODES`; 0 for every state before the first decision."""
        return self.rows.states

    @property
    def decisions(self) -> I64:
        """int64[n_tps, blocks]: number of the event that decided the block, or opened its record's version; 0: none."""
        return self.rows.decisions

    @property
    def versions(self) -> NDArray[np.uint8]:
        """uint8[n_tps]: each record's version, 1 at first."""
        return self.rows.versions

    @property
    def last(self) -> I64:
        """int64[n_tps]: number of the last event that was about the TPS or moved a block of it; 0: none."""
        return self.rows.last

    def ballot(self, row: int) -> Contest:
        """The ballot that a TPS votes with. Raises IndexError where it does not hold the contest."""
        number = int(self.printed.of_tps[row])
        if number < 0:
            raise IndexError(f"TPS row {row} does not hold {self.key}")
        return self.printed.ballots[number]

    def block_names(self, row: int) -> tuple[str, ...]:
        """The blocks of a TPS's ballot, in the order of `states[row]`."""
        return tuple(self.ballot(row).blocks)

    def figures_of(self, row: int) -> NDArray[np.int16]:
        """The figures of a TPS as decided, in the order of its ballot's fields; `ABSENT`: none. A view."""
        return self.rows.figures[self.rows.offsets[row] : self.rows.offsets[row + 1]]

    def unsettled(self) -> NDArray[np.bool_]:
        """bool[n_tps]: TPS that hold the contest and whose votes are not all in the totals."""
        found = np.zeros(self.tree.n_tps, np.bool_)
        mark_unsettled(self.plan, self.columns.kinds.index(ADM), self.rows, found)
        return found

    # --- areas ------------------------------------------------------------------------------------------------------

    @property
    def areas(self) -> I64:
        """int64[n_areas, columns.width]. A view."""
        return self.sums.rows[: self.tree.n_areas]

    @property
    def area_numbers(self) -> I64:
        """int64[n_areas]: number of the last event that decided something in the area."""
        return self.sums.numbers[: self.tree.n_areas]

    @property
    def common_totals(self) -> I64:
        """int64[n_areas, len(printed.common)]. A view."""
        return self.areas[:, self.columns.totals]

    def totals(self, area: int) -> I64:
        """Sums of `printed.fields(area)` over blocks that count."""
        return self._shown(area, self.columns.totals, 0)

    def held(self, area: int) -> I64:
        """Sums of `printed.fields(area)` over blocks that are held."""
        return self._shown(area, self.columns.held, 1)

    def _shown(self, area: int, common: slice, which: int) -> I64:
        ballot = int(self.printed.of_area[area])
        if ballot < 0 or len(self.printed.ballots) == 1:
            return self.areas[area, common]
        if self.tps[area] == self._tps_of_ballot[ballot]:
            return self._own(which, ballot)
        of = self.tree.tps_of(area)
        sums = np.zeros(self._own(which, ballot).shape, np.int64)
        add_own(self.plan, self.rows, ballot, of.start, of.stop, which, sums)
        return sums

    # --- dapil ------------------------------------------------------------------------------------------------------

    @property
    def dapil(self) -> I64:
        """int64[len(printed.dapil), columns.width]: as `areas`. A view."""
        return self.sums.rows[self.tree.n_areas :]

    @property
    def dapil_numbers(self) -> I64:
        """int64[len(printed.dapil)]: as `area_numbers`."""
        return self.sums.numbers[self.tree.n_areas :]

    def dapil_totals(self, dapil: int) -> I64:
        """Sums of `printed.dapil_fields(dapil)` over blocks that count."""
        ballot = int(self.printed.of_dapil[dapil])
        return self.dapil[dapil, self.columns.totals] if ballot < 0 else self._own(0, ballot)

    def _own(self, which: int, ballot: int) -> I64:
        return self.sums.own[which, self.plan.fields[ballot] : self.plan.fields[ballot + 1]]
