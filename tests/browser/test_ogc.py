"""The pages of the OGC API in Chromium: read with a key, at two sizes, within the content policy."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.served import LOGINS, Served
from tests.support.chromium import DESKTOP, PHONE, window

PROBLEMS = Path(__file__).with_name("layout.js").read_text()
PAGES = (
    "/ogc/",
    "/ogc/conformance",
    "/ogc/api?f=html",
    "/ogc/collections",
    "/ogc/collections/incidents",
    "/ogc/collections/incidents/items?limit=20",
    "/ogc/collections/cases/items",
    "/ogc/collections/areas/items",
)


@pytest.fixture
def token(served: Served) -> str:
    email, password = LOGINS["officer"]
    body = json.dumps({"email": email, "password": password}).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{served.url}/auth/login", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return str(json.load(answer)["token"])


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_people_read_the_collections(
    browser: Browser, served: Served, token: str, size: tuple[int, int]
) -> None:
    found = {}
    with window(browser, served.url, size) as driver:
        driver.page.context.set_extra_http_headers({"Authorization": f"Bearer {token}"})
        for path in PAGES:
            found[path] = driver.open(path).evaluate(PROBLEMS)
        page = driver.open("/ogc/")
        page.get_by_role("link", name="Collections").first.press("Enter")
        page.get_by_role("link", name="Incidents").press("Enter")
        page.get_by_role("link", name="Items").press("Enter")
        page.get_by_role("link", name="Next page").press("Enter")
        page.locator("tbody a").first.press("Enter")
        found["item"] = page.evaluate(PROBLEMS)

        assert page.get_by_role("heading", level=1).inner_text().startswith("I20")
        assert driver.complaints == []
    assert {path: problems for path, problems in found.items() if problems} == {}
