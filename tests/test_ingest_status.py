"""What an officer is told afterwards: what became of everything sent, and the proof that it stands in the log."""

import asyncio
from uuid import uuid4

import aiohttp
import pytest
from ingest_scene import Scene, opened_door  # noqa: F401 — a fixture

from election.event import BlockCounted, BlockHeld, PageRead, ReadingSubmitted, ScanReceived, commitment
from loadtest.phone import Phone
from publisher.log.growth import Growth
from publisher.log.head import Heads
from publisher.log.service import policy_text
from publisher.log.witnesses import Witnesses
from storage.draft import Draft, phone_key
from storage.keys import load_or_make
from tlog.note import Algorithm, Signer
from tlog.policy import Policy
from tlog.proof import Proof

pytestmark = pytest.mark.servers
AT = "2029-02-14T12:00:00.000Z"
SALT = "5a" * 16
LOG = Signer("example.invalid/ppwp", Algorithm.ED25519, bytes(range(32)))


async def phone(scene: Scene, tps: str) -> Phone:
    """An officer of `tps` with a token."""
    seed = load_or_make(scene.storage.settings.data_dir / "keys", "accounts").seed
    made = Phone.certified(f"kpps-{tps}-1", seed)
    asked = made.token_request()
    async with scene.client.post(asked.path, data=asked.body, headers=asked.headers) as answer:
        assert made.tokened(answer.status, await answer.read())
    return made


async def ask(scene: Scene, path: str, headers: dict[str, str]) -> tuple[int, dict]:
    async with scene.client.get(path, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


def events(scene: Scene) -> list:
    """A reading, three photos of page 2 (one read, one illegible, one waiting), and two decisions."""
    tps = scene.tps
    contest = scene.bundle.ballot("ppwp", 0)
    figures = {block: tuple(range(len(fields))) for block, fields in contest.blocks.items()}
    read = {"fault": None, "quality": 800, "scores": "0" * 64, "rendition": None, "model": "m", "program": "p"}
    made = {
        "tps": tps, "at": AT, "reading": 1, "policy": "test", "scans": (2,),
    }  # fmt: skip
    return [
        ReadingSubmitted(
            tps=tps, at=AT, salts=dict.fromkeys(figures, SALT), figures=figures,
            commitments={block: commitment(SALT, block, row) for block, row in figures.items()},
        ),
        ScanReceived(tps=tps, at=AT, page=2, sha256="a" * 64, size=1),
        PageRead(tps=tps, at=AT, scan=2, page=2, **read),
        ScanReceived(tps=tps, at=AT, page=2, sha256="b" * 64, size=1),
        PageRead(tps=tps, at=AT, scan=4, page=None, **{**read, "fault": "scan.blurred", "scores": None}),
        ScanReceived(tps=tps, at=AT, page=1, sha256="c" * 64, size=1),
        BlockHeld(
            block="suara", replaces=0, salt=SALT, figures=figures["suara"], read=figures["suara"],
            reasons=("E301", "E404", "read.uncertain"), **made,
        ),
        BlockCounted(block="administrasi", replaces=0, salt=SALT, figures=figures["administrasi"], **made),
    ]  # fmt: skip


def test_an_officer_sees_what_became_of_everything(door):
    async def body() -> None:
        async with door() as scene:
            journal = scene.storage.journal("ppwp")
            await journal.append(*[Draft(event=event) for event in events(scene)])
            status, told = await ask(scene, f"/v1/tps/{scene.tps}/status", (await phone(scene, scene.tps)).bearer())
            assert status == 200
            seen = [
                (item["number"], item["kind"], item["page"], item["state"], item["fault"]) for item in told["items"]
            ]
            assert seen == [
                (1, "reading_submitted", None, "received", None),
                (2, "scan_received", 2, "read", None),
                (4, "scan_received", 2, "read", "scan.blurred"),
                (6, "scan_received", 1, "received", None),
            ]
            assert "buram" in told["items"][2]["why"]["id"]
            blocks = {block["block"]: block for block in told["blocks"]}
            assert blocks["administrasi"]["state"] == "counted"
            held = blocks["suara"]
            assert [why["code"] for why in held["reasons"]] == ["E301", "E404", "read.uncertain"]
            assert all(why["id"] and why["en"] for why in held["reasons"])
            assert set(held["figures"]) == set(scene.bundle.ballot("ppwp", 0).blocks["suara"])
            assert held["read"]["suara_sah"] == held["figures"]["suara_sah"]

    asyncio.run(body())


def test_a_tps_of_which_nothing_came_in_has_an_empty_status(door):
    async def body() -> None:
        async with door() as scene:
            status, told = await ask(scene, f"/v1/tps/{scene.tps}/status", (await phone(scene, scene.tps)).bearer())
            assert (status, told) == (200, {"tps": scene.tps, "items": [], "blocks": [], "records": []})

    asyncio.run(body())


def test_nobody_sees_the_status_of_another_tps(door):
    async def body() -> None:
        async with door() as scene:
            other = scene.bundle.tree.tps_kode(1)
            headers = (await phone(scene, other)).bearer()
            assert (await ask(scene, f"/v1/tps/{scene.tps}/status", headers))[1]["code"] == "token.scope"
            assert (await ask(scene, f"/v1/tps/{scene.tps}/status", {}))[1]["code"] == "token.missing"
            assert (await ask(scene, "/v1/tps/9999999999999/status", headers))[1]["code"] == "tps.unknown"

    asyncio.run(body())


def test_the_second_stage_of_a_receipt_is_a_proof_that_anyone_can_check(door):
    async def body() -> None:
        async with door() as scene, aiohttp.ClientSession() as session:
            storage, key = scene.storage, uuid4()
            journal = storage.journal("ppwp")
            mine = ScanReceived(tps=scene.tps, at=AT, page=2, sha256="a" * 64, size=1)
            for event in events(scene)[:3]:
                await journal.append(Draft(event=event))
            await journal.append(Draft(event=mine, key=phone_key(key.bytes)))
            path = f"/v1/receipts/{key}/proof?journal=ppwp"
            async with scene.client.get(path) as answer:
                assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "receipt.not_yet")
                assert answer.headers["Retry-After"]
            policy = policy_text([LOG], "quorum none\n")
            await asyncio.to_thread(storage.publish_policy, policy)
            heads = Heads(storage.settings.data_dir / "heads" / "ppwp", LOG)
            witnesses = Witnesses(session, Policy.parse(policy))
            await Growth(journal, storage.log("ppwp"), heads, witnesses, lambda: True).step()
            async with scene.client.get(path) as answer:
                proof = Proof.parse(await answer.text())
            (entry,) = [found.leaf for found in await journal.read(3)]
            assert proof.index == 3
            proof.verify(entry, LOG.name, [LOG.verifier])
            unsigned = Signer("witness.invalid", Algorithm.COSIGNATURE, bytes(32)).verifier.text
            lacking = policy_text([LOG], f"witness w {unsigned}\nquorum w\n")
            await asyncio.to_thread(storage.publish_policy, lacking)
            async with scene.client.get(path) as answer:
                assert answer.status == 404, "a head that the policy's witnesses have not signed proves nothing"
            async with scene.client.get(f"/v1/receipts/{uuid4()}/proof?journal=ppwp") as answer:
                assert (await answer.json(content_type=None))["code"] == "receipt.unknown"

    asyncio.run(body())
