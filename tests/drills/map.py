"""The map over San Francisco's incidents in Chromium: first view, steps of the period. Run by script/drill map."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from playwright.sync_api import Page

from tests.drills.san_francisco import City, say, served, wake
from tests.support.chromium import Driver, chromium, window
from tests.support.people import console_client

STEPS, DAYS = 20, 90
#: As long as the page's own step, and as long as it waits at its fastest.
STEP_DAYS, PACE_MS = 7, 700
FIRST_VIEW_SECONDS, STEP_MS = 2.5, 100
TICKS = os.sysconf("SC_CLK_TCK")
SCRIPT = Path(__file__).with_name("map.js")


@dataclass
class Watched:
    """A window and what it asked for."""

    driver: Driver
    hosts: set[str] = field(default_factory=set)
    requests: int = 0

    @property
    def page(self) -> Page:
        return self.driver.page

    def note(self, url: str) -> None:
        """Count a request, wherever it goes."""
        if not url.startswith(("data:", "blob:")):
            self.hosts.add(urlsplit(url).netloc)
            self.requests += 1


@dataclass
class Steps:
    """What steps of the period took, and what they showed."""

    milliseconds: list[float] = field(default_factory=list)
    counts: dict[str, int | None] = field(default_factory=dict)

    @property
    def p95(self) -> float:
        """The time that one step of twenty took longer than."""
        return sorted(self.milliseconds)[round(0.95 * len(self.milliseconds)) - 1]


@contextmanager
def watched(url: str, cookie: str) -> Iterator[Watched]:
    """Yield a signed-in window of a browser without WebGL."""
    with chromium("--disable-3d-apis") as browser, window(browser, url) as driver:
        driver.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
        driver.page.add_init_script(path=SCRIPT)
        found = Watched(driver)
        driver.page.on("request", lambda request: found.note(request.url))
        yield found


def first_view(window_: Watched, first: date, last: date) -> tuple[float, str, str]:
    """Open the map at a period; return the seconds until it is settled, what it counts, and of which days."""
    page = window_.page
    page.goto(f"{window_.driver.url}/console/map/?from={first}&to={last}", wait_until="commit")
    page.wait_for_selector("[data-crime-map]")
    seconds = page.evaluate("drill.settled()") / 1000
    assert not page.evaluate("drill.hasWebGL()")
    return seconds, page.evaluate("drill.told()"), page.evaluate("drill.period()")


def take_steps(page: Page, days: int, pause_ms: int) -> Steps:
    """Move the period twenty times, with a pause before each."""
    found = Steps()
    for _ in range(STEPS):
        page.wait_for_timeout(pause_ms)
        found.milliseconds.append(page.evaluate("days => drill.step(days)", days))
        found.counts[page.evaluate("drill.period()")] = page.evaluate("drill.inCells()")
    return found


def number_in(words: str) -> int:
    """Return the number that a sentence begins with."""
    return int(words.split()[0].replace(",", ""))


def processor_seconds() -> float:
    """Return what the processors of this machine have worked, whoever for."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    return sum(int(each) for at, each in enumerate(fields[:8]) if at not in (3, 4)) / TICKS


def measure(url: str, cookie: str, latest: date) -> tuple[list[bool], dict[str, int | None], Watched]:
    """Drive the map and print what it took; return which goals of time were kept, and the counts by period."""
    counts: dict[str, int | None] = {}
    is_kept: list[bool] = []
    wake(url, cookie)
    with watched(url, cookie) as driven:
        page = driven.page
        seconds, told, period = first_view(driven, latest.replace(year=latest.year - 1), latest)
        counts[period] = number_in(told)
        say(
            "first view of 12 months",
            f"{seconds:.2f} s, {driven.requests} requests",
            f"{FIRST_VIEW_SECONDS} s",
        )
        is_kept.append(seconds <= FIRST_VIEW_SECONDS)

        start = latest - timedelta(days=DAYS - 1 + 3 * 365)
        _, told, period = first_view(driven, start, start + timedelta(days=DAYS - 1))
        counts[period] = number_in(told)
        # Who moves the slider has come to it first.
        page.wait_for_load_state("networkidle")
        page.locator("[data-period-slider]").hover()
        for words, days, pause in (
            (f"steps of {STEP_DAYS} days, {PACE_MS} ms apart as played fast", STEP_DAYS, PACE_MS),
            ("steps of a day, one upon the other as dragged", 1, 0),
        ):
            page.wait_for_load_state("networkidle")
            before, asked = processor_seconds(), driven.requests
            steps = take_steps(page, days, pause)
            spent = processor_seconds() - before
            figure = f"p95 {steps.p95:.0f} ms, median {median(steps.milliseconds):.0f} ms"
            figure += f", longest {max(steps.milliseconds):.0f} ms, {(driven.requests - asked) / STEPS:.1f} requests"
            figure += f" and {spent / STEPS * 1000:.0f} ms of processors each (the whole machine)"
            say(words, figure, f"p95 {STEP_MS} ms")
            is_kept.append(steps.p95 <= STEP_MS)
            counts |= steps.counts
            page.wait_for_timeout(1000)
            page.wait_for_load_state("networkidle")
            page.evaluate("drill.settled()")
            counts[page.evaluate("drill.period()")] = number_in(page.evaluate("drill.told()"))
    return is_kept, counts, driven


def test_the_map_of_a_city_follows(city: City, tmp_path: Path) -> None:
    latest, cookie = city.latest, console_client(city.analyst).cookies[settings.SESSION_COOKIE_NAME].value
    connection.close()
    with served(tmp_path) as url:
        is_kept, counts, driven = measure(url, cookie, latest)

    told = {period: count for period, count in counts.items() if count is not None}
    right = sum(count == city.placed(period) for period, count in told.items())
    say("hosts asked", ", ".join(sorted(driven.hosts)), urlsplit(url).netloc)
    say("errors of the browser's console", str(len(driven.driver.complaints)), "0")
    say("periods counted as the ORM counts them", f"{right} of {len(told)}", "all")
    assert driven.hosts == {urlsplit(url).netloc}
    assert driven.driver.complaints == []
    assert right == len(told)
    if os.environ.get("NETHRA_STRICT"):
        assert all(is_kept), "A goal of time was missed."
