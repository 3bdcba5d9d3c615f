"""Signed readings: who may send them, what they say of themselves, and that the same again is the same."""

import asyncio
import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_scene import Opener, Scene, opened_door  # noqa: F401 - a fixture

from ingest.errors import ReadingMalformed, UnknownField, UnknownRule
from ingest.readings import Reading, contradictions, decode, taken_over
from loadtest.phone import Phone
from storage.keys import load_public
from tlog.receipt import verify

FIGURES = {"paslon_1": 117, "paslon_2": 80, "suara_sah": 197}


async def put(scene: Scene, phone: Phone, key: str, said: dict, **headers: str):
    """Status and answer of a reading by any phone; headers replace, "" leaves one out."""
    body, path = json.dumps(said).encode(), f"/v1/readings/{key}"
    signed = phone.reading(path, body) | {name.replace("_", "-"): value for name, value in headers.items()}
    return await scene.put(path, data=body, headers={name: value for name, value in signed.items() if value})


@pytest.mark.servers
def test_a_reading_says_who_sent_it_and_what_was_taken_over(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            told = {"confirmed": ["paslon_2", "paslon_1"], "as_written": ["E301"]}
            status, receipt = await scene.put_reading(FIGURES, key, **told)
            assert status == 201
            (event,) = await scene.events()
            assert (event.by, event.relayed, event.account) == ("kpps", None, f"kpps-{scene.tps}-1")
            assert (event.confirmed, event.as_written) == (("paslon_1", "paslon_2"), ("E301",))
            assert event.signed is not None and event.signed.key == (await scene.phone()).device.key.thumbprint
            (entry,) = await scene.storage.journal("ppwp").read(0)
            assert b"paslon" not in entry.leaf and b"E301" not in entry.leaf and b"kpps-" not in entry.leaf
            verifier = load_public(scene.storage.settings.data_dir / "keys", "receipts")
            signed = verify(receipt["note"], verifier)
            assert (signed.kind, signed.number, signed.sha256, signed.tps) == (
                "reading_submitted", receipt["number"], receipt["sha256"], scene.tps)  # fmt: skip
            for same in (told, {"confirmed": ["paslon_1", "paslon_2", "paslon_1"], "as_written": ["E301"]}):
                assert (await scene.put_reading(FIGURES, key, **same))[0] == 200
            for other in ({}, {"confirmed": ["paslon_1"]}, told | {"as_written": []}):
                status, problem = await scene.put_reading(FIGURES, key, **other)
                assert (status, problem["code"]) == (409, "upload.conflict")
            status, again = await scene.get(f"/v1/receipts/{key}?journal=ppwp")
            assert status == 200 and verify(again["note"], verifier) == signed

    asyncio.run(story())


@pytest.mark.servers
def test_what_is_not_signed_for_is_not_taken(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            said = {"contest": "ppwp", "tps": scene.tps, "figures": FIGURES}
            mine, neighbour = await scene.phone(), await scene.phone(f"kpps-{scene.bundle.tree.tps_kode(1)}-1")
            key = str(uuid4())
            other = mine.reading(f"/v1/readings/{uuid4()}", json.dumps(said).encode())
            refused = [
                (await put(scene, mine, key, said, authorization=""), 401, "token.missing"),
                (await put(scene, mine, key, said, signature="", signature_input=""), 401, "signature.missing"),
                (await put(scene, mine, key, said, signature=other["signature"]), 401, "signature.differs"),
                (await put(scene, mine, key, said, content_digest=""), 400, "request.header_missing"),
                (await put(scene, neighbour, key, said), 403, "token.scope"),
                (await put(scene, mine, key, said, **neighbour.bearer()), 403, "token.scope"),
                (await put(scene, mine, key, said | {"confirmed": ["suara_total"]}), 422, "reading.unknown_field"),
                (await put(scene, mine, key, said | {"as_written": ["E999"]}), 422, "reading.unknown_rule"),
            ]
            assert [(status, answer["code"]) for (status, answer), _, _ in refused] == [r[1:] for r in refused]
            assert await scene.events() == []
            assert (await put(scene, mine, key, said))[0] == 201

    asyncio.run(story())


@pytest.mark.servers
def test_a_receipt_is_for_those_who_may_ask_about_the_tps(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            await scene.put_reading(FIGURES, key)
            path = f"/v1/receipts/{key}?journal=ppwp"
            async with scene.client.get(path) as answer:
                assert answer.status == 401
            neighbour = await scene.phone(f"kpps-{scene.bundle.tree.tps_kode(1)}-1")
            async with scene.client.get(path, headers=neighbour.bearer()) as answer:
                assert answer.status == 403
            assert (await scene.get(path))[0] == 200

    asyncio.run(story())


spaces = st.sampled_from(["", " ", "\n"])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d:"]), st.integers(0, 9), spaces), max_size=5), spaces,
       st.booleans(), st.sampled_from(["ppwp", "a:b", ""]))  # fmt: skip
def test_a_name_that_stands_twice_is_seen_whatever_stands_between(pairs, gap, confirmed, contest):
    figures = ",".join(f'"{name}"{space}:{space}{value}' for name, value, space in pairs)
    more = f',"confirmed"{gap}:[]' if confirmed else ""
    body = f'{{"contest":"{contest}","tps"{gap}:"1","figures":{{{figures}}}{more}}}'.encode()
    twice = len({name for name, _, _ in pairs}) < len(pairs)
    try:
        reading = decode(body)
    except ReadingMalformed:
        assert twice
    else:
        assert not twice and reading.figures == {name: value for name, value, _ in pairs}


def test_top_names_may_not_stand_twice_either():
    with pytest.raises(ReadingMalformed, match="twice"):
        decode(b'{"contest":"ppwp","tps":"1","tps":"2","figures":{}}')
    with pytest.raises(ReadingMalformed, match="twice"):
        decode(b'{"contest":"a:b","tps":"1","figures":{},"confirmed":[],"confirmed":["x"]}')


def test_only_figures_that_were_given_can_be_taken_over():
    reading = Reading("ppwp", "1", {"a": 1, "b": None}, confirmed=("a",))
    assert taken_over(reading) == ("a",)
    for field in ("b", "c"):
        with pytest.raises(UnknownField, match=field):
            taken_over(Reading("ppwp", "1", {"a": 1, "b": None}, confirmed=(field,)))
    with pytest.raises(UnknownRule, match="nothing"):
        contradictions(Reading("ppwp", "1", {}, as_written=("nothing",)))
