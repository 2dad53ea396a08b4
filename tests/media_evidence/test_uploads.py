"""Uploads that can be resumed: the tus protocol, header by header, and what is left after each fault."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from cases.models import Case
from media_evidence import parts
from tests.api.calls import ROOT, refusal
from tests.media_evidence.tus_client import (
    CONTENT,
    HALF,
    Tus,
    exhibits,
    files_in,
    key_of,
    metadata,
)
from tests.support.people import Cast
from tests.support.stored import content_of

pytestmark = pytest.mark.django_db(transaction=True)


def sum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def cut_after(count: int) -> dict[str, Any]:
    """Return what makes a client's connection end after so many bytes."""
    return {"wsgi.input": io.BytesIO(CONTENT[:count])}


@pytest.mark.on_disk
def test_a_file_in_two_parts_is_an_exhibit_with_the_last_byte(
    committed_cast: Cast, sender: Tus, case: Case, evidence_dir: Path
) -> None:
    said = {
        "filename": "window.jpg",
        "title": "The window",
        "camera_type": "phone",
        "sha256": sum_of(CONTENT),
    }
    address = sender.begun(case, CONTENT, **said, captured_at="2026-03-02T06:31:00Z")

    first = sender.send(address, 0, CONTENT[:HALF])
    asked = sender.ask(address)
    last = sender.send(address, HALF, CONTENT[HALF:])

    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(HALF))
    assert "Upload-Expires" in first.headers
    assert asked.headers["Upload-Offset"] == str(HALF)
    assert asked.headers["Upload-Length"] == str(len(CONTENT))
    assert "no-store" in asked.headers["Cache-Control"]
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(CONTENT)))
    (exhibit,) = exhibits(committed_cast)
    assert last.headers["X-Exhibit"] == f"{ROOT}/evidence/{exhibit.pk}"
    assert (exhibit.title, exhibit.camera_type, exhibit.file_name) == ("The window", "phone", "window.jpg")
    assert exhibit.captured_at == datetime(2026, 3, 2, 6, 31, tzinfo=UTC)
    assert (exhibit.sha256, exhibit.size) == (sum_of(CONTENT), len(CONTENT))
    assert content_of(exhibit) == CONTENT
    assert files_in(evidence_dir) == [exhibit.sha256]


def test_who_lost_the_last_answer_learns_that_it_was_taken_in_once(
    committed_cast: Cast, sender: Tus, case: Case
) -> None:
    address = sender.begun(case, CONTENT)
    told = sender.send(address, 0, CONTENT)

    asked = sender.ask(address)
    again = sender.send(address, len(CONTENT), b"")
    anew = sender.send(address, 0, CONTENT)

    assert asked.headers["Upload-Offset"] == str(len(CONTENT))
    assert asked.headers["X-Exhibit"] == told.headers["X-Exhibit"] == again.headers["X-Exhibit"]
    assert refusal(anew) == (409, "offset_mismatch")
    assert len(exhibits(committed_cast)) == 1


@pytest.mark.parametrize("most_in_memory", [10, 1 << 20])
def test_bytes_may_come_with_the_creation(
    committed_cast: Cast, sender: Tus, case: Case, settings: Any, most_in_memory: int
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = most_in_memory
    answer = sender.begin(case, len(CONTENT), CONTENT[:HALF])
    address = answer.headers["Location"]

    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(HALF))
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.json()["offset"] == sender.offset(address) == HALF
    assert sender.send(address, HALF, CONTENT[HALF:]).status_code == 204
    assert [exhibit.sha256 for exhibit in exhibits(committed_cast)] == [sum_of(CONTENT)]


@pytest.mark.on_disk
def test_a_whole_file_may_come_with_the_creation(
    committed_cast: Cast, sender: Tus, case: Case, evidence_dir: Path
) -> None:
    answer = sender.begin(case, len(CONTENT), CONTENT, HTTP_UPLOAD_METADATA=metadata(filename="../../a.jpg"))

    (exhibit,) = exhibits(committed_cast)
    assert answer.headers["X-Exhibit"].endswith(str(exhibit.pk))
    assert exhibit.file_name == "a.jpg"
    assert sender.ask(answer.headers["Location"]).headers["X-Exhibit"] == answer.headers["X-Exhibit"]
    assert files_in(evidence_dir) == [exhibit.sha256]


def test_no_transaction_is_open_while_bytes_flow(sender: Tus, case: Case, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    open_then: list[bool] = []

    class Slow(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            open_then.append(connection.in_atomic_block)
            return super().read(*size)

    begun = sender.begin(case, len(CONTENT), CONTENT[:HALF], **{"wsgi.input": Slow(CONTENT[:HALF])})
    rest = {"wsgi.input": Slow(CONTENT[HALF:])}
    last = sender.send(begun.headers["Location"], HALF, CONTENT[HALF:], **rest)

    assert (begun.status_code, last.status_code) == (201, 204)
    assert set(open_then) == {False}


def test_a_creation_with_an_idempotency_key_is_done_once(
    committed_cast: Cast, sender: Tus, case: Case
) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "once-and-once-only"}

    first = sender.begin(case, len(CONTENT), CONTENT, **key)
    second = sender.begin(case, len(CONTENT), CONTENT, **key)
    other = sender.begin(case, len(CONTENT) + 1, CONTENT, **key)

    assert (second.status_code, second.headers["Location"]) == (201, first.headers["Location"])
    assert second.headers["Upload-Offset"] == str(len(CONTENT))
    assert refusal(other) == (422, "idempotency_key_reused")
    assert len(exhibits(committed_cast)) == 1


def test_what_this_server_offers(sender: Tus, case: Case, settings: Any) -> None:
    settings.MAX_UPLOAD_MB = 3

    answer = sender.client.options(f"{ROOT}/cases/{case.pk}/evidence/uploads")

    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert answer.headers["Tus-Max-Size"] == str(3 << 20)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"HTTP_TUS_RESUMABLE": "0.2.2"}, (412, "tus_version")),
        ({"HTTP_UPLOAD_LENGTH": "-1"}, (400, "invalid_header")),
        ({"HTTP_UPLOAD_LENGTH": ""}, (400, "invalid_header")),
        ({"HTTP_UPLOAD_LENGTH": "0"}, (400, "empty_file")),
        ({"HTTP_UPLOAD_LENGTH": str(1 << 40)}, (413, "upload_too_large")),
        ({"HTTP_UPLOAD_DEFER_LENGTH": "1"}, (400, "invalid_header")),
        ({"HTTP_UPLOAD_METADATA": "title ***"}, (400, "invalid_metadata")),
        ({"HTTP_UPLOAD_METADATA": "title YQ==,title YQ=="}, (400, "invalid_metadata")),
        ({"HTTP_UPLOAD_METADATA": "title /w=="}, (400, "invalid_metadata")),
        ({"HTTP_UPLOAD_METADATA": metadata(title="x" * 201)}, (400, "invalid_input")),
        ({"HTTP_UPLOAD_METADATA": metadata(media_type="painting")}, (400, "invalid_input")),
        ({"HTTP_UPLOAD_METADATA": metadata(camera_type="box")}, (400, "invalid_input")),
        ({"HTTP_UPLOAD_METADATA": metadata(captured_at="yesterday")}, (400, "invalid_input")),
        ({"HTTP_UPLOAD_METADATA": metadata(captured_at="2026-03-02T06:31:00")}, (400, "invalid_input")),
        ({"HTTP_UPLOAD_METADATA": metadata(captured_at="2999-01-01T00:00:00Z")}, (400, "invalid_input")),
        ({"HTTP_UPLOAD_METADATA": metadata(sha256="abc")}, (400, "invalid_input")),
    ],
)
@pytest.mark.parametrize("content", [None, CONTENT])
def test_a_creation_that_is_wrong_is_refused_and_leaves_nothing(
    sender: Tus,
    case: Case,
    evidence_dir: Path,
    headers: dict[str, str],
    expected: tuple[int, str],
    content: bytes | None,
) -> None:
    answer = sender.begin(case, len(CONTENT), content, **headers)

    assert refusal(answer) == expected
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers.get("Tus-Version") == ("1.0.0" if expected[0] == 412 else None)
    assert files_in(evidence_dir) == []


@pytest.mark.parametrize(
    ("headers", "content", "expected"),
    [
        ({"HTTP_TUS_RESUMABLE": "2.0.0"}, b"abc", (412, "tus_version")),
        ({"HTTP_UPLOAD_OFFSET": "1"}, b"abc", (409, "offset_mismatch")),
        ({"HTTP_UPLOAD_OFFSET": "x"}, b"abc", (400, "invalid_header")),
        ({"CONTENT_TYPE": "application/octet-stream"}, b"abc", (415, "unsupported_media_type")),
        ({}, CONTENT + b"x", (413, "upload_too_large")),
        ({"CONTENT_LENGTH": ""}, b"abc", (411, "length_required")),
        ({"HTTP_UPLOAD_CHECKSUM": "md5 YQ=="}, b"abc", (400, "invalid_checksum")),
        ({"HTTP_UPLOAD_CHECKSUM": "sha256 ***"}, b"abc", (400, "invalid_checksum")),
        ({"HTTP_UPLOAD_CHECKSUM": "sha256 YQ=="}, b"abc", (460, "checksum_mismatch")),
    ],
)
def test_bytes_that_are_wrong_are_refused_and_the_offset_stays(
    sender: Tus, case: Case, headers: dict[str, str], content: bytes, expected: tuple[int, str]
) -> None:
    address = sender.begun(case, CONTENT)

    answer = sender.send(address, 0, content, **headers)

    assert refusal(answer) == expected
    assert sender.offset(address) == 0


@pytest.mark.parametrize("name", ["sha256", "sha1"])
def test_bytes_are_compared_with_their_checksum(sender: Tus, case: Case, name: str) -> None:
    address = sender.begun(case, CONTENT)
    digest = base64.b64encode(hashlib.new(name, CONTENT[:HALF]).digest()).decode()

    kept = sender.send(address, 0, CONTENT[:HALF], HTTP_UPLOAD_CHECKSUM=f"{name} {digest}")
    lost = sender.send(address, HALF, CONTENT[HALF:], HTTP_UPLOAD_CHECKSUM=f"{name} {digest}")

    assert (kept.status_code, lost.status_code) == (204, 460)
    assert sender.offset(address) == HALF


def test_a_file_that_is_not_the_declared_one_begins_again(
    committed_cast: Cast, sender: Tus, case: Case
) -> None:
    address = sender.begun(case, CONTENT, sha256=sum_of(CONTENT))

    wrong = sender.send(address, 0, b"x" * len(CONTENT))

    assert refusal(wrong) == (400, "hash_mismatch")
    assert exhibits(committed_cast) == []
    assert sender.offset(address) == 0
    assert sender.send(address, 0, CONTENT).status_code == 204


def test_what_arrived_before_the_connection_was_cut_is_kept(sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)

    answer = sender.send(address, 0, CONTENT, **cut_after(HALF))

    assert refusal(answer) == (400, "upload_truncated")
    assert sender.offset(address) == HALF


def test_what_was_cut_before_its_checksum_is_not_kept(sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()

    sender.send(
        address,
        0,
        CONTENT,
        **cut_after(HALF),
        HTTP_UPLOAD_CHECKSUM=f"sha256 {digest}",
    )

    assert sender.offset(address) == 0


def test_bytes_that_a_killed_server_had_not_compared_are_forgotten(sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)
    sender.send(address, 0, CONTENT[:10])
    # As kill -9 leaves it: noted and written, not compared.
    parts.part_path(key_of(address)).with_suffix(".unproven").write_text("10")
    with parts.part_path(key_of(address)).open("ab") as file:
        file.write(b"wrong")

    assert sender.offset(address) == 10
    assert sender.send(address, 10, CONTENT[10:]).status_code == 204


def test_an_upload_whose_server_was_killed_after_the_last_byte_is_finished_by_asking(
    committed_cast: Cast, sender: Tus, case: Case
) -> None:
    address = sender.begun(case, CONTENT)
    parts.part_path(key_of(address)).write_bytes(CONTENT)

    asked = sender.ask(address)

    assert asked.headers["Upload-Offset"] == str(len(CONTENT))
    assert [exhibit.sha256 for exhibit in exhibits(committed_cast)] == [sum_of(CONTENT)]
    assert asked.headers["X-Exhibit"].endswith(str(exhibits(committed_cast)[0].pk))


def test_of_two_that_send_at_once_one_is_refused(sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)

    with parts.held(key_of(address)):
        answer = sender.send(address, 0, CONTENT)

    assert refusal(answer) == (423, "upload_locked")
    assert sender.offset(address) == 0
