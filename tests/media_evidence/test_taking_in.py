"""Taking a file in: over the API, with everything that can be wrong about it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from media_evidence.models import Evidence
from media_evidence.store import file_path
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case, make_case_in
from tests.support.files import PDF, jpeg, make_evidence, sent
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.stored import content_of, overwrite

pytestmark = pytest.mark.django_db


def upload(user: Any, case: Any, content: bytes = b"", name: str = "window.jpg", **fields: Any) -> Any:
    body = {"file": sent(content or jpeg(), name), **fields}
    return api_client(user).post(f"{ROOT}/cases/{case.pk}/evidence", body, format="multipart")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.on_disk
def test_a_file_is_stored_under_its_digest_before_it_is_acknowledged(cast: Cast, evidence_dir: Path) -> None:
    content = jpeg()
    sha256 = hashlib.sha256(content).hexdigest()

    answer = upload(cast.officer, make_case(access_for(cast.officer)), content, sha256=sha256)

    record = answer.json()
    stored = file_path(cast.north.pk, sha256)
    assert answer.status_code == 201, record
    assert (record["sha256"], record["size"], record["content_type"]) == (sha256, len(content), "image/jpeg")
    assert (record["media_type"], record["title"], record["position"]) == ("photo", "window.jpg", 1)
    assert stored.read_bytes() == content
    assert stored.stat().st_mode & 0o777 == 0o440
    assert files_in(evidence_dir) == [stored]


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "photo.jpg", "document"),
        (b"A note.\n", "note.txt", "document"),
        (b"\x00\x01\x02\x03" * 9, "x", "other"),
    ],
)
def test_the_type_is_that_of_the_content_whatever_the_name_says(
    cast: Cast, content: bytes, name: str, media_type: str
) -> None:
    answer = upload(cast.officer, make_case(access_for(cast.officer)), content, name)

    assert answer.json()["media_type"] == media_type


def test_fields_of_a_form_that_are_empty_are_like_none(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    empty: Any = {"title": "", "media_type": "", "camera_type": "", "description": "", "captured_at": ""}

    record = upload(cast.officer, case, name="rear.jpg", **empty).json()

    assert (record["title"], record["media_type"]) == ("rear.jpg", "photo")


def test_exhibits_count_within_their_case(cast: Cast) -> None:
    access = access_for(cast.officer)
    one, other = make_case(access), make_case(access)

    positions = [make_evidence(access, case).position for case in (one, one, other)]

    assert positions == [1, 2, 1]


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"sha256": "0" * 64}, 400, "hash_mismatch", "sha256"),
        ({"sha256": "abc"}, 400, "invalid_input", "sha256"),
        ({"media_type": "video"}, 400, "invalid_input", "media_type"),
        ({"media_type": "painting"}, 400, "invalid_input", "media_type"),
        ({"camera_type": "box"}, 400, "invalid_input", "camera_type"),
        ({"captured_at": "2999-01-01T00:00:00Z"}, 400, "invalid_input", "captured_at"),
        ({"weight": "3"}, 400, "invalid_input", "weight"),
    ],
)
def test_what_is_misdeclared_is_refused_and_leaves_nothing(
    cast: Cast, evidence_dir: Path, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = upload(cast.officer, make_case(access_for(cast.officer)), **fields)

    assert refusal(answer) == (status, code)
    assert list(answer.json()["errors"]) == [field]
    assert files_in(evidence_dir) == []
    with agency_scope(access_for(cast.officer)):
        assert not Evidence.objects.visible_to(access_for(cast.officer)).exists()


def test_an_empty_file_is_refused(cast: Cast, evidence_dir: Path) -> None:
    case = make_case(access_for(cast.officer))
    body = {"file": sent(b"", "empty.txt")}

    answer = api_client(cast.officer).post(f"{ROOT}/cases/{case.pk}/evidence", body, format="multipart")

    assert refusal(answer) == (400, "empty_file")
    assert files_in(evidence_dir) == []


def test_a_form_without_a_file_is_refused(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    answer = api_client(cast.officer).post(
        f"{ROOT}/cases/{case.pk}/evidence", {"title": "x"}, format="multipart"
    )

    assert refusal(answer) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == ["file"]


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(
    cast: Cast, evidence_dir: Path, settings: Any
) -> None:
    settings.MAX_UPLOAD_MB = 1

    answer = upload(cast.officer, make_case(access_for(cast.officer)), b"x" * (3 << 20))

    assert refusal(answer) == (413, "upload_too_large")
    assert files_in(evidence_dir) == []


def test_the_console_says_it_on_a_page(cast: Cast, evidence_dir: Path, settings: Any) -> None:
    settings.MAX_UPLOAD_MB = 1
    body = {"case_number": "x", "file": sent(b"x" * (3 << 20))}

    answer = console_client(cast.officer).post("/console/media_evidence/evidence/add/", body)

    assert answer.status_code == 413
    assert b"larger than" in answer.content
    assert files_in(evidence_dir) == []


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_truncated_form_is_refused_and_leaves_nothing(cast: Cast, evidence_dir: Path, cut: int) -> None:
    case = make_case(access_for(cast.officer))
    content = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"a" * 500
    whole = content + b"\r\n--x--\r\n"

    client: Any = api_client(cast.officer)
    answer = client.generic(
        "POST", f"{ROOT}/cases/{case.pk}/evidence", whole[: -cut - 4], "multipart/form-data; boundary=x"
    )

    assert refusal(answer) == (400, "upload_truncated")
    assert files_in(evidence_dir) == []


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_form_that_is_not_posted_is_refused_by_its_method(
    cast: Cast, evidence_dir: Path, method: str
) -> None:
    case = make_case(access_for(cast.officer))
    send = getattr(api_client(cast.officer), method)

    answer = send(f"{ROOT}/cases/{case.pk}/evidence", {"file": sent(jpeg())}, format="multipart")

    assert answer.status_code == 405, answer.content
    assert files_in(evidence_dir) == []


def test_nobody_sends_a_file_without_a_session(cast: Cast, evidence_dir: Path) -> None:
    from rest_framework.test import APIClient

    case = make_case(access_for(cast.officer))
    body = {"file": sent(jpeg())}

    answer = APIClient().post(f"{ROOT}/cases/{case.pk}/evidence", body, format="multipart")

    assert answer.status_code == 401
    assert not evidence_dir.exists()


def test_nobody_sends_a_file_to_the_sign_in_page(cast: Cast, evidence_dir: Path) -> None:
    answer = Client().post("/console/login/", {"email": "a@b.test", "password": "x", "file": sent(jpeg())})

    assert answer.status_code == 200
    assert not evidence_dir.exists()


def test_a_closed_case_takes_no_evidence(cast: Cast, evidence_dir: Path) -> None:
    answer = upload(cast.officer, make_case_in(cast, "closed_unfounded"))

    assert refusal(answer) == (409, "case_closed")
    assert files_in(evidence_dir) == []


@pytest.mark.on_disk
def test_the_same_file_twice_is_stored_once_and_is_two_exhibits(cast: Cast, evidence_dir: Path) -> None:
    case, content = make_case(access_for(cast.officer)), jpeg()

    answers = [upload(cast.officer, case, content) for _ in range(2)]

    assert [answer.json()["position"] for answer in answers] == [1, 2]
    assert len(files_in(evidence_dir)) == 1


@pytest.mark.on_disk
def test_agencies_share_no_file(cast: Cast, evidence_dir: Path) -> None:
    content = jpeg()
    for user in (cast.officer, cast.south_officer):
        assert upload(user, make_case(access_for(user)), content).status_code == 201

    assert len({path.relative_to(evidence_dir).parts[0] for path in files_in(evidence_dir)}) == 2


def test_taking_the_same_file_in_again_heals_an_altered_one(cast: Cast) -> None:
    case, content = make_case(access_for(cast.officer)), jpeg()
    sha256 = upload(cast.officer, case, content).json()["sha256"]
    with agency_scope(access_for(cast.officer)):
        evidence = Evidence.objects.visible_to(access_for(cast.officer)).get(sha256=sha256)
    overwrite(evidence, b"other")

    upload(cast.officer, case, content)

    assert content_of(evidence) == content


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM media_evidence_evidence",
        "UPDATE media_evidence_evidence SET sha256 = repeat('0', 64)",
        "UPDATE media_evidence_evidence SET size = 1",
        "UPDATE media_evidence_evidence SET uploaded_at = now()",
        "TRUNCATE media_evidence_evidence",
    ],
)
def test_no_writer_changes_or_removes_what_was_taken_in(cast: Cast, statement: str) -> None:
    access = access_for(cast.officer)
    make_evidence(access, make_case(access))

    with agency_scope(access), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)


def test_another_agency_gets_nothing_of_an_exhibit(cast: Cast) -> None:
    access = access_for(cast.officer)
    evidence = make_evidence(access, make_case(access))
    client = api_client(cast.south_admin)

    for path in ("", "/file", "/thumbnail"):
        assert client.get(f"{ROOT}/evidence/{evidence.pk}{path}").status_code == 404
