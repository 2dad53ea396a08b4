"""The main pages of the console for everybody: axe-core finds nothing serious, light or dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import findings
from tests.browser.served import LOGINS, Served
from tests.support.chromium import DESKTOP, window

PAGES = (
    "/console/",
    "/console/incidents/incident/",
    "/console/incidents/incident/add/",
    "/console/cases/case/",
    "/console/cases/casetask/",
    "/console/incidents/area/",
    "/console/exchange/savedsearch/",
    "/console/exchange/export/",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_main_pages_are_fit_for_everybody(browser: Browser, served: Served, scheme: str) -> None:
    found = {}
    with window(browser, served.url, DESKTOP, scheme) as driver:
        driver.sign_in(*LOGINS["supervisor"])
        for path in PAGES:
            page = driver.open(path)
            page.wait_for_load_state("networkidle")
            found[path] = findings(page)

    assert {path: problems for path, problems in found.items() if problems} == {}
    assert driver.complaints == []
