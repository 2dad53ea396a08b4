"""No page scrolls sideways, cuts text, lays controls over each other or misses a picture, at two sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import SignIn
from tests.support.chromium import DESKTOP, PHONE

PAGES = (
    "/console/",
    "/console/map/",
    "/console/incidents/incident/",
    "/console/incidents/incident/add/",
    "/console/cases/case/",
    "/console/cases/case/add/",
    "/console/cases/casetask/",
    "/console/media_evidence/evidence/",
    "/console/media_evidence/evidence/add/",
    "/console/media_evidence/disposal/",
    "/console/media_evidence/disclosure/",
    "/console/media_evidence/retentioncategory/",
    "/console/media_evidence/retentioncategory/add/",
    "/console/exchange/savedsearch/",
    "/console/exchange/savedsearch/add/",
    "/console/incidents/area/",
    "/console/incidents/areaset/",
    "/console/incidents/areaset/add/",
    "/console/incidents/areaset/draw-new/",
    "/console/incidents/areaset/own/",
    "/console/incidents/areaplacing/",
    "/console/incidents/importbatch/",
    "/console/incidents/importbatch/add/",
    "/console/accounts/user/",
    "/console/accounts/user/add/",
    "/console/accounts/usersession/",
    "/console/accounts/agency/",
    "/console/audit/auditevent/",
    "/console/cases/accessrequest/",
    "/console/cases/emergency/",
    "/console/cases/casereading/",
    "/console/cases/share/",
    "/console/cases/expungeorder/",
    "/console/shared/",
    "/console/roles/",
    "/console/roles/officer/",
    "/console/accounts/unit/",
    "/console/accounts/unit/add/",
    "/console/accounts/workinghours/",
    "/console/accounts/workinghours/add/",
    "/console/accounts/hoursexception/add/",
    "/console/accounts/apikey/",
    "/console/accounts/signinevent/",
    "/console/account/",
    "/console/account/profile/",
    "/console/account/contacts/add/",
    "/console/account/second-factor/",
    "/console/account/keys/",
    "/console/account/confirm/",
    "/console/password_change/",
)

#: A list whose last record is opened, and the tabs to look at there.
LISTS = {
    "/console/accounts/user/": ("general", "contacts", "postings", "sessions", "exceptions"),
    "/console/incidents/incident/": ("",),
    "/console/cases/case/": (
        "general",
        "incident_links",
        "people",
        "tasks",
        "members",
        "history",
        "evidence",
        "disclosures",
        "audit",
    ),
    "/console/cases/casetask/": ("",),
    "/console/media_evidence/evidence/": ("",),
}

#: Returns sentences about what is wrong with the page as it is laid out.
PROBLEMS = Path(__file__).with_name("layout.js").read_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_are_laid_out_well(sign_in: SignIn, size: tuple[int, int]) -> None:
    driver = sign_in("admin", size)

    found = {path: driver.open(path).evaluate(PROBLEMS) for path in PAGES}

    assert {path: problems for path, problems in found.items() if problems} == {}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_records_are_laid_out_well(sign_in: SignIn, size: tuple[int, int]) -> None:
    driver = sign_in("admin", size)
    found = {}
    for path in LISTS:
        page = driver.open(path)
        address = page.locator("#result_list tbody tr").last.locator("th a").get_attribute("href")
        page = driver.open(str(address))
        for tab in LISTS[path]:
            if tab:
                page.locator(f"#tabs-items a[href='#{tab}']").click()
                page.wait_for_timeout(200)
            found[f"{path}#{tab}"] = page.evaluate(PROBLEMS)

    assert {path: problems for path, problems in found.items() if problems} == {}
