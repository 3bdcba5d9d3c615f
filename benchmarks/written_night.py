"""A night's journal of one contest, invented and written straight into the database, for what reads journals.

A record is its photos, a look at each, the officer's figures and the machine's decisions, each event with everything
that a real one carries (who signed, salts, hashes); records come abreast, as phones send them. Nothing is judged here.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import chain

import asyncpg
import numpy as np

from election import event as ev
from election import form as forms
from election.bundle import Bundle
from election.contest import Contest
from election.event import Decision, Event, Figures
from election.record import layout
from loadtest.night.truth import truth
from storage.draft import Draft, Row, row

AT = "2029-02-14T{hour:02}:{minute:02}:{second:02}.000Z"
SIGNED = ev.Signed("k" * 43, 'officer=("@method" "@path" "content-digest");created=1739550000;alg="ecdsa"', "s" * 88)
COLUMNS = ("journal", "number", "kind", "tps", "block", "at", "leaf", "leaf_hash", "payload")


def stamp(number: int) -> str:
    """The time of the event of this number: 1,800 a second from 13:00, six hours at most."""
    second = min(number // 1800, 6 * 3600 - 1)
    return AT.format(hour=13 + second // 3600, minute=second // 60 % 60, second=second % 60)


def events(bundle: Bundle, key: str, rows: Sequence[int], first: int = 1, abreast: int = 200) -> Iterator[Event]:
    """The events of these TPS rows in the order of the journal, the first of them numbered `first`."""
    rng, number = np.random.default_rng([7, first]), first
    for start in range(0, len(rows), abreast):
        scripts = [_Record(bundle, key, row) for row in rows[start : start + abreast]]
        order = rng.permutation(np.repeat(np.arange(len(scripts)), [script.length for script in scripts]))
        for one in order.tolist():
            yield scripts[one].next(number)
            number += 1


class _Record:
    """One record's events, in their order; each is told its number, which later ones refer to."""

    def __init__(self, bundle: Bundle, key: str, row: int) -> None:
        self._ballot = bundle.ballot(key, row)
        self._told = truth(bundle, 1, row, contest=key)
        self._true = _with_candidates(self._ballot, self._told.true)
        self._pages = layout(forms.of(self._ballot))
        self._numbers = sorted(set(chain(*self._pages.values())))
        self._scans: dict[int, int] = {}
        self._reading = self._last = 0
        self._steps = self._script()
        self.length = 2 * len(self._numbers) + 1 + len(self._pages)

    def next(self, number: int) -> Event:
        """The next event, which gets this number."""
        next(self._steps)
        event = self._steps.send(number)
        if not isinstance(event, Decision):
            self._last = number
        return event

    def _figures(self, block: str) -> Figures:
        return tuple(self._true[field] for field in self._ballot.blocks[block])

    def _script(self):  # noqa: ANN202 — a generator that is sent numbers
        tps = self._told.tps
        account = f"kpps-{tps}-1"
        for page in self._numbers:
            number = yield
            self._scans[page] = number
            yield ev.ScanReceived(
                tps=tps, at=stamp(number), page=page, sha256=_hash(tps, page), size=250_000, by="kpps", verdict="ok",
                account=account, signed=SIGNED,
            )  # fmt: skip
        for page in self._numbers:
            number = yield
            yield ev.PageRead(
                tps=tps, at=stamp(number), scan=self._scans[page], page=page, fault=None, quality=900,
                scores=_hash(tps, page, "s"), rendition=_hash(tps, page, "r"), model="m" * 64, program="reader 2",
            )  # fmt: skip
        self._reading = number = yield
        salts = {block: _hash(tps, block)[:32] for block in self._pages}
        yield ev.ReadingSubmitted(
            tps=tps, at=stamp(number), salts=salts, by="kpps", account=account, signed=SIGNED,
            commitments={block: _hash(salts[block]) for block in self._pages},
            figures={block: self._figures(block) for block in self._pages},
        )  # fmt: skip
        for block, pages in self._pages.items():
            number = yield
            yield ev.BlockCounted(
                tps=tps, at=stamp(number), block=block, replaces=0, figures=self._figures(block), salt=salts[block],
                scans=tuple(self._scans[page] for page in pages), reading=self._reading, policy="two-readings-2",
                upto=self._last,
            )  # fmt: skip


def _with_candidates(ballot: Contest, true: dict[str, int]) -> dict[str, int]:
    """A party's votes shared out among the list and its candidates."""
    whole = dict(true)
    for party, choice in zip(ballot.choice_fields, ballot.choices, strict=True):
        each = true[party] // (len(choice.candidates) + 2)
        whole |= {f"{party}_calon_{candidate.number}": each for candidate in choice.candidates}
        whole[f"{party}_suara_partai"] = true[party] - each * len(choice.candidates)
    return whole


def _hash(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def rows_of(found: Iterator[Event]) -> Iterator[Row]:
    """The events as the journal's writer takes them."""
    for event in found:
        yield row(Draft(event=event))


async def write(line: asyncpg.Connection, key: str, found: Iterator[Event], size: int = 20_000) -> int:
    """Copies the events into an empty journal; answers how many there are."""
    await line.execute("select journal.open($1)", key)
    number = 0
    records: list[tuple[object, ...]] = []
    for one in rows_of(found):
        number += 1
        records.append((key, number, one.kind, one.tps, one.block, one.at, one.leaf, one.leaf_hash, one.payload))
        if len(records) == size:
            await _copy(line, records)
            records = []
    await _copy(line, records)
    await line.execute("select journal.extend($1, $2)", key, number)
    await line.execute(
        "insert into journal.record_head (journal, tps, block, number) "
        "select journal, tps, block, max(number) from journal.event where journal = $1 and block is not null "
        "group by 1, 2, 3",
        key,
    )
    await line.execute("update journal.head set size = $2 where journal = $1", key, number)
    return number


async def _copy(line: asyncpg.Connection, records: Sequence[tuple[object, ...]]) -> None:
    await line.copy_records_to_table("event", schema_name="journal", columns=COLUMNS, records=records)
