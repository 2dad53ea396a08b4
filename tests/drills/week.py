"""Every analysis over San Francisco's incidents, asked in Chromium as an analyst does. Run by script/drill week."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

from insights.answers.base import Need
from insights.answers.table import ANALYSES
from insights.running.work import UNEXPECTED
from tests.drills.san_francisco import City, say, served, wake
from tests.support.chromium import Driver, chromium, window
from tests.support.people import console_client

PAGE_SECONDS = 2.0
#: What is not done by then is cancelled, as an analyst would who sees how slowly it rises.
PATIENCE_SECONDS = 60
RUNS = "/console/insights/analysisrun/"
#: Methods about a record or an area that somebody names, and what San Francisco's records do not tell: how it was done.
NOT_HERE = {Need.SUBJECT, Need.ZONES, Need.FORECAST, Need.HABITS, Need.STREETS}


@dataclass
class Timed:
    """Seconds of every page that was asked for, and what came of the analyses."""

    seconds: dict[str, float] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def page(self, name: str) -> Iterator[None]:
        """Measure one page."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began

    @property
    def slow(self) -> dict[str, float]:
        """The pages that took longer than they may."""
        return {name: took for name, took in self.seconds.items() if took > PAGE_SECONDS}


def periods(latest: date) -> dict[str, tuple[date | None, date]]:
    """Return the spans that are looked at: as an analyst does each week, and, unless in haste, all there is."""
    weekly: dict[str, tuple[date | None, date]] = {
        "28 days": (latest - timedelta(days=27), latest),
        "12 months": (latest - timedelta(days=364), latest),
    }
    return weekly if os.environ.get("NETHRA_QUICK") else {**weekly, "all years": (None, latest)}


def ask(page: Page, url: str, key: str, period: tuple[date | None, date], timed: Timed, name: str) -> None:
    """Fill the form of a method and run it; note what its page shows: the result, progress, or a sentence."""
    with timed.page(f"form of {name}"):
        page.goto(f"{url}/console/analyses/{key}/")
    first, last = period
    page.fill("[name=first_day]", "" if first is None else first.isoformat())
    page.fill("[name=last_day]", last.isoformat())
    page.fill("[name=why]", "The drill of the week")
    with timed.page(f"run of {name}"):
        page.get_by_role("button", name="Run", exact=True).click()
        page.wait_for_load_state("load")
    if RUNS not in page.url:
        said = page.get_by_role("alert").or_(page.locator("[id$=_error], .errorlist")).all_inner_texts()
        timed.told[name] = "refused: " + " ".join(said)
        return
    timed.told[name] = ended(page)
    if timed.told[name] == "done":
        with timed.page(f"result of {name}"):
            page.goto(page.url)


def ended(page: Page) -> str:
    """Wait for a result and return how it came: at once, by a worker with progress, or cancelled."""
    found, progress = page.locator("#found"), page.get_by_role("progressbar")
    said = page.locator("p[role=status].nethra-lead")
    found.or_(progress).or_(said).first.wait_for(timeout=PAGE_SECONDS * 5000)
    if found.is_visible():
        return "done"
    began = time.monotonic()
    try:
        found.or_(said).first.wait_for(timeout=PATIENCE_SECONDS * 1000)
    except NotInTime:
        page.get_by_role("button", name="Cancel the analysis").click()
        ordered = time.monotonic()
        page.get_by_text("Cancelled", exact=True).first.wait_for(timeout=120_000)
        took = time.monotonic() - ordered
        return f"showed its progress, ordered to stop after {PATIENCE_SECONDS} s, stopped {took:.1f} s later"
    took = time.monotonic() - began
    # The page opens anew once it is done.
    page.wait_for_load_state("networkidle")
    if not found.is_visible():
        sentence = said.first.inner_text()
        return f"{'failed' if sentence == UNEXPECTED else 'refused'}: {sentence}"
    return f"showed its progress, done after {took:.1f} s"


def look_around(driver: Driver, timed: Timed, results: dict[str, str]) -> None:
    """Open what else an analyst opens: lists, two runs side by side, files."""
    page = driver.page
    for name, path in {"list of analyses": "/console/analyses/", "list of runs": RUNS}.items():
        with timed.page(name):
            page.goto(driver.url + path)
    with timed.page("two runs side by side"):
        first, second = results["hotspots, 28 days"], results["hotspots, 12 months"]
        page.goto(
            f"{first.removesuffix('change/')}compare/?with={second.removesuffix('/change/').split('/')[-1]}"
        )
    for kind in ("geojson", "csv", "pdf"):
        with timed.page(f"result as {kind}"), page.expect_download() as download:
            _ignoring_abort(lambda kind=kind: page.goto(f"{first.removesuffix('change/')}file/{kind}/"))  # type: ignore[misc]
        assert Path(download.value.path()).stat().st_size > 1000


def _ignoring_abort(go: Callable[[], Any]) -> None:
    # A navigation that becomes a download is told as an error.
    try:
        go()
    except Exception as error:
        if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
            raise


def test_every_analysis_of_a_city_is_asked(city: City, tmp_path: Path) -> None:
    latest, cookie = city.latest, console_client(city.analyst).cookies[settings.SESSION_COOKIE_NAME].value
    connection.close()
    timed, results = Timed(), {}
    keys = [key for key, analysis in ANALYSES.items() if not analysis.needs & NOT_HERE]
    keys = os.environ["NETHRA_METHODS"].split(",") if "NETHRA_METHODS" in os.environ else keys
    with served(tmp_path, with_worker=True) as url, chromium() as browser, window(browser, url) as driver:
        wake(url, cookie, RUNS)
        driver.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
        for key in keys:
            for words, period in periods(latest).items():
                ask(driver.page, url, key, period, timed, f"{key}, {words}")
                results[f"{key}, {words}"] = driver.page.url
                print(f"{key}, {words}: {timed.told[f'{key}, {words}']}", flush=True)
        look_around(driver, timed, results)
        complaints = driver.complaints
    worst = sorted(timed.seconds.items(), key=lambda one: -one[1])
    say("pages", str(len(worst)), "all")
    for name, took in worst[:12]:
        say(name, f"{took:.2f} s", f"{PAGE_SECONDS:g} s")
    say("pages that took longer", str(len(timed.slow)), "0")
    say("errors of the browser's console", str(len(complaints)), "0")
    assert complaints == []
    assert not [told for told in timed.told.values() if told.startswith("failed")]
    if os.environ.get("NETHRA_STRICT"):
        assert timed.slow == {}, "A page took longer than it may."
