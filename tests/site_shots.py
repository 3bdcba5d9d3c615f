"""Publishes an invented night and photographs its pages at 320, 768 and 1366 px, so that somebody looks at them.

    PYTHONPATH=. python tests/site_shots.py OUT [--seed N] [--contests] [--only NAME,NAME]

Writes OUT/public (the site) and OUT/shots (PNG). Needs chromium.
"""

import argparse
import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from aiohttp import web
from engine_scene import Night as Sender
from playwright.async_api import Page, async_playwright
from publisher_contests import Evening, cut, evening, invented, rulings
from publisher_scene import KINDS, USUAL, Night

from election import bundle as bundles
from election import form as forms
from election.clock import system_clock
from paper.fill import fill
from publisher import places
from publisher.chronicle.chronicler import Chronicler
from publisher.folder import Folder
from publisher.follower import Follower
from publisher.front import app
from publisher.site import Site
from publisher.site.tiles import GRID
from storage.opened import open_storage
from storage.settings import Settings

WIDTHS = (320, 768, 1366)
CHROMIUM = "/usr/bin/chromium"
ONLY: set[str] = set()
"""Names of the pages that are wanted; all where it is empty."""

TIMES = 16
"""Publications of the evening."""

FLAGS = ["--no-sandbox", "--disable-background-networking"]


def masked(tps: str, number: int, figures: dict[str, int]) -> bytes:
    """The JPEG of a filled page in its frame, with a rim, whose names and signatures are covered."""
    scale = 1.5
    form = forms.load("c_hasil_ppwp_2024")
    raster = fill(form, number, figures, np.random.default_rng([number, int(tps[-4:])]), scale=scale)
    for rect in form.page(number).mask:
        x0, y0, x1, y1 = (round(edge * scale) for edge in rect)
        raster[y0:y1, x0:x1] = 64
    rim = round(forms.shown(form.page_size_mm).x0 * -scale)  # as a reader frames it: crops are cut by the frame
    framed = cv2.copyMakeBorder(raster, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    return cv2.imencode(".jpg", framed, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()


def where_they_lie(count: int) -> list[str]:
    """Codes that the map of provinces knows, so that invented ones lie where real ones do."""
    return sorted(GRID)[:count]


async def play(night: Night, seed: int, part: float, publish: Callable[[str], Awaitable[None]]) -> dict[str, str]:
    """An evening with everything in it, up to `part` of the TPS, published now and then; one TPS of each kind."""
    tree, found = night.bundle.tree, {}
    rng = np.random.default_rng(seed)
    rows = rng.permutation(tree.n_tps)[: round(part * tree.n_tps)]
    for some in np.array_split(rows, TIMES):
        for row in some:
            tps, kind = tree.tps_kode(int(row)), KINDS[int(rng.choice(len(KINDS), p=USUAL))]
            await night.play(tps, kind, seed)
            found.setdefault(kind, tps)
        await night.cut()
        await publish(night.now())
    return found


@asynccontextmanager
async def served(public: Path) -> AsyncIterator[str]:
    """The public folder at an address of this machine."""
    runner = web.AppRunner(app(public))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def shoot(page: Page, base: str, paths: dict[str, str], shots: Path) -> None:
    """One picture a page and width."""
    page.on("console", lambda message: print("console:", message.text))
    page.on("pageerror", lambda error: print("error:", error))
    for name, path in paths.items():
        for width in WIDTHS if name in ONLY or not ONLY else ():
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(f"{base}/{path}")
            await page.wait_for_load_state("networkidle")
            wide = await page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                print(f"{name} is {wide} px wide at {width}")
            await page.evaluate("for (const img of document.images) img.loading = 'eager'")
            await page.wait_for_load_state("networkidle")
            await page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
    await page.pdf(path=shots / "print.pdf", format="A4")


async def main(out: Path, seed: int, part: float) -> None:
    """Make, publish, photograph."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "shots").mkdir(parents=True)
    with patch("election.bundle.invented_home._provinsi_codes", where_they_lie):
        bundle = bundles.make(out / "bundle", seed=seed, provinsi=38, kabupaten=40, kecamatan=44, kelurahan=60, tps=240)
    public, now = out / "public", [datetime.now(UTC)]
    async with await open_storage(Settings(data_dir=out / "data")) as storage:
        given = bundle, "ppwp", storage, Folder(public), Site(bundle, ["ppwp"]), "https://suara.example"
        followers = [Follower(*given, system_clock), Chronicler(*given, lambda: now[0])]

        async def publish(at: str) -> None:
            now[0] = datetime.fromisoformat(at)
            for one in followers:
                await one.catch_up()

        kinds = await play(Night(bundle, storage, draw=masked), seed, part, publish)
    tree = bundle.tree
    first = kinds["corrected"]
    nation, _provinsi, kabupaten, kecamatan, kelurahan = (tree.kode(area) for area in tree.path(tree.tps_index(first)))
    areas = {"nation": nation, "kabupaten": kabupaten, "kecamatan": kecamatan, "kelurahan": kelurahan}
    paths = {name: f"ppwp/{kode}.html" for name, kode in areas.items()}
    paths |= {kind: f"ppwp/tps/{kode[:-3]}/{kode}.html" for kind, kode in kinds.items() if kind != "silent"}
    paths |= {"missing": "ppwp/nowhere.html", "search": "cari.html", "how": "cara.html", "data": "data.html"}
    paths |= {"held": "ppwp/ditahan/0.html", "corrections": "ppwp/koreksi.html", "course": "ppwp/waktu/0.html"}
    paths |= {"held-kabupaten": f"ppwp/ditahan/{kabupaten}.html"}
    async with served(public) as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await shoot(await browser.new_page(), base, paths, out / "shots")
        await browser.close()


async def every_contest(out: Path, seed: int) -> None:
    """The same of every contest at once, with versions, disputes, a determination and a D.Hasil that differs."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "shots").mkdir(parents=True)
    bundle = invented(out / "bundle", seed=seed, tps=60)
    async with await open_storage(Settings(data_dir=out / "data")) as storage:
        site = Evening(bundle, Settings(data_dir=out / "data"), out / "public", ("ppwp", "pdpr", "pdpd"))
        for key in site.keys:
            for act in (evening, rulings):
                await act(Sender(bundle, storage, key))
            await cut(bundle, storage, key, out / "snapshots")
            await site.publish(storage, key)
    tree, dapil = bundle.tree, bundle.printed("pdpr").dapil[0]
    chain = [tree.kode(area) for area in tree.path(0)]
    paths = {f"{key}-{level}": places.page(key, chain[level]) for key in site.keys for level in (0, 1)}
    paths |= {"front": "index.html"}
    paths |= {"kelurahan": places.page("pdpr", tree.kode(int(tree.tps_parent[2])))}
    paths |= {"dapil": places.dapil_page("pdpr", dapil.kode), "again": places.tps_page("ppwp", tree.tps_kode(0))}
    async with served(out / "public") as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await shoot(await browser.new_page(), base, paths, out / "shots")
        await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--part", type=float, default=0.8, help="how much of the evening has passed, 0 to 1")
    parser.add_argument("--contests", action="store_true", help="every contest, as their engines have them")
    parser.add_argument("--only", default="", help="names of pages, with commas between; all where nothing is given")
    arguments = parser.parse_args()
    ONLY.update(filter(None, arguments.only.split(",")))
    if arguments.contests:
        asyncio.run(every_contest(arguments.out, arguments.seed))
    else:
        asyncio.run(main(arguments.out, arguments.seed, arguments.part))
