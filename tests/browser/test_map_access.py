"""The map page for everybody: axe-core, the layout at two sizes, and nothing asked of another host."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import findings
from tests.browser.map_page import MAP, settled
from tests.browser.served import LOGINS, Served
from tests.support.chromium import DESKTOP, PHONE, window

LAYOUT = Path(__file__).with_name("layout.js").read_text()
#: Of the demonstration there are always some on a Friday; at one hour there may be none.
VIEWS = ("squares&weekday=5", "points", "districts&measure=change")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_map_is_fit_for_everybody_and_asks_nobody_else(
    browser: Browser, served: Served, scheme: str, size: tuple[int, int]
) -> None:
    with window(browser, served.url, size, scheme) as driver:
        hosts: set[str] = set()
        driver.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        driver.sign_in(*LOGINS["officer"])
        found = {}
        for view in VIEWS:
            page = driver.open(f"{MAP}?view={view}&near=-124.02,44.345,900")
            settled(page)
            problems = page.evaluate(LAYOUT)
            page.locator("[data-list-open]").click()
            page.wait_for_load_state("networkidle")
            found[view] = [*problems, *findings(page)]

    assert {view: problems for view, problems in found.items() if problems} == {}
    assert driver.complaints == []
    assert {f"http://{host}" for host in hosts} == {served.url}


def test_coasts_are_asked_for_only_far_out(browser: Browser, served: Served) -> None:
    asked: list[str] = []
    with window(browser, served.url) as driver:
        driver.page.on("request", lambda request: asked.append(request.url))
        driver.sign_in(*LOGINS["analyst"])

        settled(driver.open(f"{MAP}?at=44.34,-124.02,13"))
        assert not any("land-50m" in url for url in asked)
        settled(driver.open(f"{MAP}?at=44.34,-124.02,4"))

    assert any("land-50m" in url for url in asked)
    assert driver.complaints == []
