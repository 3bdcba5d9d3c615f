"""The gate: who is let in, who is refused and why, and how a lost device is known to two processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from asyncpg import UndefinedTableError
from identity_scene import ACCOUNTS, KEYS, NOW, TOKENS, TPS, Watch, ask, gate, phone

from election.event import DeviceRevoked, device_commitment
from identity import certificate, jws, token
from identity.device import Device
from identity.digest import content_digest
from identity.errors import (
    CertificateForged,
    Denied,
    SignatureClock,
    SignatureDiffers,
    SignatureDigest,
    SignatureMissing,
    SignatureReplayed,
    TokenExpired,
    TokenForged,
    TokenMissing,
    TokenScope,
)
from identity.errors import (
    DeviceRevoked as Revocation,
)
from identity.message import Tag
from identity.revoked import Revoked
from ingest import revocations
from ingest.ask import Ask
from ingest.gate import OFFICER_CERTIFICATE, Gate
from loadtest.phone import Phone, Request
from storage import keys
from storage.draft import Entry
from storage.journal import UMUM, Draft
from storage.opened import open_storage
from storage.settings import Settings

PATH = "/v1/readings/8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11"
BODY = b'{"contest":"ppwp"}'
METADATA = "id OGMy,contest cHB3cA==,tps MzIwMQ==,page MQ=="
NEIGHBOUR = "3201010001002"


def hexed(body: bytes) -> str:
    return sha256(body).hexdigest()


def admitted(door: Gate, one: Ask, tps: str = TPS, tag: Tag | None = Tag.READING, body: bytes = BODY) -> object:
    return asyncio.run(door.admit(one, "send", tps, tag, hexed(body) if tag is Tag.READING else None))


def test_an_officers_reading_and_photo_come_in() -> None:
    watch = Watch()
    one = phone(f"kpps-{TPS}-1", watch)
    reading = asyncio.run(
        gate(watch).admit(ask("PUT", PATH, one.reading(PATH, BODY), BODY), "send", TPS, Tag.READING, hexed(BODY))
    )
    assert (reading.account, reading.role, reading.area) == (f"kpps-{TPS}-1", "kpps", TPS)
    assert reading.signed is not None and reading.signed.key == reading.key == one.device.key.thumbprint
    assert reading.relayed is None
    photo = asyncio.run(gate(watch).admit(ask("POST", "/v1/uploads", one.scan(9, METADATA)), "send", TPS, Tag.SCAN))
    assert photo.signed is not None
    on = asyncio.run(gate(watch).admit(ask("PATCH", "/v1/uploads/x", one.bearer()), "send", TPS))
    assert on.key == photo.key and on.signed is None


def test_an_item_may_have_been_signed_with_any_clock() -> None:
    watch, old = Watch(), Watch(NOW - 86_400 * 9)
    one = phone(f"kpps-{TPS}-1", watch)
    late = Phone(one.account, one.device, one.certificate, old.seconds).reading(PATH, BODY) | one.bearer()
    assert admitted(gate(watch), ask("PUT", PATH, late, BODY))


def changed(change: dict[str, str | None]) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {name: value for name, value in (headers | change).items() if value is not None}


def other_devices_signature(headers: dict[str, str]) -> dict[str, str]:
    other = Device.make()
    return headers | other.sign(Tag.READING, "PUT", PATH, headers, NOW)


def minted_by_another(headers: dict[str, str]) -> dict[str, str]:
    watch = Watch()
    claims = certificate.read(phone(f"kpps-{TPS}-1", watch).certificate, public=KEYS.accounts, now=NOW)
    return headers | {"authorization": f"Bearer {token.mint(claims, now=NOW, seed=ACCOUNTS.seed)[0]}"}


def certificate_as_token(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"authorization": f"Bearer {phone(f'kpps-{TPS}-1', Watch()).certificate}"}


REFUSED: dict[str, tuple[Callable[[dict[str, str]], dict[str, str]], type[Denied]]] = {
    "no token": (changed({"authorization": None}), TokenMissing),
    "another scheme": (changed({"authorization": "Basic x"}), TokenMissing),
    "nonsense": (changed({"authorization": "Bearer x.y.z"}), TokenForged),
    "minted by another key": (minted_by_another, TokenForged),
    "a certificate": (certificate_as_token, TokenForged),
    "no signature": (changed({"signature": None}), SignatureMissing),
    "no input": (changed({"signature-input": None}), SignatureMissing),
    "another device's signature": (other_devices_signature, SignatureDiffers),
    "another type": (changed({"content-type": "text/plain"}), SignatureDiffers),
    "another digest": (changed({"content-digest": content_digest(bytes(32))}), SignatureDiffers),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_proves_too_little_is_refused(name: str) -> None:
    change, error = REFUSED[name]
    watch = Watch()
    headers = change(phone(f"kpps-{TPS}-1", watch).reading(PATH, BODY))
    with pytest.raises(error):
        admitted(gate(watch), ask("PUT", PATH, headers, BODY))


def test_another_body_than_was_signed_is_refused() -> None:
    watch = Watch()
    headers = phone(f"kpps-{TPS}-1", watch).reading(PATH, BODY)
    with pytest.raises(SignatureDigest):
        admitted(gate(watch), ask("PUT", PATH, headers, b"{}"), body=b"{}")


def test_a_token_ends_after_a_quarter_of_an_hour() -> None:
    watch = Watch()
    headers = phone(f"kpps-{TPS}-1", watch).reading(PATH, BODY)
    door = gate(watch)
    watch.now += 899
    assert admitted(door, ask("PUT", PATH, headers, BODY))
    watch.now += 1
    with pytest.raises(TokenExpired):
        admitted(door, ask("PUT", PATH, headers, BODY))


@pytest.mark.parametrize(
    "account", ["kpps-3201010001002-1", "pps-3201010001-1", "kabkota-3201-1", "ri-0-1", "ppk-320102-1"]
)
def test_foreign_accounts_send_nothing(account: str) -> None:
    watch = Watch()
    headers = phone(account, watch).reading(PATH, BODY)
    with pytest.raises(TokenScope):
        admitted(gate(watch), ask("PUT", PATH, headers, BODY))


def test_a_revoked_device_is_refused_at_once_with_a_token_that_is_still_good() -> None:
    watch, revoked = Watch(), Revoked()
    one = phone(f"kpps-{TPS}-1", watch)
    door = gate(watch, revoked)
    assert admitted(door, ask("PUT", PATH, one.reading(PATH, BODY), BODY))
    revoked.fold(1, revocation(one))
    with pytest.raises(Revocation):
        admitted(door, ask("PUT", PATH, one.reading(PATH, BODY), BODY))
    with pytest.raises(Revocation):
        door.certified(one.certificate)


def revocation(one: Phone) -> DeviceRevoked:
    key, salt = one.device.key.thumbprint, "0" * 32
    return DeviceRevoked(
        tps=TPS, at="2029-02-14T00:00:00.000Z", role="kpps", by="pps", salt=salt, account=one.account, key=key,
        commitment=device_commitment(salt, one.account, key),
    )  # fmt: skip


def token_ask(request: Request) -> Ask:
    return ask(request.method, request.path, request.headers, request.body)


def fresh(door: Gate, request: Request) -> None:
    """What `POST /v1/tokens` asks of a request."""
    claims = door.certified(str(request.body.split(b'"')[3], "ascii"))
    door.signed(token_ask(request), "officer", Tag.REQUEST, claims, hexed(request.body))


def test_a_plain_request_is_taken_once_and_only_fresh() -> None:
    watch = Watch()
    one, door = phone(f"kpps-{TPS}-1", watch), gate(watch)
    request = one.token_request()
    fresh(door, request)
    with pytest.raises(SignatureReplayed):
        fresh(door, request)
    fresh(door, one.token_request())  # the same second, another signature
    for seconds, good in ((300, True), (301, False), (-300, True), (-301, False)):
        skewed = Phone(one.account, one.device, one.certificate, Watch(NOW + seconds).seconds).token_request()
        if good:
            fresh(door, skewed)
        else:
            with pytest.raises(SignatureClock) as refused:
                fresh(door, skewed)
            assert ("Suara-Time", str(NOW)) in refused.value.headers
    watch.now += 601
    with pytest.raises(SignatureClock):
        fresh(door, request)


def test_a_replay_with_the_signature_negated_is_still_a_replay() -> None:
    from identity import b64

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    watch = Watch()
    one, door = phone(f"kpps-{TPS}-1", watch), gate(watch)
    request = one.token_request()
    fresh(door, request)
    raw = b64.decode(request.headers["signature"].split(":")[1])
    other = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    headers = request.headers | {"signature": f"officer=:{b64.encode(other)}:"}
    with pytest.raises(SignatureReplayed):
        fresh(door, Request(request.method, request.path, headers, request.body))


def relayed(relay: Phone, officer: Phone | None, tps: str = TPS) -> dict[str, str]:
    headers = {"content-type": "application/json", "content-digest": content_digest(sha256(BODY).digest())}
    if officer is not None:
        headers = officer.reading(PATH, BODY) | {OFFICER_CERTIFICATE: officer.certificate}
    return relay.relay(Tag.READING, "PUT", PATH, {k: v for k, v in headers.items() if k != "authorization"})


def test_a_relay_hands_in_what_its_officers_signed() -> None:
    watch = Watch()
    ppk, officer = phone("ppk-320101-1", watch), phone(f"kpps-{TPS}-2", watch)
    sender = asyncio.run(
        gate(watch).admit(ask("PUT", PATH, relayed(ppk, officer), BODY), "send", TPS, Tag.READING, hexed(BODY))
    )
    assert (sender.account, sender.role, sender.relayed, sender.relay) == (
        f"kpps-{TPS}-2", "kpps", "ppk", "ppk-320101-1",
    )  # fmt: skip
    assert sender.signed is not None and sender.signed.key == officer.device.key.thumbprint
    assert sender.key == ppk.device.key.thumbprint


def test_a_relay_signs_for_itself_where_no_officer_could() -> None:
    watch = Watch()
    ppk = phone("ppk-320101-1", watch)
    sender = asyncio.run(
        gate(watch).admit(ask("PUT", PATH, relayed(ppk, None), BODY), "send", TPS, Tag.READING, hexed(BODY))
    )
    assert (sender.account, sender.role, sender.relayed) == ("ppk-320101-1", "ppk", "ppk")
    assert sender.signed is not None and sender.signed.key == ppk.device.key.thumbprint


def test_a_relay_is_refused_outside_its_area_or_with_what_others_signed() -> None:
    watch = Watch()
    officer, foreign = phone(f"kpps-{TPS}-1", watch), phone(f"kpps-{NEIGHBOUR}-1", watch)
    ppk, away = phone("ppk-320101-1", watch), phone("ppk-320102-1", watch)
    good = relayed(ppk, officer)
    forged = jws.seal(
        certificate.read(officer.certificate, public=KEYS.accounts, now=NOW), certificate.KIND, TOKENS.seed
    )
    cases: list[tuple[dict[str, str], type[Denied]]] = [
        (relayed(away, officer), TokenScope),
        (relayed(ppk, foreign), TokenScope),
        (good | {OFFICER_CERTIFICATE: forged}, CertificateForged),
        (good | {OFFICER_CERTIFICATE: foreign.certificate}, TokenScope),
        (good | {OFFICER_CERTIFICATE: phone(f"kpps-{TPS}-1", watch).certificate}, SignatureDiffers),
        ({k: v for k, v in good.items() if k != OFFICER_CERTIFICATE}, CertificateForged),
        (relayed(ppk, None) | {OFFICER_CERTIFICATE: officer.certificate}, SignatureMissing),
        (officer.reading(PATH, BODY) | ppk.bearer(), SignatureMissing),
        (good | officer.bearer(), SignatureDiffers),
    ]
    for headers, error in cases[:-1]:
        with pytest.raises(error):
            admitted(gate(watch), ask("PUT", PATH, headers, BODY))
    assert admitted(gate(watch), ask("PUT", PATH, cases[-1][0], BODY))  # the officer sends its own after all


def test_a_snapshot_keeps_what_was_revoked(tmp_path: Path) -> None:
    revoked = Revoked()
    one = phone(f"kpps-{TPS}-1", Watch())
    assert revoked.fold(7, revocation(one)) and not revoked.fold(8, None)
    (tmp_path / "revoked.json").write_bytes(revoked.dump())
    again = revocations.load(tmp_path / "revoked.json")
    assert one.device.key.thumbprint in again and again.number == 8
    (tmp_path / "revoked.json").write_bytes(b"{")
    assert len(revocations.load(tmp_path / "revoked.json")) == 0
    assert revocations.load(tmp_path / "none.json").number == 0


async def until(known: Revoked, key: str) -> None:
    """Waits until `key` is known to be revoked."""
    async with asyncio.timeout(10):
        while key not in known:  # noqa: ASYNC110 - a fold tells nobody
            await asyncio.sleep(0.01)


class Faltering:
    """A journal that is away at first, then has one revocation."""

    def __init__(self, size: int, entry: Entry, error: Exception) -> None:
        self._size, self._entry, self._away, self._error = size, entry, 2, error

    async def size(self) -> int:
        if self._away:
            self._away -= 1
            raise self._error
        return self._size

    async def follow(self, after: int) -> AsyncIterator[list[Entry]]:
        if after < self._entry.number:
            yield [self._entry]
        await asyncio.Event().wait()


@pytest.mark.parametrize("error", [OSError("away"), UndefinedTableError("being restored"), ValueError("damaged")])
@pytest.mark.parametrize("ahead", [0, 99])
def test_following_outlives_an_absent_database_and_a_file_of_another_journal(
    tmp_path: Path, ahead: int, error: Exception
) -> None:
    event = revocation(phone(f"kpps-{TPS}-1", Watch()))
    known, path = Revoked(ahead, frozenset({"kept"})), tmp_path / "revoked.json"
    journal: Any = Faltering(1, Entry(number=1, event=event, leaf=b"", kind="device_revoked"), error)

    async def run() -> None:
        task = asyncio.create_task(revocations.follow(known, journal, path, wait=0.0))
        await until(known, event.key)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    again = revocations.load(path)
    assert event.key in again and "kept" in again and again.number == 1


@pytest.mark.servers
def test_a_revocation_reaches_every_process_and_outlives_the_database(storage_settings: Settings) -> None:
    watch = Watch()
    seed = keys.load_or_make(storage_settings.data_dir / "keys", "accounts").seed
    one = Phone.certified(f"kpps-{TPS}-1", seed, watch.seconds)
    key = one.device.key.thumbprint

    async def run() -> None:
        async with (
            await open_storage(storage_settings) as first,
            await open_storage(storage_settings) as second,
            revocations.open_gate(first, watch) as here,
            revocations.open_gate(second, watch) as there,
        ):
            assert there.certified(one.certificate).sub == here.certified(one.certificate).sub == one.account
            await first.journal(UMUM).append(Draft(event=revocation(one)))
            await asyncio.gather(until(here.revoked, key), until(there.revoked, key))
            with pytest.raises(Revocation):
                there.certified(one.certificate)

    asyncio.run(run())
    assert key in revocations.load(storage_settings.data_dir / "revoked.json")
