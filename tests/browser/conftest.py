"""The served demonstration and a signed-in browser, for tests that drive the console."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.served import LOGINS, Served, serve
from tests.support.chromium import DESKTOP, Driver, window

SignIn = Callable[..., Driver]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration, seeded once and served until the tests end."""
    with serve(tmp_path_factory.mktemp("served"), f"nethra_browser_{os.getpid()}") as running:
        yield running


@pytest.fixture
def sign_in(browser: Browser, served: Served) -> Iterator[SignIn]:
    """Open a window as somebody; at the end of the test it must not have complained about anything."""
    with ExitStack() as windows:
        opened: list[Driver] = []

        def open_as(role: str, size: tuple[int, int] = DESKTOP) -> Driver:
            driver = windows.enter_context(window(browser, served.url, size))
            opened.append(driver)
            driver.sign_in(*LOGINS[role])
            return driver

        yield open_as
        assert [complaint for driver in opened for complaint in driver.complaints] == []
