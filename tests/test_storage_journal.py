"""Journals: each submission once, numbers without gaps in commit order, decisions by compare-and-swap."""

import asyncio
from hashlib import sha256

import asyncpg
import pytest

from election.event import BlockHeld, Event, ReadingSubmitted, ScanReceived, leaf
from storage.draft import Draft, Outcome
from storage.errors import (
    JournalBusy,
    JournalDamaged,
    JournalUnavailable,
    NotADecision,
    ReplacesDiffers,
    UnknownKind,
)
from storage.journal import Journal, Limits
from storage.opened import Storage, open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers
AT = "2024-02-14T12:00:00.000Z"
TPS = "1101012001001"


def scan(page: int = 1, tps: str = TPS) -> ScanReceived:
    return ScanReceived(tps=tps, at=AT, page=page, sha256="ab" * 32, size=1000)


def held(replaces: int, tps: str = TPS, block: str = "suara") -> BlockHeld:
    return BlockHeld(
        tps=tps, at=AT, block=block, replaces=replaces, figures=(1, None), scans=(), reading=0, salt=None, read=None,
        reasons=("E301",), policy="test",
    )  # fmt: skip


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def in_storage(settings: Settings, work) -> None:
    async def run() -> None:
        async with await open_storage(settings) as storage:
            await work(storage)

    asyncio.run(run())


def test_numbers_run_from_one_and_entries_come_back_as_they_went(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        reading = ReadingSubmitted(
            tps=TPS, at=AT, commitments={"suara": "00"}, salts={"suara": "11"}, figures={"suara": (1, None, 3)}
        )
        sent: list[Event] = [scan(1), reading, held(0), scan(2)]
        answers = await journal.append(*(Draft(event=event) for event in sent))
        assert [(a.outcome, a.number) for a in answers] == [(Outcome.APPENDED, n) for n in (1, 2, 3, 4)]
        entries = await journal.read(0)
        assert [entry.event for entry in entries] == sent
        assert [entry.leaf for entry in entries] == [leaf(event) for event in sent]
        assert b"figures" not in entries[1].leaf
        assert await journal.read(2, 1) == entries[2:3]
        assert await journal.of_record(TPS) == entries
        assert await journal.size() == 4

    in_storage(storage_settings, work)


def test_journals_count_for_themselves(storage_settings):
    async def work(storage: Storage) -> None:
        for name in ("ppwp", "umum"):
            assert (await storage.journal(name).append(Draft(event=scan())))[0].number == 1

    in_storage(storage_settings, work)


def test_the_same_submission_is_one_event_and_other_content_is_a_conflict(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        first = Draft(event=scan(), key=b"uuid", digest=digest("a"))
        other = Draft(event=scan(2), key=b"uuid", digest=digest("b"))
        together = await journal.append(first, Draft(event=scan(3)), first, other)
        assert [(a.outcome.name, a.number) for a in together] == [
            ("APPENDED", 1),
            ("APPENDED", 2),
            ("DUPLICATE", 1),
            ("CONFLICT", 1),
        ]
        later = await journal.append(other, first)
        assert [(a.outcome.name, a.number) for a in later] == [("CONFLICT", 1), ("DUPLICATE", 1)]
        found = await journal.find(b"uuid")
        assert found is not None
        assert found.number == 1
        assert await journal.find(b"other") is None
        assert await journal.size() == 2

    in_storage(storage_settings, work)


def test_a_stale_decision_changes_nothing(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        (first,) = await journal.append(Draft(event=held(0), expect=0))
        (correction,) = await journal.append(Draft(event=held(first.number), expect=first.number))
        before = await journal.read(0)
        stale = Draft(event=held(first.number), expect=first.number, key=b"late")
        (answer,) = await journal.append(stale)
        assert (answer.outcome, answer.number) == (Outcome.STALE, correction.number)
        assert await journal.read(0) == before
        assert await journal.decided(TPS, "suara") == correction.number
        # Nothing of it remains: under the same key, with what stands now, it is taken.
        (retry,) = await journal.append(Draft(event=held(2), expect=2, key=b"late"))
        assert (retry.outcome, retry.number) == (Outcome.APPENDED, 3)

    in_storage(storage_settings, work)


def test_two_decisions_on_one_block_in_one_call_meet_each_other(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        answers = await journal.append(
            Draft(event=held(0), expect=0),
            Draft(event=held(0), expect=0),
            Draft(event=held(0, block="administrasi"), expect=0),
            Draft(event=held(1), expect=1),
        )
        assert [(a.outcome.name, a.number) for a in answers] == [
            ("APPENDED", 1),
            ("STALE", 1),
            ("APPENDED", 2),
            ("APPENDED", 3),
        ]

    in_storage(storage_settings, work)


def test_two_engines_decide_once(storage_settings):
    async def work(storage: Storage) -> None:
        async with await open_storage(storage_settings) as second:
            drafts = [Draft(event=held(0, tps=f"{i:013d}"), expect=0, key=b"%d" % i) for i in range(50)]
            one, two = await asyncio.gather(*(s.journal("ppwp").append(*drafts) for s in (storage, second)))
        for mine, theirs in zip(one, two, strict=True):
            assert {mine.outcome, theirs.outcome} == {Outcome.APPENDED, Outcome.DUPLICATE}
            assert mine.number == theirs.number
        assert await storage.journal("ppwp").size() == 50

    in_storage(storage_settings, work)


class Rumour(Event, frozen=True, kw_only=True, tag="rumour"):
    """An event that no reader knows."""


@pytest.mark.parametrize("limits", [Limits(rows=3), Limits(size=1)])
def test_decisions_on_one_record_are_committed_together(storage_settings, limits):
    async def work(storage: Storage) -> None:
        journal = Journal("ppwp", storage.pool, storage._bell, storage.pool.acquire, limits)
        batches: list[list[str]] = []
        send = journal._writer._send

        async def seen(batch):
            batches.append([f"{item.row.tps[-1]} {item.row.block}" for item in batch])
            return await send(batch)

        journal._writer._send = seen
        one, two = TPS, TPS[:-1] + "2"
        blocks = ("suara", "administrasi", "partai_1", "partai_2")
        sent = [Draft(event=held(0, tps, block), expect=0) for tps in (one, two) for block in blocks]
        between = journal.append(Draft(event=held(0, two, "partai_1"), expect=0))
        answers, (early,) = await asyncio.gather(journal.append(*sent[:4], Draft(event=scan()), *sent[4:]), between)
        assert [answer.outcome for answer in answers].count(Outcome.APPENDED) == 9 and early.outcome is not None
        for tps in "12":
            whole = [f"{tps} {block}" for block in blocks]
            assert sum(set(whole) <= set(batch) for batch in batches) == 1, batches
        decisions = [entry.event.block for entry in await journal.read(0) if isinstance(entry.event, BlockHeld)]
        assert sorted(decisions) == sorted(2 * blocks)

    in_storage(storage_settings, work)


def test_writers_refuse_what_readers_would_not_know(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        with pytest.raises(UnknownKind, match="rumour"):
            await journal.append(Draft(event=scan()), Draft(event=Rumour(tps=TPS, at=AT)))
        with pytest.raises(NotADecision):
            await journal.append(Draft(event=scan(), expect=0))
        with pytest.raises(ReplacesDiffers):
            await journal.append(Draft(event=held(0), expect=3))
        assert await journal.size() == 0

    in_storage(storage_settings, work)


def test_readers_report_an_unknown_kind_and_go_on(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        await journal.append(Draft(event=scan(1)))
        public = b'{"at":"x","kind":"rumour","tps":"1","v":1}'
        await storage.pool.execute(
            "insert into journal.event values ('ppwp', 2, 'rumour', '1', null, 'x', $1, $2, null)",
            public,
            sha256(b"\0" + public).digest(),
        )
        await storage.pool.execute("update journal.head set size = 2")
        await journal.append(Draft(event=scan(3)))
        entries = await journal.read(0)
        assert [entry.kind for entry in entries] == ["scan_received", "rumour", "scan_received"]
        assert entries[1].event is None
        assert entries[1].leaf == public

    in_storage(storage_settings, work)


@pytest.mark.parametrize("table", ["event", "submission"])
@pytest.mark.parametrize(
    "change", ["update journal.{} set number = number + 1", "delete from journal.{}", "truncate journal.{}"]
)
def test_sql_cannot_change_what_is_in(storage_settings, table, change):
    async def work(storage: Storage) -> None:
        await storage.journal("ppwp").append(Draft(event=scan()))
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await storage.pool.execute(change.format(table))

    in_storage(storage_settings, work)


def test_partitions_cannot_be_emptied_either(storage_settings):
    async def work(storage: Storage) -> None:
        await storage.journal("ppwp").append(Draft(event=scan()))
        for part in ("event_ppwp", "event_ppwp_000000"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await storage.pool.execute(f"truncate journal.{part}")

    in_storage(storage_settings, work)


def test_a_missing_number_is_an_error_not_a_shorter_answer(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        await journal.append(Draft(event=scan(1)), Draft(event=scan(2)), Draft(event=scan(3)))
        async with storage.pool.acquire() as line:
            await line.execute("set session_replication_role = replica; delete from journal.event where number = 2")
            await line.execute("set session_replication_role = default")
        with pytest.raises(JournalDamaged, match="number 3 follows number 1"):
            await journal.read(0)

    in_storage(storage_settings, work)


@pytest.mark.parametrize(
    ("tps", "error"),
    [
        ("\x00", asyncpg.CharacterNotInRepertoireError),  # PostgreSQL's text cannot hold it
        (5, asyncpg.DataError),  # the library cannot put it on the wire
    ],
)
def test_one_bad_draft_fails_alone(storage_settings, tps, error):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        bad = Draft(event=scan(tps=tps))
        calls = [journal.append(Draft(event=scan(i))) for i in range(1, 20)]
        calls.insert(7, journal.append(bad))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(results.pop(7), error)
        assert sorted(r[0].number for r in results) == list(range(1, 20))
        assert (await journal.append(Draft(event=scan())))[0].number == 20

    in_storage(storage_settings, work)


def test_partitions_are_made_ahead(storage_settings):
    async def work(storage: Storage) -> None:
        await storage.pool.execute("select journal.open('ppwp', 100)")
        journal = storage.journal("ppwp")
        for _ in range(12):
            await journal.append(*(Draft(event=scan()) for _ in range(40)))
        assert [entry.number for entry in await journal.read(0)] == list(range(1, 481))
        parts = await storage.pool.fetchval(
            "select count(*) from pg_inherits where inhparent = 'journal.event_ppwp'::regclass"
        )
        assert parts >= 5
        with pytest.raises(asyncpg.RestrictViolationError):
            await storage.pool.execute("delete from journal.event_ppwp_000003")

    in_storage(storage_settings, work)


def test_a_key_or_digest_of_the_wrong_length_is_refused_before_anything_is_sent(storage_settings):
    async def work(storage: Storage) -> None:
        for draft in (
            Draft(event=scan(), key=b""),
            Draft(event=scan(), key=b"x" * 65),
            Draft(event=scan(), digest=b"x"),
        ):
            with pytest.raises(ValueError, match="digest 32"):
                await storage.journal("ppwp").append(Draft(event=scan()), draft)
        assert await storage.journal("ppwp").size() == 0

    in_storage(storage_settings, work)


def test_a_cancelled_caller_leaves_the_journal_working(storage_settings):
    async def work(storage: Storage) -> None:
        journal = storage.journal("ppwp")
        await journal.append(Draft(event=scan()))
        impatient = asyncio.create_task(journal.append(Draft(event=scan(2), key=b"k")))
        await asyncio.sleep(0)
        impatient.cancel()
        (later,) = await journal.append(Draft(event=scan(2), key=b"k"))
        assert later.number == 2
        assert await journal.size() == 2

    in_storage(storage_settings, work)


def test_a_database_that_stays_away_is_unknown_not_silence(storage_settings):
    async def work(storage: Storage) -> None:
        async def nowhere():
            raise ConnectionRefusedError

        limits = Limits(patience=0.2, waiting=10)
        journal = Journal("ppwp", storage.pool, storage._bell, nowhere, limits)
        with pytest.raises(JournalUnavailable):
            await journal.append(Draft(event=scan()))
        waiting = [asyncio.create_task(journal.append(Draft(event=scan()))) for _ in range(10)]
        await asyncio.sleep(0.01)
        with pytest.raises(JournalBusy):
            await journal.append(Draft(event=scan()))
        assert all(isinstance(r, JournalUnavailable) for r in await asyncio.gather(*waiting, return_exceptions=True))

    in_storage(storage_settings, work)
