"""How heavy the first load of each kind of page is, and when it can be read on a slow line and a slow phone.

    PYTHONPATH=.:tests python -m benchmarks.prove_site PUBLIC [PATH …]

PUBLIC is a published folder (`tests/site_shots.py` makes one). Bytes are those that cross the line, as our own
server compresses them, headers left out. Readable: First Contentful Paint and Largest Contentful Paint of
chromium under 4 × CPU slowdown and a line of 400 kbit/s with 400 ms round trips, which is Lighthouse's slow 3G.
"""

import argparse
import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct
from playwright.async_api import Browser, async_playwright

from publisher.front import app

CHROMIUM = "/usr/bin/chromium"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
CPU = 4
TIMES = 3
BUDGET, READABLE = 120_000, 2.0

PAINTS = """() => new Promise((done) => {
  let first = 0, largest = 0;
  const watch = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch("largest-contentful-paint", (one) => { largest = one.startTime; });
  watch("paint", (one) => {
    if (one.name !== "first-contentful-paint") return;
    first = one.startTime;
    setTimeout(() => done([first, largest]), 500);
  });
})"""


class Load(Struct):
    """One page: bytes on the line, requests, and medians of seconds until it can be read."""

    path: str
    size: int
    requests: int
    first: float
    largest: float

    @property
    def holds(self) -> bool:
        """Whether it keeps to what the project has promised."""
        return self.size <= BUDGET and self.largest <= READABLE


@asynccontextmanager
async def served(public: Path, sent: dict[str, int]) -> AsyncIterator[str]:
    """The folder behind our own server; `sent` notes the bytes of every answer."""

    @web.middleware
    async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        sent[request.path] = len(answer.body) if isinstance(answer, web.Response) and answer.body else 0  # type: ignore[arg-type]
        return answer

    server = app(public)
    server.middlewares.append(noted)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def load(browser: Browser, base: str, path: str, sent: dict[str, int]) -> Load:
    """The median of some cold loads of one page."""
    firsts, largests = [], []
    for _ in range(TIMES):
        sent.clear()
        context = await browser.new_context(viewport={"width": 360, "height": 740})
        page = await context.new_page()
        line = await context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW)
        await line.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
        await page.goto(f"{base}/{path}", wait_until="load")
        first, largest = await page.evaluate(PAINTS)
        firsts.append(first / 1000)
        largests.append(max(first, largest) / 1000)
        await context.close()
    own = {where: size for where, size in sent.items() if not where.startswith("/stream/")}
    return Load(path, sum(own.values()), len(own), statistics.median(firsts), statistics.median(largests))


async def main(public: Path, paths: list[str]) -> int:
    """Print a line a page; 1 where one does not hold."""
    sent: dict[str, int] = {}
    held = True
    print(f"{'page':<48} {'bytes':>8} {'files':>5} {'first':>7} {'largest':>7}")
    async with served(public, sent) as base, async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in paths:
            found = await load(browser, base, path, sent)
            held = held and found.holds
            said = "" if found.holds else "  over budget"
            print(f"{path:<48} {found.size:>8,} {found.requests:>5} {found.first:>6.2f}s {found.largest:>6.2f}s{said}")
        await browser.close()
    return 0 if held else 1


def kinds(public: Path) -> list[str]:
    """A page of every kind there is."""
    found = ["index.html", "cari.html", "cara.html", "data.html"]
    for pattern in ("*/0.html", "*/??.html", "*/????.html", "*/??????.html", "*/??????????.html", "*/tps/*/*.html"):
        found += [str(path.relative_to(public)) for path in sorted(public.glob(pattern))[:1]]
    for pattern in ("*/dapil/*.html", "*/ditahan/0.html", "*/waktu/0.html", "*/koreksi.html"):
        found += [str(path.relative_to(public)) for path in sorted(public.glob(pattern))[:1]]
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("public", type=Path)
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    raise SystemExit(asyncio.run(main(arguments.public, arguments.paths or kinds(arguments.public))))
