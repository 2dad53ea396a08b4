"""People's ways through the console, driven in Chromium."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn

LIST = "/console/incidents/incident/"
FILE = """external_id,occurred_from,offence,address,latitude,longitude
T-1,2026-03-02T14:30:00Z,220,1 Quay Street,44.3484,-124.0254
T-2,2026-03-03T14:30:00Z,120,2 Quay Street,44.3503,-124.0238
T-3,not a day,220,3 Quay Street,44.3503,-124.0238
"""


def test_the_list_is_narrowed_and_leads_to_a_record(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(LIST)

    page.click("text=Filters")
    page.select_option("select[name=offence]", "220", force=True)
    page.click("button:has-text('Apply')")
    page.wait_for_url("**offence=220**")
    number = page.locator("#result_list tbody tr").first.locator("th a")
    expect(page.locator("#result_list tbody tr").first).to_contain_text("Burglary")
    name = number.inner_text()
    number.click()

    expect(page.locator("body")).to_contain_text(name)
    expect(page.locator("[name=_save]")).to_have_count(0)
    expect(page.locator(".nethra-map canvas").first).to_be_visible()


def fill_incident(page: Page) -> None:
    page.fill("[name=occurred_from_0]", "2026-03-02")
    page.fill("[name=occurred_from_1]", "06:30")
    page.fill("[name=address]", "12 Lantern Street")
    page.fill("[name=description]", "Rear window forced.")
    page.select_option("select[name=offences-0-code]", "220", force=True)


def test_an_incident_is_recorded_with_a_click_on_the_map(sign_in: SignIn) -> None:
    page = sign_in("officer").open(f"{LIST}add/")
    fill_incident(page)

    canvas = page.locator(".nethra-map").first
    canvas.scroll_into_view_if_needed()
    canvas.locator("canvas").first.wait_for()
    page.wait_for_timeout(500)
    canvas.click(position={"x": 260, "y": 160})
    expect(page.locator("[name=location_latitude]")).to_have_value(re.compile(r"^44\.\d+"))
    page.click("button[name=_save]")

    page.wait_for_url(f"**{LIST}**")
    expect(page.locator("body")).to_contain_text("was added successfully")


def test_an_incident_is_recorded_with_typed_coordinates(sign_in: SignIn) -> None:
    page = sign_in("officer").open(f"{LIST}add/")
    fill_incident(page)

    page.fill("[name=location_latitude]", "44.3503")
    page.fill("[name=location_longitude]", "-124.0238")
    page.click("button[name=_continue]")

    page.wait_for_url("**/change/**")
    expect(page.locator("[name=location_latitude]")).to_have_value("44.3503")
    expect(page.locator("body")).to_contain_text("Market")


def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(sign_in: SignIn) -> None:
    page = sign_in("officer").open(f"{LIST}add/")
    fill_incident(page)

    page.fill("[name=occurred_from_0]", "2999-01-01")
    page.click("button[name=_save]")

    expect(page.locator("body")).to_contain_text("The incident cannot have begun in the future.")
    expect(page.locator("[name=address]")).to_have_value("12 Lantern Street")
    expect(page.locator("select[name=offences-0-code]")).to_have_value("220")


def test_the_map_shows_hexagons_and_points_and_leads_to_a_record(sign_in: SignIn) -> None:
    page = sign_in("analyst").open("/console/map/")
    expect(page.locator("[data-map-legend]")).to_contain_text("Incidents in a hexagon")
    expect(page.locator("[data-map-total]")).to_contain_text("incidents with a place")

    page.locator("[data-map-cells] button").first.click()
    page.locator(".crime-map-choice label:has-text('Points')").click()
    expect(page.locator("[data-map-legend]")).to_contain_text("one incident")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    link = _open_a_mark(page)
    number = link.inner_text()
    link.click()

    page.wait_for_url("**/change/")
    expect(page.locator("body")).to_contain_text(number)


def _open_a_mark(page: Page):  # type: ignore[no-untyped-def]
    """Click here and there around the middle until a mark answers."""
    canvas = page.locator("[data-map-canvas]")
    box = canvas.bounding_box()
    assert box is not None
    link = page.locator("[data-map-popup] a").first
    for step in range(1, 15):
        for dx, dy in ((step, 0), (0, step), (-step, 0), (0, -step), (step, step), (-step, -step)):
            spot = {"x": box["width"] / 2 + dx * 12, "y": box["height"] / 2 + dy * 12}
            canvas.click(position=spot)  # type: ignore[arg-type]
            page.wait_for_timeout(280)
            if link.is_visible():
                return link
    raise AssertionError("No mark answered a click.")


def test_the_map_says_that_the_session_has_ended(sign_in: SignIn) -> None:
    driver = sign_in("analyst")
    page = driver.open("/console/map/")

    page.context.clear_cookies()
    page.locator("[data-days='365']").click()

    expect(page.locator("[data-map-status]")).to_contain_text("Your session has ended")
    # The browser itself notes each 401.
    driver.complaints[:] = [words for words in driver.complaints if "401" not in words]


def test_a_file_is_imported_and_undone(sign_in: SignIn, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(FILE)
    page = sign_in("analyst").open("/console/incidents/importbatch/add/")

    page.set_input_files("[name=file]", str(file))
    page.select_option("select[name=profile]", "generic", force=True)
    page.click("button:has-text('Upload and look at it')")
    expect(page.locator("#first-rows")).to_be_visible()
    expect(page.locator(".nethra-preview")).to_contain_text("2 Mar 2026 06:30")
    page.click("button:has-text('Start the import')")

    expect(page.locator("[data-progress-count=rows_stored]")).to_have_text("2")
    expect(page.locator("#refused")).to_be_visible()
    expect(page.locator("body")).to_contain_text("is not a date that the profile knows")
    with page.expect_download() as download:
        page.click("text=Download the refused rows")
    assert "T-3" in download.value.path().read_text()

    page.click("text=Undo the import")
    page.click("button:has-text('Undo the import')")
    expect(page.locator("body")).to_contain_text("Undone", timeout=20_000)
