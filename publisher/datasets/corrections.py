"""What people changed: every correction that two of them made, and every version of a record that no longer counts.

The tables say which decisions of people stand; the journal says what each replaced. Both are followed back to the
first.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from election.contest import Contest
from election.event import BlockCorrected, Decision, Figures
from publisher.datasets.areas import Places
from publisher.datasets.records import rows_of
from publisher.datasets.source import Source, VersionRow
from publisher.datasets.tables import CORRECTIONS
from storage.journal import Entry

BATCH = 2_000

Row = tuple[Any, ...]


class Journal(Protocol):
    """Finds events by their number."""

    async def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        """The entries of these numbers."""


async def corrections(places: Places, source: Source, journal: Journal | None) -> pa.Table:
    """A row a figure that was changed, by TPS and number. Without a journal, versions alone."""
    found = [row for one in await source.versions() for row in _version(places, one)]
    numbers = await source.decisions() if journal is not None else []
    for at in range(0, len(numbers), BATCH):
        if journal is not None:
            found += await _chain(places, journal, numbers[at : at + BATCH])
    found.sort(key=lambda row: (row[0], row[4], row[1]))
    return rows_of(found, CORRECTIONS)


async def _chain(places: Places, journal: Journal, numbers: list[int]) -> list[Row]:
    """The rows of these decisions, and of the corrections that they replaced."""
    rows: list[Row] = []
    standing = {n: one for n, one in (await journal.entries(numbers)).items() if isinstance(one.event, BlockCorrected)}
    while standing:
        before = await journal.entries([one.event.replaces for one in _decisions(standing)])
        for number, entry in standing.items():
            rows += _correction(places, number, entry, before)
        standing = {n: one for n, one in before.items() if isinstance(one.event, BlockCorrected)}
    return rows


def _decisions(entries: Mapping[int, Entry]) -> list[Any]:
    return [entry for entry in entries.values() if isinstance(entry.event, Decision)]


def _correction(places: Places, number: int, entry: Entry, before: Mapping[int, Entry]) -> Iterator[Row]:
    event = entry.event
    if not isinstance(event, BlockCorrected):
        return
    replaced = before.get(event.replaces)
    old = replaced.event.figures if replaced is not None and isinstance(replaced.event, Decision) else None
    facts = (number, event.at, entry.kind, event.reason, None)
    yield from _changes(places, event.tps, event.block, (None, *facts), old, event.figures)


def _version(places: Places, row: VersionRow) -> Iterator[Row]:
    facts = (row.version, row.number, row.at, "version_opened", row.ground, row.order_ref)
    if row.figures is not None:
        yield from _changes(places, row.tps, row.block, facts, row.figures, None)


def _changes(
    places: Places, tps: str, block: str, facts: tuple[Any, ...], old: Figures | None, new: Figures | None
) -> Iterator[Row]:
    fields = _ballot(places, tps).blocks[block]
    for name, a, b in zip(fields, old or (None,) * len(fields), new or (None,) * len(fields), strict=True):
        if a != b:
            yield (tps, block, name, *facts, a, b)


def _ballot(places: Places, tps: str) -> Contest:
    return places.printed.ballots[int(places.printed.of_tps[places.tree.tps_index(tps)])]
