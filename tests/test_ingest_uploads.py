"""What the door takes: new, the same again, other content; and what it leaves in the journal and the store."""

import asyncio
import json
from functools import partial
from hashlib import sha256
from uuid import uuid4

import pytest
from ingest_scene import PHOTO, Opener, opened_door  # noqa: F401 - a fixture

from election.event import commitment

pytestmark = pytest.mark.servers


def test_a_photo_is_kept_before_it_is_acknowledged(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            status, receipt = await scene.post_photo(key)
            assert status == 201
            sha = sha256(PHOTO).hexdigest()
            assert receipt.pop("note").startswith("suara receipt v1\n")
            assert receipt == {
                "id": key, "journal": "ppwp", "number": 1, "kind": "scan_received", "sha256": sha, "size": len(PHOTO),
                "tps": scene.tps, "page": 2, "at": receipt["at"],
            }  # fmt: skip
            assert await scene.storage.scans.get(sha) == PHOTO
            (event,) = await scene.events()
            assert (event.sha256, event.size, event.page, event.at) == (sha, len(PHOTO), 2, receipt["at"])
            for again in (await scene.post_photo(key), await scene.get(f"/v1/receipts/{key}?journal=ppwp")):
                assert again[1].items() >= receipt.items()
            assert len(await scene.events()) == 1

    asyncio.run(story())


def test_a_reading_is_public_as_commitments_only(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key, figures = str(uuid4()), {"paslon_1": 117, "suara_sah": 230, "pemilih_dpt_l": None}
            status, receipt = await scene.put_reading(figures, key)
            assert (status, receipt["kind"], receipt["page"]) == (201, "reading_submitted", None)
            (entry,) = await scene.storage.journal("ppwp").read(0)
            public = json.loads(entry.leaf)
            assert set(public) == {"kind", "v", "tps", "at", "commitments", "by"}
            # every figure of the block left blank: that block was not keyed in, and is not committed to
            assert set(public["commitments"]) == {"suara"}
            row = entry.event.figures["suara"]
            assert row[0] == 117 and row[3] == 230 and set(row[1:3]) == {None}
            assert public["commitments"]["suara"] == commitment(entry.event.salts["suara"], "suara", row)
            assert len(bytes.fromhex(entry.event.salts["suara"])) == 16
            # the same again, spelled otherwise: the salt is ours and not part of what was sent
            again = {"suara_sah": 230, "paslon_1": 117}
            assert await scene.put_reading(again, key) == (200, receipt)
            assert len(await scene.events()) == 1

    asyncio.run(story())


def test_an_id_stands_for_one_content_only(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            assert (await scene.post_photo(key))[0] == 201
            for answer in (
                await scene.post_photo(key, photo=PHOTO + b"1"),
                await scene.post_photo(key, page=1),
                await scene.put_reading({"paslon_1": 1}, key),
            ):
                assert (answer[0], answer[1]["code"]) == (409, "upload.conflict")
            assert len(await scene.events()) == 1
            assert (await scene.put_reading({"paslon_1": 1}, other_key := str(uuid4())))[0] == 201
            assert (await scene.put_reading({"paslon_1": 2}, other_key))[0] == 409

    asyncio.run(story())


async def patient(send):
    """Sends again as long as admission asks for that, or a newer request has the upload."""
    while (answer := await send())[0] in (409, 429, 503):  # noqa: ASYNC110 - no event says when
        await asyncio.sleep(0.05)
    return answer


def test_the_same_upload_ten_times_at_once_is_one_event(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            answers = await asyncio.gather(*(patient(lambda: scene.post_photo(key)) for _ in range(10)))
            assert {receipt["number"] for _, receipt in answers} == {1}
            readings = await asyncio.gather(
                *(patient(partial(scene.put_reading, {"paslon_1": 7}, str(uuid4()))) for _ in range(20))
            )
            assert sorted(receipt["number"] for _, receipt in readings) == list(range(2, 22))
            assert len(await scene.events()) == 21

    asyncio.run(story())


def test_a_photo_without_length_may_come_in_chunks(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:

            async def chunks():
                for start in range(0, len(PHOTO), 1000):
                    yield PHOTO[start : start + 1000]

            async with scene.client.post("/v1/uploads", data=chunks(), headers=await scene.announced()) as response:
                assert (response.status, (await response.json())["size"]) == (201, len(PHOTO))

    asyncio.run(story())


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\xff\xd8\xff\xe1", "application/octet-stream"),
    ],
)
def test_the_formats_of_phones_are_taken(door: Opener, start: bytes, kind: str) -> None:
    async def story() -> None:
        async with door() as scene:
            assert (await scene.post_photo(photo=start + b"rest", filetype=kind))[0] == 201

    asyncio.run(story())


def test_counters_say_what_happened(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            for _ in range(3):
                await scene.post_photo(key)
            await scene.post_photo(key, page=1)
            await scene.post_photo(photo=b"")
            text = await (await scene.client.get("/metrics")).text()
            for line in (
                'suara_ingest_received_total{kind="scan"} 1.0',
                'suara_ingest_duplicates_total{kind="scan"} 2.0',
                'suara_ingest_conflicts_total{kind="scan"} 1.0',
                'suara_ingest_rejected_total{code="scan.empty"} 1.0',
                "suara_ingest_held_bytes 0.0",
            ):
                assert line in text.splitlines()

    asyncio.run(story())
