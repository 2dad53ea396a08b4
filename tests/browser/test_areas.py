"""Drawing beats in Chromium: by mouse and by keyboard, checked on a map, put in force, incidents placed anew."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.support.chromium import DESKTOP, PHONE

READY = "() => document.querySelector('[data-area-draw], [data-area-view]').dataset.ready === 'true'"
CORNER = re.compile(r"-?\d[\d.]* -?\d[\d.]*")
NEIGHBOUR = "async (url) => (await (await fetch(url)).json()).features[0].geometry.coordinates[0]"
SETS = "/console/incidents/areaset/"


def click_at(page: Page, *places: tuple[float, float]) -> None:
    """Click places of the map, given as shares of its width and height."""
    canvas = page.locator("[data-canvas]")
    canvas.scroll_into_view_if_needed()
    frame = canvas.bounding_box()
    assert frame is not None
    for across, down in places:
        page.mouse.click(frame["x"] + across * frame["width"], frame["y"] + down * frame["height"])
        # Two clicks within a quarter of a second are a double click, which ends an outline.
        page.wait_for_timeout(350)


def corners(page: Page) -> int:
    """Return how many corners the text of the outline has."""
    return len(CORNER.findall(page.locator("[data-outline]").input_value()))


def begin(page: Page, *, empty: bool) -> None:
    """Begin a draft of beats."""
    page.get_by_label("What is drawn").select_option("beat")
    if empty:
        page.get_by_label("Begin empty").check()
    page.get_by_role("button", name="Begin the draft").click()
    page.wait_for_url("**/draw/")
    page.wait_for_function(READY)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_outline_is_drawn_moved_and_stored(sign_in: SignIn, size: tuple[int, int]) -> None:
    page = sign_in("analyst", size).open(f"{SETS}draw-new/")
    begin(page, empty=True)
    frame = page.locator("[data-canvas]").bounding_box()
    assert frame is not None
    assert frame["x"] + frame["width"] <= size[0]

    click_at(page, (0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3))
    expect(page.get_by_text("The outline is drawn; store the area to keep it.")).to_be_visible()
    assert corners(page) == 5
    before = page.locator("[data-outline]").input_value()
    page.mouse.move(frame["x"] + 0.3 * frame["width"], frame["y"])
    box = page.locator("[data-canvas]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"], steps=4)
    page.mouse.up()

    assert page.locator("[data-outline]").input_value() != before
    page.get_by_label("Code").fill("D1")
    page.get_by_role("button", name="Store the area").click()
    expect(page.get_by_text("D1 is stored.")).to_be_visible()
    expect(page.get_by_role("link", name="D1")).to_be_visible()
    discard(page)


def discard(page: Page) -> None:
    """Throw the draft of the page away, so that the next test finds what the first one found."""
    page.goto(page.url.split("draw/")[0] + "discard/")
    page.get_by_role("button", name="Discard").click()
    page.wait_for_url(f"**{SETS}")


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return a place in EPSG:3857."""
    radius = 6_378_137.0
    return math.radians(longitude) * radius, math.log(
        math.tan(math.pi / 4 + math.radians(latitude) / 2)
    ) * radius


def test_a_neighbours_corner_is_taken_over(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{SETS}draw-new/")
    begin(page, empty=True)
    click_at(page, (0.3, 0.3), (0.5, 0.3), (0.5, 0.7), (0.3, 0.7), (0.3, 0.3))
    page.get_by_label("Code").fill("left")
    page.get_by_role("button", name="Store the area").click()
    expect(page.get_by_text("left is stored.")).to_be_visible()
    page.wait_for_function(READY)
    (ring,) = page.evaluate(NEIGHBOUR, page.locator("[data-area-draw]").get_attribute("data-areas"))
    # The map fits the one neighbour, with 24 pixels around it.
    places = [mercator(*corner) for corner in ring]
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    bottom, top = min(y for _, y in places), max(y for _, y in places)
    box = page.locator("[data-canvas]").bounding_box()
    assert box is not None
    metres = max((right - left) / (box["width"] - 48), (top - bottom) / (box["height"] - 48))
    across = 0.5 + (right - left) / 2 / metres / box["width"]
    down = (top - bottom) / 2 / metres / box["height"]
    near = 5 / box["width"]

    click_at(
        page,
        (across + near, 0.5 - down),
        (0.95, 0.5),
        (across + near, 0.5 + down),
        (across + near, 0.5 - down),
    )

    drawn = [
        tuple(map(float, pair.split()))
        for pair in CORNER.findall(page.locator("[data-outline]").input_value())
    ]
    eastern = max(x for x, _ in ring)
    taken = [pytest.approx(corner, abs=1e-9) for corner in map(tuple, ring[:-1]) if corner[0] == eastern]
    assert len(taken) == 2
    assert all(corner in drawn for corner in taken)
    discard(page)


def test_beats_are_typed_checked_and_put_in_force(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{SETS}draw-new/")
    begin(page, empty=False)
    page.get_by_label("Code").fill("TYPED")
    outline = page.get_by_label("Corners")
    outline.fill("POLYGON((0 0")
    outline.press("Tab")
    expect(page.get_by_text("What is typed is no outline yet.")).to_be_visible()
    (first,) = page.evaluate(NEIGHBOUR, page.locator("[data-area-draw]").get_attribute("data-areas"))
    outline.fill(f"POLYGON(({', '.join(f'{x} {y}' for x, y in first)}))")
    outline.press("Tab")
    page.get_by_role("button", name="Store the area").press("Enter")
    expect(page.get_by_text("TYPED is stored.")).to_be_visible()

    page.get_by_role("link", name="Check the draft").click()
    page.wait_for_function(READY)
    expect(page.get_by_text(re.compile("TYPED overlap by|and TYPED"))).to_be_visible()
    page.goto(page.url.replace("check/", "put-in-force/"))
    page.get_by_label("Why").fill("A station was opened")
    page.get_by_label("Take its faults as they are").check()
    page.get_by_role("button", name="Put in force").click()

    page.wait_for_url("**/areaplacing/**")
    expect(page.get_by_text("A station was opened")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"5,000 of 5,000 incidents looked at|[\d,]+ of [\d,]+ incidents"))
    ).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(r"([\d,]+) of \1 incidents looked at"))).to_be_visible()


def test_a_version_is_compared_with_the_one_in_force_on_a_map(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{SETS}draw-new/")
    begin(page, empty=False)

    page.goto(page.url.replace("draw/", "compare/"))
    page.wait_for_function(READY)

    expect(page.get_by_role("heading", name="What differs")).to_be_visible()
    expect(page.get_by_text("Nothing.")).to_be_visible()
    page.goto(page.url.replace("compare/", "draw/"))
    discard(page)
