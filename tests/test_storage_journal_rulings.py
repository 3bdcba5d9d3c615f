"""What the journal allows: random attempts, races and lost connections, each answer against a naive model."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

import asyncpg
import history_model as model
import pytest
from history_scene import DECISIONS, WIDE, Row, Wish, event_of
from msgspec.structs import replace

from election import event as ev
from election import record as rec
from election.codes import above
from storage.draft import Appended, Draft, Entry, Outcome
from storage.errors import RecordDetermined, RulingRefused
from storage.journal import RARE, Journal
from storage.opened import Storage, open_storage
from storage.scrub import scrub
from storage.settings import Settings

pytestmark = pytest.mark.servers

PLACES = ("1101012001001", "1101012001002", "1101022001001", "99AA010001001")
FIELDS = {"suara": ("a", "b"), "administrasi": ("c",)}
PAGES = {tps: {"suara": (1, 2), "administrasi": (3,)} for tps in PLACES}
KINDS = (*DECISIONS * 4, "opened", *WIDE)


def in_storages(settings: Settings, work: Callable[[Storage, Storage], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await open_storage(settings) as one, await open_storage(settings) as two:
            await work(one, two)

    asyncio.run(run())


def made(rng: random.Random, history: Sequence[Row | Entry], what: str | None = None, place: int | None = None):
    """An event of a random wish; most wishes name what stands in `history`."""
    while True:
        wish = Wish(
            what=what or rng.choice(KINDS),
            place=rng.randrange(4) if place is None else place,
            block=rng.randrange(2),
            level=rng.choice((4, 4, 3, 3, 2, 1, 0)),
            late=rng.random() < 0.15,
            votes=rng.randint(1, 300),
            page=1,
            skip=rng.choice((0, 0, 0, 0, 1, -1)),
        )
        tps = PLACES[wish.place]
        told = [Row(entry.number, entry.event) for entry in history]
        if (event := event_of(wish, told, tps, above(tps), FIELDS)) is not None:
            return event


async def everything(journal: Journal) -> list[Row]:
    return [Row(entry.number, entry.event) for entry in await journal.read(0, 10_000)]


def check(history: Sequence[Row]) -> None:
    """Every entry of the journal is one that the model lets in where it stands; and the fold carries it out."""
    for k, (_, event) in enumerate(history):
        assert model.answer(history[:k], event, PAGES) == "APPENDED", (k, event)
    for tps in PLACES:
        record = rec.empty(PAGES[tps], tps)
        for row in history:
            record = rec.apply(record, row)
            if row.event.tps == tps and isinstance(row.event, ev.Decision):
                block = record.block(row.event.block)
                assert (block.decision, block.number) == (row.number, row.number), "what was let in moved its block"


@pytest.mark.parametrize("seed", range(6))
def test_every_answer_is_the_model_s(storage_settings: Settings, seed: int) -> None:
    async def work(storage: Storage, _other: Storage) -> None:
        rng, journal, history = random.Random(seed), storage.journal("ppwp"), list[Row]()
        seen = set()
        for _ in range(160):
            event = made(rng, history)
            wanted = model.answer(history, event, PAGES)
            (answer,) = await journal.append(Draft(event=event))
            assert answer.outcome.name == wanted, (len(history), event)
            seen.add(answer.outcome)
            if answer.outcome is Outcome.APPENDED:
                history.append(Row(answer.number, event))
            else:
                assert answer.number <= len(history)
        assert await everything(journal) == history
        assert (await scrub(storage.pool, "ppwp")).differences == ()
        assert seen == {Outcome.APPENDED, Outcome.STALE, Outcome.REFUSED}
        check(history)
        for tps in PLACES:
            found = rec.fold(await journal.of_record(tps, above(tps)), PAGES[tps], tps)
            whole = rec.fold(history, PAGES[tps], tps)
            assert msg(found) == msg(whole)

    in_storages(storage_settings, work)


def msg(record: rec.Record) -> tuple[object, ...]:
    return record.blocks, record.earlier, record.cases, record.determined, record.history, record.version


@pytest.mark.parametrize("seed", range(3))
def test_a_determination_that_races_decisions_has_them_before_it_or_refused(storage_settings, seed: int) -> None:
    async def work(one: Storage, two: Storage) -> None:
        await one.journal("ppwp").append(*(Draft(event=made(random.Random(i), [], "counted")) for i in range(9)))

        async def deciding(journal: Journal, rng: random.Random) -> list[Appended]:
            answers = []
            for _ in range(12):
                history = await everything(journal)
                drafts = [Draft(event=made(rng, history, rng.choice(DECISIONS))) for _ in range(5)]
                answers += await journal.append(*drafts)
            return answers

        async def closing(journal: Journal) -> Appended:
            await asyncio.sleep(0.01 + seed / 100)
            return (await journal.append(Draft(event=determined("0", upto=10_000))))[0]  # it has seen everything

        first, second, closed = await asyncio.gather(
            deciding(one.journal("ppwp"), random.Random(seed)),
            deciding(two.journal("ppwp"), random.Random(seed + 99)),
            closing(two.journal("ppwp")),
        )
        history = await everything(one.journal("ppwp"))
        check(history)
        assert closed.outcome is Outcome.APPENDED
        assert not any(isinstance(event, ev.Decision) for number, event in history if number > closed.number)
        refused = {a.number for a in (*first, *second) if a.outcome is Outcome.REFUSED}
        assert closed.number in refused

    in_storages(storage_settings, work)


def determined(area: str, upto: int = 0) -> ev.ResultDetermined:
    found = made(random.Random(1), [], "determined")
    return replace(found, tps=area, upto=upto)


@pytest.mark.parametrize("area", ["0", "11", "1101", "110101", "1101012001"])
@pytest.mark.parametrize("closing", ["determined", "confirmed"])
def test_what_closes_an_area_closes_no_decision_that_it_has_not_seen(storage_settings, closing: str, area: str) -> None:
    """Between the sums that were compared, or signed, and the ruling on them somebody may have corrected a figure."""

    async def work(storage: Storage, _other: Storage) -> None:
        journal, rng = storage.journal("ppwp"), random.Random(4)
        await journal.append(Draft(event=made(rng, [], "counted", 0)), Draft(event=made(rng, [], "counted", 3)))
        seen = await everything(journal)
        (late,) = await journal.append(Draft(event=made(rng, seen[:1], "corrected", 0)))
        (photo,) = await journal.append(Draft(event=made(rng, seen, "scan", 0)))
        ruling = replace(made(rng, [], closing), tps=area)
        (refused,) = await journal.append(Draft(event=replace(ruling, upto=1 if area != "0" else 2)))
        assert (refused.outcome, refused.number) == (Outcome.REFUSED, late.number)
        assert photo.number > late.number, "photos are in no sum"
        (taken,) = await journal.append(Draft(event=replace(ruling, upto=late.number)))
        assert taken.outcome is Outcome.APPENDED
        (elsewhere,) = await journal.append(Draft(event=replace(ruling, tps="99AA01", upto=2)))
        assert elsewhere.outcome is Outcome.APPENDED, "what is decided elsewhere is in the way of nothing here"

    in_storages(storage_settings, work)


@pytest.mark.parametrize("seed", range(3))
def test_versions_race_decisions_and_lines_are_lost_between(storage_settings: Settings, seed: int) -> None:
    """Whatever commits, commits in an order in which every single entry was allowed; nothing is twice."""

    async def work(one: Storage, two: Storage) -> None:
        stop = asyncio.Event()

        async def killing() -> int:
            killed = 0
            while not stop.is_set():
                killed += len(
                    await one.pool.fetch(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where application_name like 'suara writer%' and datname = current_database()"
                    )
                )
                # on a busy machine a new connection's first append takes longer than any pause
                await one.journal("ppwp").wait(await one.journal("ppwp").size(), 1)
            return killed

        async def ruling(journal: Journal, rng: random.Random) -> list[tuple[Draft, Appended]]:
            done = []
            for i in range(15):
                history = await everything(journal)
                kinds = ("opened", "counted", "corrected", "held", "determined", "confirmed", "counted", "opened")
                drafts = [Draft(event=made(rng, history, rng.choice(kinds), i % 2)) for _ in range(4)]
                done += list(zip(drafts, await journal.append(*drafts), strict=True))
            return done

        killer = asyncio.create_task(killing())
        answers = await asyncio.gather(
            *(ruling(s.journal("ppwp"), random.Random(seed * 7 + i)) for i, s in enumerate((one, two)))
        )
        stop.set()
        assert await killer > 0
        history = await everything(one.journal("ppwp"))
        check(history)
        taken = [(answer.number, draft.event) for some in answers for draft, answer in some if answer.outcome == 0]
        assert sorted(number for number, _ in taken) == [row.number for row in history]
        assert all(history[number - 1].event == event for number, event in taken)

    in_storages(storage_settings, work)


def test_a_refusal_has_words(storage_settings: Settings) -> None:
    async def work(storage: Storage, _other: Storage) -> None:
        journal, rng = storage.journal("ppwp"), random.Random(2)
        closed = determined("1101")
        await journal.append(Draft(event=closed))
        (late,) = await journal.append(Draft(event=made(rng, [], "counted", 0)))
        error = await journal.refusal(late)
        assert isinstance(error, RecordDetermined)
        assert error.code == "record.determined" and "1101" in str(error)
        (nothing,) = await journal.append(Draft(event=made(rng, [], "withdrawn", 3)))
        assert (nothing.outcome, nothing.number) == (Outcome.REFUSED, 0)
        assert isinstance(await journal.refusal(nothing), RulingRefused)

    in_storages(storage_settings, work)


def test_rare_kinds_are_found_by_their_index_alone(storage_settings: Settings) -> None:
    async def work(storage: Storage, _other: Storage) -> None:
        journal, rng, history = storage.journal("ppwp"), random.Random(3), list[Row]()
        for _ in range(120):
            event = made(rng, history)
            (answer,) = await journal.append(Draft(event=event))
            if answer.outcome is Outcome.APPENDED:
                history.append(Row(answer.number, event))
        rare = [row for row in history if row.event.__struct_config__.tag in RARE]
        assert [Row(e.number, e.event) for e in await journal.of_kinds(RARE)] == rare
        some = [row for row in rare if isinstance(row.event, ev.VersionOpened) and row.number > 40]
        assert [e.number for e in await journal.of_kinds({"version_opened"}, 40)] == [row.number for row in some]
        with pytest.raises(ValueError, match="scan_received"):
            await journal.of_kinds({"scan_received"})
        plan = await explained(storage, "select number from journal.event where journal = 'ppwp' and kind = any($1)"
            f" and number > 5 and kind in {RARE}", list(RARE))  # fmt: skip
        assert "event_of_kind" in plan or "event_ppwp_000000_journal_kind_number_idx" in plan

    in_storages(storage_settings, work)


async def explained(storage: Storage, sql: str, *arguments: object) -> str:
    async with storage.pool.acquire() as line, line.transaction():
        await line.execute("set local enable_seqscan = off; set local plan_cache_mode = force_generic_plan")
        return "\n".join(row[0] for row in await line.fetch(f"explain {sql}", *arguments))


LEAF = b'{"kind":"x","replaces":0,"tps":"1"}'
BAD: dict[str, tuple[str, str, str | None, int | None, bytes]] = {
    "a decision without its block": ("block_counted", PLACES[0], None, None, LEAF),
    "a decision compared with nothing": ("block_held", PLACES[0], "suara", None, LEAF),
    "a decision on the whole record": ("block_corrected", PLACES[0], "*", 0, LEAF),
    "a decision in a determination's place": ("block_corrected", PLACES[0], "determined", 0, LEAF),
    "a decision in a dispute's place": ("block_withdrawn", PLACES[0], "dispute:3", 0, LEAF),
    "a leaf that replaces another": ("block_counted", PLACES[0], "suara", 0, LEAF.replace(b"0", b"10")),
    "a leaf that replaces a number that begins so": ("block_counted", PLACES[0], "suara", 1, LEAF.replace(b"0", b"10")),
    "a version of an area": ("version_opened", "1101012001", "*", 0, LEAF),
    "a version of one block": ("version_opened", PLACES[0], "suara", 0, LEAF),
    "a determination of a TPS": ("result_determined", PLACES[0], "determined", 0, LEAF),
    "a confirmation of a TPS": ("area_confirmed", PLACES[0], "confirmed", 0, LEAF),
    "a policy of a province": ("policy_adopted", "11", "policy", 0, LEAF),
    "a photo that rules": ("scan_received", PLACES[0], "suara", 0, LEAF),
}


@pytest.mark.parametrize("why", BAD)
def test_sql_refuses_columns_that_are_not_the_kind_s(storage_settings: Settings, why: str) -> None:
    kind, tps, block, expect, leaf = BAD[why]
    good = ("scan_received", PLACES[0], None, None, b"{}")

    async def work(storage: Storage, _other: Storage) -> None:
        await storage.journal("ppwp").append(Draft(event=made(random.Random(1), [], "scan")))
        await by_hand(storage, good)
        for rows in ([(kind, tps, block, expect, leaf)], [good, (kind, tps, block, expect, leaf)]):
            with pytest.raises(asyncpg.CheckViolationError):
                await by_hand(storage, *rows)
        assert await storage.journal("ppwp").size() == 2

    in_storages(storage_settings, work)


def test_sql_refuses_a_ruling_on_an_area_beside_anything_else(storage_settings: Settings) -> None:
    wide = ("result_determined", "11", "determined", 0, LEAF)

    async def work(storage: Storage, _other: Storage) -> None:
        await storage.journal("ppwp").append(Draft(event=made(random.Random(1), [], "scan")))
        with pytest.raises(asyncpg.CheckViolationError, match="alone"):
            await by_hand(storage, wide, ("scan_received", "1", None, None, b"{}"))
        await by_hand(storage, wide)
        together = [
            Draft(event=made(random.Random(i), [], w, 3)) for i, w in enumerate(("counted", "determined", "opened"))
        ]
        await storage.journal("ppwp").append(*together)  # the writer sends them one by one

    in_storages(storage_settings, work)


async def by_hand(storage: Storage, *rows: tuple[str, str, str | None, int | None, bytes]) -> None:
    """Appends as a program would that does not use the writer."""
    kinds, places, blocks, expects, leaves = (list(column) for column in zip(*rows, strict=True))
    await storage.pool.execute(
        "select * from journal.append('ppwp', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [random.randbytes(16) for _ in rows], [None] * len(rows), kinds, places, blocks, expects, ["x"] * len(rows),
        leaves, [sha256(b"\0" + leaf).digest() for leaf in leaves], [None] * len(rows),
    )  # fmt: skip
