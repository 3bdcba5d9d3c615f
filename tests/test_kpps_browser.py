"""The officer's app in chromium, against the real door and the real accounts service: a night as it goes."""

import base64
import json
from hashlib import sha256
from pathlib import Path

from kpps_phone import (  # noqa: F401 - fixtures
    FIELDS,
    MARKS,
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
from kpps_scene import Town, Weather, figures
from playwright.sync_api import Browser, expect

from election.event import ReadingSubmitted, ScanReceived

pytestmark = MARKS


def test_offline_reload_and_back_everything_is_received(town: Town, browser: Browser) -> None:
    truth = figures(town.bundle)
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        key_in(page, 1, truth)
        all_received(page)
        context.set_offline(True)
        town.weather.down = True
        photograph(page, 2)
        page.keyboard.type(str(truth["paslon_1"]))
        page.keyboard.press("Enter")
        expect(page.locator(".truth")).to_contain_text("Tanpa sinyal")
        page.reload()
        page.get_by_role("textbox").wait_for()
        for field in ("paslon_2", "paslon_3"):
            expect(page.get_by_role("textbox")).to_be_focused()
            page.keyboard.type(str(truth[field]))
            page.keyboard.press("Enter")
        page.get_by_role("button", name="Simpan").click()
        photograph(page, 3)
        key_in(page, 3, truth)
        expect(page.locator(".truth")).to_contain_text("Tanpa sinyal — 2 foto, 1 lembar angka aman di ponsel ini")
        page.close()
        town.weather.down = False
        context.set_offline(False)
        again = context.new_page()
        again.goto(town.base)
        all_received(again)
    scans = [event for event in town.events() if isinstance(event, ScanReceived)]
    readings = [event for event in town.events() if isinstance(event, ReadingSubmitted)]
    assert sorted(scan.page for scan in scans) == [1, 2, 3]
    assert all(scan.signed and scan.account == town.account and scan.verdict == "ok" for scan in scans)
    blocks = town.bundle.ballot("ppwp", 0).blocks
    sent = {block: row for reading in readings for block, row in reading.figures.items()}
    assert sent == {block: tuple(truth[field] for field in fields) for block, fields in blocks.items()}


def test_the_camera_finds_the_page_and_names_the_wrong_one(town: Town, browser: Browser) -> None:
    with phone(browser, camera=True) as context:
        page = enrolled(context, town)
        page.goto(f"{town.base}/#/foto/ppwp/1")
        expect(page.locator(".finder-ok polygon")).to_be_visible(timeout=20_000)
        expect(page.get_by_role("status").filter(has_text="Foto baik")).to_be_visible()
        page.goto(f"{town.base}/#/foto/ppwp/2")
        expect(page.get_by_text("Ini halaman 1, seharusnya 2")).to_be_visible(timeout=20_000)
        page.get_by_role("button", name="Ambil foto").click()
        page.get_by_role("button", name="Simpan sebagai Presiden dan Wakil Presiden, halaman 1").click(timeout=20_000)
        page.wait_for_url("**/angka/ppwp/1")
        expect(page.get_by_role("img", name="Potongan foto: Pemilih dalam DPT, laki-laki")).to_be_visible()
        all_received(page)


def test_a_bad_line_loses_nothing(town: Town, browser: Browser) -> None:
    """A tenth of a bad night, so that it takes seconds: benchmarks/prove_officer.py plays it at its own pace."""
    truth = figures(town.bundle)
    with phone(browser) as context:
        page = enrolled(context, town)
        town.turn(Weather(rate=60_000, delay=0.1, cut=0.7, carried=20_000, life=4))
        photograph(page, 2)
        photograph(page, 3)
        page.goto(f"{town.base}/#/angka/ppwp/2")
        key_in(page, 2, truth)
        page.goto(f"{town.base}/#/angka/ppwp/3")
        key_in(page, 3, truth)
        for _ in range(60):
            page.evaluate("dispatchEvent(new Event('online'))")  # as a phone on the edge of a cell says again and again
            if "sudah diterima" in page.locator(".truth").inner_text():
                break
            page.wait_for_timeout(700)
        all_received(page)
    assert town.weather.cuts > 1
    kinds = [type(event) for event in town.events()]
    assert sorted(kind.__name__ for kind in kinds) == ["ReadingSubmitted", "ScanReceived", "ScanReceived"]


def test_a_sum_that_differs_is_asked_about_and_may_stand(town: Town, browser: Browser) -> None:
    truth = figures(town.bundle) | {"suara_total": figures(town.bundle)["suara_total"] + 1}
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 2)
        key_in(page, 2, truth)
        page.goto(f"{town.base}/#/angka/ppwp/3")
        for field in FIELDS[3]:
            expect(page.get_by_role("textbox")).to_be_focused()
            page.keyboard.type(str(truth[field]))
            page.keyboard.press("Enter")
        total = truth["suara_total"]
        expect(page.get_by_text(f"Jumlah di formulir {total}, penjumlahan {total - 1}.")).to_be_visible()
        page.get_by_role("button", name="Memang begitu di formulir").click()
        expect(page.get_by_text("Memang begitu di formulir")).to_be_visible()
        page.get_by_role("button", name="Simpan dan kirim angka").click()
        page.wait_for_url("**/#/")
        page.goto(f"{town.base}/#/kiriman")
        expect(page.get_by_text("Angka halaman 2, 3")).to_be_visible()
        all_received(page)
    (reading,) = [event for event in town.events() if isinstance(event, ReadingSubmitted)]
    assert reading.as_written == ("E305",)


def test_receipts_are_shown_without_a_signal(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        context.set_offline(True)
        page.goto(f"{town.base}/#/kiriman")
        page.get_by_role("link", name="Foto halaman 1").click()
        expect(page.get_by_role("img", name="Kode QR tanda terima")).to_be_visible()
        expect(page.locator(".prove")).to_contain_text(f"TPS {town.tps}")
        (scan,) = [event for event in town.events() if isinstance(event, ScanReceived)]
        expect(page.locator("code").first).to_have_text(scan.sha256)
        assert qr(page) == receipt(page)["note"]


def test_a_wrong_clock_and_a_new_version_of_a_photo(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        context.add_init_script("const real = Date.now; Date.now = () => real() - 3 * 86400_000")
        page = enrolled(context, town)
        photograph(page, 1)
        photograph(page, 1)
        all_received(page)
        page.goto(f"{town.base}/#/akun")
        expect(page.get_by_text("berbeda 4320 menit dari server")).to_be_visible()
    first, second = [event for event in town.events() if isinstance(event, ScanReceived)]
    assert first.replaces is None
    assert second.replaces == 1


def test_two_tabs_send_once(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        one = enrolled(context, town)
        two = context.new_page()
        two.goto(town.base)
        expect(two.get_by_role("heading", name="TPS 001")).to_be_visible()
        one.bring_to_front()
        photograph(two, 1)
        all_received(two)
        all_received(one)
        one.close()
        photograph(two, 2)
        all_received(two)
    assert [event.page for event in town.events()] == [1, 2]


def test_a_stick_holds_what_waits_as_it_was_signed(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        context.set_offline(True)
        photograph(page, 1)
        page.goto(f"{town.base}/#/akun")
        with page.expect_download() as download:
            page.get_by_role("button", name="Simpan 1 kiriman ke berkas").click()
        head, item = map(json.loads, Path(download.value.path()).read_text().splitlines())
    assert head["account"] == town.account
    assert item["headers"]["Signature-Input"].startswith('officer=("upload-length" "upload-metadata");created=')
    values = dict(pair.split(" ") for pair in item["headers"]["Upload-Metadata"].split(","))
    told = base64.b64decode(values["sha256"]).decode()
    assert told == sha256(base64.b64decode(item["body"])).hexdigest()
