"""The help desk in a browser: without a mouse from the door to a new code, no WCAG finding, no wider than a phone."""

import os
import shutil
from pathlib import Path

import pytest
from accounts_scene import PASSWORD, House, Lived, invented_town, lived_house  # noqa: F401 - fixtures
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from election.event import ReadingSubmitted, ScanReceived
from storage.journal import Draft

CHROMIUM = "/usr/bin/chromium"
WIDTHS = (320, 768, 1366)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHOTS = os.environ.get("SUARA_SHOTS")
"""A folder for screenshots, where somebody wants to look at them."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


async def tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        if await page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


async def findings(page: Page, name: str) -> list[str]:
    """What axe finds, and widths at which the page does not fit."""
    run = (await Axe().run(page, options={"runOnly": RULES})).response
    found = [f"{name}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in run["violations"]]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 768})
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{name}: wider than {width}")
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"desk-{name}-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 1366, "height": 768})
    return found


async def something_sent(house: House) -> None:
    """A photo and figures of the first TPS."""
    at, empty, figures = "2029-02-14T10:00:00.000Z", {"suara": "0" * 64}, {"suara": (1, 2, 3, None, None, None)}
    scan = ScanReceived(tps=house.tps, at=at, page=1, sha256="0" * 64, size=9, by="kpps")
    reading = ReadingSubmitted(
        tps=house.tps, at=at, commitments=empty, salts={"suara": "0" * 32}, figures=figures,
        by="kpps", relayed="ppk",
    )  # fmt: skip
    await house.storage.journal("ppwp").append(Draft(event=scan), Draft(event=reading))


def test_from_activation_to_a_new_code_without_a_mouse(lived: Lived) -> None:
    async def story(house: House) -> None:
        await something_sent(house)
        name, officer = f"pps-{house.tps[:10]}-1", f"kpps-{house.tps}-1"
        assert (await house.enrol(house.phone(officer), house.codes[officer]))[0] == 201
        found: list[str] = []
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1366, "height": 768}, java_script_enabled=True)
            await page.goto(house.base)
            found += await findings(page, "sign-in")
            await tab_to(page, "a[href='/aktifkan']")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/aktifkan")
            found += await findings(page, "activate")
            for field, text in (("name", name), ("code", house.codes[name].lower()), ("password", PASSWORD)):
                await tab_to(page, f"#{field}")
                await page.keyboard.type(text)
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/wilayah/*")
            found += await findings(page, "area")
            await tab_to(page, "#q")
            await page.keyboard.type(officer)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**/tps/{house.tps}")
            found += await findings(page, "tps")
            await tab_to(page, f"button[aria-label='Kode baru untuk {officer}']")
            await page.keyboard.press("Enter")
            await page.get_by_role("status").wait_for()
            found += await findings(page, "code")
            await page.set_viewport_size({"width": 320, "height": 640})
            fresh = await page.locator(".code").inner_text()
            assert await page.locator(".code").is_visible()
            await page.goto(f"{house.base}/tps/9999999999999")
            found += await findings(page, "refused")
            await browser.close()
        assert not found, "\n".join(found)
        assert (await house.enrol(house.phone(officer), fresh))[0] == 201

    lived(story)


def test_the_desk_of_the_helpdesk_begins_with_the_nation(lived: Lived) -> None:
    async def story(house: House) -> None:
        async with house.desk("helpdesk-0-1") as helper:
            status, page = await helper.get("/")
            assert status == 200 and "/wilayah/" + house.tps[:2] in page
            assert "<script" not in page

    lived(story)
