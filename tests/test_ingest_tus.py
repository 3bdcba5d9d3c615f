"""tus 1.0.0 as FORMATS says it, over real connections: every header rule, and what becomes of a photo."""

import asyncio
import base64
import hashlib
import json
import os
import time
from hashlib import sha256
from uuid import uuid4

import pytest
from ingest_scene import Opener, opened_door  # noqa: F401 - a fixture
from tus_scene import Sent, eventually, photo

pytestmark = pytest.mark.servers

PHOTO = photo(100_000)


def test_options_say_what_is_spoken(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            for path in ("/v1/uploads", sent.path):
                said = await sent.ask("OPTIONS", path, Tus_Resumable="")
                assert said.status == 204 and not said.body
                assert said.headers["tus-version"] == "1.0.0"
                assert set(said.headers["tus-extension"].split(",")) == {
                    "creation", "creation-with-upload", "expiration", "checksum", "termination",
                }  # fmt: skip
                assert int(said.headers["tus-max-size"]) == 8_000_000
                assert said.headers["tus-checksum-algorithm"] == "sha1,sha256"
                assert "tus-resumable" not in said.headers

    asyncio.run(story())


def test_a_whole_photo_in_one_request_is_kept_and_touches_no_file_of_its_own(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            said = await sent.create(PHOTO)
            assert (said.status, said.offset) == (201, len(PHOTO))
            assert (
                said.headers["location"] == f"http://127.0.0.1:{scene.port}{sent.path}"
                and said.headers["tus-resumable"] == "1.0.0"
            )
            receipt = json.loads(said.body)
            digest = sha256(PHOTO).hexdigest()
            assert (receipt["number"], receipt["sha256"], receipt["page"]) == (1, digest, 2)
            assert await scene.storage.scans.get(digest) == PHOTO
            (event,) = await scene.events()
            assert (event.tps, event.sha256, event.size) == (scene.tps, digest, len(PHOTO))
            again = await sent.create(PHOTO)
            assert (again.status, again.offset, json.loads(again.body)["number"]) == (201, len(PHOTO), 1)
            only = await sent.create()
            assert (only.status, only.offset) == (201, len(PHOTO))
            there = await sent.head()
            assert (there.status, there.offset) == (200, len(PHOTO))
            assert there.headers["upload-length"] == str(len(PHOTO))
            assert len(await scene.events()) == 1
            assert not _files(scene)

    asyncio.run(story())


def test_piece_by_piece_with_every_offset_on_the_disk(door: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        synced: list[int] = []
        fdatasync = os.fdatasync

        def watched(descriptor: int) -> None:
            fdatasync(descriptor)
            synced.append(os.fstat(descriptor).st_size)

        async with door() as scene:
            monkeypatch.setattr(os, "fdatasync", watched)
            sent = Sent(scene, PHOTO)
            made = await sent.create()
            assert (made.status, made.offset) == (201, 0) and made.headers["upload-expires"].endswith("GMT")
            start, offset = synced[-1], 0
            for size in (1, 32_768, 40_000):
                said = await sent.patch(offset, PHOTO[offset : offset + size])
                offset += size
                assert (said.status, said.offset, said.body) == (204, offset, b"")
                assert synced[-1] == start + offset and "upload-expires" in said.headers
                there = await sent.head()
                assert (there.status, there.offset, there.headers["cache-control"]) == (200, offset, "no-store")
                assert there.headers["upload-metadata"] == sent.announced["Upload-Metadata"]
                assert there.headers["upload-length"] == str(len(PHOTO))
            said = await sent.patch(offset, PHOTO[offset:])
            assert (said.status, said.offset) == (204, len(PHOTO))
            assert (await scene.get(f"/v1/receipts/{sent.id}?journal=ppwp"))[1]["number"] == 1
            assert (await sent.head()).offset == len(PHOTO)
            assert await scene.storage.scans.get(sha256(PHOTO).hexdigest()) == PHOTO
            assert not _files(scene)

    asyncio.run(story())


def _files(scene) -> list[str]:
    folder = scene.storage.settings.data_dir / "uploads"
    return [path.name for path in folder.iterdir() if path.is_file()]


def test_every_header_rule(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            for method, path in (("POST", "/v1/uploads"), ("HEAD", sent.path), ("PATCH", sent.path),
                                 ("DELETE", sent.path)):  # fmt: skip
                for version in ("", "0.2.2", "1.0.1"):
                    said = await sent.ask(method, path, **(sent.announced | {"Tus_Resumable": version}))
                    assert said.status == 412 and said.headers["tus-version"] == "1.0.0"
                    assert said.headers["tus-resumable"] == "1.0.0"
            for changed, status, code in (
                ({"Upload-Length": ""}, 400, "request.header_missing"),
                ({"Upload-Length": "-1"}, 400, "request.header_malformed"),
                ({"Upload-Length": "8000001"}, 413, "request.too_long"),
                ({"Upload-Length": "", "Upload-Defer-Length": "1"}, 400, "upload.extension"),
                ({"Upload-Concat": "partial"}, 400, "upload.extension"),
                ({"Upload-Metadata": ""}, 400, "request.header_missing"),
                ({"Upload-Metadata": "tps"}, 400, "upload.metadata_missing"),
                ({"Upload-Metadata": "a !!"}, 400, "upload.metadata_malformed"),
            ):
                said = await sent.create(**changed)
                assert (said.status, said.code, said.headers["tus-resumable"]) == (status, code, "1.0.0"), changed
            assert (await sent.create(b"x" * 10, Content_Type="text/plain")).status == 415
            for changed, status, code in (
                ({"page": "9"}, 422, "scan.page_out_of_range"),
                ({"tps": "0000000000000"}, 422, "tps.unknown"),
                ({"contest": "pilkada"}, 422, "contest.unknown"),
                ({"page": ""}, 400, "upload.metadata_missing"),
                ({"replaces": str(uuid4())}, 422, "upload.replaces_unknown"),
            ):
                said = await Sent(scene, PHOTO, changed=changed).create()
                assert (said.status, said.code) == (status, code), changed
            for method in ("HEAD", "PATCH", "DELETE"):
                for path in (sent.path, "/v1/uploads/nonsense"):
                    how = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
                    assert (await sent.ask(method, path, **how)).status == 404, (method, path)
            await sent.create()
            assert (await sent.patch(0, b"x", Content_Type="image/jpeg")).status == 415
            assert (await sent.patch(0, b"x", Upload_Offset="")).status == 400
            assert (await sent.patch(0, b"x", Upload_Offset="a")).status == 400
            assert (await sent.patch(5, b"x")).code == "upload.offset_differs"
            assert (await sent.patch(0, PHOTO + b"x")).code == "upload.beyond_length"
            assert (await sent.head()).offset == 0
            assert not await scene.events()

    asyncio.run(story())


def test_checksums_hold_a_piece_to_its_word(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create()
            good = f"sha1 {base64.b64encode(hashlib.sha1(PHOTO[:50_000]).digest()).decode()}"
            assert (await sent.patch(0, PHOTO[1:50_001], Upload_Checksum=good)).code == "upload.checksum_differs"
            said = await sent.patch(0, PHOTO[1:50_001], Upload_Checksum=good)
            assert said.status == 460 and (await sent.head()).offset == 0
            said = await sent.patch(0, PHOTO[:50_000], Upload_Checksum="md5 AAAA")
            assert (said.status, said.code) == (400, "upload.checksum_unknown")
            assert (await sent.patch(0, PHOTO[:50_000], Upload_Checksum=good)).offset == 50_000
            rest = f"sha256 {base64.b64encode(sha256(PHOTO[50_000:]).digest()).decode()}"
            assert (await sent.patch(50_000, PHOTO[50_000:], Upload_Checksum=rest)).status == 204
            whole = f"sha256 {base64.b64encode(sha256(PHOTO).digest()).decode()}"
            other = Sent(scene, PHOTO)
            assert (await other.create(PHOTO[::-1], Upload_Checksum=whole)).status == 460
            assert (await other.create(PHOTO, Upload_Checksum=whole)).status == 201
            assert len(await scene.events()) == 2

    asyncio.run(story())


def test_a_photo_that_is_none_or_another_is_gone(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            for data, changed, code in (
                (PHOTO, {"sha256": "0" * 64}, "upload.hash_differs"),
                (b"GIF89a" + PHOTO, {}, "scan.not_an_image"),
            ):
                sent = Sent(scene, data, changed=changed)
                assert (await sent.create(data)).code == code
                await sent.create()
                assert (await sent.patch(0, data[:50_000])).status == 204
                said = await sent.patch(50_000, data[50_000:])
                assert (said.status, said.code) == (422, code)
                assert (await sent.head()).status == 404
            empty = Sent(scene, b"")
            assert (await empty.create()).code == "scan.empty"
            assert not await scene.events() and not _files(scene)

    asyncio.run(story())


def test_an_upload_is_ended_by_its_sender_before_it_is_kept_and_never_after(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create(PHOTO[:10])
            assert (await sent.ask("DELETE", sent.path)).status == 204
            assert (await sent.head()).status == 404 and not _files(scene)
            assert (await sent.ask("POST", sent.path, X_HTTP_Method_Override="DELETE")).status == 404
            assert (await sent.create(PHOTO)).status == 201
            said = await sent.ask("DELETE", sent.path)
            assert (said.status, said.code) == (400, "upload.kept")
            assert (await sent.patch(len(PHOTO), b"")).status == 204
            assert (await sent.patch(0, PHOTO)).status == 409

    asyncio.run(story())


def test_the_same_promise_is_the_same_upload_and_another_is_refused(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create(PHOTO[:30_000])
            assert (await sent.create()).offset == 30_000
            other = Sent(scene, PHOTO[:-1], id=sent.id)
            for said in (await other.create(), await other.create(PHOTO[:-1])):
                assert (said.status, said.code) == (409, "upload.conflict")
            assert (await sent.create(PHOTO)).offset == len(PHOTO)  # what is here already is passed over
            for said in (await other.create(), await other.create(PHOTO[:-1])):
                assert (said.status, said.code) == (409, "upload.conflict")
            assert len(await scene.events()) == 1

    asyncio.run(story())


def test_a_photo_replaces_one_of_the_same_page(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            first = Sent(scene, PHOTO)
            await first.create(PHOTO)
            better = photo(90_000, 1)
            wrong = Sent(scene, better, page=1, changed={"replaces": first.id})
            assert (await wrong.create(better)).code == "upload.replaces_unknown"
            right = Sent(scene, better, changed={"replaces": first.id.upper(), "verdict": "scan.blurred"})
            assert (await right.create(better)).status == 201
            event = (await scene.events())[-1]
            assert (event.replaces, event.verdict) == (1, "scan.blurred")

    asyncio.run(story())


def test_a_foreign_client_gets_an_id_and_a_proxy_may_know_nothing_but_post(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO, changed={"id": ""})
            behind = await sent.create(X_Forwarded_Proto="https", Host="suara.example")
            assert behind.headers["location"].startswith("https://suara.example/v1/uploads/")
            made = await sent.create()
            where = made.headers["location"].partition("127.0.0.1")[2].lstrip(":0123456789")
            said = await sent.ask(
                "POST", where, PHOTO, X_HTTP_Method_Override="PATCH", Upload_Offset="0",
                Content_Type="application/offset+octet-stream",
            )  # fmt: skip
            assert (said.status, said.offset) == (204, len(PHOTO))
            said = await sent.ask("POST", where, X_HTTP_Method_Override="HEAD")
            assert (said.status, said.offset, said.body) == (200, len(PHOTO), b"")

    asyncio.run(story())


def test_what_is_left_lying_expires(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create(PHOTO[:10])
            path = scene.storage.settings.data_dir / "uploads" / sent.id
            old = time.time() - 4 * 86_400
            os.utime(path, (old, old))
            said = await sent.patch(10, PHOTO[10:])
            assert (said.status, said.code) == (410, "upload.expired")
        async with door():  # a door that opens sweeps

            async def gone() -> bool:
                return not path.exists()

            await eventually(gone)

    asyncio.run(story())
