"""Originals sealed: opened by the right keys alone, under the same hash, and gone in the clear only after proof."""

import asyncio
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_scene import intake
from obstore.store import MemoryStore
from seal_scene import LATER, NOW, came_in, files, opened, sealer

from election.event import ScanReceived
from storage.backend import backend
from storage.draft import Outcome
from storage.errors import ScanDamaged, ScanMissing
from storage.opened import open_storage
from storage.scans import Store
from storage.seal.cabinet import Cabinet
from storage.seal.errors import NoCustodian, ScanShut
from storage.seal.keys import Keys, identity_in
from storage.seal.sealer import Sealer
from storage.settings import Settings

DATA = b"\xff\xd8\xff an original, with names and signatures" * 2000
SHA = sha256(DATA).hexdigest()


@pytest.fixture(params=["folder", "object store"])
def cabinet(request, tmp_path) -> Cabinet:
    keys = Keys(tmp_path / "keys")
    keys.make_custodian(tmp_path / "custodian.key")
    folder = request.param == "folder"
    return Cabinet(backend(tmp_path / "sealed") if folder else MemoryStore(), "" if folder else "sealed", keys)


def test_a_sealed_original_opens_to_what_its_hash_says(cabinet):
    async def run() -> None:
        await cabinet.keep("ppwp", SHA, DATA)
        await cabinet.keep("ppwp", SHA, DATA)
        assert await cabinet.open(SHA) == DATA
        assert await cabinet.places(SHA) == ["ppwp"]
        with pytest.raises(ScanMissing):
            await cabinet.open("0" * 64)
        with pytest.raises(ScanDamaged):
            await cabinet.keep("ppwp", "0" * 64, DATA)

    asyncio.run(run())


def test_once_the_operating_key_is_dropped_only_the_custodian_opens(cabinet, tmp_path):
    async def run() -> None:
        await cabinet.keep("ppwp", SHA, DATA)
        await cabinet.keep("pdpr", SHA, DATA)
        assert cabinet.keys.drop("ppwp") and not cabinet.keys.drop("ppwp")
        assert await cabinet.open(SHA) == DATA, "another contest's key is another key"
        await cabinet.destroy("pdpr", SHA)
        with pytest.raises(ScanShut):
            await cabinet.open(SHA)
        custodian = identity_in((tmp_path / "custodian.key").read_text())
        assert await cabinet.open(SHA, [custodian]) == DATA
        # The photo comes in once more: what lies there cannot be proved any more, and is sealed anew.
        await cabinet.keep("ppwp", SHA, DATA)
        assert await cabinet.open(SHA) == DATA

    asyncio.run(run())


def test_a_damaged_copy_is_noticed_and_written_anew(tmp_path):
    async def run() -> None:
        keys = Keys(tmp_path / "keys")
        keys.make_custodian(tmp_path / "custodian.key")
        own = Cabinet(backend(tmp_path / "sealed"), "", keys)
        await own.keep("ppwp", SHA, DATA)
        (path,) = files(tmp_path / "sealed", "*.age")
        path.write_bytes(path.read_bytes()[:-1])
        assert not await own.proves("ppwp", SHA)
        with pytest.raises(ScanDamaged):
            await own.open(SHA)
        await own.keep("ppwp", SHA, DATA)
        assert await own.proves("ppwp", SHA)
        assert oct(path.stat().st_mode & 0o777) == "0o600"

    asyncio.run(run())


@settings(max_examples=30)
@given(st.binary(max_size=200_000), st.integers(0, 10**9), st.integers(1, 255))
def test_another_implementation_opens_it_with_either_key_and_no_byte_can_change(data, at, bits):
    import pyrage

    custodian, operating, stranger = (pyrage.x25519.Identity.generate() for _ in range(3))
    sealed = pyrage.encrypt(data, [custodian.to_public(), operating.to_public()])
    assert opened(sealed, str(custodian)) == opened(sealed, str(operating)) == data
    with pytest.raises(ValueError, match="others"):
        opened(sealed, str(stranger))
    changed = bytearray(sealed)
    changed[at % len(sealed)] ^= bits
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bytes(changed), [custodian])


def test_what_the_installation_seals_is_opened_by_other_tools_with_the_custodian_s_file(tmp_path):
    keys = Keys(tmp_path / "keys")
    keys.make_custodian(tmp_path / "custodian.key")
    asyncio.run(Cabinet(backend(tmp_path / "sealed"), "", keys).keep("ppwp", SHA, DATA))
    found = files(tmp_path / "sealed", f"{SHA}.age")
    private = (tmp_path / "custodian.key").read_text()
    secret = private.splitlines()[1]
    assert private.startswith("# public key: age1") and sha256(opened(found[0].read_bytes(), secret)).hexdigest() == SHA
    assert DATA[:30] not in found[0].read_bytes()


def test_keys_are_made_once_and_the_custodian_s_private_half_lies_where_it_was_asked_for(tmp_path):
    keys = Keys(tmp_path / "keys")
    with pytest.raises(NoCustodian):
        keys.recipients("ppwp")
    public = keys.make_custodian(tmp_path / "away.key")
    assert keys.make_custodian(tmp_path / "other.key") == public and not (tmp_path / "other.key").exists()
    first = keys.recipients("ppwp")
    assert [str(one) for one in first] == [str(one) for one in Keys(tmp_path / "keys").recipients("ppwp")]
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["custodian.pub", "ppwp.key"]
    assert oct((tmp_path / "keys" / "ppwp.key").stat().st_mode & 0o777) == "0o600"
    with pytest.raises(ValueError, match="age public key"):
        keys.name_custodian("age1nonsense")
    with pytest.raises(ValueError, match="no contest"):
        keys.identities("../../etc")


@pytest.mark.servers
def test_what_was_looked_at_is_sealed_and_its_pack_goes(storage_settings: Settings) -> None:
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            assert storage.packs is not None
            photos = await came_in(storage, range(6))
            own = sealer(storage)
            await own.follow()
            await own.tidy()
            assert not files(storage_settings.data_dir / "packs", "*.pack")
            assert len(files(storage_settings.data_dir / "sealed", "*.age")) == 6
            for one in photos:
                assert await storage.scans.get(one.event.sha256) == one.data
                assert await storage.scans.has(one.event.sha256)
            journalled = (await storage.journal("ppwp").entry(1)).event  # type: ignore[union-attr]
            assert isinstance(journalled, ScanReceived)
            secret = (storage_settings.data_dir / "custodian.key").read_text().splitlines()[1]
            sealed = (
                storage_settings.data_dir / "sealed" / storage.cabinet.path("ppwp", journalled.sha256)
            ).read_bytes()
            assert sha256(opened(sealed, secret)).hexdigest() == journalled.sha256

    asyncio.run(run())


@pytest.mark.servers
def test_a_photo_sent_again_is_recognised_and_its_second_copy_goes_too(storage_settings: Settings) -> None:
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            photos = await came_in(storage, range(2))
            own = sealer(storage)
            await own.follow()
            await own.tidy()
            async with intake(storage) as door:
                again = [await door.keep(one) for one in photos]
            assert [one.outcome for one in again] == [Outcome.DUPLICATE] * 2 and all(one.receipt for one in again)
            assert len(files(storage_settings.data_dir / "packs", "*.pack")) == 1
            await own.follow()
            await own.tidy()
            assert not files(storage_settings.data_dir / "packs", "*.pack")
            assert await storage.scans.get(photos[0].event.sha256) == photos[0].data

    asyncio.run(run())


@pytest.mark.servers
def test_what_nobody_has_looked_at_waits_and_is_sealed_when_it_is_old(storage_settings: Settings) -> None:
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await came_in(storage, range(2))
            waits = await came_in(storage, range(2, 4), looked=False)
            lost = sha256(b"acknowledged to nobody").hexdigest()
            await storage.scans.put(b"acknowledged to nobody")
            own = sealer(storage)
            await own.follow()
            await own.tidy()
            assert len(files(storage_settings.data_dir / "packs", "*.pack")) == 1
            assert await storage.scans.clear(waits[0].event.sha256) == waits[0].data
            old = sealer(storage, LATER)
            await old.tidy()
            assert not files(storage_settings.data_dir / "packs", "*.pack")
            assert await storage.cabinet.places(waits[0].event.sha256) == ["ppwp"]
            assert await storage.cabinet.places(lost) == ["umum"] and await storage.scans.clear(lost) is None

    asyncio.run(run())


@pytest.mark.servers
def test_two_sealers_at_once_lose_nothing(storage_settings: Settings) -> None:
    async def run() -> None:
        async with await open_storage(storage_settings) as storage, await open_storage(storage_settings) as other:
            photos = await came_in(storage, range(8))
            one, two = sealer(storage), sealer(other)

            async def all_of_it(own: Sealer) -> None:
                await own.follow()
                await own.tidy()

            await asyncio.gather(all_of_it(one), all_of_it(two))
            await all_of_it(one)
            assert not files(storage_settings.data_dir / "packs", "*.pack")
            for found in photos:
                assert await other.scans.get(found.event.sha256) == found.data

    asyncio.run(run())


@pytest.mark.servers
def test_a_pack_that_is_damaged_stays_and_copies_that_do_not_open_are_written_anew(storage_settings: Settings) -> None:
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            photos = await came_in(storage, range(4))
            (pack,) = files(storage_settings.data_dir / "packs", "*.pack")
            data = bytearray(pack.read_bytes())
            third = bytes(photos[2].data)[:200]
            data[bytes(data).index(third) - 4096] ^= 1  # the third record's head: what follows would not be seen
            pack.write_bytes(data)
            own = sealer(storage)
            await own.follow()
            await own.tidy()
            assert pack.exists()
            data[bytes(data).index(third) - 4096] ^= 1
            pack.write_bytes(data)
            (copy,) = files(storage_settings.data_dir / "sealed", f"{photos[1].event.sha256}.age")
            copy.write_bytes(b"nothing")
            storage.cabinet.keys.drop("ppwp")  # to which all of them are sealed
            await own.tidy()
            assert not pack.exists()
            for one in photos:
                assert await storage.scans.get(one.event.sha256) == one.data

    asyncio.run(run())


@pytest.mark.servers
def test_without_a_custodian_nothing_is_sealed_and_nothing_goes(storage_settings: Settings) -> None:
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            photos = await came_in(storage, range(1))
            own = sealer(storage, NOW, custodian=False)
            with pytest.raises(NoCustodian):
                await own.follow()
            assert await own.cursor("ppwp") == 0
            await sealer(storage).follow()
            assert await storage.cabinet.proves("ppwp", photos[0].event.sha256)

    asyncio.run(run())


def test_a_pack_that_goes_between_finding_and_reading_is_no_loss(tmp_path, monkeypatch):
    """A reader asks the index, and the sealer is faster."""

    async def run() -> None:
        from storage.intake.index import Place
        from storage.intake.packs import Packs

        keys = Keys(tmp_path / "keys")
        keys.make_custodian(tmp_path / "custodian.key")
        own = Cabinet(backend(tmp_path / "sealed"), "", keys)
        await own.keep("ppwp", SHA, DATA)
        packs = Packs(tmp_path)
        monkeypatch.setattr(packs, "find", lambda _: Place("gone.pack", 0, 9))
        store = Store(backend(tmp_path / "scans"), "", packs, own)
        assert await store.get(SHA) == DATA

    asyncio.run(run())
