"""What a running system knows of single TPS, as clues: held, withdrawn, missing, corrected since, contradicting."""

from collections.abc import Iterable, Mapping

import asyncpg
import numpy as np
from msgspec import Struct

from election.block import COUNTING, BlockState
from election.bundle import Bundle
from election.contest import SUARA, Contest
from election.event import BlockCorrected, BlockCounted, Decision, Figures, VersionOpened
from election.rules import identities, residuals
from election.tally import ABSENT
from recap.plenary.compare import VOTES
from recap.plenary.evidence import Clues, Evidence, Kind, clues, contradictions
from recap.plenary.judged import vector
from recap.plenary.sides import I64, Sides
from storage.journal import Entry, Journal

_BLOCKS = "select tps, block, state, decision, figures from published.block where contest = $1 and tps = any($2)"


class Stations(Struct, frozen=True, eq=False):
    """Of n_tps TPS, those that were asked for. Figures int64[n_tps, k], ABSENT where there are none."""

    contest: Contest
    asked: I64  # int64[m]: TPS rows
    records: I64  # figures that are in our sums
    held: I64
    withdrawn: I64
    before: I64  # as they were in our sums when the D.Hasil was entered, of those decided since
    missing: tuple[int, ...]

    @staticmethod
    async def of(
        pool: asyncpg.Pool,
        journal: Journal,
        bundle: Bundle,
        contest: Contest,
        asked: I64,
        numbers: Mapping[int, int],
    ) -> "Stations":
        """`numbers`: place → number of the event that entered its column."""
        tree, k = bundle.tree, len(contest.fields)
        records, held, withdrawn, before = (np.full((tree.n_tps, k), ABSENT, np.int64) for _ in range(4))
        kodes = {tree.tps_kode(int(row)): int(row) for row in asked}
        blocks: dict[int, list[asyncpg.Record]] = {row: [] for row in kodes.values()}
        for found in await pool.fetch(_BLOCKS, contest.key, list(kodes)):
            blocks[kodes[found["tps"]]].append(found)
        missing = []
        for row, some in blocks.items():
            ballot = bundle.ballot(contest.key, row)
            records[row] = _shown(contest, ballot, some, COUNTING)
            held[row] = _shown(contest, ballot, some, {BlockState.HELD})
            withdrawn[row] = _shown(contest, ballot, some, {BlockState.WITHDRAWN})
            if not any(found["block"] == SUARA and found["figures"] is not None for found in some):
                missing.append(row)
            entered = numbers.get(int(tree.tps_parent[row]), 0)
            if entered and any(found["decision"] > entered for found in some):
                entries = await journal.of_record(tree.tps_kode(row))
                before[row] = _as_of(contest, ballot, entries, entered)
        return Stations(contest, asked, records, held, withdrawn, before, tuple(missing))

    def evidence(self, sides: Sides) -> Evidence:
        """What makes a difference, or may."""
        tree, rows = sides.tree, self.asked
        now, before = self.records[rows], self.before[rows]
        known = (before != ABSENT).any(axis=1)
        since = np.where(known[:, None], np.maximum(now, 0) - np.maximum(before, 0), 0)
        marks = np.isin(rows, self.missing)
        return Evidence.of(
            [
                self._columns(sides, tree.n_areas),
                self._outside(Kind.HELD, self.held[rows]),
                self._outside(Kind.WITHDRAWN, self.withdrawn[rows]),
                clues(Kind.MISSING, marks, rows, np.zeros_like(now)),
                clues(Kind.CORRECTED, np.asarray(since.any(axis=1), np.bool_), rows, since),
                self._contradicting(now),
            ],
            len(sides.fields),
        )

    def _columns(self, sides: Sides, n_areas: int) -> Clues:
        at = np.flatnonzero(sides.place >= n_areas)
        differs = np.asarray(sides.differs[at].any(axis=1), np.bool_)
        return clues(Kind.COLUMN, differs, sides.place[at] - n_areas, sides.difference[at])

    def _outside(self, kind: Kind, figures: I64) -> Clues:
        """Figures that are shown and not in our sums: with them we would have as much more."""
        given = np.asarray((figures != ABSENT).any(axis=1), np.bool_)
        return clues(kind, given, self.asked, -np.maximum(figures, 0))

    def _contradicting(self, now: I64) -> Clues:
        r, _ = residuals(self.contest, now)
        found = identities(self.contest)
        of_votes = [identity.code in VOTES for identity in found]
        codes = [" ".join(dict.fromkeys(i.code for i, n in zip(found, row, strict=True) if n)) for row in r]
        size, gap = np.abs(r).sum(axis=1), -r[:, of_votes].sum(axis=1)
        return contradictions(self.asked, len(self.contest.fields), size, gap, codes)


def _shown(contest: Contest, ballot: Contest, blocks: Iterable[asyncpg.Record], states: Iterable[BlockState]) -> I64:
    """int64[k]: the figures of blocks in one of `states`."""
    wanted = {str(state) for state in states}
    figures = {one["block"]: tuple(one["figures"]) for one in blocks if one["state"] in wanted and one["figures"]}
    return _named(contest, ballot, figures)


def _as_of(contest: Contest, ballot: Contest, entries: Iterable[Entry], number: int) -> I64:
    """int64[k]: what of a record was in the sums as of a journal number."""
    counting: dict[str, Figures] = {}
    for entry in entries:
        event = entry.event
        if entry.number > number:
            break
        if isinstance(event, VersionOpened):
            counting.clear()
        elif isinstance(event, Decision):
            counting.pop(event.block, None)
            if isinstance(event, BlockCounted | BlockCorrected) and event.figures is not None:
                counting[event.block] = event.figures
    return _named(contest, ballot, counting)


def _named(contest: Contest, ballot: Contest, figures: Mapping[str, Figures]) -> I64:
    given = dict(zip(ballot.fields, vector(ballot, figures).tolist(), strict=True))
    return np.array([given.get(field, ABSENT) for field in contest.fields], np.int64)
