"""Quarantine in Chromium: what nobody scanned is not shown, is handed out for a reason, and opens once it is clean."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.served import LOGINS, Served, serve
from tests.browser.test_exhibits import exhibit
from tests.support.chromium import DESKTOP, PHONE, window
from tests.support.clamd import Clamd, clamd

SENTENCE = "The file is in quarantine"


def test_an_exhibit_is_kept_back_handed_out_for_a_reason_and_shown_once_clean(
    browser: Browser, tmp_path: Path
) -> None:
    name = f"nethra_quarantine_{os.getpid()}"
    with clamd() as daemon:
        # Set up and away: the worker would scan what was taken in before.
        daemon.kill()
        with serve(tmp_path, name, CLAMD=f"unix:{daemon.address}") as house:
            _keep_back_and_hand_out(browser, house, daemon)


def _keep_back_and_hand_out(browser: Browser, house: Served, daemon: Clamd) -> None:
    with (
        window(browser, house.url, DESKTOP) as desk,
        window(browser, house.url, PHONE) as phone,
    ):
        desk.sign_in(*LOGINS["supervisor"])
        phone.sign_in(*LOGINS["officer"])
        on_phone = exhibit(phone, "window")
        expect(on_phone.get_by_text(SENTENCE).first).to_be_visible()
        expect(on_phone.locator("a[data-lightbox]")).to_have_count(0)
        expect(on_phone.locator("a[href*='quarantined-file'], a[href$='/download/']")).to_have_count(0)

        page = exhibit(desk, "window")
        here = page.url
        way_out = page.locator("a[href*='quarantined-file']").first.get_attribute("href")
        page.goto(f"{house.url}{way_out}")
        page.get_by_label("For what it is needed").focus()
        page.keyboard.type("For the laboratory")
        page.keyboard.press("Tab")
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(".quarantined")
        assert Path(download.value.path()).stat().st_size > 0

        daemon.start()
        house.manage("scan_evidence", "--agency", "demo").check_returncode()
        page.goto(here)
        expect(page.get_by_text("None was found, ")).to_be_visible()
        expect(page.locator("a[data-lightbox]").first).to_be_visible()
        assert desk.complaints == phone.complaints == []
