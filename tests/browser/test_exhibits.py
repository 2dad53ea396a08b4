"""An exhibit's page in Chromium: its picture opens, zooms and closes by keyboard and on a phone; a sound plays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.support.chromium import DESKTOP, PHONE, Driver

LIST = "/console/media_evidence/evidence/"
WIDTH = "document.querySelector('.nethra-lightbox img').getBoundingClientRect().width"
OPENED = "() => document.querySelector('.nethra-lightbox img')?.style.width"


def exhibit(driver: Driver, title: str) -> Page:
    """Open the page of an exhibit of the demonstration, once the worker looked into it."""
    for _ in range(30):
        page = driver.open(f"{LIST}?q={title}")
        page.locator("#result_list tbody a[href*='/change/']").first.click()
        page.wait_for_load_state("networkidle")
        if not page.get_by_text("It is being looked at.").count():
            break
        page.wait_for_timeout(1_000)
    return page


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_picture_opens_zooms_and_closes_by_keyboard(sign_in: SignIn, size: tuple[int, int]) -> None:
    page = exhibit(sign_in("officer", size), "window")
    page.locator("a[data-lightbox]").focus()

    page.keyboard.press("Enter")
    page.wait_for_function(OPENED)
    fitted = page.evaluate(WIDTH)
    page.keyboard.press("+")
    larger = page.evaluate(WIDTH)
    page.keyboard.press("-")
    smaller = page.evaluate(WIDTH)
    page.keyboard.press("Escape")

    assert 0 < fitted <= size[0]
    assert larger > fitted
    assert abs(smaller - fitted) <= 1
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.lightbox")


def test_a_picture_zooms_by_touch(sign_in: SignIn) -> None:
    page = exhibit(sign_in("officer", PHONE), "window")

    page.locator("a[data-lightbox]").click()
    page.wait_for_function(OPENED)
    fitted = page.evaluate(WIDTH)
    page.get_by_role("button", name="Zoom in").click()
    assert page.evaluate(WIDTH) > fitted
    page.get_by_role("button", name="Close").click()

    expect(page.locator("dialog")).to_have_count(0)


def test_a_sound_plays_in_the_page(sign_in: SignIn) -> None:
    page = exhibit(sign_in("officer"), "switchboard")

    length = page.evaluate(
        """async () => {
          const player = document.querySelector('audio');
          player.muted = true;
          await player.play();
          return player.duration;
        }"""
    )

    assert round(length) == 2
