"""The control room's figures: how far each contest is, how old its queue, how fast photos come, what is wrong now.

Reads `published` and the ends of the journals; decides nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
from msgspec import Struct

from election.clock import stamp
from election.words import Words, number
from review import disputes, waiting
from review.areas import Part, parts
from review.subject import AreaAt
from storage.findings import WORDS, Finding, open_findings
from storage.journal import Journal

WINDOW = timedelta(minutes=10)
"""Over which photos are counted."""

TAIL = 5000
"""Entries at a journal's end that are looked at for it."""

BEHIND = 1000
"""Events that the published totals may lag before it is said."""

OLD = timedelta(hours=1)
"""How long a block may wait for people before it is said."""


class Watch(Struct, frozen=True):
    """One contest, as the control room sees it."""

    at: AreaAt
    own: Part
    held: int
    oldest: str  # stamp; "" where nothing waits
    proposals: int
    photos: int  # a minute, tenths
    behind: int  # events that the published totals lack
    cut: str  # stamp of the published totals; "" before there are any
    wrong: list[Words]


async def watch(pool: asyncpg.Pool, journal: Journal, at: AreaAt, now: datetime) -> Watch:
    """What one contest's control room sees of an area at `now`."""
    own, _ = await parts(pool, at)
    held, oldest = (await waiting.counts(pool, [at.key], at.kode)).get(at.key, (0, ""))
    asked = await waiting.proposals(pool, journal, at.kode)
    cases = await disputes.within_area(journal, at.kode)
    size = await journal.size()
    cut = await pool.fetchrow("select number, at from published.cut where contest = $1", at.key)
    behind = max(0, size - (cut["number"] if cut else 0))
    found = Watch(
        at, own, held, oldest, len(asked), await _photos(pool, at.key, size, now), behind, cut["at"] if cut else "", []
    )  # fmt: skip
    return _judged(found, sum(case.open for case in cases), await open_findings(pool, at.key), now)


async def _photos(pool: asyncpg.Pool, key: str, size: int, now: datetime) -> int:
    count = await pool.fetchval(
        "select count(*) from journal.event where journal = $1 and number > $2 and kind = 'scan_received' and at > $3",
        key, size - TAIL, stamp(now - WINDOW),
    )  # fmt: skip
    return int(count) * 600 // int(WINDOW.total_seconds())


def _judged(found: Watch, disputed: int, findings: Sequence[Finding], now: datetime) -> Watch:
    old = bool(found.oldest) and now - datetime.fromisoformat(found.oldest) > OLD
    late = number(found.behind)
    told: Sequence[tuple[bool, str, str]] = (
        (found.behind > BEHIND, f"{late} kejadian belum dijumlahkan", f"{late} events not yet summed"),
        (old, "Ada blok yang menunggu lebih dari satu jam", "A block has waited for more than an hour"),
        (found.own.differs, f"D.Hasil: {found.own.document[0]}", f"D.Hasil: {found.own.document[1]}"),
        (disputed > 0, f"{number(disputed)} sengketa belum selesai", f"disputes not ended: {number(disputed)}"),
    )  # fmt: skip
    found.wrong.extend(_words(finding) for finding in findings)
    found.wrong.extend((said_id, said_en) for is_so, said_id, said_en in told if is_so)
    return found


def _words(finding: Finding) -> Words:
    """One kind of finding, and where to look first."""
    said_id, said_en = WORDS[finding.what]
    count, first = number(finding.count), finding.first
    return f"{said_id}: {count} (antara lain {first})", f"{said_en}: {count} ({first} among them)"
