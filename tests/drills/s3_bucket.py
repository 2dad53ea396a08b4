"""What only a bucket does: keep what is locked, be away, and come back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from media_evidence import store
from media_evidence.models import Evidence, FixityCheck
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get, refusal
from tests.media_evidence.tus_client import exhibits, tus
from tests.support.cases import make_case
from tests.support.files import jpeg, make_evidence, sent
from tests.support.objects import ObjectServer
from tests.support.people import Cast, access_for, api_client

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("DRILL_S3" not in os.environ, reason="run by script/drill s3"),
]
#: Sent in parts, as anything over 8 MB is.
LARGE = jpeg() + os.urandom(20 << 20)


@pytest.fixture
def server() -> ObjectServer:
    return ObjectServer(Path(os.environ["DRILL_S3"]))


@contextmanager
def away(server: ObjectServer) -> Iterator[None]:
    """Let the S3 server be dead meanwhile."""
    server.kill("client.admin")
    try:
        yield
    finally:
        server.start_gateway()


def exhibit(cast: Cast, content: bytes = b"") -> Evidence:
    access = access_for(cast.officer)
    return make_evidence(access, make_case(access, lead_id=cast.officer.pk), content or jpeg())


def versions(evidence: Evidence) -> list[Any]:
    storage: Any = storages["evidence"]
    found = storage.bucket.object_versions.filter(Prefix=f"{evidence.agency_id}/files/")
    return [version for version in found if version.key.endswith(evidence.sha256)]


@pytest.mark.parametrize("content", [jpeg(), LARGE], ids=["small", "in parts"])
def test_a_lock_keeps_a_file_from_everybody_with_the_key(cast: Cast, settings: Any, content: bytes) -> None:
    settings.EVIDENCE_BUCKET_LOCK_DAYS = 2
    evidence = exhibit(cast, content)
    (version,) = versions(evidence)

    with pytest.raises(PermissionError):
        store.files().remove(evidence.agency_id, evidence.sha256)

    kept = version.head()
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert kept["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=1)
    assert store.files().digest(evidence.agency_id, evidence.sha256) == evidence.sha256


def test_without_a_lock_removing_leaves_no_version(cast: Cast) -> None:
    evidence = exhibit(cast)

    store.files().remove(evidence.agency_id, evidence.sha256)

    assert versions(evidence) == []


def test_any_part_of_a_large_file_is_answered(cast: Cast) -> None:
    evidence = exhibit(cast, LARGE)

    answer = get(cast.officer, f"evidence/{evidence.pk}/file", Range="bytes=9000000-9000099")

    assert answer.status_code == 206
    assert b"".join(answer.streaming_content) == LARGE[9_000_000:9_000_100]


def test_while_the_server_is_away_nothing_is_acknowledged_and_an_upload_goes_on_later(
    committed_cast: Cast, server: ObjectServer
) -> None:
    cast, content = committed_cast, jpeg((9, 9, 9))
    case, sender = make_case(access_for(cast.officer)), tus(cast.officer)
    address = sender.begun(case, content, filename="late.jpg")

    with away(server):
        assert refusal(sender.send(address, 0, content)) == (503, "store_unreachable")
        form = {"file": sent(content, "form.jpg")}
        answer = api_client(cast.officer).post(f"{ROOT}/cases/{case.pk}/evidence", form, format="multipart")
        assert refusal(answer) == (503, "store_unreachable")
        # All bytes arrived, so this would take the file in.
        assert sender.ask(address).status_code == 503
        assert exhibits(cast) == []

    assert sender.offset(address) == len(content)
    (evidence,) = exhibits(cast)
    assert store.files().digest(evidence.agency_id, evidence.sha256) == evidence.sha256


def test_a_server_that_is_away_says_nothing_about_its_files(
    committed_cast: Cast, server: ObjectServer
) -> None:
    evidence = exhibit(committed_cast)

    with away(server):
        answer = get(committed_cast.officer, f"evidence/{evidence.pk}/file")
        assert refusal(answer) == (503, "store_unreachable")
        with pytest.raises(CommandError, match="The evidence store does not answer"):
            call_command("verify_evidence", agency="north")

    access = operator_access(committed_cast.north.pk)
    with agency_scope(access):
        assert not FixityCheck.objects.visible_to(access).exists()
    call_command("verify_evidence", agency="north")


def test_what_was_being_sent_is_ended_after_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    storage: Any = storages["evidence"]
    begun = storage.bucket.Object(f"{cast.north.pk}/files/aa/bb/{'a' * 64}").initiate_multipart_upload()

    assert store.files().sweep(cast.north.pk) == 0
    monkeypatch.setattr(store.disk, "ABANDONED_SECONDS", -1)
    assert store.files().sweep(cast.north.pk) == 1
    assert begun.id not in [upload.id for upload in storage.bucket.multipart_uploads.all()]
