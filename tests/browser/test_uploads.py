"""Uploads that are cut and go on: in Chromium by the page's own script, and by hand over a raw connection."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import random
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.served import LOGINS, Served

MEGABYTE = 1 << 20


class Program:
    """An officer's program: a token, a case, and connections of its own."""

    def __init__(self, served: Served) -> None:
        self.host = served.url.removeprefix("http://")
        self.url = served.url
        email, password = LOGINS["officer"]
        login = json.dumps({"email": email, "password": password}).encode()
        request = urllib.request.Request(  # noqa: S310
            f"{served.url}/api/v1/auth/login", login, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            token = json.load(answer)["token"]
        self.headers = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
        self.case = self.get("cases?status=open&size=1")["data"][0]

    def get(self, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", headers=self.headers)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        """Return the answer to one request on a connection of its own."""
        link = http.client.HTTPConnection(self.host, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        link.request(method, path, body, {**self.headers, **named})
        answer = link.getresponse()
        answer.read()
        link.close()
        return answer

    def begin(self, length: int, **said: str) -> str:
        metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())
        path = f"/api/v1/cases/{self.case['id']}/evidence/uploads"
        answer = self.ask("POST", path, Upload_Length=str(length), Upload_Metadata=metadata)
        assert answer.status == 201
        return str(answer.headers["Location"])


@pytest.fixture
def program(served: Served) -> Program:
    return Program(served)


def test_what_came_before_a_cut_stays_and_the_rest_makes_an_exhibit(program: Program) -> None:
    content = random.Random(1).randbytes(3 * MEGABYTE)
    address = program.begin(len(content), filename="cut.bin", sha256=hashlib.sha256(content).hexdigest())

    link = http.client.HTTPConnection(program.host, timeout=30)
    link.putrequest("PATCH", address)
    sent = {
        **program.headers,
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(len(content)),
    }
    for name, value in sent.items():
        link.putheader(name, value)
    link.endheaders(content[: 2 * MEGABYTE])
    link.close()
    arrived = _settled(program, address)
    rest = program.ask(
        "PATCH",
        address,
        content[arrived:],
        Upload_Offset=str(arrived),
        Content_Type="application/offset+octet-stream",
    )

    assert 0 < arrived <= 2 * MEGABYTE
    assert rest.status == 204
    exhibit = program.get(rest.headers["X-Exhibit"].removeprefix("/api/v1/"))
    assert exhibit["sha256"] == hashlib.sha256(content).hexdigest()


def _settled(program: Program, address: str) -> int:
    """Return the offset when the cut request has written all it got."""
    before = -1
    while True:
        now = int(program.ask("HEAD", address).headers["Upload-Offset"])
        if now == before and now:
            return now
        before = now


def test_a_page_sends_several_files_and_goes_on_after_a_cut_and_a_reload(
    sign_in: SignIn, program: Program, tmp_path: Path
) -> None:
    driver = sign_in("officer")
    page = driver.open(f"/console/media_evidence/evidence/add/?case={program.case['number']}")
    large, small = tmp_path / "street.bin", tmp_path / "note.txt"
    large.write_bytes(random.Random(2).randbytes(24 * MEGABYTE))
    small.write_bytes(b"A note.\n")
    _slow_down(page, 3 * MEGABYTE)

    page.set_input_files("#uploads-files", [str(large), str(small)])
    expect(page.get_by_text("note.txt is taken in.")).to_be_visible(timeout=20000)
    expect(page.locator("#uploads-case")).to_have_value(program.case["number"])
    bar = page.get_by_label("street.bin", exact=True)
    expect(bar).to_be_visible()
    page.wait_for_function("document.querySelector('[data-uploads-list] progress').value > 0.3")
    page.get_by_role("button", name="Pause street.bin").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload(wait_until="load")
    expect(page.locator("[data-uploads-waiting]")).to_contain_text("Not finished on this computer: 1.")

    offsets: list[str] = []
    page.on("request", lambda asked: offsets.append(asked.headers.get("upload-offset", "")))
    _slow_down(page, -1)
    page.set_input_files("#uploads-files", str(large))
    expect(page.get_by_text("street.bin is taken in.")).to_be_visible(timeout=30000)

    first = next(offset for offset in offsets if offset)
    assert int(first) > MEGABYTE
    page.get_by_role("link", name="Taken in").click()
    expect(page.locator("body")).to_contain_text(hashlib.sha256(large.read_bytes()).hexdigest())


def test_an_empty_file_is_said_to_be_empty(sign_in: SignIn, program: Program, tmp_path: Path) -> None:
    driver = sign_in("officer")
    page = driver.open(f"/console/media_evidence/evidence/add/?case={program.case['number']}")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")

    page.set_input_files("#uploads-files", str(empty))

    expect(page.get_by_text("The file is empty.", exact=True)).to_be_visible(timeout=20000)
    driver.complaints.clear()


def test_a_refused_file_says_why_and_is_cancelled(sign_in: SignIn, tmp_path: Path) -> None:
    page = sign_in("officer").open("/console/media_evidence/evidence/add/")
    note = tmp_path / "note.txt"
    note.write_bytes(b"A note.\n")

    page.set_input_files("#uploads-files", str(note))
    expect(page.get_by_text("Say first which case these files belong to.")).to_be_visible()
    assert page.locator("[data-uploads-list] li").count() == 0


def _slow_down(page: Page, bytes_a_second: int) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second},
    )
