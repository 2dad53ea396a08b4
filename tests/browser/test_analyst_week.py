"""An analyst's week in Chromium: briefing, hot spots of two months, near repeats, series, a forecast and its score."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pypdfium2
from playwright.sync_api import Page, expect

from tests.browser.axe import findings
from tests.browser.conftest import SignIn
from tests.support.chromium import PHONE

RUNS = "/console/insights/analysisrun/"
LAYOUT = Path(__file__).with_name("layout.js").read_text()
#: What the demonstration tells the modus operandi of.
TOLD = ("220", "23F", "240", "120")


def run(page: Page, key: str, first: date, last: date | None, *offences: str, **values: str) -> str:
    """Fill the form of a method, run it, and return the headline of its page once it is done."""
    page.goto(re.sub(r"/console/.*", f"/console/analyses/{key}/", page.url))
    page.fill("[name=first_day]", first.isoformat())
    page.fill("[name=last_day]", "" if last is None else last.isoformat())
    if offences:
        page.select_option("[name=offence]", list(offences))
    for name, value in values.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.fill("[name=why]", "The week")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#found")).to_be_visible(timeout=60_000)
    return page.locator("section[aria-labelledby=found] p").first.inner_text()


def test_an_analysts_week(sign_in: SignIn) -> None:
    driver = sign_in("analyst")
    page = driver.open(RUNS)
    today = date.today()
    month = timedelta(days=28)

    # The briefing, with one click
    with page.expect_download() as download:
        page.get_by_role("button", name="CompStat briefing (PDF)").click()
    document = pypdfium2.PdfDocument(io.BytesIO(Path(download.value.path()).read_bytes()))
    told = "".join(one.get_textpage().get_text_bounded() for one in document)
    assert "CompStat briefing" in told
    assert "Burglary" in told

    # Hot spots of this month against those of the last
    run(page, "hotspots", today - 2 * month, today - month, cell="500")
    found = run(page, "hotspots", today - month, None, cell="500")
    assert re.search(r"hot spot", found)
    expect(page.locator("[data-run-ready]")).to_have_count(1)
    page.locator("[data-run-canvas]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-run-words]")).to_contain_text("Incidents:")
    assert findings(page) == []
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("[data-run-ready]")).to_have_count(2)
    expect(page.locator("#figures")).to_be_visible()

    # Where risk is raised now
    found = run(page, "risk", today - timedelta(days=365), None, "23F")
    assert re.search(r"risk is raised round|No place is at raised risk", found)

    # Series, with reasons
    found = run(page, "series", today - timedelta(days=365), None, *TOLD)
    assert re.search(r"series are proposed|series is proposed", found)
    expect(page.locator("#series-1").get_by_role("columnheader", name="Why")).to_be_visible()

    page.get_by_role("link", name="Accept").first.click()
    page.fill("[name=why]", "The same van door each time")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#series-1")).to_contain_text("Accepted")

    # The forecast of last week with its score, and that of the next
    run(page, "forecast", today - timedelta(days=700), today - timedelta(days=10), cell="500")
    expect(page.get_by_text("A forecast without a score is untested")).to_be_visible()
    page.get_by_role("link", name="Score it now").click()
    page.fill("[name=why]", "The week")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("section[aria-labelledby=found]")).to_contain_text("PAI")
    found = run(page, "forecast", today - timedelta(days=700), None, cell="500")
    assert "are expected in the area" in found
    assert page.evaluate(LAYOUT) == []


def test_pages_of_analyses_fit_a_phone(sign_in: SignIn) -> None:
    page = sign_in("analyst", PHONE).open(RUNS)
    run(page, "near_repeat", date.today() - timedelta(days=365), None)
    assert page.evaluate(LAYOUT) == []
    assert findings(page) == []


def test_a_wrong_parameter_is_said_at_its_field(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(
        "/console/analyses/density/?" + urlencode({"occurred_after": "2020-01-01T00:00:00Z"})
    )
    page.fill("[name=bandwidth]", "0")
    page.fill("[name=why]", "Try")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Bandwidth must be at least 10 m.")).to_be_visible()
