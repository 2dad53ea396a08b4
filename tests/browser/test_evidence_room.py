"""A thing in Chromium: recorded, labelled, checked out and in, counted; what the label's code opens."""

from __future__ import annotations

import io
import os
from datetime import date, timedelta
from urllib.parse import urlparse

import pypdfium2
import zxingcpp
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.test_uploads import Program, program
from tests.support.chromium import Driver

__all__ = ["program"]

ITEMS = "/console/media_evidence/item/"


def add_location(driver: Driver, path: str, label: str) -> None:
    page = driver.open("/console/media_evidence/storagelocation/add/")
    page.fill("[name=path]", path)
    page.fill("[name=label]", label)
    page.click("[name=_save]")
    expect(page.locator("#result_list")).to_contain_text(path)


def code_on(pdf: bytes) -> str:
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=4).to_pil().convert("L")
    (code,) = zxingcpp.read_barcodes(picture)
    return code.text


def test_a_thing_from_the_bag_to_the_shelf_to_court_and_back(sign_in: SignIn, program: Program) -> None:
    keeper, analyst = sign_in("supervisor"), sign_in("analyst")
    # Any run against the same demonstration finds its own.
    mark = f"T{os.getpid()}"
    bag, shelf = f"{mark}-1", f"{mark}/S1"
    add_location(keeper, mark, "Test room")
    add_location(keeper, shelf, "First shelf")

    page = keeper.open(f"{ITEMS}add/?case={program.case['number']}")
    page.fill("[name=title]", "Crowbar")
    page.select_option("[name=kind]", "other")
    page.fill("[name=bag_number]", bag)
    page.fill("[name=first_seal]", f"{mark}-S1")
    page.select_option("[name=put_into]", label=f"{shelf}, First shelf")
    page.click("[name=_save]")
    page.locator("#result_list a", has_text=bag).first.click()
    page.wait_for_url("**/change/**")
    expect(page.locator("body")).to_contain_text("First shelf")
    own = page.url

    label = page.context.request.get(own.replace("change/", "label.pdf"))
    assert label.headers["content-type"] == "application/pdf"
    assert bag in pypdfium2.PdfDocument(io.BytesIO(label.body()))[0].get_textpage().get_text_range()
    path = urlparse(code_on(label.body())).path
    assert keeper.open(path).url.split("?")[0] == own.split("?")[0]
    assert analyst.page.context.request.get(f"{keeper.url}{path}").status == 404

    page = keeper.open(urlparse(own).path)
    page.click("a:has-text('Check out')")
    page.select_option("[name=purpose]", "court")
    page.fill("[name=to_name]", "District court")
    page.fill("[name=due_back_on]", (date.today() + timedelta(days=3)).isoformat())
    page.click("button:has-text('Check out')")
    expect(page.locator("body")).to_contain_text("It is checked out.")
    expect(page.locator("body")).to_contain_text("Released: District court")

    page.click("a:has-text('Check in')")
    page.select_option("[name=seal_condition]", "broken")
    page.select_option("[name=location]", label=f"{shelf}, First shelf")
    page.click("button:has-text('Check in')")
    expect(page.locator("body")).to_contain_text("put a new one on")
    page.fill("[name=seal_number]", f"{mark}-S2")
    page.fill("[name=reason]", "Opened in court")
    page.click("button:has-text('Check in')")
    expect(page.locator("body")).to_contain_text("It is checked in.")
    expect(page.locator("body")).to_contain_text(f"{mark}-S2")

    page.locator("#content a", has_text="Crowbar").first.click()
    page.click("summary:has-text('Chain of custody')")
    expect(page.locator(".nethra-timeline")).to_contain_text(f"in place of the seal {mark}-S1")
    page.click("a:has-text('Whether the chain holds'), a:has-text('All entries')")
    expect(page.locator("body")).to_contain_text("The chain holds")

    page = keeper.open("/console/media_evidence/inventory/add/")
    page.select_option("[name=location]", label=f"{mark}, Test room")
    page.fill("[name=size]", "5")
    page.click("[name=_save]")
    page.wait_for_url("**/change/**")
    expect(page.locator("body")).to_contain_text("1 of 1")
    inventory = urlparse(page.url).path
    page.locator(f"a[aria-label='Mark {bag}']").click()
    page.select_option("[name=finding]", "missing")
    page.click("button:has-text('Keep this')")
    expect(page.locator("body")).to_contain_text("is marked.")
    expect(keeper.open("/console/").locator("#discrepancies")).to_be_visible()
    page = keeper.open(inventory)
    page.locator(f"a[aria-label='Settle {bag}']").click()
    page.fill("[name=settlement]", "It lay behind the shelf")
    page.click("button:has-text('Settle')")
    expect(page.locator("body")).to_contain_text("is settled.")
    page = keeper.open(inventory.replace("change/", "sheet/"))
    expect(page.locator("table")).to_contain_text(bag)
