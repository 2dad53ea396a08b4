"""Chromium for tests and pictures: started without anything that asks the network, violations collected."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = (1280, 720), (390, 844)


@dataclass
class Driver:
    """One browser window, signed in or not, and what it complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the console and wait until nothing is loading."""
        self.page.goto(self.url + path, wait_until="load")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form, as people do."""
        self.page.goto(f"{self.url}/console/login/")
        self.page.fill("[name=email]", email)
        self.page.fill("[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/console/")

    def note(self, message: ConsoleMessage) -> None:
        """Keep errors of the console: violations of the content policy, scripts that threw."""
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text}")


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Yield a browser, started with these arguments besides."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(
    browser: Browser, url: str, size: tuple[int, int] = DESKTOP, scheme: str = "light"
) -> Iterator[Driver]:
    """Yield a fresh window of a size, without cookies."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        accept_downloads=True,
    )
    context.set_default_timeout(15_000)
    driver = Driver(context.new_page(), url)
    driver.page.on("console", driver.note)
    driver.page.on("pageerror", lambda problem: driver.complaints.append(f"{driver.page.url}: {problem}"))
    try:
        yield driver
    finally:
        context.close()
