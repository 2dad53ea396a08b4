"""Uploads that can be resumed: until when, whose they are, and the console's way in."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Case
from media_evidence import parts
from media_evidence.jobs import sweep_uploads_job
from media_evidence.models import Upload
from nethra.core.scope import agency_scope
from tests.api.calls import anonymous, refusal
from tests.media_evidence.tus_client import (
    CONTENT,
    HALF,
    SPEAKS,
    Tus,
    exhibits,
    files_in,
    key_of,
    metadata,
    tus,
)
from tests.support.cases import make_case, make_case_in
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db(transaction=True)


def age(address: str, hours: float) -> None:
    """Let the last byte of an upload be so old."""
    path = parts.part_path(key_of(address))
    then = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))


def test_an_upload_that_nobody_went_on_with_expires_and_is_swept(
    committed_cast: Cast, sender: Tus, case: Case, evidence_dir: Path, settings: Any
) -> None:
    address = sender.begun(case, CONTENT)
    sender.send(address, 0, CONTENT[:HALF])
    with agency_scope(access_for(committed_cast.officer)):
        began = datetime.now(UTC) - timedelta(hours=30)
        Upload._base_manager.filter(pk=key_of(address)).update(begun_at=began)
    assert sender.offset(address) == HALF
    age(address, 25)

    assert sender.ask(address).status_code == 410
    assert refusal(sender.send(address, HALF, CONTENT[HALF:])) == (410, "upload_expired")
    sweep_uploads_job(agency_id=committed_cast.north.pk)
    assert files_in(evidence_dir) == []
    assert sender.ask(address).status_code == 410


def test_what_ended_long_ago_is_forgotten(committed_cast: Cast, sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)
    with agency_scope(access_for(committed_cast.officer)):
        began = datetime.now(UTC) - timedelta(days=9)
        Upload._base_manager.filter(pk=key_of(address)).update(begun_at=began)

    sweep_uploads_job(agency_id=committed_cast.north.pk)

    assert sender.ask(address).status_code == 404


def test_an_upload_is_ended(sender: Tus, case: Case, evidence_dir: Path) -> None:
    address = sender.begun(case, CONTENT)
    sender.send(address, 0, CONTENT[:HALF])

    assert sender.end(address).status_code == 204
    assert sender.ask(address).status_code == 404
    assert files_in(evidence_dir) == []


def test_an_exhibit_is_not_ended(committed_cast: Cast, sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)
    sender.send(address, 0, CONTENT)

    assert refusal(sender.end(address)) == (409, "already_taken_in")
    assert len(exhibits(committed_cast)) == 1


def test_an_upload_is_its_owners_alone(committed_cast: Cast, sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)

    for other in (committed_cast.admin, committed_cast.supervisor, committed_cast.south_officer):
        asked = tus(other)
        assert asked.ask(address).status_code == 404
        assert refusal(asked.send(address, 0, CONTENT)) == (404, "not_found")
        assert refusal(asked.end(address)) == (404, "not_found")
    assert refusal(tus(committed_cast.analyst).send(address, 0, CONTENT)) == (403, "not_allowed")
    assert sender.offset(address) == 0


def test_nobody_sends_without_signing_in(
    committed_cast: Cast, sender: Tus, case: Case, evidence_dir: Path
) -> None:
    address = sender.begun(case, CONTENT)
    nobody = Tus(anonymous())

    assert refusal(nobody.begin(case, len(CONTENT), CONTENT)) == (401, "not_signed_in")
    assert refusal(nobody.send(address, 0, CONTENT)) == (401, "not_signed_in")
    assert files_in(evidence_dir) == []


def test_a_case_that_was_closed_meanwhile_takes_nothing(committed_cast: Cast, sender: Tus) -> None:
    from tests.support.cases import SAID, move

    case = make_case(access_for(committed_cast.officer))
    address = sender.begun(case, CONTENT)
    move(access_for(committed_cast.supervisor), case, "closed_unfounded", **SAID)

    assert refusal(sender.send(address, 0, CONTENT)) == (409, "case_closed")
    assert exhibits(committed_cast) == []
    move(access_for(committed_cast.supervisor), case, "reopened", **SAID)
    assert sender.offset(address) == len(CONTENT)
    assert len(exhibits(committed_cast)) == 1


def test_a_closed_case_and_one_of_others_begin_none(
    committed_cast: Cast, sender: Tus, evidence_dir: Path
) -> None:
    closed = make_case_in(committed_cast, "closed_unfounded")
    foreign = make_case(access_for(committed_cast.south_officer))

    for content in (None, CONTENT):
        assert refusal(sender.begin(closed, len(CONTENT), content)) == (409, "case_closed")
        assert refusal(sender.begin(foreign, len(CONTENT), content)) == (404, "not_found")
    assert files_in(evidence_dir) == []


def test_methods_may_be_overridden_where_a_network_knows_post_alone(sender: Tus, case: Case) -> None:
    address = sender.begun(case, CONTENT)
    said = {**SPEAKS, "HTTP_UPLOAD_OFFSET": "0", "HTTP_X_HTTP_METHOD_OVERRIDE": "PATCH"}

    answer = sender.client.generic("POST", address, CONTENT[:HALF], "application/offset+octet-stream", **said)

    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(HALF))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE media_evidence_upload SET length = 1",
        "UPDATE media_evidence_upload SET declared_sha256 = repeat('0', 64)",
        "UPDATE media_evidence_upload SET finished_at = now()",
        "TRUNCATE media_evidence_upload",
    ],
)
def test_no_writer_changes_what_an_upload_began_as(
    committed_cast: Cast, sender: Tus, case: Case, statement: str
) -> None:
    sender.begun(case, CONTENT)

    access = access_for(committed_cast.officer)
    with agency_scope(access), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)


# The console's way in


def test_the_console_takes_a_file_in_by_the_same_protocol(committed_cast: Cast, case: Case) -> None:
    client = console_client(committed_cast.officer)
    said: Any = {
        **SPEAKS,
        "HTTP_UPLOAD_LENGTH": str(len(CONTENT)),
        "HTTP_UPLOAD_METADATA": metadata(case_number=case.number),
    }
    begun = client.generic("POST", "/console/uploads/", b"", "text/plain", **said)

    last = Tus(client).send(begun.headers["Location"], 0, CONTENT)

    (exhibit,) = exhibits(committed_cast)
    assert begun.status_code == 201
    assert last.headers["X-Exhibit"] == f"/console/media_evidence/evidence/{exhibit.pk}/change/"
    assert Tus(client).offset(begun.headers["Location"]) == len(CONTENT)


def test_the_console_reads_nothing_of_a_forged_request(
    committed_cast: Cast, case: Case, evidence_dir: Path
) -> None:
    client = console_client(committed_cast.officer)
    client.handler.enforce_csrf_checks = True
    said: Any = {
        **SPEAKS,
        "HTTP_UPLOAD_LENGTH": str(len(CONTENT)),
        "HTTP_UPLOAD_METADATA": metadata(case_number=case.number),
    }

    answer = client.generic("POST", "/console/uploads/", CONTENT, "application/offset+octet-stream", **said)

    assert answer.status_code == 403
    assert exhibits(committed_cast) == []
    assert files_in(evidence_dir) == []


def test_the_console_refuses_in_words_that_a_script_reads(committed_cast: Cast, case: Case) -> None:
    client = console_client(committed_cast.officer)
    said: Any = {
        **SPEAKS,
        "HTTP_UPLOAD_LENGTH": "5",
        "HTTP_UPLOAD_METADATA": metadata(case_number="2026-999999"),
    }

    answer = client.generic("POST", "/console/uploads/", b"", "text/plain", **said)

    assert answer.status_code == 400
    assert answer.json()["detail"] == "There is no case with this number."
    assert client.get("/console/uploads/").status_code == 405


def test_the_console_says_which_value_is_not_right(committed_cast: Cast, case: Case) -> None:
    client = console_client(committed_cast.officer)
    said: Any = {
        **SPEAKS,
        "HTTP_UPLOAD_LENGTH": "5",
        "HTTP_UPLOAD_METADATA": metadata(case_number=case.number, captured_at="2999-01-01T00:00:00Z"),
    }

    answer = client.generic("POST", "/console/uploads/", b"", "text/plain", **said)

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"captured_at": ["It cannot have been recorded in the future."]}
