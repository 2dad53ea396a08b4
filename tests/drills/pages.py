"""Every page that a link of the console leads to, opened in Chromium as each role: none may break its own content
policy or throw. Run by script/drill pages; script/test opens the lists and one record of each kind.
"""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.served import LOGINS, Served
from tests.support.chromium import DESKTOP, PHONE, window

pytest_plugins = ["tests.browser.conftest"]

KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)")
#: Files and the way out.
LEFT_ALONE = re.compile(
    r"/(logout|file|labels|thumbnail|preview|rejects|download)/|\.(csv|json|geojson|jpg|png|txt)/?$|/state/"
)
LINKS = """() => [...document.querySelectorAll('a[href]')].map(a => a.href)"""
#: So many pages of one kind: they differ by their record's state.
OF_A_KIND = 3


def kind_of(path: str) -> str:
    """Return the path with keys taken out."""
    return KEY.sub("<key>", path)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("role", sorted(LOGINS))
def test_no_page_breaks_its_policy(
    browser: Browser, served: Served, role: str, size: tuple[int, int], tmp_path: Path
) -> None:
    seen: dict[str, set[str]] = {}
    ahead = deque(["/console/", "/console/map/"])
    with window(browser, served.url, size) as driver:
        driver.sign_in(*LOGINS[role])
        while ahead:
            path = ahead.popleft()
            kind = seen.setdefault(kind_of(path), set())
            if path in kind or len(kind) >= OF_A_KIND:
                continue
            kind.add(path)
            page = driver.open(path)
            for address in page.evaluate(LINKS):
                parts = urlsplit(address)
                is_ours = f"{parts.scheme}://{parts.netloc}" == served.url
                if is_ours and parts.path.startswith("/console/") and not LEFT_ALONE.search(parts.path):
                    ahead.append(parts.path)
        complaints = driver.complaints

    print(f"\n{role}: {sum(map(len, seen.values()))} pages of {len(seen)} kinds")
    assert complaints == []
    assert len(seen) > 15
