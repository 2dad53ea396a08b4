"""Marking what a redacted copy leaves out, in Chromium: by mouse, by keyboard, at a desk and on a phone."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_exhibits import exhibit
from tests.browser.test_uploads import Program, program
from tests.support import seeds
from tests.support.chromium import DESKTOP, PHONE

__all__ = ["program"]

CLEAN = "Checked: nothing remains underneath."
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
    make(page)


def make(page: Page) -> None:
    """Order the copy, and wait on the exhibit's page until a worker made and checked it."""
    page.get_by_role("button", name="Make the copy").click()
    page.wait_for_url("**/change/**")
    for _ in range(30):
        if page.get_by_text(CLEAN).count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(page.get_by_text(CLEAN).first).to_be_visible()


def taken_in(program: Program, content: bytes, name: str) -> str:
    """Return the key of a new exhibit of a case of the demonstration."""
    said = {"filename": base64.b64encode(name.encode()).decode()}
    answer = program.ask(
        "POST",
        f"/api/v1/cases/{program.case['id']}/evidence/uploads",
        content,
        Upload_Length=str(len(content)),
        Upload_Metadata=f"filename {said['filename']}",
        Content_Type="application/offset+octet-stream",
    )
    assert answer.status == 201
    return str(answer.headers["X-Exhibit"]).rstrip("/").rsplit("/", 1)[1]


def test_a_box_on_the_second_page_of_a_pdf_is_made_and_released(
    sign_in: SignIn, program: Program, tmp_path: Path
) -> None:
    key = taken_in(program, seeds.pdf(2), "report.pdf")
    page = sign_in("supervisor").open(f"/console/media_evidence/evidence/{key}/mark/")
    page.wait_for_function(SHOWN)
    expect(page.locator("[data-number]")).to_have_text("Page 1 of 2")
    expect(page.get_by_role("button", name="Make the copy")).to_be_disabled()

    page.get_by_role("button", name="Next page").click()
    expect(page.locator("[data-number]")).to_have_text("Page 2 of 2")
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.get_by_role("button", name="Add a box").click()
    assert [region["page"] for region in marked(page)] == [2]
    page.get_by_role("button", name="Previous page").click()
    expect(page.locator(".nethra-redact-box")).to_have_count(0)
    make(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download copy 1").click()
    download.value.save_as(tmp_path / "copy.pdf")
    words = subprocess.run(
        ["pdftotext", str(tmp_path / "copy.pdf"), "-"], capture_output=True, text=True, check=True
    )
    assert words.stdout.strip("\f\n") == ""
    page.get_by_role("link", name="Release copy 1").click()
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_label("To")).to_be_focused()
    page.get_by_label("To").fill("The defence")
    page.get_by_label("Why").fill("Order 7 of the court")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Released to The defence").first).to_be_visible()


def test_words_of_a_text_are_selected_and_taken_out(
    sign_in: SignIn, program: Program, tmp_path: Path
) -> None:
    key = taken_in(program, "Zoë 👁 Smith saw it.\n".encode(), "note.txt")
    page = sign_in("supervisor").open(f"/console/media_evidence/evidence/{key}/mark/")
    text = page.get_by_label("Text of the exhibit")
    expect(text).to_have_value("Zoë 👁 Smith saw it.\n")

    page.get_by_role("button", name="Take out what is selected").click()
    expect(page.get_by_text("Select words in the text first.")).to_be_visible()
    # In units of UTF-16, as a selection is: the eye is two.
    text.evaluate("area => { area.focus(); area.setSelectionRange(7, 12); }")
    page.get_by_role("button", name="Take out what is selected").click()
    assert marked(page) == [{"reason": "victim", "start": 6, "end": 11}]
    make(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download copy 1").click()
    download.value.save_as(tmp_path / "copy.txt")
    told = (tmp_path / "copy.txt").read_text()
    assert "Smith" not in told
    assert told.startswith("Zoë 👁 ")
    assert told.endswith(" saw it.\n")
