"""The scrubber sees each way of changing a journal in SQL."""

import asyncio

import pytest

from election.event import BlockHeld, CorrectionProposed, ScanReceived
from storage.draft import Draft
from storage.opened import open_storage
from storage.scrub import journals, scrub
from tlog import tree

pytestmark = pytest.mark.servers
AT = "2024-02-14T12:00:00.000Z"

CHANGES = {
    "event.leaf_hash_differs": "update journal.event set leaf_hash = sha256('x') where number = 2",
    "event.leaf_differs": (
        'update journal.event set payload = convert_to(\'{"account":"a","figures":[2,null]}\', \'UTF8\')'
        " where number = 3"
    ),
    "event.columns_differ": "update journal.event set tps = '2' where number = 1",
    "event.numbers_missing": "delete from journal.event where number = 2",
    "event.without_submission": "delete from journal.submission where number = 1",
    "submission.without_event": "insert into journal.submission values ('ppwp', 'k', null, 99)",
    "event.replaces_differs": (
        "update journal.event set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '\"replaces\":0',"
        " '\"replaces\":1'), 'UTF8') where number = 2"
    ),
    "head.ruled_differs": "update journal.head set ruled = 2",
    "record_head.differs": "update journal.record_head set number = 3",
    "head.size_differs": "update journal.head set size = 9",
}


async def filled(storage) -> None:
    await storage.journal("ppwp").append(
        Draft(event=ScanReceived(tps="1", at=AT, page=1, sha256="ab" * 32, size=1)),
        Draft(
            event=BlockHeld(
                tps="1", at=AT, block="suara", replaces=0, figures=(1, None), scans=(1,), reading=0, salt=None,
                read=None, reasons=("E301",), policy="test",
            )
        ),
        Draft(
            event=CorrectionProposed(
                tps="1", at=AT, block="suara", on=2, figures=(1, None), reason="misread", role="r", account="a"
            )
        ),
    )  # fmt: skip


def test_an_untouched_journal_has_no_differences_and_the_log_s_root(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await filled(storage)
            assert await journals(storage.pool) == ["ppwp"]
            found = await scrub(storage.pool, "ppwp")
            leaves = [tree.leaf_hash(entry.leaf) for entry in await storage.journal("ppwp").read(0)]
            assert (found.differences, found.size, found.root) == ((), 3, tree.root(leaves).hex())
            assert (await scrub(storage.pool, "pdpr")).size == 0

    asyncio.run(run())


@pytest.mark.parametrize("what", sorted(CHANGES))
def test_a_change_in_sql_is_seen(storage_settings, what):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await filled(storage)
            before = await scrub(storage.pool, "ppwp")
            async with storage.pool.acquire() as line:
                await line.execute("set session_replication_role = replica")
                assert (await line.execute(CHANGES[what])).split()[-1] == "1"
            after = await scrub(storage.pool, "ppwp")
            assert before.differences == ()
            assert what in {found.what for found in after.differences}

    asyncio.run(run())


def test_a_consistent_rewriting_is_seen_in_the_root(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await filled(storage)
            before = await scrub(storage.pool, "ppwp")
            async with storage.pool.acquire() as line:
                await line.execute("set session_replication_role = replica")
                await line.execute(
                    """update journal.event set leaf =
                    convert_to(replace(convert_from(leaf, 'UTF8'), '"size":1', '"size":2'), 'UTF8') where number = 1"""
                )
                await line.execute(
                    "update journal.event set leaf_hash = sha256('\\x00'::bytea || leaf) where number = 1"
                )
            after = await scrub(storage.pool, "ppwp")
            assert after.differences == ()
            assert after.root != before.root

    asyncio.run(run())
