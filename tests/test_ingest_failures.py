"""Disk full, a disk that fails, the database and the object store away: nothing acknowledged is lost, and senders are
told to come back. On a real door, over real connections."""

import asyncio
import errno
from collections.abc import Iterator
from hashlib import sha256
from uuid import uuid4

import pytest
from ingest_scene import PHOTO, Opener, Scene, opened_door, served, town  # noqa: F401 - a fixture
from intake_scene import SMALL, Failing

from storage.embedded import start_postgres
from storage.intake import intake as intakes
from storage.intake.shelf import PackShelf, StoreShelf
from storage.journal import Journal, Limits
from storage.opened import open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers
FIGURES = {"paslon_1": 117}


def other(number: int) -> bytes:
    """A photo that differs from all others."""
    return PHOTO + number.to_bytes(4, "big") * 25_000


async def asked(scene: Scene, key: str, photo: bytes) -> tuple[int, dict, str | None]:
    """Status, answer and Retry-After of a whole photo."""
    async with scene.client.post("/v1/uploads", data=photo, headers=await scene.announced(key, photo)) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers.get("Retry-After")


async def all_there(scene: Scene, kept: dict[str, bytes]) -> None:
    """Every photo acknowledged is in the journal once, and its bytes are those sent."""
    events = [event for event in await scene.events() if hasattr(event, "page")]
    assert sorted(event.sha256 for event in events) == sorted(sha256(photo).hexdigest() for photo in kept.values())
    for key, photo in kept.items():
        status, receipt = await scene.get(f"/v1/receipts/{key}?journal=ppwp")
        assert (status, receipt["sha256"]) == (200, sha256(photo).hexdigest())
        assert await scene.storage.scans.get(receipt["sha256"]) == photo


@pytest.mark.parametrize(("code", "told"), [(errno.ENOSPC, "intake.disk_full"), (errno.EIO, "intake.write_failed")])
def test_a_disk_that_takes_nothing_for_a_while(door: Opener, monkeypatch, code: int, told: str) -> None:
    broken = [False]
    disk = Failing(lambda _what, _count: code if broken[0] else None)
    monkeypatch.setattr(intakes, "PackShelf", lambda packs: PackShelf(packs, SMALL, disk))

    async def story() -> None:
        async with door() as scene:
            keys = {str(uuid4()): other(number) for number in range(16)}
            kept = {}
            for number, (key, photo) in enumerate(keys.items()):
                broken[0] = 4 <= number < 10
                status, answer, later = await asked(scene, key, photo)
                if broken[0]:
                    assert (status, answer["code"]) == (503, told) and int(later) > 0 and answer["petunjuk"]
                elif status == 201:
                    kept[key] = photo
                else:  # no second try within a second of a refusal
                    assert number == 10
                    await asyncio.sleep(1.1)
            assert len(kept) >= 9
            await all_there(scene, kept)
            assert (await scene.put_reading(FIGURES))[0] == 201
            for key, photo in keys.items():  # what was refused is sent again, and what was kept as well
                assert (await asked(scene, key, photo))[0] == 201
            events = [event for event in await scene.events() if hasattr(event, "page")]
            assert len(events) == len(keys)

    asyncio.run(story())


def test_readings_are_taken_while_the_disk_for_photos_is_full(door: Opener, monkeypatch) -> None:
    disk = Failing(lambda _what, _count: errno.ENOSPC)
    monkeypatch.setattr(intakes, "PackShelf", lambda packs: PackShelf(packs, SMALL, disk))

    async def story() -> None:
        async with door() as scene:
            assert (await asked(scene, str(uuid4()), PHOTO))[0] == 503
            assert (await scene.put_reading(FIGURES))[0] == 201

    asyncio.run(story())


def test_a_database_away_for_longer_than_anybody_waits(servers, tmp_path, monkeypatch) -> None:
    """The photo is on the disk and the journal unknown: the sender is told to come back, and finds it there once."""
    init = Journal.__init__
    monkeypatch.setattr(Journal, "__init__", lambda self, *given: init(self, *given, Limits(patience=0.5)))

    async def story() -> None:
        database = start_postgres(tmp_path / "pg")
        try:
            settings = Settings(data_dir=tmp_path, database_url=database.url, redis_url=servers.redis_url)
            async with await open_storage(settings) as storage, served(town(), storage) as scene:
                first, lost, reading = str(uuid4()), str(uuid4()), str(uuid4())
                assert (await asked(scene, first, other(1)))[0] == 201
                database.stop()
                for _ in range(2):
                    status, answer, later = await asked(scene, lost, other(2))
                    assert status == 503 and int(later) > 0, answer
                    assert (await scene.put_reading(FIGURES, reading))[0] == 503
                assert await storage.scans.has(sha256(other(2)).hexdigest())
                database = start_postgres(tmp_path / "pg")
                assert await _eventually(scene, lost, other(2)) == 201
                assert (await scene.put_reading(FIGURES, reading))[0] == 201
                await all_there(scene, {first: other(1), lost: other(2)})
                assert len(await scene.events()) == 3
        finally:
            database.stop()

    asyncio.run(story())


async def _eventually(scene: Scene, key: str, photo: bytes) -> int:
    for _ in range(50):
        status, _, _ = await asked(scene, key, photo)
        if status != 503:
            return status
        await asyncio.sleep(0.2)
    return 503


class Bucket:
    """An S3 server that can be stopped, and started again on the same port."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def bucket(monkeypatch) -> Iterator[Bucket]:
    server = Bucket()
    address = f"http://127.0.0.1:{server.port}"
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    import boto3

    boto3.client("s3", endpoint_url=address).create_bucket(Bucket="suara")
    yield server
    server.stop()


def test_with_an_object_store_the_receipt_waits_for_it(storage_settings, bucket, monkeypatch) -> None:
    monkeypatch.setattr(intakes, "StoreShelf", lambda store: StoreShelf(store, patience=1.5))

    async def story() -> None:
        settings = Settings(
            data_dir=storage_settings.data_dir, database_url=storage_settings.database_url,
            redis_url=storage_settings.redis_url, scans_url="s3://suara/night",
        )  # fmt: skip
        async with await open_storage(settings) as storage, served(town(), storage) as scene:
            first, second = str(uuid4()), str(uuid4())
            assert (await asked(scene, first, other(1)))[0] == 201
            assert await storage.scans.get(sha256(other(1)).hexdigest()) == other(1)
            bucket.stop()
            status, answer, later = await asked(scene, second, other(2))
            assert (status, answer["code"]) == (503, "intake.store_away") and int(later) > 0
            assert len(await scene.events()) == 1
            bucket.start()
            assert await _eventually(scene, second, other(2)) == 201
            await all_there(scene, {first: other(1), second: other(2)})
            assert storage.packs is None

    asyncio.run(story())
