"""Writes pages of invented TPS without a server, for tests and for people who look at them.

    PYTHONPATH=. python tests/tps_shots.py OUT

Writes OUT/public and OUT/*.png at 320, 768 and 1366 px. Needs chromium.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from aiohttp import web
from playwright.async_api import Browser, async_playwright
from record_scene import STATES, Told, told

from election import bundle as bundles
from election import form as forms
from election.bundle import Bundle
from election.clock import system_clock
from paper.fill import fill
from publisher import places
from publisher.folder import Folder
from publisher.front import app
from publisher.reports.desk import Settings, room
from publisher.site import Site

WIDTHS = (320, 768, 1366)
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking"]
SCALE = 1.3
BASE = "https://hasil.example"


def drawn(one: Told, page: int) -> bytes:
    """The public picture of a page, as a reader makes it: in the form's frame, with a rim, masked."""
    form = forms.of(one.ballot)
    figures = {
        field: figure
        for block, values in one.figures().items()
        for field, figure in zip(one.ballot.blocks[block], values, strict=True)
    }
    known = {field.name: figures.get(field.name, 0) for field in form.page(page).fields}
    raster = fill(form, page, known, np.random.default_rng([page, one.row]), scale=SCALE)
    for rect in form.page(page).mask:
        x0, y0, x1, y1 = (round(edge * SCALE) for edge in rect)
        raster[y0:y1, x0:x1] = 160
    rim = round(forms.shown(form.page_size_mm).x0 * -SCALE)
    framed = cv2.copyMakeBorder(raster, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    return cv2.imencode(".jpg", framed, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()


def plain(one: Told, page: int) -> bytes:
    """A stand-in: nothing but grey."""
    return cv2.imencode(".jpg", np.full((1200, 810), 100 + page + one.row, np.uint8))[1].tobytes()


def publish(
    folder: Folder, site: Site, one: Told, pages: int = 99, draw: Callable[[Told, int], bytes] = drawn
) -> str:  # fmt: skip
    """The page of a record and the pictures of its first `pages` pages; answers its path."""
    site.write_tps(folder, one.ballot, one.path, one.place, one.view, one.cut)
    for page in one.view.pages[:pages]:
        if page.rendition and not folder.has(places.scan(page.rendition)):
            folder.write(places.scan(page.rendition), draw(one, page.page))
    return places.tps_page(one.key, one.tps)


def invented(folder: Path) -> Bundle:
    """Two contests of twelve TPS."""
    return bundles.make(folder, seed=5, kabupaten=1, kecamatan=2, kelurahan=3, tps=12, contests=("ppwp", "pdpr"))


def everything(bundle: Bundle, folder: Folder) -> dict[str, str]:
    """A page of every state and contest: name → path."""
    site = Site(bundle, bundle.live, BASE)
    site.write_static(folder)
    return {
        f"{key}-{state}": publish(folder, site, told(bundle, key, state, row), 3)
        for key in ("ppwp", "pdpr")
        for row, state in enumerate(STATES)
    }


async def shoot(browser: Browser, base: str, paths: dict[str, str], out: Path) -> None:
    """One picture a page and width."""
    page = await browser.new_page()
    page.on("console", lambda message: print("console:", message.text))
    page.on("pageerror", lambda error: print("error:", error))
    for name, path in paths.items():
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(f"{base}/{path}")
            await page.evaluate("for (const image of document.images) image.loading = 'eager'")
            await page.wait_for_timeout(700)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                print(f"{name} is {wide} px wide at {width}")
            await page.screenshot(path=out / f"{name}-{width}.png", full_page=True)
            if width == max(WIDTHS) and await page.locator(".crop").count():
                await page.locator(".crop").last.scroll_into_view_if_needed()
                await page.locator(".crop").last.click()
                await page.screenshot(path=out / f"{name}-near.png")
        await page.pdf(path=out / f"{name}.pdf", format="A4")
    await page.close()


async def main(out: Path) -> None:
    """Make, publish, photograph."""
    bundle = invented(out / "bundle")
    paths = everything(bundle, Folder(out / "public"))
    paths["report"] = f"report?contest=ppwp&tps={bundle.tree.tps_kode(1)}&field=paslon_1"
    settings = Settings(public=out / "public", url="postgresql://suara_reports@/suara?host=/nonexistent")
    runner = web.AppRunner(app(out / "public", [room(settings, lambda: bundle, system_clock)]))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await shoot(browser, f"http://127.0.0.1:{runner.addresses[0][1]}", paths, out)
        await browser.close()
    await runner.cleanup()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
