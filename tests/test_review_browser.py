"""The review desk in a browser: without a mouse from the door to a proposal, and no wider than a phone."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright
from review_scene import KEYED, Desk, at_the_desk

from election.event import CorrectionProposed
from storage.settings import Settings

CHROMIUM = "/usr/bin/chromium"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


async def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is on `selector`; a person would give up sooner than this does."""
    for _ in range(80):
        if await page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


async def sign_in(page: Page, desk: Desk, name: str) -> None:
    """Signs in with the keyboard alone."""
    await page.goto(str(desk.client.make_url("/")))
    await tab_to(page, "#name")
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(desk.passwords[name])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/held")


def test_from_the_door_to_a_proposal_without_a_mouse(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1366, "height": 768})
            await sign_in(page, desk, "a")
            await tab_to(page, "main a[href*='#suara']")
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**/ppwp/{desk.tps}#suara")
            await tab_to(page, "input[name=paslon_2]")
            assert await page.locator(".paper img:visible").get_attribute("data-page") == "2"
            await page.keyboard.type("110")
            assert "cocok" in await page.locator("[data-block=suara] [data-sums]").inner_text()
            await tab_to(page, "#r-suara")
            await page.keyboard.press("ArrowDown")
            await tab_to(page, "[data-block=suara] button.primary")
            await page.keyboard.press("Enter")
            await page.get_by_role("status").wait_for()
            await browser.close()
        event = await desk.last()
        assert isinstance(event, CorrectionProposed)
        assert event.figures == KEYED

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.parametrize("width", [320, 768, 1366])
def test_no_page_of_the_desk_is_wider_than_the_screen(storage_settings: Settings, tmp_path: Path, width: int) -> None:
    async def play(desk: Desk) -> None:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": width, "height": 700})
            await sign_in(page, desk, "a")
            for path in ("/masuk", "/ppwp/held", f"/ppwp/{desk.tps}"):
                await page.goto(str(desk.client.make_url(path)))
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
            await browser.close()

    at_the_desk(storage_settings, tmp_path, play)
