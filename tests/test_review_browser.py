"""The review desk in a browser: without a mouse from the door to a proposal, no WCAG finding, no wider than a phone."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright
from review_night import evening
from review_scene import KEYED, SHOTS, Desk, at_the_desk

from election.event import CorrectionProposed, RecapEntered
from storage.settings import Settings

CHROMIUM = "/usr/bin/chromium"
WIDTHS = (320, 768, 1366)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


async def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is on `selector`; a person would give up sooner than this does."""
    for _ in range(120):
        if await page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


async def sign_in(page: Page, desk: Desk, name: str) -> None:
    """Signs in with the keyboard alone."""
    await page.goto(str(desk.client.make_url("/masuk")))
    await tab_to(page, "#name")
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(desk.passwords[name])
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: not url.endswith("/masuk"))


def test_from_the_door_to_a_proposal_without_a_mouse(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1366, "height": 768})
            await sign_in(page, desk, "a")
            await tab_to(page, "main a[href='/ppwp/held']")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/ppwp/held")
            await tab_to(page, "main a[href*='#suara']")
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**/ppwp/{desk.tps}#suara")
            await tab_to(page, "input[name=paslon_1]")
            await page.keyboard.press("Enter")
            assert await page.evaluate("document.activeElement.name") == "paslon_2", "Enter takes the suggestion"
            assert await page.locator(".paper img:visible").get_attribute("data-page") == "2"
            await page.keyboard.type("110")
            assert "cocok" in await page.locator("[data-block=suara] [data-sums]").inner_text()
            await tab_to(page, "[data-block=suara] button.primary")
            await page.keyboard.press("1")
            assert await page.locator("#r-suara").input_value() == "misread"
            await page.keyboard.press("z")  # in a list, a letter is the list's own
            assert not await page.locator(".paper.zoom").count()
            await tab_to(page, "[data-block=suara] button.primary")
            await page.keyboard.press("z")
            assert await page.locator(".paper.zoom").count()
            await page.keyboard.press("d")
            assert await page.locator(".paper.pair").count()
            await page.keyboard.press("Enter")
            await page.get_by_role("status").wait_for()
            await browser.close()
        event = await desk.last()
        assert isinstance(event, CorrectionProposed)
        assert event.figures == KEYED

    at_the_desk(storage_settings, tmp_path, play)


def test_a_column_of_a_document_is_typed_without_a_mouse(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1366, "height": 768})
            await sign_in(page, desk, "p")
            await page.goto(str(desk.client.make_url(f"/ppwp/area/{desk.area(3)}/plenary")))
            await tab_to(page, "input[name=paslon_1]")
            for text in ("900", "1100", "100", "2101", "30"):
                await page.keyboard.type(text)
                await page.keyboard.press("Enter")
            assert "selisih 1" in await page.locator("[data-block='1'] [data-sums]").inner_text()
            await page.locator("input[name=suara_sah]").fill("2.100")
            assert "selisih" not in await page.locator("[data-block='1'] [data-sums] .sum:first-child").inner_text()
            await page.locator("input[name=suara_total]").fill("2130")
            await page.locator("form[data-entry] button.primary").press("Enter")
            await page.get_by_role("status").wait_for()
            await browser.close()
        event = await desk.last()
        assert isinstance(event, RecapEntered)
        assert event.figures["suara"] == (900, 1100, 100, 2100, 30, 2130)

    at_the_desk(storage_settings, tmp_path, play, people={"p": ("ppk", 3)})


async def shoot(page: Page, name: str) -> None:
    """Pictures as a person meets the page."""
    for width, height in ((320, 640), (768, 1024), (1366, 768)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=Path(SHOTS or "") / f"review-{name}-{width}.png", full_page=width == 320)


async def findings(page: Page, name: str) -> list[str]:
    """What axe finds, and widths at which the page does not fit, with everything unfolded."""
    if SHOTS:
        await shoot(page, name)
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    run = (await Axe().run(page, options={"runOnly": RULES})).response
    found = [f"{name}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in run["violations"]]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 768})
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            wide = "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)[0]"
            found.append(f"{name}: wider than {width}: {(await page.eval_on_selector_all('main *', wide) or '')[:160]}")
    await page.set_viewport_size({"width": 1366, "height": 768})
    return found


def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        found: list[str] = []
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1366, "height": 768})
            await page.goto(str(desk.client.make_url("/masuk")))
            found += await findings(page, "sign-in")
            await sign_in(page, desk, "a")
            found += await findings(page, "home-empty")
            paths = await evening(desk)
            await sign_in(page, desk, "b")
            for name, path in paths.items():
                await page.goto(str(desk.client.make_url(path)))
                found += await findings(page, name)
            await browser.close()
        assert found == []

    at_the_desk(storage_settings, tmp_path, play, key="pdpr", contests=("ppwp", "pdpr", "pdpd"))
