"""The map page in Chromium: filter by when and where, by mouse and by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.map_page import ALL_TIME, MAP, asked, canvas_middle, settled


def test_a_cell_a_day_and_an_hour_narrow_the_map(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    everything = settled(page)
    cell = page.locator("td button[data-day='5'][data-hour='22']")
    expect(cell).to_have_attribute("aria-label", re.compile(r"^Friday, 22:00–23:00: \d+ incidents?$"))  # noqa: RUF001
    count = int(cell.inner_text())

    cell.click()

    assert settled(page) <= count < everything
    assert (asked(page)["weekday"], asked(page)["hour"]) == (["5"], ["22"])
    expect(cell).to_have_attribute("aria-pressed", "true")
    # The counts of the others stay in sight.
    expect(page.locator("td button[data-day='1'][data-hour='8']")).not_to_have_text("")

    page.locator("th button[data-day='6']").click()
    assert settled(page) >= count
    page.locator("[data-hours-clear]").click()
    assert settled(page) == everything


def test_hours_are_chosen_with_the_keyboard_alone(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    everything = settled(page)
    page.locator("[data-hours-table] [tabindex='0']").focus()

    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "End", "Enter"):
        page.keyboard.press(key)

    assert settled(page) < everything
    assert (asked(page)["weekday"], asked(page)["hour"]) == (["3"], ["23"])


def draw(page: Page, tool: str, steps: list[tuple[int, int]], *, held: bool = False) -> None:
    """Draw with a tool through places counted from the middle of the map."""
    page.locator(f"[data-draw={tool}]").click()
    x, y = canvas_middle(page)
    for index, (dx, dy) in enumerate(steps):
        page.mouse.move(x + dx, y + dy, steps=4)
        if held and index == 0:
            page.mouse.down()
        if not held:
            page.mouse.click(x + dx, y + dy)
    if held:
        page.mouse.up()


SQUARE = [(-80, -80), (80, -80), (80, 80), (-80, 80)]


@pytest.mark.parametrize(
    ("tool", "steps", "held", "name"),
    [
        ("box", [(-80, -80), (80, 80)], False, "within"),
        ("outline", [*SQUARE, SQUARE[0]], False, "within"),
        ("hand", SQUARE, True, "within"),
        ("circle", [(0, 0), (80, 0)], False, "near"),
    ],
)
def test_an_area_is_drawn_and_kept_in_the_link(
    sign_in: SignIn, tool: str, steps: list[tuple[int, int]], held: bool, name: str
) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    everything = settled(page)

    draw(page, tool, steps, held=held)

    inside = settled(page)
    assert 0 < inside < everything
    assert name in asked(page)
    expect(page.locator("[data-map-popup]")).to_be_hidden()

    page.goto(page.url)
    assert settled(page) == inside
    page.locator("[data-draw-clear]").click()
    assert settled(page) == everything


def test_an_outline_that_crosses_itself_is_refused_in_a_sentence(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    settled(page)

    draw(page, "outline", [(-80, -80), (80, 80), (80, -80), (-80, 80), (-80, -80)])

    expect(page.locator("[data-map-status]")).to_contain_text("crosses itself")
    assert "within" not in asked(page)


def test_without_a_pointer_an_area_is_what_the_map_shows_or_metres_around_its_middle(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    everything = settled(page)

    page.locator("[data-draw-metres]").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("800")
    page.locator("[data-draw-middle]").focus()
    page.keyboard.press("Enter")

    assert 0 < settled(page) < everything
    assert asked(page)["near"][0].endswith(",800")
    page.locator("[data-draw-view]").focus()
    page.keyboard.press("Enter")
    settled(page)
    assert "near" not in asked(page)
    assert asked(page)["within"][0].startswith("POLYGON((")


def test_areas_are_coloured_by_count_rate_and_change(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{MAP}?view=beats")
    settled(page)
    expect(page.locator("[data-map-legend]")).to_contain_text("Incidents (count) by beat")

    page.select_option("[name=measure]", "rate")
    settled(page)
    expect(page.locator("[data-map-legend]")).to_contain_text("Incidents per km² by beat")
    expect(page.locator("[data-map-heads]")).to_contain_text("Per km²")

    page.select_option("[name=measure]", "change")
    page.locator(".crime-map-choice label:has-text('Districts')").click()
    settled(page)
    expect(page.locator("[data-map-legend]")).to_contain_text("Change against the period before by district")
    expect(page.locator("[data-map-caption]")).to_contain_text(
        re.compile(
            r"\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d \(n = [\d,]+\) against \d{4}-\d\d-\d\d to .* \(n = [\d,]+\)\."
        )
    )
    assert asked(page)["measure"] == ["change"]


def test_squares_are_drawn_and_answer_a_click(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{ALL_TIME}&view=squares")
    settled(page)
    expect(page.locator("[data-map-legend]")).to_contain_text("square of 250 m")

    page.locator("[data-map-cells] button").first.click()
    page.wait_for_timeout(400)
    page.mouse.click(*canvas_middle(page))

    expect(page.locator("[data-map-popup]")).to_contain_text("in this cell")


def test_the_map_goes_to_an_address(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    everything = settled(page)
    address = page.get_by_role("combobox", name="Find")

    address.press_sequentially("zzqqxx")
    expect(page.locator(".nethra-places-status")).to_have_text("No such place is known here.")
    address.fill("")
    address.press_sequentially("108 lantern st")
    offered = page.get_by_role("listbox", name="Places").get_by_role("option")
    expect(offered.first).to_contain_text("108 Lantern Street")
    address.press("ArrowDown")
    address.press("Enter")

    expect(page.locator("[data-map-status]")).to_contain_text(
        re.compile("The map shows 108 Lantern|incident", re.I)
    )
    expect(page).to_have_url(re.compile(r"at=[^&]*(%2C|,)17\.00"))
    # What is counted is what was asked for, wherever the map stands.
    assert settled(page) == everything


def test_the_period_moves_without_tiles_and_shows_what_tiles_would(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{MAP}?from=2026-01-01&to=2026-02-28")
    settled(page)
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))

    page.locator("[data-period-slider]").hover()
    page.wait_for_load_state("networkidle")
    page.locator("[data-play-ahead]").click()
    stepped = settled(page)

    shown = page.locator("[data-map-legend]").inner_text()
    assert [url for url in asked_for if "/tiles/" in url] == []
    assert len([url for url in asked_for if "/map/steps?" in url]) == 1
    page.mouse.click(*canvas_middle(page))
    expect(page.locator("[data-map-popup]")).to_contain_text("incident")

    # Elsewhere than what is held, tiles take over.
    page.locator("[data-map-canvas]").focus()
    for _ in range(4):
        page.keyboard.press("+")
        page.wait_for_timeout(100)
    settled(page)
    assert [url for url in asked_for if "/tiles/" in url] != []

    page.goto(page.url.partition("&at=")[0])
    assert settled(page) == stepped
    assert page.locator("[data-map-legend]").inner_text() == shown
