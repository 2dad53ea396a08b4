"""From a copy to a recipient's download, in Chromium: disclosed on the case's page, opened by link and mailed code."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.served import Served
from tests.browser.test_exhibits import exhibit
from tests.support.chromium import DESKTOP, PHONE, Driver, window
from tests.support.disclosing import CODE, LINK

SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def mail_to(served: Served, address: str, pattern: re.Pattern[str]) -> str:
    """Return what the newest mail to an address says by this pattern, once the worker has sent it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = [pattern.search(text) for text in served.mails() if f"To: {address}" in text]
        if found and found[-1]:
            return found[-1].group(found[-1].re.groups)
        time.sleep(0.3)
    raise AssertionError(f"No such mail to {address}.")


def make_copy(driver: Driver) -> Page:
    """Make a redacted copy of the photo, and return the exhibit's page once it was checked."""
    page = exhibit(driver, "window")
    page.goto(page.url.replace("/change/", "/mark/").split("#")[0])
    page.wait_for_function("() => !document.querySelector('[data-stage]').hidden")
    page.get_by_role("button", name="Add a box").click()
    page.get_by_role("button", name="Make the copy").click()
    page.wait_for_url("**/change/**")
    for _ in range(30):
        if page.get_by_text("Checked: nothing remains underneath.").count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    return page


def disclose(driver: Driver, address: str) -> str:
    """Give the first copy of the photo's case to an address; return the link that is shown."""
    page = make_copy(driver)
    page.locator("a[href*='/cases/case/'][href$='/change/']").first.click()
    page.wait_for_url("**/cases/case/**")
    page.goto(page.url.split("#")[0].replace("/change/", "/disclose/"))
    page.locator("input[name=copies]").first.check()
    page.fill("[name=recipient_name]", "Dana Defence")
    page.fill("[name=recipient_email]", address)
    page.fill("[name=purpose]", "Order 7 of the court")
    page.get_by_role("button", name="Make the files").click()
    shown = page.locator("[data-secret]").text_content() or ""
    page.get_by_role("link", name="Go to the disclosure").click()
    expect(page.get_by_text("Dana Defence").first).to_be_visible()
    return shown


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_recipient_opens_the_link_with_the_mailed_code_and_downloads(
    sign_in: SignIn, browser: Browser, served: Served, tmp_path: Path, size: tuple[int, int]
) -> None:
    address = f"dana{size[0]}@defence.example"
    supervisor = sign_in("supervisor", size)
    shown = disclose(supervisor, address)
    assert LINK.fullmatch(shown)
    link = mail_to(served, address, LINK)
    assert link != shown

    with window(browser, served.url, size) as recipient:
        page = recipient.page
        page.goto(link)
        assert not page.evaluate(SIDEWAYS)
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Send me the code")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("A code is on its way.")
        code = mail_to(served, address, CODE)
        expect(page.get_by_label("Code")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Disclosure DS-")).to_be_visible()
        assert not page.evaluate(SIDEWAYS)
        sha256 = page.locator("code").text_content()
        with page.expect_download() as started:
            page.get_by_role("button", name="Download").click()
        started.value.save_as(tmp_path / "file")
        assert hashlib.sha256((tmp_path / "file").read_bytes()).hexdigest() == sha256
        page.goto(shown)
        expect(page.get_by_role("button", name="Send me the code")).to_be_visible()
        assert recipient.complaints == []

    supervisor.page.reload()
    expect(supervisor.page.locator("#downloads-group")).to_contain_text("127.0.0.1")
    supervisor.page.goto(supervisor.page.url.split("#")[0].replace("/change/", "/revoke/"))
    supervisor.page.fill("[name=reason]", "The trial is over")
    supervisor.page.get_by_role("button", name="Revoke").click()
    with window(browser, served.url, size) as recipient:
        answer = recipient.page.goto(link)
        assert answer is not None
        assert answer.status == 410
        expect(recipient.page.get_by_text("is not available any more")).to_be_visible()
