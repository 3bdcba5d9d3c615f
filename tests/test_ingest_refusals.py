"""Bad input: each its own reason, nothing kept of it, nothing lost by it, and the door stays open."""

import asyncio
import contextlib
import json
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_scene import PHOTO, Opener, digest, opened_door  # noqa: F401 - a fixture

from election.contest import Choice, Contest
from election.errors import SuaraError
from ingest.door import Limits
from ingest.errors import LISTED, Refusal, listing, markdown, status_of
from ingest.readings import LARGEST, by_block, decode

DOCS = Path(__file__).parents[1] / "docs" / "formats.md"
BIG = Limits(scan=20_000, reading=2_000)

SCANS = [
    ({"tps": "9999999999999"}, 422, "tps.unknown"),
    ({"tps": "nonsense"}, 422, "tps.unknown"),
    ({"tps": ""}, 400, "upload.metadata_missing"),
    ({"contest": "pdpr"}, 422, "contest.unknown"),
    ({"contest": "ppwp" * 20}, 400, "upload.metadata_malformed"),
    ({"page": "4"}, 422, "scan.page_out_of_range"),
    ({"page": "0"}, 400, "upload.metadata_malformed"),
    ({"page": "-1"}, 400, "upload.metadata_malformed"),
    ({"page": "satu"}, 400, "upload.metadata_malformed"),
    ({"sha256": ""}, 400, "upload.metadata_missing"),
    ({"sha256": "AAAA"}, 400, "upload.metadata_malformed"),
    ({"sha256": "0" * 64}, 422, "upload.hash_differs"),
    ({"filetype": "multipart/form-data"}, 415, "request.wrong_type"),
    ({"headers": {"Content-Type": "image/jpeg"}}, 415, "request.wrong_type"),
    ({"headers": {"Content-Encoding": "gzip"}}, 415, "request.encoded"),
    ({"headers": {"Tus-Resumable": "0.2.2"}}, 412, "upload.version"),
    ({"photo": b""}, 422, "scan.empty"),
    ({"photo": b"%PDF-1.7 not a photo"}, 422, "scan.not_an_image"),
    ({"photo": b"\xff"}, 422, "scan.not_an_image"),
    ({"photo": PHOTO * 3}, 413, "request.too_long"),
    ({"key": "not-a-uuid"}, 400, "upload.metadata_malformed"),
    ({"key": uuid4().hex}, 400, "upload.metadata_malformed"),
]


@pytest.mark.servers
def test_every_bad_scan_has_its_reason_and_leaves_nothing(door: Opener) -> None:
    async def story() -> None:
        async with door(BIG) as scene:
            for changed, status, code in SCANS:
                found, problem = await scene.post_photo(**changed)
                assert (found, problem.get("code")) == (status, code), changed
                assert problem["status"] == status and problem["detail"] and problem["petunjuk"] and problem["title"]
                assert "{" not in problem["detail"] + problem["petunjuk"]
            assert await scene.events() == []
            assert not list((scene.storage.settings.data_dir / "scans").rglob("*/*/*"))
            assert (await scene.post_photo())[0] == 201

    asyncio.run(story())


@pytest.mark.servers
def test_a_body_of_chunks_may_not_outgrow_what_was_promised_either(door: Opener) -> None:
    async def story() -> None:
        async with door(BIG) as scene:

            async def endless():
                for _ in range(1000):
                    yield PHOTO

            with contextlib.suppress(ConnectionError):  # the door may hang up on a sender who goes on talking
                async with scene.client.post(
                    "/v1/uploads", data=endless(), headers=await scene.announced()
                ) as response:
                    assert response.status == 413
            assert await scene.events() == []

    asyncio.run(story())


@pytest.mark.servers
@pytest.mark.parametrize("name", ["upload-metadata", "upload-length", "signature", "authorization", "Tus-Resumable"])
def test_headers_of_any_bytes_are_answered_in_words(door: Opener, name: str) -> None:
    async def story() -> None:
        async with door() as scene:
            head = (await scene.head(str(uuid4()))).split("\n")
            head = [line for line in head if not line.startswith(name)]
            reader, writer = await asyncio.open_connection("127.0.0.1", scene.port)
            writer.write("\r\n".join([*head, f"{name}: "]).encode() + b"\xff\xc3\x28\r\n\r\n" + PHOTO)
            answer = await asyncio.wait_for(reader.read(4096), 5)
            assert b" 4" in answer.splitlines()[0][:12]
            if b"problem+json" in answer:  # else the parser of HTTP itself has refused it
                assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["petunjuk"]
            writer.close()
            assert await scene.events() == []

    asyncio.run(story())


READINGS = [
    (b"", 400, "reading.malformed"),
    (b"{", 400, "reading.malformed"),
    (b"[]", 400, "reading.malformed"),
    (b"\xff\xfe", 400, "reading.malformed"),
    (b'{"contest":"ppwp","tps":"TPS"}', 400, "reading.malformed"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{},"name":"x"}', 400, "reading.malformed"),
    (b'{"contest":"ppwp","tps":1,"figures":{}}', 400, "reading.malformed"),
    (b'{"contest":"ppwp","tps":"TPS","figures":[]}', 400, "reading.malformed"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{}}', 422, "reading.empty"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":null}}', 422, "reading.empty"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_9":1}}', 422, "reading.unknown_field"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":-1}}', 422, "reading.negative"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":1.5}}', 422, "reading.not_an_integer"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":1.0}}', 422, "reading.not_an_integer"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":"12"}}', 422, "reading.not_an_integer"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":true}}', 422, "reading.not_an_integer"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":1000}}', 422, "reading.too_large"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":1,"paslon_1":2}}', 400, "reading.malformed"),
    (
        b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":' + b"[" * 9 + b"]" * 9 + b"}}",
        422,
        "reading.not_an_integer",
    ),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"\\u0000":1}}', 422, "reading.unknown_field"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"\\ud800":1}}', 400, "reading.malformed"),
    (b'{"contest":"ppwp","tps":"' + b"4" * 65 + b'","figures":{"paslon_1":1}}', 400, "reading.malformed"),
    ('{"contest":"ppwp","tps":"４１","figures":{"paslon_1":1}}'.encode(), 422, "tps.unknown"),
    (b'{"contest":"ppwp","tps":"\\u0000","figures":{"paslon_1":1}}', 422, "tps.unknown"),
    (b'{"contest":"ppwp","tps":"","figures":{"paslon_1":1}}', 422, "tps.unknown"),
    (b'{"contest":"ppwp","tps":"404","figures":{"paslon_1":1}}', 422, "tps.unknown"),
    (b'{"contest":"pdpr","tps":"TPS","figures":{"paslon_1":1}}', 422, "contest.unknown"),
    (b'{"contest":"ppwp","tps":"TPS","figures":{"paslon_1":1}}' + b" " * 3000, 413, "request.too_long"),
]


@pytest.mark.servers
def test_every_bad_reading_has_its_reason_and_leaves_nothing(door: Opener) -> None:
    async def story() -> None:
        async with door(BIG) as scene:
            phone = await scene.phone()
            for body, status, code in READINGS:
                filled = body.replace(b"TPS", scene.tps.encode())
                path = f"/v1/readings/{uuid4()}"
                found, problem = await scene.put(path, data=filled, headers=phone.reading(path, filled))
                assert (found, problem.get("code")) == (status, code), body[:80]
            path = f"/v1/readings/{uuid4()}"
            good = READINGS[10][0].replace(b"paslon_9", b"paslon_1").replace(b"TPS", scene.tps.encode())
            signed = phone.reading(path, good)
            wrong = signed | {"content-digest": digest(b"something else")}
            found, problem = await scene.put(path, data=good, headers=wrong)
            assert (found, problem["code"]) == (422, "request.hash_differs")
            found, problem = await scene.put(path, data=good, headers=signed | {"content-type": "text/plain"})
            assert (found, problem["code"]) == (415, "request.wrong_type")
            assert await scene.events() == []
            assert (await scene.put(path, data=good, headers=signed))[0] == 201

    asyncio.run(story())


@pytest.mark.servers
def test_questions_that_have_no_answer(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            for path, status, code in (
                (f"/v1/receipts/{uuid4()}?journal=ppwp", 404, "receipt.unknown"),
                (f"/v1/receipts/{uuid4()}?journal=nothing", 422, "contest.unknown"),
                (f"/v1/receipts/{uuid4()}", 400, "request.query_missing"),
                ("/v1/receipts/7?journal=ppwp", 400, "request.bad_id"),
                ("/v1/scans", 404, "request.no_such_address"),
                (f"/v1/uploads/{uuid4()}", 405, "request.wrong_method"),
            ):
                found, problem = await scene.get(path)
                assert (found, problem["code"]) == (status, code)
            assert (await scene.get("/healthz"))[0] == 200
            assert (await scene.get("/v1/problems"))[1] == json.loads(json.dumps(list(listing())))

    asyncio.run(story())


PAIRS = Contest("ppwp", tuple(Choice(str(n), n, f"Paslon {n}") for n in (1, 2, 3)), "c_hasil_ppwp_2024")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(PAIRS.fields) | st.text(max_size=8), JSON, max_size=8))
def test_figures_are_taken_exactly_or_refused_by_name(figures: dict) -> None:
    def fits(value: object) -> bool:
        return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST)

    good = all(field in PAIRS.fields and fits(value) for field, value in figures.items())
    try:
        blocks = by_block(PAIRS, figures)
    except Refusal as error:
        assert not good or (error.code == "reading.empty" and not any(v is not None for v in figures.values()))
        return
    assert good
    back = {f: v for block, row in blocks.items() for f, v in zip(PAIRS.blocks[block], row, strict=True)}
    assert {f: v for f, v in back.items() if v is not None} == {f: v for f, v in figures.items() if v is not None}


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_is_more_than_refused(body: bytes) -> None:
    try:
        reading = decode(body)
    except Refusal as error:
        assert error.code == "reading.malformed"
    else:
        assert set(json.loads(body)) == {"contest", "tps", "figures"} and reading.tps is not None


def test_a_body_nested_too_deeply_is_refused_and_nothing_more() -> None:
    with pytest.raises(Refusal) as refused:
        decode(b'{"contest":"ppwp","tps":"1","figures":{"paslon_1":' + b"[" * 30_000)
    assert refused.value.code == "reading.malformed"


def test_every_code_is_listed_once_and_told_twice() -> None:
    codes = [kind.code for kind in LISTED]
    assert len(codes) == len(set(codes))
    assert all(kind.advice["id"] and kind.advice["en"] for kind in LISTED)
    assert {kind.code for kind in Refusal.__subclasses__()} <= set(codes)
    assert all(400 <= status_of(kind) < 600 for kind in LISTED)
    assert all(issubclass(kind, SuaraError) for kind in LISTED)


def test_the_page_of_formats_has_the_table_of_codes() -> None:
    assert markdown() in DOCS.read_text(encoding="utf-8")
