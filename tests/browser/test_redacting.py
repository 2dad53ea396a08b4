"""Marking what a redacted copy leaves out, in Chromium: by mouse, by keyboard, at a desk and on a phone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_exhibits import exhibit
from tests.support.chromium import DESKTOP, PHONE

SHOWN = "() => !document.querySelector('[data-stage]').hidden"


def marked(page: Page) -> list[dict[str, int | str]]:
    """Return the regions that the form would send."""
    regions: list[dict[str, int | str]] = json.loads(page.locator("input[name=regions]").input_value())
    return regions


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_boxes_are_drawn_added_moved_sized_and_removed(sign_in: SignIn, size: tuple[int, int]) -> None:
    page = exhibit(sign_in("supervisor", size), "window")
    page.goto(page.url.replace("/change/", "/mark/").split("#")[0])
    page.wait_for_function(SHOWN)
    stage = page.locator("[data-stage]")
    stage.scroll_into_view_if_needed()
    frame = stage.bounding_box()
    assert frame is not None
    assert frame["x"] + frame["width"] <= size[0]

    page.mouse.move(frame["x"] + 20, frame["y"] + 20)
    page.mouse.down()
    page.mouse.move(frame["x"] + 60, frame["y"] + 50)
    page.mouse.up()
    drawn = marked(page)
    page.get_by_role("button", name="Add a box").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    added = marked(page)
    page.keyboard.press("Delete")

    assert len(drawn) == 1
    assert int(drawn[0]["width"]) > 20
    assert len(added) == 2
    assert int(added[1]["height"]) > 0
    assert marked(page) == drawn
    page.get_by_role("button", name="Make the copy").click()
    page.wait_for_url("**/change/**")
    for _ in range(30):
        if page.get_by_text("Checked: nothing remains underneath.").count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(page.get_by_text("Checked: nothing remains underneath.").first).to_be_visible()
