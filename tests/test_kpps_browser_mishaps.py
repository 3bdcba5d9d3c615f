"""The officer's app when something goes wrong: keys lost, devices revoked, a full phone, answers of strangers."""

import re

from axe_playwright_python.sync_playwright import Axe
from kpps_phone import (  # noqa: F401 - fixtures
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
)
from kpps_scene import Town, figures, photo
from playwright.sync_api import Browser, Page, expect

from election.event import PageRead, ScanReceived
from tlog.proof import Proof

pytestmark = MARKS


def test_a_lost_key_is_enrolled_again_and_what_waited_is_sent(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        context.set_offline(True)
        photograph(page, 1)
        code = town.reissued(town.account)
        context.set_offline(False)
        expect(page.locator(".truth")).to_contain_text("Pengiriman berhenti", timeout=30_000)
        page.goto(f"{town.base}/#/akun")
        expect(page.get_by_text("Minta kode aktivasi baru dari PPS")).to_be_visible()
        page.get_by_role("button", name="Keluar").click()
        page.get_by_label("Nama akun").fill(town.account)
        page.get_by_label("Kode aktivasi").fill(code)
        page.get_by_role("button", name="Daftarkan").click()
        all_received(page)
    (scan,) = [event for event in town.events() if isinstance(event, ScanReceived)]
    assert scan.account == town.account


def test_signing_in_needs_no_signal_and_signing_out_loses_nothing(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        context.set_offline(True)
        photograph(page, 1)
        page.goto(f"{town.base}/#/akun")
        page.get_by_role("button", name="Keluar").click()
        expect(page.get_by_role("button", name=f"Masuk sebagai {town.account}")).to_be_visible()
        page.reload()
        page.get_by_role("button", name=f"Masuk sebagai {town.account}").click()
        expect(page.locator(".truth")).to_contain_text("1 foto aman di ponsel ini")
        page.goto(f"{town.base}/#/akun")
        page.get_by_role("button", name="Keluar").click()
        context.set_offline(False)
        expect(page.locator("#akun")).to_be_attached()
        for _ in range(150):
            if items(page)[0]["state"] == "received":
                break
            page.wait_for_timeout(200)
    assert len(town.events()) == 1


FULL = """() => { const put = IDBObjectStore.prototype.put; globalThis.room = 0;
IDBObjectStore.prototype.put = function (value, ...key) {
  if (value?.bytes && value.bytes.byteLength > room) throw new DOMException('full', 'QuotaExceededError');
  if (this.name === 'photos' && !value.bytes) room = Infinity;
  return put.call(this, value, ...key); }; }"""
"""A phone with no room for a photo until one is given back: chromium's own quota is not kept by private windows."""


def test_a_full_phone_says_so_and_loses_nothing(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        page.evaluate(FULL)
        page.goto(f"{town.base}/#/foto/ppwp/2")
        picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(2)}
        page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
        page.get_by_role("button", name="Simpan, lalu ketik angka").click()
        expect(page.get_by_role("alert")).to_contain_text("Penyimpanan penuh")
        expect(page.locator(".truth")).to_contain_text("Penyimpanan ponsel penuh")
        page.evaluate("room = Infinity")
        page.get_by_role("button", name="Simpan, lalu ketik angka").click()
        all_received(page)


def look_again(page: Page) -> None:
    """As when a signal comes back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def test_proofs_free_the_oldest_photo_when_room_is_needed(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        town.publish()
        look_again(page)
        page.goto(f"{town.base}/#/halaman/ppwp/1")
        expect(page.get_by_text("tercatat di log publik")).to_be_visible(timeout=15_000)
        page.goto(f"{town.base}/#/bukti/{items(page)[0]['id']}")
        page.locator("svg.qr").nth(1).wait_for()
        assert qr(page, 1) == Proof(**vars(Proof.parse(items(page)[0]["proof"])) | {"extra": None}).text
        page.evaluate(FULL)
        photograph(page, 2)
        page.get_by_role("textbox").wait_for()
        assert next(item for item in items(page) if item["pages"] == [1])["freed"]


def test_what_answers_in_the_servers_place_is_no_receipt_no_proof_and_no_status(town: Town, browser: Browser) -> None:
    """A hotel's sign-in page says 200 to everything; a photo given back for it would be lost."""
    portal = {"status": 200, "body": "<!doctype html><title>Masuk Wi-Fi</title>", "content_type": "text/html"}
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        context.route("**/v1/**", lambda route: route.fulfill(**portal))
        look_again(page)
        key_in(page, 1, figures(town.bundle))
        photograph(page, 2)
        page.wait_for_timeout(500)
        states = {(item["kind"], *item["pages"]): item["state"] for item in items(page)}
        assert states == {("photo", 1): "received", ("reading", 1): "made", ("photo", 2): "made"}
        context.unroute("**/v1/**")
        town.publish()
        look_again(page)
        all_received(page)


def test_a_device_revoked_in_the_middle_of_the_night_says_so_at_once(town: Town, browser: Browser) -> None:
    """It still holds a token for a quarter of an hour; the refusal of that is no reason to go on trying in silence."""
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        town.reissued(town.account)
        page.wait_for_timeout(1500)  # the door follows revocations
        photograph(page, 2)
        expect(page.locator(".truth")).to_contain_text("Pengiriman berhenti — 1 foto aman di ponsel ini")
        assert [item["state"] for item in items(page) if item["pages"] == [2]] == ["made"]
        page.goto(f"{town.base}/#/akun")
        page.get_by_role("button", name="Keluar").click()
        other = f"{town.account[:-1]}2"
        page.get_by_label("Nama akun").fill(other)
        page.get_by_label("Kode aktivasi").fill(town.codes[other])
        page.get_by_role("button", name="Daftarkan").click()
        page.get_by_role("heading", name="TPS 001").wait_for()
        expect(page.locator(".truth")).to_contain_text("Siap")
        expect(page.get_by_text("sudah dikirim petugas lain").first).to_be_visible()


LOOKED = {"tps": "", "at": "2029-02-14T12:00:00.000Z", "quality": 1, "rendition": None, "model": "m", "program": "p"}


def looked(town: Town, scan: int, page: int | None, fault: str | None) -> PageRead:
    """What a reader says of a photo."""
    scores = None if fault else "0" * 64
    return PageRead(**{**LOOKED, "tps": town.tps, "scan": scan, "page": page, "fault": fault, "scores": scores})


def test_an_officer_is_asked_for_a_new_photo_of_what_could_not_be_read(town: Town, browser: Browser) -> None:
    """The status as the door tells it, from events as readers write them."""
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 3)
        key_in(page, 3, figures(town.bundle))
        all_received(page)
        (scan,) = [number for number, event in enumerate(town.events(), 1) if isinstance(event, ScanReceived)]
        town.append(looked(town, scan, None, "scan.blurred"))
        look_again(page)
        expect(page.get_by_text("foto tidak terbaca, perlu difoto ulang")).to_be_visible()
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
        page.get_by_role("link", name=re.compile("^Foto ulang halaman 3")).first.click()
        page.wait_for_url("**/foto/ppwp/3")
        page.goto(f"{town.base}/#/halaman/ppwp/3")
        expect(page.get_by_text("Foto terlalu buram")).to_be_visible()
        expect(page.get_by_text("Foto baru tidak diperlukan")).to_be_hidden()
        page.goto(f"{town.base}/#/kiriman")
        expect(page.get_by_text("Foto terlalu buram")).to_be_visible()
        photograph(page, 3)
        all_received(page)
        page.goto(f"{town.base}/#/")
        look_again(page)
        expect(page.get_by_text("foto tidak terbaca")).to_be_hidden()
        second = len(town.events())
        town.append(looked(town, second, 3, None))
        page.goto(f"{town.base}/#/kiriman")
        look_again(page)
        expect(page.get_by_text("dibaca").first).to_be_visible()
