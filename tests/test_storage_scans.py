"""Bytes under their own hash, in a folder and in an S3-compatible store."""

import asyncio
import os
from hashlib import sha256
from pathlib import Path

import obstore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore, S3Store

from storage.errors import ScanDamaged, ScanMissing
from storage.scans import Store, open_store


@pytest.fixture(scope="module")
def s3_address():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    import boto3

    client = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="k",
        aws_secret_access_key="s",
    )  # fmt: skip
    client.create_bucket(Bucket="suara")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path) -> Store:
    if request.param == "folder":
        return open_store(tmp_path / "scans", "")
    bucket = S3Store(
        "suara",
        endpoint=request.getfixturevalue("s3_address"),
        access_key_id="k",
        secret_access_key="s",
        region="us-east-1",
        client_options={"allow_http": True},
    )
    return Store(bucket, f"scans/{os.urandom(4).hex()}")


def test_what_is_put_comes_back_under_its_hash(store):
    async def run() -> None:
        data = os.urandom(300_000)
        sha = await store.put(data)
        assert sha == sha256(data).hexdigest()
        assert await store.get(sha) == data
        assert await store.has(sha)
        assert await store.put(data) == sha
        assert await store.get(await store.put(b"")) == b""

    asyncio.run(run())


def test_what_was_never_put_is_missing(store):
    async def run() -> None:
        assert not await store.has("00" * 32)
        with pytest.raises(ScanMissing, match="0000"):
            await store.get("00" * 32)

    asyncio.run(run())


def test_damage_is_seen_and_putting_the_bytes_again_mends_it(store):
    async def run() -> None:
        import obstore

        sha = await store.put(b"the true photo")
        await obstore.put_async(store._store, store.path(sha), b"the true phot0")
        with pytest.raises(ScanDamaged, match=sha):
            await store.get(sha)
        await store.put(b"the true photo")
        assert await store.get(sha) == b"the true photo"

    asyncio.run(run())


def test_many_at_once(store):
    async def run() -> None:
        photos = [os.urandom(1000) for _ in range(30)] * 2  # each by two senders at the same time
        hashes = await asyncio.gather(*map(store.put, photos))
        assert await asyncio.gather(*map(store.get, hashes)) == photos

    asyncio.run(run())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000))
def test_any_bytes(tmp_path, data):
    store = open_store(tmp_path, "p")
    assert asyncio.run(store.get(asyncio.run(store.put(data)))) == data


class PowerCut(Exception):
    """The machine went off."""


class Power:
    """Records the calls that change the disk, and fails the one after `left` of them."""

    def __init__(self, monkeypatch) -> None:
        self.calls: list[str] = []
        self.left: int | None = None
        for owner, name in ((os, "fdatasync"), (os, "fsync"), (Path, "replace"), (Path, "mkdir")):
            monkeypatch.setattr(owner, name, self.watched(name, getattr(owner, name)))

    def watched(self, name, act):
        def recorded(*arguments, **options):
            if self.left is not None and len(self.calls) >= self.left:
                raise PowerCut
            self.calls.append(name)
            return act(*arguments, **options)

        return recorded


def test_a_power_cut_at_any_call_leaves_all_or_nothing_under_the_name(tmp_path, monkeypatch):
    power = Power(monkeypatch)
    store = open_store(tmp_path / "whole", "")
    power.calls.clear()
    sha = asyncio.run(store.put(b"photo"))
    assert power.calls == ["mkdir", "fsync", "mkdir", "fsync", "fdatasync", "replace", "fsync"]
    for left in range(7):
        power.left = None
        store = open_store(tmp_path / str(left), "")
        power.calls.clear()
        power.left = left
        with pytest.raises(PowerCut):
            asyncio.run(store.put(b"photo"))
        power.left = None
        if asyncio.run(store.has(sha)):
            assert asyncio.run(store.get(sha)) == b"photo"
        assert asyncio.run(store.put(b"photo")) == sha  # the sender, never answered, sends again
        assert asyncio.run(store.get(sha)) == b"photo"


def test_a_folder_whose_maker_was_killed_is_synced_by_the_next(tmp_path, monkeypatch):
    power = Power(monkeypatch)
    killed, living = open_store(tmp_path, ""), open_store(tmp_path, "")
    power.calls.clear()
    power.left = 1  # the folder is made, its name not on the disk
    with pytest.raises(PowerCut):
        asyncio.run(killed.put(b"photo"))
    power.left = None
    power.calls.clear()
    asyncio.run(living.put(b"photo"))
    assert power.calls == ["mkdir", "fsync", "mkdir", "fsync", "fdatasync", "replace", "fsync"]
    power.calls.clear()
    asyncio.run(living.put(b"photo"))
    assert power.calls == ["fsync", "fsync"]


def test_a_photo_on_a_bad_sector_can_be_sent_again(tmp_path, monkeypatch):
    store = open_store(tmp_path, "")
    sha = asyncio.run(store.put(b"photo"))
    path = tmp_path / store.path(sha)
    before = path.stat().st_ino

    def unreadable(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "read_bytes", unreadable)
        assert asyncio.run(store.put(b"photo")) == sha
    assert path.stat().st_ino != before
    assert asyncio.run(store.get(sha)) == b"photo"


def test_leftovers_of_a_cut_are_no_scans(tmp_path):
    store = open_store(tmp_path, "")
    sha = asyncio.run(store.put(b"photo"))
    leftover = tmp_path / sha[:2] / sha[2:4] / f".{sha}.1.ab"
    leftover.write_bytes(b"pho")
    assert asyncio.run(store.get(sha)) == b"photo"


def test_many_are_read_at_once_and_each_says_what_it_lacks(tmp_path: Path) -> None:
    """Out of the folder in one go, and out of a store that is none object by object: the same answers."""

    async def inside() -> None:
        for store in (open_store(tmp_path, "artefacts"), Store(MemoryStore())):
            whole, broken = await store.put(b"whole"), await store.put(b"broken")
            lost = sha256(b"lost").hexdigest()
            await obstore.put_async(store._store, store.path(broken), b"bro")
            found = await store.get_all([whole, broken, lost, whole])
            assert found[whole] == b"whole"
            assert isinstance(found[broken], ScanDamaged)
            assert isinstance(found[lost], ScanMissing)
            assert len(found) == 3

    asyncio.run(inside())
