"""A log beside its journal, as an outsider reads it: whole at every head, never two heads, witnessed."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from obstore.exceptions import GenericError

from election.event import ScanReceived, leaf
from monitor.memory import Memory
from monitor.witness import WitnessServer
from publisher.log.growth import Growth
from publisher.log.head import Heads, LogBehind, LogForked
from publisher.log.service import policy_text
from publisher.log.witnesses import Witnesses
from storage.draft import Draft
from storage.errors import JournalDamaged
from storage.logs import LogFiles
from storage.opened import Storage, open_storage
from suara.commands import witness
from tlog import note, tile, tree
from tlog.policy import Policy
from tlog.witness import Request

pytestmark = pytest.mark.servers
ORIGIN = "example.invalid/ppwp"
SIGNER = note.Signer(ORIGIN, note.Algorithm.ED25519, bytes(range(32)))
SEER = note.Signer("witness.invalid", note.Algorithm.COSIGNATURE, bytes(range(1, 33)))
TPS = "1101012001001"


def event(k: int) -> ScanReceived:
    return ScanReceived(tps=TPS, at=f"2024-02-14T12:00:00.{k % 1000:03d}Z", page=1, sha256=f"{k:064x}", size=1000)


async def fill(storage: Storage, start: int, count: int) -> None:
    await storage.journal("ppwp").append(*[Draft(event=event(k)) for k in range(start, start + count)])


class Scene:
    """A journal, a witness that can be asked, and the log that grows between them."""

    def __init__(self, storage: Storage, session: aiohttp.ClientSession, url: str, folder: Path) -> None:
        self.storage, self.session, self.url, self.folder = storage, session, url, folder
        self.open = True

    def growth(self, *, files: LogFiles | None = None) -> Growth:
        lines = f"witness ours {SEER.verifier.text} {self.url}\nquorum ours\n"
        witnesses = Witnesses(self.session, Policy.parse(policy_text([SIGNER], lines)), patience=5)
        heads = Heads(self.folder / "heads" / "ppwp", SIGNER)
        storage = self.storage
        return Growth(storage.journal("ppwp"), files or storage.log("ppwp"), heads, witnesses, lambda: self.open)


@asynccontextmanager
async def scene(settings, folder: Path) -> AsyncIterator[Scene]:
    clock = iter(range(1_900_000_000, 2_000_000_000))
    server = WitnessServer({ORIGIN: (SIGNER.verifier,)}, Memory(folder / "seen"), SEER, lambda: next(clock))
    runner = web.AppRunner(server.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with await open_storage(settings) as storage, aiohttp.ClientSession() as session:
        yield Scene(storage, session, f"http://127.0.0.1:{port}", folder)
    await runner.cleanup()


def outsider(folder: Path, size: int, *, entries: bool = True) -> None:
    """Reads the files alone, as anyone would, and finds the log of `size` events whole."""
    opened = note.open_note((folder / "checkpoint").read_text(), [SIGNER.verifier, SEER.verifier])
    assert {found.name for found in opened.verified} == {ORIGIN, SEER.name}
    head = note.Checkpoint.parse(opened.text)
    assert (head.origin, head.size) == (ORIGIN, size)
    whole = tree.Tree(tree.leaf_hash(leaf(event(k))) for k in range(size))
    assert head.root == whole.root()
    for place in tile.tiles(size):
        path = folder / place.path
        if place.level is None:
            if entries:
                first = place.index * 256
                expected = [leaf(event(k)) for k in range(first, first + place.width)]
                assert tile.decode_entries(path.read_bytes(), place.width) == expected
            else:
                assert not path.exists()
        else:
            span = 256**place.level
            found = tile.decode_hashes(path.read_bytes(), place.width)
            first = place.index * 256
            assert found == [whole.node((first + i) * span, (first + i + 1) * span) for i in range(place.width)]


def test_a_log_is_whole_at_every_head_and_goes_on_after_a_kill(storage_settings, tmp_path):
    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            public = s.storage.settings.data_dir / "public" / "log" / "ppwp"
            growth, size = s.growth(), 0
            await growth.step()
            for step, count in enumerate((1, 254, 1, 1, 300, 211, 256)):
                await fill(s.storage, size, count)
                size += count
                if step % 2:
                    growth = s.growth()  # another process, after a kill
                assert await growth.step()
                assert not await growth.step()
                outsider(public, size)
                proof = s.storage.log("ppwp").proof(size - 1)
                proof.verify(leaf(event(size - 1)), ORIGIN, [SIGNER.verifier], [SEER.verifier])
                assert s.storage.log("ppwp").proof(size) is None
            partials = sorted(path.parent.name for path in public.rglob("*.p/*"))
            assert partials, "the last head's partial tiles are served"
            assert not (public / "tile/0/000.p").exists() or not list((public / "tile/0/000.p").iterdir())

    asyncio.run(body())


def test_files_that_were_lost_or_changed_are_written_anew(storage_settings, tmp_path):
    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            public = s.storage.settings.data_dir / "public" / "log" / "ppwp"
            await fill(s.storage, 0, 700)
            await s.growth().step()
            (public / "tile/0/002.p/188").write_bytes(bytes(32 * 188))
            await s.growth().step()
            outsider(public, 700)
            for path in sorted(public.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            await s.growth().step()
            outsider(public, 700)

    asyncio.run(body())


def test_nothing_is_signed_that_contradicts_an_earlier_head(storage_settings, tmp_path):
    """TrustAsia 2021: a restored copy lacked entries, and the log said two things."""

    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            heads = Heads(tmp_path / "heads" / "ppwp", SIGNER)
            gone = tree.Tree(tree.leaf_hash(b"%d" % k) for k in range(300))
            longer = note.Checkpoint(ORIGIN, 300, gone.root())
            heads.sign(longer, gone.consistency)
            await fill(s.storage, 0, 200)
            with pytest.raises(LogBehind):
                await s.growth().step()
            await fill(s.storage, 200, 200)
            with pytest.raises(LogForked):
                await s.growth().step()
            assert s.storage.log("ppwp").checkpoint() is None
            assert heads.last() == longer

    asyncio.run(body())


def test_a_journal_that_gave_numbers_away_twice_stops_its_log(storage_settings, tmp_path):
    """A restored database: the files are whole, the journal goes on from an earlier entry than they do."""

    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            await fill(s.storage, 0, 20)
            running = s.growth()
            await running.step()
            restored = s.storage.journal("pdpd")
            for count, error in ((10, LogBehind), (30, LogForked)):
                await restored.append(*[Draft(event=event(1000 + count + k)) for k in range(count)])
                for growth in (running, s.growth()):  # one that was there all the time, and one after a kill
                    growth._journal = restored
                    with pytest.raises(error):
                        await growth.step()
            outsider(s.storage.settings.data_dir / "public" / "log" / "ppwp", 20)

    asyncio.run(body())


def test_a_flipped_bit_in_the_journal_stops_the_log(storage_settings, tmp_path):
    """Yeti 2022: one bit of one entry, signed, and the log was over."""

    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            await fill(s.storage, 0, 20)
            await s.growth().step()
            await fill(s.storage, 20, 20)
            await s.storage.pool.execute("alter table journal.event disable trigger append_only")
            await s.storage.pool.execute(
                "update journal.event set leaf = set_bit(leaf, 77, 1 - get_bit(leaf, 77)) where number = 30"
            )
            with pytest.raises(JournalDamaged):
                await s.growth().step()
            outsider(s.storage.settings.data_dir / "public" / "log" / "ppwp", 20)

    asyncio.run(body())


class Failing(LogFiles):
    """A store that fails as often as it is told to."""

    failures = 0

    def write(self, path: str, data: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise GenericError("no space left on device")
        super().write(path, data)


def test_two_failed_writes_in_a_row_leave_a_whole_log(storage_settings, tmp_path):
    """Raio 2025 and Mammoth 2024: what was not written is written again, before any head that needs it."""

    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            public = s.storage.settings.data_dir / "public" / "log" / "ppwp"
            from storage.logs import open_logs

            files = Failing(open_logs(public.parent), "ppwp")
            growth = s.growth(files=files)
            await fill(s.storage, 0, 600)
            for left in (1, 2, 3, 4, 5, 6, 7):
                files.failures = left
                with pytest.raises(GenericError):
                    for _ in range(9):
                        await growth.step()
                files.failures = 0
                size = 600 + 100 * (left - 1)
                await growth.step()
                outsider(public, size)
                await fill(s.storage, size, 100)

    asyncio.run(body())


def test_entries_wait_for_the_gate_and_hashes_do_not(storage_settings, tmp_path):
    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            public = s.storage.settings.data_dir / "public" / "log" / "ppwp"
            s.open = False
            growth = s.growth()
            await fill(s.storage, 0, 512)
            await growth.step()
            outsider(public, 512, entries=False)
            s.open = True
            await s.growth().step()  # another process, which finds the gate open
            outsider(public, 512)
            await growth.step()
            outsider(public, 512)

    asyncio.run(body())


def test_without_its_witness_the_log_goes_on_and_says_so(storage_settings, tmp_path, caplog):
    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            s.url = "http://127.0.0.1:9"
            await fill(s.storage, 0, 3)
            growth = s.growth()
            assert await growth.step()
            head, text = s.storage.log("ppwp").checkpoint()
            assert head.size == 3
            assert len(note.parse(text)[1]) == 1
            assert "lacks cosignatures" in caplog.text
            assert await growth.step(), "asked again until it is cosigned"

    asyncio.run(body())


def test_two_publishers_beside_each_other_make_one_log(storage_settings, tmp_path):
    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            first, second = s.growth(), s.growth()
            for size in range(0, 900, 150):
                await fill(s.storage, size, 150)
                await asyncio.gather(first.step(), second.step())
            outsider(s.storage.settings.data_dir / "public" / "log" / "ppwp", 900)

    asyncio.run(body())


def test_a_witness_remembers_across_a_restart_and_refuses_where_it_cannot(storage_settings, tmp_path):
    async def body() -> None:
        async with scene(storage_settings, tmp_path) as s:
            await fill(s.storage, 0, 10)
            await s.growth().step()
            memory = Memory(tmp_path / "seen")
            assert memory.seen(ORIGIN).size == 10
            (kept,) = (tmp_path / "seen").glob("*.json")
            kept.write_text("{")
            await fill(s.storage, 10, 10)
            growth = s.growth()
            await growth.step()
            _, text = s.storage.log("ppwp").checkpoint()
            assert len(note.parse(text)[1]) == 1, "a witness that has lost its memory signs nothing"

    asyncio.run(body())


def test_a_witness_that_talks_without_end_costs_a_signature(storage_settings, tmp_path):
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 65_536)

    async def body() -> None:
        server = web.Application()
        server.router.add_post("/add-checkpoint", endless)
        runner = web.AppRunner(server)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with scene(storage_settings, tmp_path) as s:
            s.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await fill(s.storage, 0, 3)
            async with asyncio.timeout(4):  # less than the patience of the scene
                assert await s.growth().step()
            assert s.storage.log("ppwp").checkpoint()[0].size == 3
        await runner.cleanup()

    asyncio.run(body())


def test_two_witnesses_with_one_memory_sign_one_head(tmp_path):
    """Two processes with one key, as while one is being replaced, and a log that shows each another tree."""
    first, second = (
        WitnessServer({ORIGIN: (SIGNER.verifier,)}, Memory(tmp_path), SEER, lambda: 1_900_000_000) for _ in range(2)
    )
    heads = [note.Checkpoint(ORIGIN, 1, tree.leaf_hash(b"%d" % k)) for k in range(8)]
    asked = [Request(0, (), note.compose(head.text, [SIGNER.sign(head.text)]), head) for head in heads]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda k: (first, second)[k % 2]._judge(asked[k], ORIGIN).status, range(8)))
    assert sorted(answers) == [200, *[409] * 7]


def test_a_witness_that_has_forgotten_does_not_start(tmp_path, capsys):
    policy = tmp_path / "policy"
    policy.write_text(f"log {SIGNER.verifier.text}\nquorum none\n")
    witness.key(tmp_path / "state", "witness.invalid")
    (tmp_path / "state" / "seen").rmdir()
    args = argparse.Namespace(policy=str(policy), state=tmp_path / "state", name="w", host="127.0.0.1", port=0)
    assert witness.run(args) == 2
    assert "forgotten" in capsys.readouterr().err
