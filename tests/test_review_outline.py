"""A page that no machine finds: a validator marks its corners, reading looks once more, the public gets the picture."""

import shutil
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from review_scene import AT, SHOTS, Desk, at_the_desk, clock, hidden
from test_ocr_outline import covered, marked

from election.errors import SuaraError
from election.event import PageOutlined, PageRead, ScanReceived
from election.event import leaf as leaf_of
from election.form import Form
from ocr import worker
from ocr.fault import NoPage
from ocr.guard import gray
from ocr.order import Order
from ocr.outline import Outlined
from ocr.register import register
from paper import specimen
from review.errors import BadOutline, NothingToOutline, Overtaken
from storage.feeder import Feeder
from storage.settings import Settings

pytestmark = pytest.mark.servers
PAGE = 1
PEOPLE = {"k": ("kpu_kabkota", 2), "p": ("ppk", 3)}
GOOD = {"x1": 900, "y1": 900, "x2": 9100, "y2": 950, "x3": 9000, "y3": 9000, "x4": 950, "y4": 9100}


def unfound(form: Form, page: int = PAGE) -> tuple[bytes, Outlined]:
    """A photo in which no page is found, and where its corners are."""
    photo = specimen.sample(form, page, np.random.default_rng(4), 0.2, size=(1200, 1600)).jpeg
    found = register(gray(photo), form, page)
    return covered(photo, found, 4), marked(found, form, photo, page=page)


async def came(desk: Desk, data: bytes, fault: str | None = NoPage.code) -> int:
    """A photo of page 1 came in, and no page was found in it; answers the photo's number."""
    sha = await desk.storage.scans.put(data)
    scan = await desk.add(ScanReceived(tps=desk.tps, at=AT, page=PAGE, sha256=sha, size=len(data)))
    if fault is not None:
        await desk.add(PageRead(
            tps=desk.tps, at=AT, scan=scan, page=None, fault=fault, quality=0, scores=None, rendition=None,
            model="0" * 64, program="test",
        ))  # fmt: skip
        await desk.storage.pool.execute(
            "insert into published.page (contest, tps, page, number, scan, sha256, state, fault, at)"
            " values ('ppwp', $1, $2, $3, $3, $4, 'read', $5, $6) on conflict (contest, tps, page) do update"
            " set fault = excluded.fault, scan = excluded.scan", desk.tps, PAGE, scan, sha, fault, AT,
        )  # fmt: skip
    return scan


def address(desk: Desk) -> str:
    return f"/ppwp/{desk.tps}/outline/{PAGE}"


async def mark(desk: Desk, **changed: object) -> tuple[int, str]:
    """Opens the page, and sends its form."""
    _, html = await desk.get(address(desk))
    said = {name: hidden(html, name) for name in ("scan", "on", "id")}
    return await desk.post(address(desk), **{**said, "shows": PAGE, **GOOD, **changed})


def said(error: SuaraError) -> str:
    """What a page says of it."""
    return error.text("en")


async def openings(desk: Desk) -> list[tuple[str, ...]]:
    rows = await desk.storage.pool.fetch("select account, why, coalesce(refused, '') from scans.opening order by id")
    return [tuple(row) for row in rows]


def test_from_the_list_to_an_outline_and_every_look_at_the_original_is_kept(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        scan = await came(desk, b"\xff\xd8\xff the original")
        await desk.sign_in("k")
        _, listed = await desk.get("/ppwp/hidden")
        assert address(desk) in listed and "1 halaman" in listed
        assert address(desk) in await desk.page()
        answer = await desk.client.get(f"/ppwp/{desk.tps}/original/{PAGE}")
        assert (await answer.read(), answer.content_type) == (b"\xff\xd8\xff the original", "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        await desk.client.get(f"/ppwp/scan/{desk.tps}/{PAGE}")
        assert await openings(desk) == [("k", "outline", ""), ("k", "decide", "")]
        status, html = await mark(desk)
        assert status == 200 and "Tanda tersimpan" in html
        event = await desk.last()
        assert isinstance(event, PageOutlined)
        assert (event.scan, event.page, event.corners) == (scan, PAGE, tuple(GOOD.values()))
        assert (event.role, event.account) == ("kpu_kabkota", "k") and b'"k"' not in leaf_of(event)

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


def test_who_may_not_outline_sees_no_original(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await came(desk, b"\xff\xd8\xff the original")
        size = await desk.journal.size()
        for name, why in (("p", "Outline a page"), ("far", "outside your area")):
            await desk.sign_in(name)
            for path in (address(desk), f"/ppwp/{desk.tps}/original/{PAGE}"):
                status, html = await desk.get(path)
                assert status == 409 and why in html
            assert (await desk.post(address(desk), scan=1, on=1, shows=PAGE, **GOOD))[0] == 409
        assert f'href="{address(desk)}"' not in await desk.page()
        assert await desk.journal.size() == size and await openings(desk) == []

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


def test_two_at_once_are_one_outline_and_the_other_is_told(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        scan = await came(desk, b"\xff\xd8\xff the original")
        await desk.sign_in("a")
        form = str(uuid4())
        assert [(await mark(desk, id=form))[0] for _ in range(2)] == [200, 200], "sent twice"
        await desk.sign_in("b")
        status, html = await mark(desk, x1=1000)
        assert status == 409 and said(Overtaken()) in html and 'value="1000"' in html
        outlines = [e for e in await desk.journal.read(0) if isinstance(e.event, PageOutlined)]
        assert len(outlines) == 1
        await came(desk, b"\xff\xd8\xff another photo of the page")
        await desk.sign_in("a")
        assert (await desk.post(address(desk), scan=scan, on=0, shows=PAGE, **GOOD))[0] == 409, "a newer photo speaks"

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


NO_PAGE: list[dict[str, object]] = [
    {"x1": 9100, "x2": 900},
    {"x1": 900, "y1": 9100, "x4": 900, "y4": 900, "x2": 9100, "y2": 9100, "y3": 900, "x3": 9100},
    {"x1": ""}, {"x1": -3001}, {"y3": 1000}, dict.fromkeys(GOOD, 5000), {"shows": 99},
]  # fmt: skip


def test_four_points_that_are_no_page_are_refused(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await came(desk, b"\xff\xd8\xff the original")
        await desk.sign_in("k")
        for changed in NO_PAGE:
            status, html = await mark(desk, **changed)
            assert status == 409 and said(BadOutline()) in html, changed

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


def test_where_nobody_could_see_a_page_there_is_nothing_to_outline(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("k")
        for fault in ("scan.damaged", "scan.not_an_image", "scan.wrong_form", None):
            await came(desk, f"the original {fault}".encode(), fault)
            status, html = await desk.get(address(desk))
            assert status == 409 and said(NothingToOutline(page=PAGE)) in html
            assert f'href="{address(desk)}"' not in (await desk.get("/ppwp/hidden"))[1]

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


def test_an_outlined_page_is_read_once_more_and_gets_its_picture(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        form = worker.forms.of(desk.contest)
        data, outlined = unfound(form)
        scan = await came(desk, data)
        await desk.sign_in("k")
        names = [f"{axis}{n}" for n in range(1, 5) for axis in "xy"]
        assert (await mark(desk, **dict(zip(names, outlined.corners, strict=True))))[0] == 200
        number = await desk.journal.size()
        queue = desk.storage.queue("pages")
        assert await Feeder(queue, desk.journal, Order(desk.bundle, "ppwp")).step()
        (job,) = [one for one in await queue.take("c", 9) if one.number == scan]
        assert job.outline is not None and job.outline.number == number
        request = worker.Request(await desk.storage.scans.get(job.sha256), form, PAGE, outlined)
        reader = worker.PageReader()
        found = reader.read_many([request])[0]
        assert found.rendition is not None
        told = worker._Desk(desk.bundle, desk.storage, "c", clock, reader, None)  # type: ignore[arg-type]
        for _ in range(2):  # done twice it is one event
            await worker._journal(told, job, found)
        last = await desk.last()
        assert isinstance(last, PageRead) and await desk.journal.size() == number + 1
        assert (last.scan, last.outline, last.page) == (scan, number, PAGE) and last.rendition is not None
        assert await desk.storage.renditions.get(last.rendition) == found.rendition
        _, html = await desk.get(f"/ppwp/{desk.tps}")
        assert f'href="{address(desk)}"' not in html
        await desk.storage.redis.flushall()
        await Feeder(queue, desk.journal, Order(desk.bundle, "ppwp")).step()
        assert scan not in [one.number for one in await queue.take("c", 9)], "after a flush it is not read again"

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


CHROMIUM = "/usr/bin/chromium"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed")
def test_corners_are_moved_by_keyboard_and_mouse_and_the_preview_covers_names(
    storage_settings: Settings, tmp_path: Path
) -> None:
    from axe_playwright_python.async_playwright import Axe
    from playwright.async_api import async_playwright

    async def play(desk: Desk) -> None:
        data, outlined = unfound(worker.forms.of(desk.contest))
        await came(desk, data)
        await desk.sign_in("k")
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = await browser.new_context(viewport={"width": 1366, "height": 900}, has_touch=True)
            (cookie,) = list(desk.client.session.cookie_jar)
            await context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": str(desk.client.make_url("/"))}]
            )
            page = await context.new_page()
            await page.goto(str(desk.client.make_url(address(desk))))
            await page.locator("[data-corner='1']").wait_for()
            for n in range(1, 5):
                await page.locator(f"[data-corner='{n}']").focus()
                x, y = outlined.corners[2 * n - 2 : 2 * n]
                for axis, wanted, keys in (("x", x, ("ArrowLeft", "ArrowRight")), ("y", y, ("ArrowUp", "ArrowDown"))):
                    for step, prefix in ((200, "Shift+"), (20, "")):
                        while (
                            abs(off := wanted - int(await page.locator(f"[name={axis}{n}]").input_value())) >= step / 2
                        ):
                            await page.keyboard.press(prefix + keys[off > 0])
                if n < 4:
                    await page.keyboard.press("Tab")
                    assert await page.evaluate("document.activeElement.dataset.corner") == str(n + 1)
            grey = await page.evaluate(
                """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
                const form = document.querySelector("form.outline"), sheet = JSON.parse(form.dataset.sheet);
                const canvas = form.querySelector("canvas"), pen = canvas.getContext("2d");
                const [x0, y0, x1] = sheet.shown, scale = canvas.width / (x1 - x0);
                const points = ([a, b, c, d]) => [[a, b], [c, d], [(a + c) / 2, (b + d) / 2]];
                done(sheet.hidden[form.elements.shows.value].flatMap((rect) => points(rect)
                  .map(([x, y], k) => { const off = k === 0 ? 3 : k === 1 ? -3 : 0;
                    return pen.getImageData((x - x0) * scale + off, (y - y0) * scale + off, 1, 1).data[0]; })));
                })))"""
            )
            assert set(grey) == {160}
            if SHOTS:
                await page.screenshot(path=f"{SHOTS}/outline.png", full_page=True)
            corner = page.locator("[data-corner='3']")
            before, box = int(await page.locator("[name=x3]").input_value()), await corner.bounding_box()
            assert box is not None and min(box["width"], box["height"]) >= 24
            await page.mouse.move(box["x"] + 22, box["y"] + 22)
            await page.mouse.down()
            await page.mouse.move(box["x"] - 40, box["y"] + 22, steps=4)
            await page.mouse.up()
            assert int(await page.locator("[name=x3]").input_value()) < before - 300
            await corner.focus()
            while abs(off := before - int(await page.locator("[name=x3]").input_value())) >= 10:
                await page.keyboard.press(
                    ("Shift+" if abs(off) >= 200 else "") + ("ArrowRight" if off > 0 else "ArrowLeft")
                )
            found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
            assert found.violations_count == 0, found.generate_report()
            for width in (320, 768):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                if SHOTS:
                    await page.screenshot(path=f"{SHOTS}/outline-{width}.png", full_page=True)
            await page.locator("[name=seen]").check()
            await page.locator("form.outline button.primary").click()
            await page.get_by_role("status").wait_for()
            await page.goto(str(desk.client.make_url("/ppwp/hidden")))
            if SHOTS:
                await page.screenshot(path=f"{SHOTS}/hidden.png", full_page=True)
            await browser.close()
        event = await desk.last()
        assert isinstance(event, PageOutlined)
        assert np.abs(np.subtract(event.corners, outlined.corners)).max() <= 12

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)
