"""Reports from outside at the desk: beside the record's figures, heaviest first, settled by two people or closed."""

import shutil
from pathlib import Path
from re import findall

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright, expect
from review_scene import KEYED, SHOTS, Desk, at_the_desk

from election.event import BlockCorrected
from election.form import of as form_of
from election.record import fold, layout
from review.house import COOKIE
from storage.settings import Settings

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking"]

pytestmark = pytest.mark.servers


async def report(desk: Desk, field: str, value: int, times: int = 1, tps: str = "", note: str | None = None) -> int:
    """As the public side leaves one."""
    pool = desk.storage.pool
    number = await pool.fetchval(
        "insert into reports.report (contest, tps, version, field, value) values ($1, $2, 1, $3, $4) returning id",
        desk.key, tps or desk.tps, field, value,
    )  # fmt: skip
    for i in range(times):
        await pool.execute(
            "insert into reports.sent (code, report, stood, number, note, at) values ($1, $2, null, 9, $3, $4)",
            f"{number}-{i}", number, note, f"2024-02-14T09:00:{i:02}.000Z",
        )  # fmt: skip
    return int(number)


async def list_of(desk: Desk) -> list[int]:
    status, html = await desk.get(f"/{desk.key}/reports")
    assert status == 200
    return [int(found) for found in findall(rf"/{desk.key}/reports/(\d+)\"", html)]


def test_votes_come_before_administration_and_large_moves_before_many_tellers(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        assert await list_of(desk) == []
        paper = await report(desk, "pemilih_dpt_j", 900, times=9)
        small = await report(desk, "paslon_2", KEYED[1] + 1, times=3)
        large = await report(desk, "paslon_1", KEYED[0] + 80)
        even = await report(desk, "paslon_3", KEYED[2] + 1, times=2)
        await desk.storage.pool.execute(  # nobody sent it: a node was killed between the two
            "insert into reports.report (contest, tps, version, field, value) values ($1, $2, 1, 'paslon_1', 1)",
            desk.key, desk.tps,
        )  # fmt: skip
        assert await list_of(desk) == [large, small, even, paper]
        _, html = await desk.get(f"/{desk.key}/reports")
        [row] = findall(rf'<tr><th scope="row"><a href="/ppwp/reports/{small}">.*?</tr>', html)
        for figure in (KEYED[1] + 1, KEYED[1], 160, 3):  # reported, officer, machine, tellers
            assert f">{figure}<" in row

    at_the_desk(storage_settings, tmp_path, play)


def test_a_correction_by_two_people_settles_the_report_by_itself(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        number = await report(desk, "paslon_2", 160, note="lihat kotak ratusan")
        answer = await desk.client.get(f"/ppwp/reports/{number}", allow_redirects=False)
        assert answer.headers["Location"] == f"/ppwp/{desk.tps}#laporan"
        [step] = await desk.storage.pool.fetch("select kind, account from reports.step")
        assert tuple(step) == ("seen", "a")
        page = await desk.page()
        assert "lihat kotak ratusan" in page
        assert 'id="laporan"' in page
        await desk.propose(90, 160, 10, 260, 3, 263)
        await desk.sign_in("b")
        await desk.act("confirm")
        assert isinstance(await desk.last(), BlockCorrected)
        await publish(desk)
        assert await list_of(desk) == []
        assert "sama dengan laporan ini" in await desk.page()

    at_the_desk(storage_settings, tmp_path, play)


async def publish(desk: Desk) -> None:
    """The block as recapitulation would have it now."""
    record = fold(await desk.journal.of_record(desk.tps), layout(form_of(desk.contest)), desk.tps)
    block = record.block("suara")
    await desk.storage.pool.execute(
        "update published.block set state = $3, figures = $4 where contest = $1 and tps = $2 and block = 'suara'",
        desk.key, desk.tps, block.state.value, list(block.figures or ()),
    )  # fmt: skip


def test_a_report_is_closed_once_with_a_reason_and_its_sender_can_read_it(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        number = await report(desk, "paslon_2", 7)
        status, html = await desk.post(f"/ppwp/reports/{number}/close", reason="no such reason")
        assert status == 409
        status, html = await desk.post(f"/ppwp/reports/{number}/close", reason="as_on_paper")
        assert status == 200
        assert "Laporan ditutup" in html
        await desk.sign_in("b")
        await desk.post(f"/ppwp/reports/{number}/close", reason="not_legible")
        rows = await desk.storage.pool.fetch("select kind, reason, account from reports.step")
        assert [tuple(row) for row in rows] == [("closed", "as_on_paper", "a")], "the first reason stands"
        assert await list_of(desk) == []
        assert "Sudah diperiksa; angka tidak berubah" in await desk.page()

    at_the_desk(storage_settings, tmp_path, play)


def test_only_who_may_correct_closes_and_only_within_the_area(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        number = await report(desk, "paslon_2", 7, note="catatan")
        await desk.sign_in("ppk")
        assert await list_of(desk) == [number]
        await desk.client.get(f"/ppwp/reports/{number}")
        status, _ = await desk.post(f"/ppwp/reports/{number}/close", reason="as_on_paper")
        assert status == 409
        assert "Tutup laporan ini" not in await desk.page()
        await desk.sign_in("far")
        assert await list_of(desk) == []
        for path in (f"/ppwp/reports/{number}", "/ppwp/reports?area=0"):
            assert (await desk.get(path))[0] == 409
        assert (await desk.post(f"/ppwp/reports/{number}/close", reason="as_on_paper"))[0] == 409
        await desk.sign_in("a")
        assert (await desk.post(f"/ppwp/reports/{number}/close", token="forged", reason="as_on_paper"))[0] != 500
        assert (await desk.get("/ppwp/reports/999"))[0] == 409
        assert await desk.storage.pool.fetchval("select count(*) from reports.step") == 0
        desk.client.session.cookie_jar.clear()
        answer = await desk.client.get("/ppwp/reports", allow_redirects=False)
        assert answer.headers["Location"] == "/masuk"

    at_the_desk(storage_settings, tmp_path, play, people={"ppk": ("ppk", 3)})


@pytest.mark.browser
@pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed")
def test_the_queue_and_the_record_are_read_by_axe_fit_narrow_screens_and_close_by_keyboard(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await report(desk, "paslon_1", KEYED[0] + 80, times=4, note="Angka ratusan tertulis 1")
        await report(desk, "pemilih_dpt_j", 240)
        await desk.sign_in("a")
        held = desk.client.session.cookie_jar.filter_cookies(desk.client.make_url("/"))
        base = str(desk.client.make_url("/"))
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page()
            await page.context.add_cookies([{"name": COOKIE, "value": held[COOKIE].value, "url": base}])
            for name, path in (("reports", "ppwp/reports"), ("record", f"ppwp/{desk.tps}")):
                await page.goto(base + path)
                for width in (1366, 320):
                    await page.set_viewport_size({"width": width, "height": 768})
                    assert await page.evaluate("document.documentElement.scrollWidth") <= width
                    if SHOTS:
                        await page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
                found = await Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
            await page.goto(base + "ppwp/reports")
            await page.locator("tbody a").first.focus()
            await page.keyboard.press("Enter")
            await page.wait_for_url("**#laporan")
            await page.locator(".report select").first.select_option("as_on_paper")
            await page.locator(".report button").first.press("Enter")
            await expect(page.locator(".note[role=status]")).to_contain_text("Laporan ditutup")
            await browser.close()

    at_the_desk(storage_settings, tmp_path, play)
