"""What tests of the map page share: its address, its numbers, its middle."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

MAP = "/console/map/"
ALL_TIME = f"{MAP}?from=&to="


def total(page: Page) -> int:
    """Return how many incidents the panel says there are, once it has counted."""
    expect(page.locator("[data-map-total]")).to_contain_text("incident")
    return int(page.locator("[data-map-total]").inner_text().split()[0].replace(",", ""))


def settled(page: Page) -> int:
    """Wait for the filters to be asked and answered; return the total."""
    page.wait_for_timeout(300)
    page.wait_for_load_state("networkidle")
    return total(page)


def asked(page: Page) -> dict[str, list[str]]:
    """Return what the address says."""
    return parse_qs(urlsplit(page.url).query)


def canvas_middle(page: Page) -> tuple[float, float]:
    """Scroll the map into view; return where its middle is on the screen."""
    canvas = page.locator("[data-map-canvas]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
