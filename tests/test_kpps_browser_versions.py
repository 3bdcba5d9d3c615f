"""A vote is held again: the officer's phone learns of it, says so, and begins anew."""

import os

from kpps_phone import (  # noqa: F401 - fixtures
    MARKS,
    all_received,
    enrolled,
    launched_browser,
    opened_town,
    phone,
    photograph,
)
from kpps_scene import Town
from playwright.sync_api import Browser, expect

from election.event import ScanReceived, VersionOpened

pytestmark = MARKS
AT = "2029-02-20T12:00:00.000Z"


def test_a_phone_begins_anew_with_the_record(town: Town, browser: Browser) -> None:
    opened = VersionOpened(
        tps=town.tps, at=AT, version=2, replaces=0, ground="psu", order="SK 12/2029", document=None,
        roles=("kpu_kabkota", "kpu_kabkota"), accounts=("a", "b"),
    )  # fmt: skip
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 2)
        all_received(page)
        town.append(opened)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.goto(f"{town.base}/#/")
        ground = page.get_by_text("Versi 2: Pemungutan Suara Ulang, SK 12/2029")
        expect(ground).to_be_visible(timeout=30_000)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/version.png")
        photograph(page, 2)
        all_received(page)
    photos = [event for event in town.events() if isinstance(event, ScanReceived)]
    assert [(event.version, event.replaces) for event in photos] == [(None, None), (2, None)]
