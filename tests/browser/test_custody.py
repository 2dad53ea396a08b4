"""An exhibit goes from hand to hand in Chromium: the offer, who waits, the acceptance, and a chain that holds."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.support.chromium import Driver

EVIDENCE = "/console/media_evidence/evidence/"


def open_exhibit(driver: Driver, title: str, query: str = "") -> str:
    """Open the first exhibit of this title; return its address."""
    page = driver.open(f"{EVIDENCE}{query}")
    page.locator("#result_list a", has_text=title).first.click()
    page.wait_for_url("**/change/**")
    return page.url.split("?")[0].removeprefix(driver.url)


def test_an_exhibit_changes_hands_between_two_officers(sign_in: SignIn) -> None:
    officer, supervisor = sign_in("officer"), sign_in("supervisor")

    # The demonstration's photo is on its way to the officer.
    address = open_exhibit(officer, "Rear window", "?hands=offered")
    page = officer.page
    expect(page.locator("body")).to_contain_text("This exhibit is handed over to you")
    page.click("a.nethra-button:has-text('Decline')")
    page.fill("[name=reason]", " ")
    page.click("button:has-text('Decline')")
    expect(page.locator("body")).to_contain_text("This field is required")
    officer.open(address)
    page.click("a.nethra-button:has-text('Accept')")
    page.fill("[name=place]", "Interview room 2")
    page.click("button:has-text('Accept')")
    expect(page.locator("body")).to_contain_text("The exhibit is in your hands.")

    page.click("a.nethra-button:has-text('Hand over')")
    page.select_option("[name=to_person]", index=1)
    chosen = page.locator("[name=to_person] option:checked").inner_text()
    page.click("button:has-text('Hand over')")
    expect(page.locator("body")).to_contain_text(f"Waiting for {chosen} to accept.")
    page.click("a.nethra-button:has-text('Withdraw')")
    page.click("button:has-text('Withdraw')")
    expect(page.locator("body")).to_contain_text("The hand-over is withdrawn.")

    other = supervisor.open(f"{address.removesuffix('change/')}custody/")
    expect(other.locator("body")).to_contain_text("The chain holds")
    expect(other.locator(".nethra-timeline")).to_contain_text("Interview room 2")
    expect(other.locator(".nethra-timeline")).to_contain_text("State laboratory")
