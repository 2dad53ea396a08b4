"""Work on the map page in Chromium: play, list, make a case, record an incident, save a picture."""

from __future__ import annotations

import re
import struct

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.map_page import ALL_TIME, MAP, asked, canvas_middle, settled


def days(page: Page) -> tuple[str, str]:
    return page.locator("[name=from]").input_value(), page.locator("[name=to]").input_value()


def test_the_period_moves_by_steps_and_by_itself(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{MAP}?from=2026-06-01&to=2026-06-14")
    settled(page)
    # The window asks for less motion: nothing moves by itself.
    expect(page.locator("[data-play-play]")).to_be_disabled()
    expect(page.locator("[data-play-calm]")).to_be_visible()

    page.locator("[data-play-ahead]").click()
    settled(page)
    assert days(page) == ("2026-06-08", "2026-06-21")
    page.locator("[data-play-back]").click()
    settled(page)
    assert days(page) == ("2026-06-01", "2026-06-14")

    page.emulate_media(reduced_motion="no-preference")
    page.select_option("[data-play-pace]", "700")
    page.locator("[data-play-play]").click()
    expect(page.locator("[data-play-play]")).to_have_text("Pause")
    expect(page.locator("[name=from]")).to_have_value("2026-06-22", timeout=15_000)
    page.locator("[data-play-play]").click()
    settled(page)
    stopped = days(page)
    page.wait_for_timeout(1500)

    assert days(page) == stopped
    assert asked(page)["from"] == [stopped[0]]


def test_a_selection_becomes_a_list_and_a_case_with_the_keyboard_alone(sign_in: SignIn) -> None:
    page = sign_in("officer").open(ALL_TIME)
    settled(page)

    def press(selector: str, key: str = "Enter") -> None:
        page.locator(selector).first.focus()
        page.keyboard.press(key)

    page.locator("[data-draw-metres]").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("600")
    press("[data-draw-middle]")
    count = settled(page)
    press("[data-list-open]")
    expect(page.locator("[data-list-rows] tr")).to_have_count(min(count, 200))
    page.locator("[data-list-rows] input").nth(0).focus()
    page.keyboard.press("Space")
    page.locator("[data-list-rows] input").nth(1).focus()
    page.keyboard.press("Space")
    numbers = page.locator("[data-list-rows] th").all_inner_texts()[:2]
    expect(page.locator("[data-list-gather]")).to_have_text("Make a case of these 2")
    press("[data-list-gather]")

    page.wait_for_url("**/cases/gather/**")
    for number in numbers:
        expect(page.locator("form").filter(has_text="Title")).to_contain_text(number)
    page.locator("[name=title]").fill("Two within 600 m")
    press("button:has-text('Make the case')")

    page.wait_for_url("**/cases/case/**/change/**")
    expect(page.locator("[name=title]")).to_have_value("Two within 600 m")


def test_too_many_for_a_case_cannot_be_sent(sign_in: SignIn) -> None:
    page = sign_in("officer").open(ALL_TIME)
    settled(page)
    page.locator("[data-list-open]").click()
    expect(page.locator("[data-list-words]")).to_contain_text("the latest 200 of 5,")

    page.locator("[data-list-all]").check()

    expect(page.locator("[data-list-gather]")).to_be_disabled()


def test_an_analyst_lists_but_makes_no_case_and_records_nothing(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(ALL_TIME)
    settled(page)

    page.locator("[data-list-open]").click()
    expect(page.locator("[data-list-rows] a").first).to_be_visible()

    expect(page.locator("[data-list-gather]")).to_have_count(0)
    page.mouse.click(*canvas_middle(page))
    page.wait_for_timeout(500)
    expect(page.locator("text=Record an incident here")).to_have_count(0)


def test_an_incident_is_recorded_where_the_map_was_clicked(sign_in: SignIn) -> None:
    page = sign_in("officer").open(ALL_TIME)
    settled(page)

    page.mouse.click(*canvas_middle(page))
    page.click("text=Record an incident here")

    page.wait_for_url("**/incidents/incident/add/**")
    expect(page.locator("[name=location_latitude]")).to_have_value(re.compile(r"^44\.\d+$"))
    expect(page.locator("[name=location_longitude]")).to_have_value(re.compile(r"^-12[34]\.\d+$"))


def test_the_picture_is_a_png_higher_than_the_map(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{MAP}?view=districts&measure=rate&from=2026-06-01&to=2026-08-31")
    settled(page)
    box = page.locator("[data-map-canvas]").bounding_box()
    assert box is not None

    with page.expect_download() as download:
        page.locator("[data-save-picture]").click()

    assert download.value.suggested_filename == "incidents-2026-06-01-2026-08-31.png"
    body = download.value.path().read_bytes()
    width, height = struct.unpack(">II", body[16:24])
    assert body.startswith(b"\x89PNG")
    assert abs(width - box["width"]) <= 2
    assert height > box["height"] + 120
