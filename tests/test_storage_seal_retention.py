"""When an original may be opened no more, and when it may go: never before every record is determined and every
dispute is closed."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from tempfile import TemporaryDirectory

import pytest
from seal_scene import came_in, files, sealer

from election import bundle as bundles
from election.bundle import Bundle
from election.event import AnyEvent, DisputeMoved, DisputeOpened, ResultDetermined, VersionOpened
from election.retention import OPERATING, ORIGINAL, RULES, Closing, Retention, Rule, closing
from storage.draft import Draft
from storage.opened import open_storage
from storage.seal import retention
from storage.seal.errors import NotDue, ScanShut
from storage.settings import Settings

AT = "2029-03-20T08:00:00.000Z"
DAY = datetime(2029, 3, 20, 8, tzinfo=UTC)


@dataclass
class Row:
    number: int
    event: AnyEvent | None


@cache
def invented() -> Bundle:
    with TemporaryDirectory() as folder:
        return bundles.make(folder, seed=3, kabupaten=2, kecamatan=3, tps=40)


def determined(area: str, at: str = AT) -> ResultDetermined:
    return ResultDetermined(
        tps=area, at=at, replaces=0, number="SK-1", date="2029-03-20", sk="0" * 64, ba="0" * 64, upto=0, totals=(),
        roles=("kpu_ri", "kpu_ri"), accounts=("a", "b"), despite="deadline",
    )  # fmt: skip


def dispute(area: str) -> DisputeOpened:
    return DisputeOpened(
        tps=area, at=AT, forum="mk", cause="sums_differ", reference="PHPU-7", documents=(), role="kpu_ri", account="a"
    )


def moved(area: str, number: int, status: str, at: str) -> DisputeMoved:
    return DisputeMoved(
        tps=area, at=at, replaces=0, dispute=number, status=status, documents=(), follow_up="none", role="kpu_ri",
        account="a",
    )  # fmt: skip


def closed(*events: AnyEvent) -> Closing:
    tree = invented().tree
    return closing([Row(n, event) for n, event in enumerate(events, 1)], tree, range(tree.n_tps))


def test_a_contest_is_closed_when_every_record_is_determined_and_no_dispute_is_open():
    tree = invented().tree
    areas = [tree.kode(area) for area in tree.level(2)]
    assert closed().since is None and closed().why == "40 records are not determined"
    assert closed(determined(areas[0])).since is None
    assert closed(*map(determined, areas)).since == closed(determined("0")).since == DAY
    assert closed(determined("0"), dispute(areas[0])).since is None
    assert "PHPU-7" in closed(determined("0"), dispute(areas[0])).why
    heard = moved(areas[0], 2, "heard", "2029-04-01T00:00:00.000Z")
    assert closed(determined("0"), dispute(areas[0]), heard).since is None
    ended = moved(areas[0], 2, "cleared", "2029-05-01T00:00:00.000Z")
    assert closed(determined("0"), dispute(areas[0]), ended).since == datetime(2029, 5, 1, tzinfo=UTC)


def test_a_new_version_of_a_record_opens_its_contest_again():
    tps = invented().tree.tps_kode(3)
    again = VersionOpened(
        tps=tps, at=AT, replaces=0, version=2, ground="putusan", order="MK-7", document=None, roles=("kpu_ri",) * 2,
        accounts=("a", "b"),
    )  # fmt: skip
    assert closed(determined("0"), again).why == "1 records are not determined"
    assert closed(determined("0"), again, determined(tps[:4])).since == DAY


def test_rules_count_from_the_closing_and_originals_outlive_the_key():
    assert closed(determined("0")).due(RULES[OPERATING]) == DAY + timedelta(days=RULES[OPERATING].days)
    assert closed().due(RULES[OPERATING]) is None
    own = Retention({OPERATING: Rule(5, "PKPU, as it will be")})
    assert own.rule(OPERATING).days == 5 and own.rule(ORIGINAL) == RULES[ORIGINAL]
    for wrong in ({"other": Rule(5, "")}, {ORIGINAL: Rule(5, "")}):
        with pytest.raises(ValueError, match=r"retention|before"):
            Retention(wrong)
    with pytest.raises(ValueError, match="none"):
        Rule(0, "")


@pytest.mark.servers
def test_nothing_is_carried_out_before_it_is_due_and_all_of_it_is_written_down(storage_settings: Settings) -> None:
    bundle = invented()

    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            (photo,) = await came_in(storage, range(1))
            own = sealer(storage)
            await own.follow()
            await own.tidy()
            key, original = await retention.due(bundle, storage, "ppwp", lambda: DAY)
            assert not key.now and "not determined" in key.why
            with pytest.raises(NotDue):
                await retention.carry_out(bundle, storage, key, "kpu-1", lambda: DAY)
            await storage.journal("ppwp").append(Draft(event=determined("0")))
            for days, due in ((RULES[OPERATING].days - 1, False), (RULES[OPERATING].days, True)):
                key, original = await retention.due(bundle, storage, "ppwp", lambda: DAY + timedelta(days=days))  # noqa: B023
                assert (key.now, original.now) == (due, False)

            def later() -> datetime:
                return DAY + timedelta(days=RULES[ORIGINAL].days)

            assert await retention.carry_out(bundle, storage, key, "kpu-1", later) == 1
            with pytest.raises(ScanShut):
                await storage.scans.get(photo.event.sha256)
            await storage.journal("ppwp").append(Draft(event=dispute("0")))
            with pytest.raises(NotDue, match="PHPU-7"):  # somebody looked before the dispute came
                await retention.carry_out(bundle, storage, original, "kpu-1", later)
            await storage.journal("ppwp").append(Draft(event=moved("0", 4, "cleared", AT), expect=0))
            assert await retention.carry_out(bundle, storage, original, "kpu-1", later) == 1
            assert not files(storage_settings.data_dir / "sealed", "*.age")
            kept = await storage.pool.fetch("select rule, account, originals from scans.retention order by id")
            assert [tuple(row) for row in kept] == [(OPERATING, "kpu-1", 1), (ORIGINAL, "kpu-1", 1)]

    asyncio.run(run())
