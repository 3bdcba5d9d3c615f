"""Rights at a real front door: every role against every address, refusals counted, tokens by HTTP, relays."""

import asyncio
import base64
import json
import subprocess
import sys
import time
from hashlib import sha256
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest
from ingest_scene import PHOTO, Opener, Scene, opened_door  # noqa: F401 - a fixture

from election.event import DeviceRevoked, device_commitment
from identity import certificate, token
from identity.access import Action, may
from identity.account import Account
from identity.device import Device
from identity.message import Tag
from identity.phone import Phone
from ingest import revocations
from storage import keys
from storage.journal import UMUM, Draft
from suara import stick
from suara.relay import Outcome, Relay

pytestmark = pytest.mark.servers

FIGURES = {"suara_sah": 1}


def metadata(tps: str, upload: str, photo: bytes, page: int = 1) -> str:
    given = {"id": upload, "contest": "ppwp", "tps": tps, "page": str(page), "sha256": sha256(photo).hexdigest(),
             "filetype": "image/jpeg"}  # fmt: skip
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in given.items())


def reading(tps: str, **more: object) -> bytes:
    return json.dumps({"contest": "ppwp", "tps": tps, "figures": FIGURES, **more}).encode()


async def sent(scene: Scene, phone: Phone, tps: str) -> int:
    """Status of a reading about `tps` by whoever the phone's is; relays sign as relays."""
    body, path = reading(tps), f"/v1/readings/{uuid4()}"
    headers = phone.reading(path, body)
    if phone.account.startswith("ppk"):
        bare = {name: headers[name] for name in ("content-type", "content-digest")}
        headers = phone.relay(Tag.READING, "PUT", path, bare)
    async with scene.client.put(path, data=body, headers=headers) as answer:
        return answer.status


def test_every_role_at_every_address_about_every_tps(door: Opener) -> None:
    async def run() -> None:
        async with door() as scene:
            tree = scene.bundle.tree
            first, last = tree.tps_kode(0), tree.tps_kode(tree.n_tps - 1)
            areas = [first, last, first[:10], last[:10], first[:6], first[:4], first[:2], "0"]
            prefixes = {13: ["kpps"], 10: ["pps"], 6: ["ppk"], 4: ["kabkota"], 2: ["provinsi"], 1: ["ri", "helpdesk"]}
            accounts = [f"{prefix}-{area}-2" for area in areas for prefix in prefixes[len(area)]]
            for name, tps in product(sorted(set(accounts)), (first, last)):
                phone, who = await scene.phone(name), Account.parse(name)
                allowed = may(who.role, who.area, Action.SEND, tps) or may(who.role, who.area, Action.RELAY, tps)
                assert (await sent(scene, phone, tps) in (200, 201)) is allowed, (name, tps)
                async with scene.client.get(f"/v1/tps/{tps}/status", headers=phone.bearer()) as answer:
                    assert (answer.status == 200) is may(who.role, who.area, Action.STATUS, tps), (name, tps)
            page = (await (await scene.client.get("/metrics")).text()).splitlines()
            assert any(line.startswith('suara_ingest_rejected_total{code="token.scope"}') for line in page)

    asyncio.run(run())


def test_each_refusal_says_its_reason_and_is_counted(door: Opener) -> None:
    async def run() -> None:
        async with door() as scene:
            folder = scene.storage.settings.data_dir / "keys"
            one, other = await scene.phone(f"kpps-{scene.tps}-1"), await scene.phone(f"kpps-{scene.tps}-2")
            body, path = reading(scene.tps), f"/v1/readings/{uuid4()}"
            good = one.reading(path, body)
            claims = certificate.read(
                one.certificate, public=keys.load_public(folder, "accounts").public, now=int(time.time())
            )
            stale, _ = token.mint(claims, now=int(time.time()) - 901, seed=keys.load_or_make(folder, "tokens").seed)
            flipped = good["authorization"][:-1] + ("A" if good["authorization"][-1] != "A" else "B")
            neighbour = await scene.phone(f"kpps-{scene.bundle.tree.tps_kode(1)}-1")
            cases = {
                "token.missing": {"authorization": ""},
                "token.forged": {"authorization": flipped},
                "token.expired": {"authorization": f"Bearer {stale}"},
                "token.scope": neighbour.bearer(),
                "signature.missing": {"signature-input": ""},
                "signature.differs": other.bearer(),  # another device of the same TPS
                "device.revoked": {},
            }
            for code, change in cases.items():
                if code == "device.revoked":
                    await revoked(scene, one)
                async with scene.client.put(path, data=body, headers=good | change) as answer:
                    assert (await answer.json(content_type=None))["code"] == code
                    assert answer.status in (401, 403)
            page = await (await scene.client.get("/metrics")).text()
            for code in cases:
                assert f'suara_ingest_rejected_total{{code="{code}"}} 1.0' in page
            assert await scene.events() == []

    asyncio.run(run())


async def revoked(scene: Scene, phone: Phone) -> None:
    """Revokes a device as the accounts service does, and waits until the door has heard of it."""
    key, salt = phone.device.key.thumbprint, "0" * 32
    event = DeviceRevoked(
        tps=scene.tps, at="2029-02-14T00:00:00.000Z", role="kpps", by="pps", salt=salt, account=phone.account, key=key,
        commitment=device_commitment(salt, phone.account, key),
    )  # fmt: skip
    await scene.storage.journal(UMUM).append(Draft(event=event))
    known = scene.storage.settings.data_dir / "revoked.json"
    async with asyncio.timeout(10):
        while key not in revocations.load(known):  # noqa: ASYNC110 - written once the door knows
            await asyncio.sleep(0.05)


def test_tokens_come_by_http_once_per_signed_request(door: Opener) -> None:
    async def run() -> None:
        async with door() as scene:
            seed = keys.load_or_make(scene.storage.settings.data_dir / "keys", "accounts").seed
            phone = Phone.certified(f"kpps-{scene.tps}-1", seed)
            asked = phone.token_request()
            statuses = []
            for _ in range(2):
                async with scene.client.post(asked.path, data=asked.body, headers=asked.headers) as answer:
                    statuses.append((answer.status, (await answer.json(content_type=None)).get("code")))
            assert statuses == [(201, None), (401, "signature.replayed")]
            late = Phone(phone.account, phone.device, phone.certificate, clock=lambda: 0.0).token_request()
            async with scene.client.post(late.path, data=late.body, headers=late.headers) as answer:
                assert (await answer.json(content_type=None))["code"] == "signature.clock"
                assert int(answer.headers["Suara-Time"]) > 1_700_000_000
            stranger = Phone.certified(f"kpps-{scene.tps}-1", bytes(32)).token_request()
            async with scene.client.post(stranger.path, data=stranger.body, headers=stranger.headers) as answer:
                assert (await answer.json(content_type=None))["code"] == "certificate.forged"
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            thief = Phone(phone.account, Device.make(), phone.certificate).token_request()
            async with scene.client.post(thief.path, data=thief.body, headers=thief.headers) as answer:
                assert (await answer.json(content_type=None))["code"] == "signature.differs"

    asyncio.run(run())


def test_another_device_cannot_go_on_with_an_upload(door: Opener) -> None:
    async def run() -> None:
        async with door() as scene:
            owner, other = await scene.phone(f"kpps-{scene.tps}-1"), await scene.phone(f"kpps-{scene.tps}-2")
            upload = str(uuid4())
            headers = owner.scan(len(PHOTO), metadata(scene.tps, upload, PHOTO)) | {"tus-resumable": "1.0.0"}
            async with scene.client.post("/v1/uploads", headers=headers) as answer:
                assert answer.status == 201
            piece = {"tus-resumable": "1.0.0", "upload-offset": "0", "content-type": "application/offset+octet-stream"}
            for phone, good in ((other, False), (owner, True)):
                async with scene.client.patch(
                    f"/v1/uploads/{upload}", data=PHOTO, headers=piece | phone.bearer()
                ) as answer:
                    assert (answer.status == 204) is good, await answer.text()

    asyncio.run(run())


def saved(folder: Path, phone: Phone, photo: bytes, ids: tuple[str, str]) -> None:
    """A stick's file as the officer's app saves it."""
    tps = phone.account.split("-")[1]
    body, path = reading(tps), f"/v1/readings/{ids[0]}"
    head = {"format": "suara-stick", "version": 1, "account": phone.account, "certificate": phone.certificate}
    items = [("photo", ids[1], phone.scan(len(photo), metadata(tps, ids[1], photo)), photo),
             ("reading", ids[0], phone.reading(path, body), body)]  # fmt: skip
    lines = [head]
    for kind, item, headers, data in items:
        own = {name.title(): value for name, value in headers.items() if name != "authorization"}
        lines.append({"kind": kind, "id": item, "headers": own, "body": base64.b64encode(data).decode()})
    folder.mkdir(exist_ok=True)
    text = "\n".join(json.dumps(line) for line in lines) + "\n"
    (folder / f"{phone.account}.suara").write_text(text)


def test_a_stick_is_handed_in_by_its_ppk_and_by_no_other(door: Opener, tmp_path: Path) -> None:
    async def run() -> None:
        async with door() as scene:
            officer, ids = await scene.phone(), (str(uuid4()), str(uuid4()))
            saved(tmp_path / "stick", officer, PHOTO, ids)
            items = stick.items(tmp_path / "stick")
            assert [item.kind for item in items] == ["reading", "photo"]
            told: list[Outcome] = []
            base = f"http://127.0.0.1:{scene.port}"
            away = Relay(scene.client, base, await scene.phone("ppk-999999-1"))
            assert {o.code for o in await away.hand_in(items, told.append)} == {"token.scope"}
            ppk = Relay(scene.client, base, await scene.phone(f"ppk-{scene.tps[:6]}-1"))
            first = await ppk.hand_in(items, told.append)
            again = await ppk.hand_in(items, told.append)
            assert all(o.kept for o in (*first, *again))
            assert len(await scene.events()) == 2
            for event in await scene.events():
                assert (event.by, event.relayed, event.account) == ("kpps", "ppk", officer.account)
                assert event.signed.key == officer.device.key.thumbprint
            saved(tmp_path / "own", officer, PHOTO[:-1], (str(uuid4()), str(uuid4())))
            assert all(o.kept for o in await ppk.hand_in(stick.items(tmp_path / "own"), told.append, own=True))
            assert {(event.by, event.relayed) for event in (await scene.events())[2:]} == {("ppk", "ppk")}

    asyncio.run(run())


def test_a_stick_speaks_for_its_ppk_only_where_ppk_says_so(door: Opener, tmp_path: Path) -> None:
    async def run() -> None:
        async with door() as scene:
            body = reading(scene.tps)
            digest = f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"
            spoilt = {"Signature": "x=:AAAA:", "Signature-Input": 'x=("@path");created=1;keyid="k";tag="t"'}
            officer = await scene.phone()
            for name, headers in (("unsigned", {}), ("spoilt", spoilt)):
                bare = {"Content-Type": "application/json", "Content-Digest": digest, "X-Http-Method-Override": "PUT"}
                head = {"format": "suara-stick", "version": 1, "account": "", "certificate": officer.certificate}
                line = {"kind": "reading", "id": str(uuid4()), "headers": bare | headers,
                        "body": base64.b64encode(body).decode()}  # fmt: skip
                (tmp_path / f"{name}.suara").write_text(f"{json.dumps(head)}\n{json.dumps(line)}\n")
            items = stick.items(tmp_path)
            assert all(set(item.headers) <= stick.SIGNED for item in items)
            ppk = Relay(scene.client, f"http://127.0.0.1:{scene.port}", await scene.phone(f"ppk-{scene.tps[:6]}-1"))
            assert {o.code for o in await ppk.hand_in(items, lambda _: None)} == {"signature.missing"}
            assert await scene.events() == []
            assert all(o.kept for o in await ppk.hand_in(items, lambda _: None, own=True))

    asyncio.run(run())


def test_a_relay_makes_no_new_photo_of_an_old_one(door: Opener) -> None:
    """Without an id of the officer's, the same signed photo could come again and again and speak last."""

    async def run() -> None:
        async with door() as scene:
            officer, ppk = await scene.phone(), await scene.phone(f"ppk-{scene.tps[:6]}-1")
            named = metadata(scene.tps, str(uuid4()), PHOTO)
            for text, status, code in ((named.partition(",")[2], 400, "upload.metadata_missing"), (named, 201, None)):
                signed = officer.scan(len(PHOTO), text) | {"suara-officer-certificate": officer.certificate}
                headers = ppk.relay(Tag.SCAN, "POST", "/v1/uploads", signed) | {"tus-resumable": "1.0.0"}
                async with scene.client.post(
                    "/v1/uploads", data=PHOTO, headers=headers | {"content-type": "application/offset+octet-stream"}
                ) as answer:
                    assert (answer.status, (await answer.json(content_type=None)).get("code")) == (status, code)

    asyncio.run(run())


def test_a_copied_certificate_spends_nothing_of_its_device(door: Opener) -> None:
    async def run() -> None:
        async with door() as scene:
            seed = keys.load_or_make(scene.storage.settings.data_dir / "keys", "accounts").seed
            owner = Phone.certified(f"kpps-{scene.tps}-1", seed)
            stolen = Phone(owner.account, Device.make(), owner.certificate).token_request()
            for _ in range(260):  # more than a device may ask at once
                async with scene.client.post(stolen.path, data=stolen.body, headers=stolen.headers) as answer:
                    assert answer.status == 401
            asked = owner.token_request()
            async with scene.client.post(asked.path, data=asked.body, headers=asked.headers) as answer:
                assert answer.status == 201

    asyncio.run(run())


def test_strangers_learn_nothing_of_receipts(door: Opener) -> None:
    async def run() -> None:
        async with door() as scene:
            answer = await scene.client.get(f"/v1/receipts/{uuid4()}?journal=ppwp")
            assert (await answer.json(content_type=None))["code"] == "token.missing"

    asyncio.run(run())


def test_the_command_writes_receipts_and_passes_over_what_has_one(door: Opener, tmp_path: Path) -> None:
    async def run() -> None:
        async with door() as scene:
            saved(tmp_path / "stick", await scene.phone(), PHOTO, (str(uuid4()), str(uuid4())))
            ppk = await scene.phone(f"ppk-{scene.tps[:6]}-1")
            (tmp_path / "ppk.json").write_bytes(ppk.dumps())
            command = [sys.executable, "-m", "suara", "relay", str(tmp_path / "stick"), "--device",
                       str(tmp_path / "ppk.json"), "--url", f"http://127.0.0.1:{scene.port}"]  # fmt: skip
            for said in ("2 handed in, 0 left", "0 handed in, 0 left"):
                ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
                assert ended.returncode == 0 and said in ended.stdout, ended.stderr
            receipts = (tmp_path / "stick" / "receipts.jsonl").read_text().splitlines()
            assert {json.loads(line)["receipt"]["kind"] for line in receipts} == {"scan_received", "reading_submitted"}

    asyncio.run(run())


@pytest.mark.parametrize("damage", ["", "{}", '{"format":"suara-stick","version":2,"account":"","certificate":""}'])
def test_a_file_that_is_no_sticks_is_named(tmp_path: Path, damage: str) -> None:
    (tmp_path / "a.suara").write_text(damage + '\n{"kind":"photo"')
    with pytest.raises(stick.StickUnreadable):
        stick.items(tmp_path)
