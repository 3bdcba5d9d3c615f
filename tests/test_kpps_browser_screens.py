"""Every screen of the officer's app: read by axe, narrow, by keyboard alone, in practice."""

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from kpps_phone import (  # noqa: F401 - fixtures
    FIELDS,
    MARKS,
    RULES,
    all_received,
    enrolled,
    items,
    key_in,
    launched_browser,
    opened_town,
    phone,
    photograph,
    qr,
    receipt,
)
from kpps_scene import Town, figures, photo
from playwright.sync_api import Browser, Page, Route, expect

from election.event import ReadingSubmitted

pytestmark = MARKS

WIDTHS = (320, 768, 1366)


STATUS = {
    "tps": "",
    "items": [],
    "blocks": [
        {
            "contest": "ppwp", "block": "administrasi", "state": "held", "figures": {"pemilih_dpt_l": 120},
            "read": {"pemilih_dpt_l": 126},
            "reasons": [{"code": "E404", "id": "Petugas dan mesin berbeda.", "en": "Officer and machine differ."}],
        },
        {"contest": "ppwp", "block": "suara", "state": "counted", "reasons": [], "figures": None, "read": None},
    ],
}  # fmt: skip


def visited(page: Page, town: Town, look: Callable[[str], None]) -> None:
    """Every screen once, in the states it can be in."""
    base = f"{town.base}/"
    page.goto(base)
    page.get_by_label("Nama akun").wait_for()
    look("enrol")
    page.get_by_label("Nama akun").fill(town.account)
    page.get_by_label("Kode aktivasi").fill("7K3M9-QXT4P")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    look("enrol refused")
    page.get_by_label("Kode aktivasi").fill(town.codes[town.account])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="TPS 001").wait_for()
    look("home")
    page.goto(f"{base}#/kiriman")
    page.get_by_role("heading", name="Kiriman").wait_for()
    look("sent, empty")
    page.goto(f"{base}#/angka/ppwp/3")
    page.get_by_role("textbox").wait_for()
    look("number without a photo")
    page.goto(f"{base}#/foto/ppwp/1")
    page.get_by_text("Kamera tidak dapat dibuka").wait_for()
    look("no camera")
    picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(1)}
    page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
    page.get_by_role("button", name="Simpan, lalu").wait_for()
    look("verdict")
    page.get_by_role("button", name="Simpan, lalu").click()
    page.get_by_role("img", name=re.compile("Potongan foto")).wait_for()
    look("number")
    for value in ("120", "130", "251"):  # neither the official voters nor a sum
        expect(page.get_by_role("textbox")).to_be_focused()
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.locator(".doubt").wait_for()
        if value == "251":
            look("doubt")
        page.get_by_role("button", name="Memang begitu").click()
    page.goto(f"{base}#/angka/ppwp/1/periksa")
    page.locator(".review").wait_for()
    look("review")
    all_received(page)
    page.goto(f"{base}#/kiriman")
    page.get_by_role("link", name="Foto halaman 1").wait_for()
    look("sent")
    page.get_by_role("link", name="Foto halaman 1").click()
    page.locator(".qr").first.wait_for()
    look("receipt")
    page.goto(f"{base}#/halaman/ppwp/1")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text("ditahan").wait_for()
    look("page, held")
    page.context.set_offline(True)
    page.goto(f"{base}#/foto/ppwp/2")
    page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
    page.get_by_role("button", name="Simpan juga, beri tanda").click()
    page.wait_for_url("**/angka/ppwp/2")
    page.goto(f"{base}#/kiriman")
    page.get_by_role("button", name="Coba kirim sekarang").wait_for()
    look("sent, offline")
    page.goto(f"{base}#/akun")
    page.get_by_role("heading", name="Akun").wait_for()
    look("account")
    page.get_by_role("button", name="Keluar").click()
    page.get_by_role("button", name="Masuk sebagai").wait_for()
    look("sign in")


def test_axe_finds_nothing_and_no_screen_is_wider_than_the_phone(town: Town, browser: Browser) -> None:
    found: list[str] = []
    with phone(browser) as context:
        context.route("**/v1/tps/*/status", lambda route: route.fulfill(json=STATUS | {"tps": town.tps}))
        page = context.new_page()

        def look(name: str) -> None:
            run = Axe().run(page, options={"runOnly": RULES}).response
            found.extend(f"{name}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in run["violations"])
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 640})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append(f"{name}: wider than {width}")
            page.set_viewport_size({"width": 360, "height": 640})

        visited(page, town, look)
    assert found == []


def test_candidates_may_be_confirmed_from_the_machine_and_are_marked(town: Town, browser: Browser) -> None:
    truth = figures(town.bundle)

    def confirmed(route: Route) -> None:
        sheet = route.fetch().json()
        sheet["contests"][0]["candidates"] = "confirmed"
        for field in sheet["contests"][0]["pages"][1]["fields"]:
            field["candidate"] = True
        route.fulfill(json=sheet)

    read = {name: truth[name] for name in FIELDS[2]}
    block = {"contest": "ppwp", "block": "suara", "state": "held", "reasons": [], "figures": None, "read": read}
    told = {"tps": town.tps, "items": [], "blocks": [block]}
    with phone(browser) as context:
        context.route("**/sheet", confirmed)
        context.route("**/v1/tps/*/status", lambda route: route.fulfill(json=told))
        page = enrolled(context, town)
        photograph(page, 2)
        page.goto(f"{town.base}/#/angka/ppwp/3")
        key_in(page, 3, truth)
        all_received(page)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.goto(f"{town.base}/#/halaman/ppwp/2")
        page.get_by_text("Cocokkan bacaan mesin").wait_for()
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
        page.get_by_role("button", name="3 angka ini cocok").click()
        expect(page.get_by_text("Cocokkan bacaan mesin")).to_be_hidden()
        for _ in range(150):
            if len([event for event in town.events() if isinstance(event, ReadingSubmitted)]) == 2:
                break
            page.wait_for_timeout(200)
    keyed, after = [event for event in town.events() if isinstance(event, ReadingSubmitted)]
    assert keyed.figures["suara"] == (None, None, None, *(truth[field] for field in FIELDS[3]))
    assert after.figures["suara"][:3] == tuple(read.values())
    assert set(after.confirmed) == set(read)


def test_practice_is_framed_and_sends_nothing(town: Town, browser: Browser) -> None:
    asked: list[str] = []
    with phone(browser) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{town.base}/?latihan#/")
        expect(page.get_by_text("LATIHAN")).to_be_visible()
        photograph(page, 1)
        all_received(page)
        page.goto(f"{town.base}/?latihan#/kiriman")
        page.get_by_role("link", name="Foto halaman 1").click()
        page.locator(".qr").wait_for()
        assert qr(page).startswith("LATIHAN")
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
    assert not [url for url in asked if "/v1/" in url]
    assert town.events() == []


def test_from_enrolment_to_the_first_number_without_a_mouse(town: Town, browser: Browser) -> None:
    with phone(browser, camera=True) as context:
        page = context.new_page()
        page.goto(town.base)
        tab_to(page, "#akun")
        page.keyboard.type(town.account)
        page.keyboard.press("Tab")
        page.keyboard.type(town.codes[town.account])
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="TPS 001").wait_for()
        tab_to(page, "a.primary")
        page.keyboard.press("Enter")
        expect(page.locator(".finder-ok")).to_be_visible(timeout=20_000)
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
        tab_to(page, "button.primary")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Simpan, lalu").wait_for(timeout=20_000)
        tab_to(page, "button.primary")
        page.keyboard.press("Enter")
        expect(page.get_by_role("textbox")).to_be_focused(timeout=10_000)


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is on `selector`; a person would give up sooner than this does."""
    for _ in range(40):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")
