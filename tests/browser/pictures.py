"""The pictures of the README, made from the demonstration: ``python -m tests.browser.pictures docs/images``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.served import LOGINS, serve
from tests.support.chromium import DESKTOP, PHONE, chromium, window

#: A click on the way, for pages that show nothing by themselves.
Step = Callable[[Page], None]


def open_first_incident(page: Page) -> None:
    """Go on to the newest incident of the list."""
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state("networkidle")


def open_largest_case(page: Page) -> None:
    """Go on to the demonstration's first case, which has the most to show."""
    page.locator("#result_list tbody th a").last.click()
    page.wait_for_load_state("networkidle")


def open_an_officer(page: Page) -> None:
    """Go on to somebody whose account an administrator looks after, with what may be done unfolded."""
    page.get_by_role("link", name="Owen Marsh").click()
    page.wait_for_load_state("networkidle")
    page.locator("text=Manage").filter(visible=True).first.click()


def open_what_was_handed_over(page: Page) -> None:
    """Go on to the exhibit that waits to be accepted, with its chain of custody unfolded."""
    page.locator("#result_list a", has_text="Rear window").first.click()
    page.wait_for_load_state("networkidle")


def stay(page: Page) -> None:
    """Show the page as it is."""


def run_hot_spots(page: Page) -> None:
    """Fill the form of a method, and stay on what it found."""
    page.fill("[name=why]", "Weekly briefing")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_selector("[data-run-ready]")
    page.wait_for_load_state("networkidle")


PICTURES: dict[str, tuple[str, str, tuple[int, int], Step]] = {
    "dashboard": ("analyst", "/console/", DESKTOP, stay),
    "map": ("analyst", "/console/map/", DESKTOP, stay),
    "analysis": ("analyst", "/console/analyses/hotspots/", DESKTOP, run_hot_spots),
    "incidents": ("officer", "/console/incidents/incident/", DESKTOP, stay),
    "incident": ("officer", "/console/incidents/incident/", DESKTOP, open_first_incident),
    "map-beats": ("analyst", "/console/map/?view=beats&cases=1", DESKTOP, stay),
    "case": ("officer", "/console/cases/case/", DESKTOP, open_largest_case),
    "evidence": (
        "officer",
        "/console/media_evidence/evidence/?hands=offered",
        DESKTOP,
        open_what_was_handed_over,
    ),
    "evidence-room": ("custodian", "/console/media_evidence/item/", DESKTOP, stay),
    "person": ("admin", "/console/accounts/user/", DESKTOP, open_an_officer),
    "map-phone": ("analyst", "/console/map/", PHONE, stay),
}


def main(folder: Path) -> None:
    """Take every picture; the scratch database is dropped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="nethra-pictures-") as scratch,
        serve(Path(scratch), f"nethra_pictures_{os.getpid()}") as served,
        chromium() as browser,
    ):
        for name, (role, path, size, step) in PICTURES.items():
            with window(browser, served.url, size) as driver:
                driver.sign_in(*LOGINS[role])
                page = driver.open(path)
                step(page)
                # Tiles and charts are drawn after the last answer has come.
                page.wait_for_timeout(1500)
                page.screenshot(path=folder / f"{name}.png")
                print(f"{folder / name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
