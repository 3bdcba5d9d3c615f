"""A small night over real HTTP against the real door, with every mishap at once, and with both ends killed."""

import asyncio
import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from election import bundle as bundles
from election.bundle import NotLive, UnknownContest
from election.contest import SUARA
from loadtest import night
from loadtest.night.line import BadAddress
from loadtest.night.studio import Sitting, draw, small_enough
from storage.keys import load_or_make, load_public
from storage.opened import open_storage
from storage.settings import Settings
from tlog.note import Verifier

ROOT = Path(__file__).parents[1]
ALL_MISHAPS = night.Rates(twice=1.0, again=1.0, lost_reply=1.0, cut=1.0, wrong_page=1.0)


def suara(*arguments: str, **environment: str) -> subprocess.Popen:
    """A command of this checkout as a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "suara", *arguments], cwd=ROOT, env={**os.environ, **environment})


def enrolment(settings: Settings) -> night.Enrolment:
    """Certificates from the installation's own key."""
    return night.Enrolment(seed=load_or_make(settings.data_dir / "keys", "accounts").seed)


def signer(settings: Settings) -> Verifier:
    """Whose signature receipts carry."""
    return load_public(settings.data_dir / "keys", "receipts")


class Door:
    """The front door as a process of its own, to be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = ("ingest", "--data", str(settings.data_dir), "--port", str(self.port))
        self._addresses = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}

    def start(self) -> None:
        self.process = suara(*self._arguments, **self._addresses)

    def await_open(self) -> None:
        """Returns once it listens."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise TimeoutError("the door did not open")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def running(storage_settings: Settings):
    """A door in front of an empty journal, and a bundle of six TPS beside it."""
    bundles.make(storage_settings.data_dir / "bundle", seed=6, kabupaten=1, tps=6)
    door = Door(storage_settings)
    door.start()
    yield door, storage_settings
    door.kill()


async def journal_of(settings: Settings) -> list:
    async with await open_storage(settings) as storage:
        return await storage.journal("ppwp").read(0, 10_000)


@pytest.mark.servers
def test_every_mishap_at_once_and_a_second_run_changes_nothing(running) -> None:
    door, settings = running
    bundle = bundles.load(settings.data_dir / "bundle")
    how = {"seed": 3, "speed": math.inf, "folder": settings.data_dir / "night", "contests": {"ppwp": 5},
           "rates": ALL_MISHAPS, "enrolment": enrolment(settings)}  # fmt: skip
    seen: list[int] = []
    summary = asyncio.run(night.play(bundle, door.url, **how, on_progress=lambda t: seen.append(t.tps_done)))
    tally = summary.tally
    assert summary.complete and tally.tps_done == 5 == seen[-1]
    assert (tally.readings, tally.photos, tally.refused) == (5, 25, 0)  # three pages, one again, one wrong
    assert tally.lost_replies == 5 and tally.cut == 5 and tally.same_again == 5 and tally.looked_up > 0
    entries = asyncio.run(journal_of(settings))
    assert len(entries) == 30
    assert night.check(night.lines(settings.data_dir / "night" / "receipts.jsonl"), entries, signer(settings)).holds
    truths = {(t := night.truth(bundle, 3, row, rates=ALL_MISHAPS)).tps: t for row in range(5)}
    for entry in entries:
        if entry.kind == "reading_submitted":
            keyed = truths[entry.event.tps].keyed
            assert entry.event.figures[SUARA] == tuple(keyed[f] for f in bundle.contest("ppwp").blocks[SUARA])
    again = asyncio.run(night.play(bundle, door.url, **how))
    assert again.tps_before == 5 and again.tally.photos == 0 and again.complete
    assert len(asyncio.run(journal_of(settings))) == 30


@pytest.mark.servers
def test_a_door_killed_again_and_again_loses_and_doubles_nothing(running) -> None:
    door, settings = running
    bundle = bundles.load(settings.data_dir / "bundle")

    async def killer() -> None:
        for pause in (0.3, 0.1):
            await asyncio.to_thread(door.await_open)
            await asyncio.sleep(pause)
            door.kill()
            door.start()

    async def story() -> night.Summary:
        how = {"seed": 4, "speed": math.inf, "folder": settings.data_dir / "night", "rates": ALL_MISHAPS,
               "enrolment": enrolment(settings)}  # fmt: skip
        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            group.create_task(killer())
            played = group.create_task(night.play(bundle, door.url, **how))
        return played.result()

    summary = asyncio.run(story())
    assert summary.complete and summary.tally.retries > 0
    entries = asyncio.run(journal_of(settings))
    assert night.check(night.lines(settings.data_dir / "night" / "receipts.jsonl"), entries, signer(settings)).holds
    assert Counter(entry.kind for entry in entries) == {"reading_submitted": 6, "scan_received": 30}


@pytest.mark.servers
def test_officers_killed_in_the_middle_go_on_where_they_were(running) -> None:
    door, settings = running
    ledger = settings.data_dir / "night" / "receipts.jsonl"
    out = settings.data_dir / "night"
    door.await_open()
    player = suara(
        *("night", "--bundle", str(settings.data_dir / "bundle"), "--url", door.url),
        *("--seed", "5", "--speed", "max", "--out", str(out), "--json", "--keys", str(settings.data_dir / "keys")),
    )
    deadline = time.monotonic() + 30
    while len(list(night.lines(ledger))) < 9 and time.monotonic() < deadline:
        time.sleep(0.05)
    player.send_signal(signal.SIGKILL)
    player.wait()
    before = len(list(night.lines(ledger)))
    assert 9 <= before < 24
    bundle = bundles.load(settings.data_dir / "bundle")
    how = {"seed": 5, "speed": math.inf, "folder": settings.data_dir / "night", "enrolment": enrolment(settings)}
    summary = asyncio.run(night.play(bundle, door.url, **how))
    assert summary.complete and summary.tally.readings + summary.tally.photos < 24
    entries = asyncio.run(journal_of(settings))
    assert night.check(night.lines(ledger), entries, signer(settings)).holds
    assert Counter(entry.kind for entry in entries)["reading_submitted"] == 6
    assert not list((settings.data_dir / "night" / "photos").glob("*.jpg"))


def test_what_trying_again_would_never_mend_is_refused_at_once(tmp_path: Path) -> None:
    bundle = bundles.make(tmp_path / "bundle", seed=6, kabupaten=1, tps=2, contests=("ppwp", "pkwkp"))
    ppwp, pkwkp = bundle.manifest.contests
    formless = replace(bundle.manifest, contests=(ppwp, replace(pkwkp, form="")))
    bundle = replace(bundle, manifest=formless)
    how = {"seed": 1, "speed": math.inf, "folder": tmp_path / "night", "enrolment": night.Enrolment()}
    for error, url, contest in (
        (BadAddress, "nonsense", "ppwp"),
        (UnknownContest, "http://127.0.0.1:1", "pdpr"),
        (NotLive, "http://127.0.0.1:1", "pkwkp"),
    ):
        with pytest.raises(error):
            asyncio.run(asyncio.wait_for(night.play(bundle, url, contests={contest: None}, **how), 5))


def test_the_same_sitting_gives_the_same_photos(tmp_path: Path) -> None:
    ballot = bundles.make(tmp_path / "bundle", seed=6, kabupaten=1, tps=2, contests=("ppwp",)).ballot("ppwp", 0)
    sitting = Sitting(1, "1001", ballot, {"paslon_1": 117, "suara_sah": 230}, (0.1, 0.5, 0.9), {})
    pictures = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        pictures.append([path.read_bytes() for path in draw(sitting, tmp_path / name)])
    assert pictures[0] == pictures[1] and len(pictures[0]) == 3
    assert all(picture.startswith(b"\xff\xd8\xff") and len(picture) <= 300_000 for picture in pictures[0])
    squeezed = small_enough(pictures[0][0], 120_000)
    assert len(squeezed) <= 120_000 and squeezed.startswith(b"\xff\xd8\xff")
