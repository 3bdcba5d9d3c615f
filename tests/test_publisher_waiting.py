"""What a publisher waits for: recapitulation that rings, and a store that is away."""

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from obstore.exceptions import GenericError
from publisher_scene import BASE, Night

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import system_clock
from publisher import service
from publisher.service import serve
from storage.intake.errors import IndexAway
from storage.opened import open_storage

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("bundle"), seed=3, kabupaten=1, kecamatan=2, kelurahan=4, tps=16)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


def wait_for(cursor: Path, number: int) -> None:
    """Returns when the publisher says that it has written this cut; fails after ten seconds."""
    end = time.monotonic() + 10
    while not cursor.exists() or json.loads(cursor.read_bytes())["cursor"] < number:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_wakes_when_recapitulation_rings(bundle: Bundle, storage_settings, public: Path) -> None:
    async def scenario() -> float:
        async with await open_storage(storage_settings) as storage:
            running = asyncio.create_task(serve(bundle, storage, public=public, base_url=BASE, clock=system_clock))
            night = Night(bundle, storage)
            cursor = public / "v1/ppwp/cursor.json"
            await asyncio.to_thread(wait_for, cursor, 0)
            await night.play(bundle.tree.tps_kode(0), "counted")
            number = await night.cut()
            began = asyncio.get_running_loop().time()
            await asyncio.to_thread(wait_for, cursor, number)
            ended = asyncio.get_running_loop().time()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            return ended - began

    assert asyncio.run(scenario()) < 5


def test_a_store_that_is_away_is_waited_for() -> None:
    """It keeps pictures; that it does not answer must not end the publication of everything else."""
    answers = [GenericError("connection refused"), IndexAway(), None]

    async def catch_up() -> bool:
        answer = answers.pop(0)
        if answer is None:
            raise asyncio.CancelledError
        woken.set()
        raise answer

    woken = asyncio.Event()
    following = SimpleNamespace(catch_up=catch_up, key="ppwp")
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(service._follow(following, woken))
    assert not answers
