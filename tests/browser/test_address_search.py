"""A typed address offers places, by keyboard and by touch, and sets the point on the form's map."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn

ADD = "/console/incidents/incident/add/"
PHONE = (390, 844)


def type_address(page: Page, text: str) -> None:
    page.locator("[name=address]").press_sequentially(text, delay=20)


def test_an_address_is_chosen_by_keyboard_and_the_map_moves(sign_in: SignIn) -> None:
    page = sign_in("officer").open(ADD)
    field = page.get_by_role("combobox", name=re.compile("address", re.IGNORECASE))

    type_address(page, "108 lantren st")
    options = page.get_by_role("listbox", name="Places").get_by_role("option")
    expect(options.first).to_contain_text("108 Lantern Street")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press("Backspace")
    expect(options.first).to_be_visible()
    field.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    field.press("Enter")

    expect(field).to_have_value("108 Lantern Street")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[name=location_latitude]")).to_have_value(re.compile(r"^44\.\d{6}$"))
    expect(page.locator("[name=location_longitude]")).to_have_value(re.compile(r"^-12[34]\.\d{6}$"))
    expect(page).to_have_url(re.compile(r"/add/$"))
    expect(page.locator(".nethra-places-status")).to_contain_text("About here, between")

    # The chosen place is stored with the record.
    page.fill("[name=occurred_from_0]", "2026-03-02")
    page.fill("[name=occurred_from_1]", "06:30")
    page.select_option("select[name=offences-0-code]", "220", force=True)
    latitude = page.input_value("[name=location_latitude]")
    page.click("button[name=_continue]")
    page.wait_for_url("**/change/**")
    expect(page.locator("[name=address]")).to_have_value("108 Lantern Street")
    assert abs(float(page.input_value("[name=location_latitude]")) - float(latitude)) < 1e-9


def test_a_crossing_is_chosen_with_a_finger(sign_in: SignIn) -> None:
    page = sign_in("officer", PHONE).open(ADD)

    type_address(page, "market rd & lantern")
    page.get_by_role("option", name=re.compile("Market Road & Lantern Street")).click()

    expect(page.locator("[name=address]")).to_have_value("Market Road & Lantern Street")
    expect(page.locator("[name=location_latitude]")).to_have_value(re.compile(r"^44\."))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_gazetteer_the_field_is_a_plain_one(sign_in: SignIn) -> None:
    page = sign_in("neighbour").open(ADD)

    type_address(page, "108 Lantern Street")

    expect(page.locator("[name=address]")).to_have_value("108 Lantern Street")
    expect(page.get_by_role("combobox", name=re.compile("address", re.IGNORECASE))).to_have_count(0)
    expect(page.locator(".nethra-places")).to_have_count(0)
