"""Who needs to know, told by the people concerned, in Chromium: sealed, asked for, taken in an emergency, shared."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.support.chromium import Driver

CASES = "/console/cases/case/"
SECRET = "The harbour master's brother"


def make_case(driver: Driver, offence: str, title: str) -> tuple[str, str]:
    """Make a case of an incident of this offence; return its address and number."""
    page = driver.open(f"/console/incidents/incident/?offence={offence}")
    for row in range(page.locator("#result_list tbody tr").count()):
        page.locator("#result_list tbody tr").nth(row).locator("th a").click()
        page.click("text=Make a case")
        page.wait_for_load_state()
        if "/add/" in page.url:
            break
        # It has a case already.
        driver.open(f"/console/incidents/incident/?offence={offence}")
    page.fill("[name=title]", title)
    page.click("[name=_continue]")
    page.wait_for_url("**/change/**")
    found = re.search(r"\d{4}-\d{6}", page.locator("body").inner_text())
    assert found is not None
    return page.url.split("?")[0].removeprefix(driver.url), found.group()


def click_action(page: Page, label: str) -> None:
    """Click a button of the record's head, unfolding the menu where it lies in one."""
    page.wait_for_load_state("networkidle")
    button = page.locator("a", has_text=re.compile(rf"{label}\s*$")).filter(visible=True)
    if button.count() == 0:
        page.locator("text=Manage").filter(visible=True).first.click()
    button.first.click()
    page.wait_for_load_state()


def restrict(driver: Driver, address: str) -> None:
    page = driver.open(address)
    click_action(page, "Restrict")
    page.click("button:has-text('Restrict')")
    expect(page.locator("body")).to_contain_text("is restricted")


def give_reason(page: Page) -> None:
    """Say why a sensitive case is read, with a quick choice."""
    expect(page.locator("body")).to_contain_text("its owners see who read it and why")
    page.check("input[name=code][value=supervision]")
    page.click("button:has-text('Read the case')")
    page.wait_for_url("**/change/**")


def is_told_a_stub(driver: Driver, address: str, number: str) -> Page:
    page = driver.open(address)
    expect(page.locator("body")).to_contain_text("This case is closed to you.")
    expect(page.locator("body")).to_contain_text(number)
    assert SECRET not in page.content()
    # The browser notes that the answer was a refusal, which it should be.
    driver.complaints[:] = [said for said in driver.complaints if "403" not in said]
    return page


def test_a_sealed_case_as_three_personas(sign_in: SignIn) -> None:
    officer, admin, analyst = sign_in("officer"), sign_in("admin"), sign_in("analyst")
    address, number = make_case(officer, "220", SECRET)

    page = admin.open(address)
    click_action(page, "Seal")
    page.click("button:has-text('Seal')")
    expect(page.locator("body")).to_contain_text("State the number of the order.")
    page.fill("[name=order_number]", "CR-2026-17")
    page.fill("[name=authority]", "County Court")
    page.click("button:has-text('Seal')")
    give_reason(page)
    expect(page.locator("body")).to_contain_text("Sealed by order: the whole case and its incidents.")
    expect(page.locator("body")).to_contain_text("CR-2026-17")

    is_told_a_stub(officer, address, number)
    is_told_a_stub(analyst, address, number)
    listed = officer.open(f"{CASES}?q={number}")
    expect(listed.locator("#result_list")).to_have_count(0)


def test_access_is_asked_for_and_granted(sign_in: SignIn) -> None:
    officer, supervisor = sign_in("officer"), sign_in("supervisor")
    address, number = make_case(officer, "240", SECRET)
    restrict(officer, address)

    page = is_told_a_stub(supervisor, address, number)
    page.click("a:has-text('Ask for access')")
    page.click("button:has-text('Ask for access')")
    expect(page.locator("body")).to_contain_text("Say why you need to see the case.")
    page.fill("[name=reason]", "It touches a case of mine")
    page.click("button:has-text('Ask for access')")
    expect(page.locator("body")).to_contain_text("Your request waits for its answer.")

    owner = officer.open("/console/")
    owner.click(f"a:has-text('asks to see {number}')")
    click_action(owner, "Grant")
    expect(owner.locator("body")).to_contain_text("It touches a case of mine")
    owner.click("button:has-text('Grant')")
    expect(owner.locator("body")).to_contain_text("The request is granted.")

    page = supervisor.open(address)
    give_reason(page)
    expect(page.locator("[name=title], .readonly").first).to_be_visible()
    assert SECRET in page.content()
    readers = officer.open(f"{address}#readers")
    readers.locator("#tabs-items a", has_text="Who looked").click()
    expect(readers.locator("#readers-group")).to_contain_text("Selma Reed")


def test_the_glass_is_broken_and_reviewed(sign_in: SignIn) -> None:
    officer, supervisor = sign_in("officer"), sign_in("supervisor")
    address, number = make_case(officer, "120", SECRET)
    restrict(officer, address)

    page = is_told_a_stub(supervisor, address, number)
    page.click("a:has-text('Open it in an emergency')")
    page.fill("[name=reason]", "urgent")
    page.click("button:has-text('Break the glass')")
    expect(page.locator("body")).to_contain_text("at least 20 characters")
    page.fill("[name=reason]", "A child is missing, and the case names her father.")
    page.click("button:has-text('Break the glass')")
    give_reason(page)
    assert SECRET in page.content()
    expect(page.locator("[name=_save]")).to_have_count(0)

    owner = officer.open("/console/")
    owner.click(f"a:has-text('opened {number} in an emergency')")
    click_action(owner, "Review")
    owner.select_option("[name=verdict]", "not_justified", force=True)
    owner.click("button:has-text('Save the review')")
    expect(owner.locator("body")).to_contain_text("Say what was not justified.")
    owner.fill("[name=note]", "Her father has another name.")
    owner.click("button:has-text('Save the review')")
    expect(owner.locator("body")).to_contain_text("The emergency is reviewed.")
    expect(owner.locator("body")).to_contain_text("Not justified")


def test_a_share_is_previewed_used_and_revoked(sign_in: SignIn) -> None:
    supervisor, neighbour = sign_in("supervisor"), sign_in("neighbour")
    address, number = make_case(supervisor, "290", SECRET)

    page = supervisor.open(address)
    click_action(page, "Share")
    page.fill("[name=recipient]", "nowhere")
    page.fill("[name=until_0]", "2099-12-31")
    page.fill("[name=until_1]", "12:00")
    page.click("button:has-text('Preview')")
    expect(page.locator("body")).to_contain_text("There is no other agency with this code.")
    page.fill("[name=recipient]", "demo-south")
    page.click("button:has-text('Preview')")
    expect(page.locator("#preview")).to_contain_text("Exactly what")
    # Before its style is there a page's text is that of its source, indents and all.
    page.wait_for_load_state("networkidle")
    shown = page.locator("section[aria-labelledby=preview]").inner_text()
    assert SECRET in shown
    expect(neighbour.open("/console/shared/").locator("body")).not_to_contain_text(number)
    click_action(page, "Release")
    page.click("button:has-text('Release')")
    expect(page.locator("body")).to_contain_text("sees it now.")

    theirs = neighbour.open("/console/shared/")
    theirs.click(f"a:has-text('{number}')")
    theirs.wait_for_load_state("networkidle")
    seen = theirs.locator("section[aria-labelledby=record]").inner_text()
    assert [
        line for line in shown.splitlines()[1:] if line and line not in seen and "Nobody" not in line
    ] == []

    page.reload()
    expect(page.locator("body")).to_contain_text("Sofia Lind")
    click_action(page, "Revoke")
    page.click("button:has-text('Revoke')")
    expect(page.locator("body")).to_contain_text("sees it no more.")
    theirs.reload()
    expect(theirs.locator("body")).to_contain_text("not")
    assert SECRET not in theirs.content()
    neighbour.complaints[:] = [said for said in neighbour.complaints if "404" not in said]
    expect(neighbour.open("/console/shared/").locator("body")).not_to_contain_text(number)


pytestmark = pytest.mark.browser
