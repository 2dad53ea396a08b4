"""From an incident to a closed case, told by the people who work it, in Chromium."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.support.files import jpeg

REASON = "The suspect was arrested with the goods."


def make_a_case(page: Page) -> str:
    """Narrow the list to burglaries, open the oldest on the page and make a case of it; return its address."""
    page.click("text=Filters")
    page.select_option("select[name=offence]", "220", force=True)
    page.click("button:has-text('Apply')")
    page.wait_for_url("**offence=220**")
    page.locator("#result_list tbody tr").last.locator("th a").click()
    page.click("text=Make a case")
    expect(page.locator("[name=incident]")).to_have_value(re.compile(r"^I\d{4}-\d+"))
    page.click("[name=_continue]")
    page.wait_for_url("**/change/**")
    return page.url.split("?")[0]


def add_photo(page: Page, photo: Path) -> None:
    page.click("text=Add evidence")
    page.set_input_files("[name=file]", str(photo))
    page.fill("[name=title]", "Rear door")
    page.click("[name=_save]")
    page.wait_for_url("**#evidence")
    tab = page.locator("#evidence-group")
    expect(tab).to_contain_text("E-01 Rear door")
    # The worker looks into it while one waits.
    for _ in range(20):
        if tab.locator("img").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(tab.locator("img")).to_be_visible()


def add_witness_and_task(page: Page) -> None:
    page.locator("#tabs-items a", has_text="People").click()
    page.locator("#people-group a.add-row").click()
    page.select_option("[name=people-0-role]", "witness", force=True)
    page.fill("[name=people-0-name]", "Ida Crane")
    page.locator("#tabs-items a", has_text="Tasks").click()
    page.locator("#tasks-group a.add-row").click()
    page.fill("[name=tasks-0-title]", "Ask the neighbours")
    page.click("[name=_continue]")
    expect(page.locator("body")).to_contain_text("was changed successfully")
    expect(page.locator("[name=people-0-name]")).to_have_value("Ida Crane")
    expect(page.locator("[name=tasks-0-title]")).to_have_value("Ask the neighbours")


def try_to_close(page: Page, address: str) -> None:
    page.goto(f"{address}#general")
    page.locator(".nethra-why summary").click()
    expect(page.locator(".nethra-why")).to_contain_text(
        "Close as cleared: The case is open; this is for a case that is under investigation or referred."
    )
    # Whoever types the address is told the same.
    page.goto(address.replace("/change/", "/move/closed_cleared/"))
    expect(page.locator("body")).to_contain_text("this is for a case that is under investigation")


def move_on(page: Page) -> None:
    page.click("text=Investigate")
    page.click("button:has-text('Investigate')")
    expect(page.locator("body")).to_contain_text("is under investigation")


def see_it_on_the_map(page: Page, base: str, number: str) -> None:
    place = [page.locator(f"[name=place_{name}]").input_value() for name in ("latitude", "longitude")]
    page.goto(f"{base}/console/map/?view=beats&cases=1&from=&to=&at={place[0]},{place[1]},17")
    expect(page.locator("[data-map-legend]")).to_contain_text("one case")
    page.locator("[data-map-canvas]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-map-popup]")).to_contain_text(number)


def test_the_whole_story(sign_in: SignIn, tmp_path: Path) -> None:
    photo = tmp_path / "door.jpg"
    photo.write_bytes(jpeg())

    officer = sign_in("officer")
    page = officer.open("/console/incidents/incident/")
    address = make_a_case(page)
    number = re.search(r"\d{4}-\d{6}", page.title() + page.locator("body").inner_text())
    assert number is not None
    add_photo(page, photo)
    add_witness_and_task(page)
    try_to_close(page, address)
    move_on(page)
    see_it_on_the_map(page, officer.url, number.group())

    supervisor = sign_in("supervisor").page
    supervisor.goto(address)
    supervisor.click("text=Close as cleared")
    supervisor.click("button:has-text('Close as cleared')")
    expect(supervisor.locator("body")).to_contain_text("Give a reason; the history keeps it.")
    supervisor.select_option("[name=clearance]", "arrest", force=True)
    supervisor.fill("[name=reason]", REASON)
    supervisor.click("button:has-text('Close as cleared')")
    expect(supervisor.locator("body")).to_contain_text("is closed, cleared")

    auditor = sign_in("auditor").page
    auditor.goto(f"{address}#history")
    expect(auditor.locator("#history-group")).to_contain_text(REASON)
    auditor.locator("#tabs-items a", has_text="Audit").click()
    trail = auditor.locator("#audit-group")
    for words in ("Owen Marsh", "Selma Reed", "Added: exhibit", "Added: involved person", "Ida Crane"):
        expect(trail).to_contain_text(words)
    expect(auditor.locator("[name=_save]")).to_have_count(0)
