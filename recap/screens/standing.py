"""What the screens of one contest say now, and what of it the published table does not say yet."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import asyncpg

from recap.screens import tables
from recap.screens.found import Found
from recap.screens.tables import Row, Said
from recap.screens.votes import I64
from recap.state import State

CODES: Final = ("W507", "W508", "W509", "W510", "W511", "W512")

A_CUT: Final = 200
"""Rows a cut, so that its transaction stays short."""

_COMMITTED = "select coalesce(totals, number) from published.cut where contest = $1"

Key = tuple[int, str]
"""A TPS row and a code of the catalogue."""


class Standing:
    """A row's number is that of the last event about its record, whichever engine wrote it and when."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.found: dict[str, dict[int, Found]] = {code: {} for code in CODES}
        """What holds now, by code and TPS row."""
        self._owed: dict[Key, None] = {}
        self._written: dict[Key, None] = {}
        """By the last cut, which may have failed after all."""
        self._attempt = -1

    @property
    def owes(self) -> bool:
        """Whether another cut is wanted."""
        return bool(self._owed)

    def put(self, rows: I64, codes: Sequence[str], found: Iterable[Found]) -> None:
        """What holds of these TPS rows from now on, of these codes."""
        new: dict[str, dict[int, Found]] = {code: {} for code in codes}
        for one in found:
            new[one.code][one.row] = one
        judged = set(rows.tolist())
        for code, there in new.items():
            known = self.found[code]
            for row in judged & (known.keys() | there.keys()):
                if known.get(row) != there.get(row):
                    self._owed[row, code] = None
                    known.pop(row, None)
            known.update(there)

    def again(self, rows: I64) -> None:
        """Something happened to these records: what is said of them bears another number."""
        touched = set(rows.tolist())
        for code, known in self.found.items():
            self._owed |= dict.fromkeys((row, code) for row in known.keys() & touched)

    async def publish(self, line: asyncpg.Connection, number: int) -> None:
        """Writes some of what is owed; what the last attempt wrote is owed again where its cut was not committed."""
        key = self._state.key
        if self._written and await line.fetchval(_COMMITTED, key) < self._attempt:
            self._owed = self._written | self._owed
        some = list(self._owed)[:A_CUT]
        self._written, self._attempt = dict.fromkeys(some), number
        there = {(row, code): found for row, code in some if (found := self.found[code].get(row)) is not None}
        await tables.write(line, key, [(self._said(one), self._row(found)) for one, found in there.items()])
        await tables.clear(line, key, [(self._said(one), self._last(one[0])) for one in some if one not in there])
        for one in some:
            del self._owed[one]

    def hold_against(self, stands: Mapping[Said, tuple[int, Any]]) -> None:
        """Whatever is published otherwise than it should be is owed."""
        wanted = {
            self._said((row, code)): (self._last(row), found.plain)
            for code, known in self.found.items()
            for row, found in known.items()
        }
        for tps, code in sorted(wanted.keys() | stands.keys()):
            row = self._state.tree.tps_codes.one(tps)
            if row >= 0 and code in self.found and wanted.get((tps, code)) != stands.get((tps, code)):
                self._owed[row, code] = None

    def _said(self, key: Key) -> Said:
        return self._state.tree.tps_kode(key[0]), key[1]

    def _row(self, found: Found) -> Row:
        return Row(self._last(found.row), found)

    def _last(self, row: int) -> int:
        return int(self._state.last[row])
