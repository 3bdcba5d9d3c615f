"""Other people's tus as judges: tuspy, aiotus and tus-js-client send photos here over lines that are cut at random, and

a list of requests is answered as @tus/server answers it, but for the differences that docs/tus.md argues. What needs
node is in `tests/tus_judges` (npm install; `npm run record` writes the answers anew).
"""

import asyncio
import io
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import aiotus
import msgspec
import pytest
from ingest_scene import Opener, Scene, opened_door  # noqa: F401 - a fixture
from tus_scene import Cutter, Reply, Sent, metadata, photo
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

pytestmark = pytest.mark.servers

JUDGES = Path(__file__).parent / "tus_judges"
DOCS = Path(__file__).parents[1] / "docs" / "tus.md"
SIZE = 180_000


def node() -> str:
    """The program. Skips where it, or what `npm install` puts there, is absent."""
    found = shutil.which("node")
    if found is None or not (JUDGES / "node_modules" / "@tus" / "server").is_dir():
        pytest.skip("node or tests/tus_judges/node_modules is absent: npm install --prefix tests/tus_judges")
    return found


def spans(seed: int, cuts: int) -> Iterator[int]:
    """How many bytes each of the first connections may bring."""
    chance = random.Random(seed)
    return iter([chance.randrange(1_500, SIZE // 3) for _ in range(cuts)])


async def announced(scene: Scene, data: bytes, seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """Metadata and headers that a foreign client is given; every other one chooses its own id."""
    pairs = {
        "contest": "ppwp", "tps": scene.tps, "page": "1", "sha256": sha256(data).hexdigest(), "filename": "a b,c.jpg",
        "filetype": "image/jpeg",
    }  # fmt: skip
    if seed % 2:
        pairs["id"] = str(uuid4())
    phone = await scene.phone()
    signed = phone.scan(len(data), metadata(**pairs))
    return pairs, {name: signed[name] for name in ("authorization", "signature", "signature-input")}


def tuspy_sends(url: str, data: bytes, pairs: dict[str, str], headers: dict[str, str], checked: bool) -> None:
    """tuspy gives up on a line that dies while it asks; who uses it begins again with what it has."""
    client, where = TusClient(url, headers=headers), None
    for _ in range(60):
        try:
            uploader = client.uploader(
                file_stream=io.BytesIO(data), chunk_size=70_000, metadata=pairs, url=where, retries=30,
                retry_delay=0.02, upload_checksum=checked,
            )  # fmt: skip
            where = uploader.url = uploader.url or uploader.create_url()
            uploader.upload()
            return
        except TusCommunicationError:
            continue
    raise AssertionError("tuspy did not get through")


async def aiotus_sends(url: str, data: bytes, pairs: dict[str, str], headers: dict[str, str]) -> None:
    config = aiotus.RetryConfiguration(retry_attempts=60, max_retry_period_seconds=0.05)
    encoded = {name: value.encode() for name, value in pairs.items()}
    found = await aiotus.upload(url, io.BytesIO(data), encoded, config=config, headers=headers, chunksize=50_000)
    assert found is not None


async def js_sends(url: str, file: Path, pairs: dict[str, str], headers: dict[str, str], seed: int) -> None:
    how = {"chunk": (None, 50_000)[seed % 2], "whole": seed % 3 == 0}
    wanted = {"endpoint": url, "file": str(file), "metadata": pairs, "headers": headers, **how}
    process = await asyncio.create_subprocess_exec(
        node(), JUDGES / "upload.js", msgspec.json.encode(wanted).decode(), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0 and b"/v1/uploads/" in out


@pytest.mark.parametrize("client", ["tuspy", "tuspy with checksums", "aiotus", "tus-js-client"])
def test_a_foreign_client_gets_its_photos_through_lines_that_are_cut(door: Opener, tmp_path: Path, client: str) -> None:
    async def story() -> None:
        async with door() as scene:
            cuts = 0
            for seed in range(4):
                data = photo(SIZE, seed)
                pairs, headers = await announced(scene, data, seed)
                async with Cutter(scene.port, spans(seed, 3 * seed)) as cutter:
                    url = f"http://127.0.0.1:{cutter.port}/v1/uploads"
                    if client.startswith("tuspy"):
                        await asyncio.to_thread(tuspy_sends, url, data, pairs, headers, "checksums" in client)
                    elif client == "aiotus":
                        await aiotus_sends(url, data, pairs, headers)
                    else:
                        (tmp_path / "photo").write_bytes(data)
                        await js_sends(url, tmp_path / "photo", pairs, headers, seed)
                    cuts += cutter.cuts
            assert cuts >= 3
            kept = [event.sha256 for event in await scene.events()]
            assert kept == [sha256(photo(SIZE, seed)).hexdigest() for seed in range(4)]
            for seed in range(4):
                assert await scene.storage.scans.get(kept[seed]) == photo(SIZE, seed)

    asyncio.run(story())


async def ours(scene: Scene) -> dict[str, Reply]:
    """Our answers to the requests of the list."""
    script = json.loads((JUDGES / "requests.json").read_text())
    whole = b"\xff\xd8\xff\xe0" + b"." * (script["size"] - 4)
    answers = {}
    for story, steps in script["stories"].items():
        place = "/v1/uploads/8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11"
        for step in steps:
            sent = Sent(scene, whole)
            headers = {k: "" if v is None else v for k, v in step.get("headers", {}).items()}
            if headers.get("Upload-Metadata") == "good":
                headers["Upload-Metadata"] = sent.announced["Upload-Metadata"]
            phone = await scene.phone()
            length = headers.get("Upload-Length", "0")
            signed = phone.scan(int(length) if length.isdecimal() else 0, headers.get("Upload-Metadata", ""))
            headers |= {name: signed[name] for name in ("signature", "signature-input")}
            body = whole[slice(*step["body"])] if "body" in step else None
            path = place if step["path"] == "place" else step["path"]
            said = await sent.ask(step["method"], path, body, **headers)
            place = urlsplit(said.headers["location"]).path if "location" in said.headers else place
            answers[f"{story}: {step['name']}"] = said
    return answers


def test_answers_are_those_of_tus_server_but_for_what_is_argued(door: Opener, tmp_path: Path) -> None:
    async def story() -> dict[str, Reply]:
        async with door() as scene:
            return await ours(scene)

    said = asyncio.run(story())
    theirs = json.loads((JUDGES / "answers.json").read_text())
    differences = json.loads((JUDGES / "differences.json").read_text())
    assert said.keys() == theirs.keys() >= differences.keys()
    for step, answer in theirs.items():
        same = said[step].status == answer["status"] and "without" not in differences.get(step, {})
        if step in differences:
            assert said[step].status == differences[step]["status"] and not same, step
            continue
        assert same, (step, said[step], answer)
        told = {k: v for k, v in answer["headers"].items() if k not in ("upload-metadata", "tus-max-size")}
        assert {k: said[step].headers.get(k) for k in told} == told, step
        assert set(answer["there"]) <= set(said[step].headers), step


def test_the_recorded_answers_are_what_tus_server_still_says(tmp_path: Path) -> None:
    subprocess.run([node(), JUDGES / "record.js", tmp_path / "answers.json"], check=True, timeout=60)
    assert json.loads((tmp_path / "answers.json").read_text()) == json.loads((JUDGES / "answers.json").read_text())


def test_every_difference_is_argued_in_the_documentation() -> None:
    text = DOCS.read_text()
    for step, difference in json.loads((JUDGES / "differences.json").read_text()).items():
        assert f"| {step} | {difference['status']} | {difference['why']} |" in text
