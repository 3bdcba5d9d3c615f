"""A record that began anew: what its phone is told, and what comes in for which version."""

import asyncio
from uuid import uuid4

import pytest
from ingest_scene import PHOTO, Opener, Scene, opened_door  # noqa: F401 - a fixture

from election.codes import above
from election.event import ResultDetermined, VersionOpened
from election.form import load
from election.record import Record, fold, layout
from storage.draft import Draft

pytestmark = pytest.mark.servers
AT = "2029-02-14T12:00:00.000Z"
TWO = {"roles": ("kpu_kabkota", "kpu_kabkota"), "accounts": ("a", "b")}
FIGURES = {"paslon_1": 117, "paslon_2": 80, "suara_sah": 197}


async def opens(scene: Scene, version: int = 2, replaces: int = 0) -> int:
    event = VersionOpened(
        tps=scene.tps, at=AT, version=version, replaces=replaces, ground="psu", order="SK 12/2029", document=None, **TWO
    )
    return (await scene.storage.journal("ppwp").append(Draft(event=event)))[0].number


async def record(scene: Scene) -> Record:
    entries = await scene.storage.journal("ppwp").of_record(scene.tps, above(scene.tps))
    return fold(entries, layout(load("c_hasil_ppwp_2024")))


async def sheet(scene: Scene) -> dict:
    (contest,) = (c for c in (await scene.get(f"/v1/tps/{scene.tps}/sheet"))[1]["contests"] if c["key"] == "ppwp")
    return contest


async def status(scene: Scene) -> dict:
    path = f"/v1/tps/{scene.tps}/status"
    async with scene.client.get(path, headers=(await scene.phone()).bearer()) as answer:
        return await answer.json()


def test_the_sheet_tells_the_version_and_its_ground(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            first = await sheet(scene)
            assert (first["version"], first["ground"]) == (1, None)
            await opens(scene, 3, await opens(scene))
            told = await sheet(scene)
            assert told["version"] == 3
            assert told["ground"]["id"] == "Pemungutan Suara Ulang" and told["ground"]["order"] == "SK 12/2029"
            neighbour = scene.bundle.tree.tps_kode(1)
            others = (await scene.get(f"/v1/tps/{neighbour}/sheet"))[1]["contests"]
            assert {contest["version"] for contest in others} == {1}

    asyncio.run(story())


def test_evidence_belongs_to_the_version_that_it_names(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            await scene.post_photo(page=2)
            await scene.put_reading(FIGURES)
            await opens(scene)
            assert (await scene.post_photo(page=2))[0] == 201, "a phone that knows of nothing is heard, too"
            assert (await record(scene)).block("suara").state == "awaited"
            assert (await scene.post_photo(page=2, version="2"))[0] == 201
            assert (await scene.put_reading(FIGURES, version=2))[0] == 201
            found = await record(scene)
            assert [photo.number for photo in found.photos] == [5]
            assert found.reading("suara") is not None and found.block("suara").state == "received"
            assert [event.version for event in await scene.events() if hasattr(event, "page")] == [None, None, 2]
            assert b"version" not in (await scene.storage.journal("ppwp").leaves(0))[0]

    asyncio.run(story())


def test_an_officer_is_told_what_was_for_another_version(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            await scene.post_photo(page=2)
            await opens(scene)
            await scene.post_photo(page=1)
            await scene.post_photo(page=1, version="2")
            told = await status(scene)
            assert [(item["number"], item["state"]) for item in told["items"]] == [
                (1, "superseded"),
                (3, "superseded"),
                (4, "received"),
            ]
            assert told["items"][0]["why"]["code"] == "version.other" and "versi" in told["items"][0]["why"]["id"]
            (row,) = told["records"]
            assert (row["contest"], row["version"], row["determined"]) == ("ppwp", 2, False)
            assert row["ground"]["en"] == "Vote held again"
            closed = ResultDetermined(
                tps=scene.tps[:6], at=AT, replaces=0, number="1", date="2029-03-20", sk="a" * 64, ba="b" * 64, upto=4,
                totals=(), **TWO,
            )  # fmt: skip
            await scene.storage.journal("ppwp").append(Draft(event=closed))
            assert (await status(scene))["records"][0]["determined"] is True

    asyncio.run(story())


def test_the_same_id_for_another_version_is_another_submission(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            photo, reading = str(uuid4()), str(uuid4())
            assert (await scene.post_photo(photo))[0] == 201
            assert (await scene.post_photo(photo, version="1"))[0] in (200, 201), "the first version is the first"
            code = (await scene.post_photo(photo, version="2"))[1]["code"]
            assert code == "upload.conflict"
            assert (await scene.put_reading(FIGURES, reading, version=1))[0] == 201
            assert (await scene.put_reading(FIGURES, reading))[0] == 200
            assert (await scene.put_reading(FIGURES, reading, version=2))[1]["code"] == "upload.conflict"
            assert len(await scene.events()) == 2

    asyncio.run(story())


@pytest.mark.parametrize("bad", ["0", "-1", "1.5", "x", "1000"])
def test_a_version_is_a_small_number(door: Opener, bad: str) -> None:
    async def story() -> None:
        async with door() as scene:
            status, problem = await scene.post_photo(str(uuid4()), PHOTO, version=bad)
            assert (status, problem["code"].partition("_")[0]) == (400, "upload.metadata")
            asked = int(bad) if bad.lstrip("-").isdigit() else bad
            assert (await scene.put_reading(FIGURES, version=asked))[1]["code"] == "reading.malformed"
            assert await scene.events() == []

    asyncio.run(story())
