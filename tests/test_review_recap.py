"""The desk and recapitulation together: what two people rule is what is published, and what is published is shown."""

import asyncio
from pathlib import Path

import pytest
from engine_scene import engine_of, running
from review_scene import PDF, PICTURE, Desk, at_the_desk, held

from election import plenary as documents
from recap.service import COMPANIONS
from storage.settings import Settings

pytestmark = pytest.mark.servers

SUARA = (265, 4, 269)


async def told(desk: Desk, question: str) -> None:
    """Waits until what is published says yes to `question`."""
    async with asyncio.timeout(60):
        while not await desk.storage.pool.fetchval(f"select exists ({question})"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def cut(desk: Desk) -> None:
    """Every event of the journal is in what is published; what companions make of it may come a cut later."""
    await told(
        desk, f"select from published.cut where contest = '{desk.key}' and number >= {await desk.journal.size()}"
    )


async def ruled(desk: Desk, status: int) -> None:
    """The second person agrees with what was proposed last, and it is published."""
    assert status == 200
    await desk.sign_in("b")
    status, html = await desk.answer(await desk.journal.size())
    assert status == 200, html
    await desk.sign_in("a")
    await cut(desk)


async def states(desk: Desk) -> dict[str, str]:
    rows = await desk.storage.pool.fetch(
        "select block, state from published.block where contest = $1 and tps = $2", desk.key, desk.tps
    )
    return {row["block"]: row["state"] for row in rows}


def test_a_party_record_from_queue_to_determination_and_a_second_version(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        sha = await desk.storage.renditions.put(PICTURE)
        await held(desk, "suara", SUARA, (315, *SUARA[1:]), ("E404",), sha, publish=False)
        engine = engine_of(desk.bundle, desk.storage, tmp_path / "snapshots", desk.key, policy=None, takes=COMPANIONS)
        async with running(engine):
            await cut(desk)
            await desk.sign_in("a")
            assert f"/pdpr/{desk.tps}#suara" in await desk.list()
            assert (await desk.propose(*SUARA))[0] == 200
            await desk.sign_in("b")
            assert (await desk.act("confirm"))[0] == 200
            await cut(desk)
            assert f"/pdpr/{desk.tps}#suara" not in await desk.list()
            assert (await states(desk))["suara"] == "verified"
            kecamatan = desk.area(3)
            column = documents.document(desk.bundle, "pdpr", kecamatan).columns[0].kode
            await desk.sign_in("a")
            said = dict(zip(documents.contest_of(desk.bundle, "pdpr", 0).blocks["suara"], (275, 4, 279), strict=True))
            status, html = await desk.post(f"/pdpr/area/{kecamatan}/plenary/{column}", on=0, **said, as_printed="on")
            assert status == 200, html
            await told(desk, "select from published.plenary where differing > 0")
            _, html = await desk.get(f"/pdpr/area/{kecamatan}")
            differences = html.partition('id="h-dhasil"')[2]
            assert "275" in differences and "265" in differences and "<b>10</b>" in differences
            sk = {"number": "360/2029", "date": "2029-03-20", "sk": PDF, "ba": PDF + b"."}
            status, html = await desk.post("/pdpr/area/0/determine", **sk)
            assert status == 409 and "39 TPS belum masuk" in html
            await ruled(desk, (await desk.post("/pdpr/area/0/determine", **sk, despite="deadline"))[0])
            assert (await states(desk))["suara"] == "final"
            await told(desk, "select from published.determination")
            totals = await desk.storage.pool.fetchval("select totals from published.determination")
            assert dict(zip(desk.bundle.printed("pdpr").common, totals, strict=True))["suara_sah"] == 265
            order = {"ground": "psu", "order": "12/2029", "document": PDF}
            await ruled(desk, (await desk.post(f"/pdpr/{desk.tps}/version", **order))[0])
            assert set((await states(desk)).values()) == {"awaited"}
            kept = await desk.storage.pool.fetchrow(
                "select figures, ground from published.version where block = 'suara'"
            )
            assert (tuple(kept["figures"]), kept["ground"]) == (SUARA, "psu")
            html = await desk.page()
            assert "versi 2" in html and "Versi 1 (diganti)" in html and "SK 360/2029" not in html

    at_the_desk(storage_settings, tmp_path, play, key="pdpr", contests=("pdpr",))
