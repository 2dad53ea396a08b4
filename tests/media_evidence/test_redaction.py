"""Redacted copies of exhibits: ordered, made, cancelled, checked, released or refused."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from PIL import Image

from media_evidence.choices import CustodyKind
from media_evidence.fixity import verify_store
from media_evidence.jobs import make_redaction_job
from media_evidence.models import CustodyEvent, Evidence, Redaction, ReleaseCheck
from media_evidence.redaction import making
from media_evidence.redaction.services import cancel_redaction
from nethra.core.access import operator_access
from nethra.core.parsing import rendering
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.regions import Remains
from nethra.core.parsing.rendering import Copy
from nethra.core.scope import agency_scope
from tests.api.calls import get, post, refusal
from tests.support.cases import make_case
from tests.support.files import jpeg, make_evidence
from tests.support.people import Cast, access_for
from tests.support.stored import content_of, overwrite

pytestmark = pytest.mark.django_db
BOX = {"reason": "victim", "page": 1, "x": 8, "y": 8, "width": 64, "height": 32}
RELEASE = {"to_name": "The defence", "reason": "Order 7 of the court."}


def exhibit(cast: Cast, content: bytes | None = None, **values: Any) -> Evidence:
    access = access_for(cast.officer)
    return make_evidence(access, make_case(access, lead_id=cast.officer.pk), content, **values)


def ordered(cast: Cast, evidence: Evidence, **region: Any) -> dict[str, Any]:
    answer = post(cast.officer, f"evidence/{evidence.pk}/redactions", {"regions": [region or BOX]})
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def made(cast: Cast, evidence: Evidence, **region: Any) -> dict[str, Any]:
    redaction = ordered(cast, evidence, **region)
    make_redaction_job(agency_id=cast.north.pk, redaction_id=redaction["id"])
    told: dict[str, Any] = get(cast.officer, f"redactions/{redaction['id']}").json()
    return told


def test_a_copy_is_made_checked_and_noted_in_the_chain_and_the_original_stays(cast: Cast) -> None:
    evidence = exhibit(cast)

    copy = made(cast, evidence)

    assert (copy["state"], copy["is_clean"], copy["findings"]) == ("made", True, [])
    assert (copy["file_name"], copy["content_type"]) == ("window-redacted-1.jpg", "image/jpeg")
    file = get(cast.officer, f"redactions/{copy['id']}/file")
    content = b"".join(file.streaming_content)
    assert hashlib.sha256(content).hexdigest() == copy["sha256"]
    shown = Image.open(io.BytesIO(content))
    assert not shown.getexif()
    assert shown.convert("RGB").getpixel((40, 20)) == (0, 0, 0)
    assert content_of(evidence) == jpeg()
    access = access_for(cast.officer)
    with agency_scope(access):
        entry = CustodyEvent.objects.visible_to(access).get(evidence_id=evidence.pk, kind=CustodyKind.COPIED)
    assert (entry.recorded_by_id, copy["sha256"] in entry.reason) == (cast.officer.pk, True)
    report = verify_store(access=operator_access(cast.north.pk))
    assert (report.orphans, report.broken) == (0, [])


def test_a_text_is_copied_with_marks(cast: Cast) -> None:
    evidence = exhibit(cast, b"Smith saw it.", name="note.txt")

    shown = get(cast.officer, f"evidence/{evidence.pk}/page")
    copy = made(cast, evidence, reason="informant", start=0, end=5)

    assert (shown.content, shown.headers["X-Pages"]) == (b"Smith saw it.", "1")
    file = get(cast.officer, f"redactions/{copy['id']}/file")
    assert b"".join(file.streaming_content) == b"[redacted] saw it."
    assert copy["is_clean"] is True


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [{**BOX, "reason": "because"}],
        [{"reason": "victim"}],
        [{"reason": "victim", "start": 5, "end": 5}],
        [{**BOX, "start": 1, "end": 2}],
        [BOX, {"reason": "victim", "start": 1, "end": 2}],
        [{**BOX, "width": 0}],
        "all",
    ],
)
def test_regions_that_are_none_are_refused(cast: Cast, regions: Any) -> None:
    evidence = exhibit(cast)

    answer = post(cast.officer, f"evidence/{evidence.pk}/redactions", {"regions": regions})

    assert refusal(answer)[0] == 400
    assert get(cast.officer, f"evidence/{evidence.pk}/redactions").json()["data"] == []


def test_why_a_copy_cannot_be_made_is_kept(cast: Cast) -> None:
    copy = made(cast, exhibit(cast), reason="other", page=1, x=9000, y=0, width=8, height=8)

    assert (copy["state"], copy["note"]) == ("failed", "A box lies outside of what is shown.")
    assert refusal(get(cast.officer, f"redactions/{copy['id']}/file"))[0] == 409
    assert refusal(post(cast.admin, f"redactions/{copy['id']}/release", RELEASE))[0] == 409


def test_of_a_file_that_was_altered_no_copy_is_made(cast: Cast) -> None:
    evidence = exhibit(cast)
    overwrite(evidence, jpeg((1, 2, 3)))

    assert made(cast, evidence)["note"] == "The stored file is not what was taken in: no copy is made of it."


def test_a_copy_is_cancelled_before_and_while_it_is_made(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = exhibit(cast)
    first, second = ordered(cast, evidence), ordered(cast, evidence)
    assert post(cast.officer, f"redactions/{first['id']}/cancel", {}).json()["state"] == "cancelled"
    assert refusal(post(cast.officer, f"redactions/{first['id']}/cancel", {}))[0] == 409
    make_redaction_job(agency_id=cast.north.pk, redaction_id=first["id"])
    render = rendering.redact

    def cancelling(*arguments: Any, **options: Any) -> Copy:
        access = access_for(cast.officer)
        copy: Copy = render(*arguments, **options)
        with agency_scope(access):
            cancel_redaction(
                access=access, redaction=Redaction.objects.visible_to(access).get(pk=second["id"])
            )
        arguments[2](1, 1)
        return copy

    monkeypatch.setattr(rendering, "redact", cancelling)
    make_redaction_job(agency_id=cast.north.pk, redaction_id=second["id"])

    listed = get(cast.officer, f"evidence/{evidence.pk}/redactions").json()["data"]
    assert [(copy["state"], copy["sha256"]) for copy in listed] == [("cancelled", ""), ("cancelled", "")]


def test_a_clean_copy_is_released_once_by_who_manages_evidence(cast: Cast) -> None:
    copy = made(cast, exhibit(cast))
    place = f"redactions/{copy['id']}/release"

    assert refusal(post(cast.officer, place, RELEASE))[0] == 403
    assert refusal(post(cast.admin, place, {**RELEASE, "to_name": " "}))[0] == 400
    told = post(cast.admin, place, RELEASE).json()

    assert (told["released_to"], told["released_by"]) == ("The defence", str(cast.admin.pk))
    assert refusal(post(cast.admin, place, RELEASE))[0] == 409


def test_what_remains_keeps_a_copy_from_being_released(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = exhibit(cast)
    copy = ordered(cast, evidence)
    monkeypatch.setattr(making, "_rendered", lambda *_: Copy(ParsedKind.PICTURE, jpeg(), ()))
    make_redaction_job(agency_id=cast.north.pk, redaction_id=copy["id"])

    answer = post(cast.admin, f"redactions/{copy['id']}/release", RELEASE)

    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "It is not released. The copy says something about itself besides what it shows. A box is not covered."
    )
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        check = ReleaseCheck.objects.visible_to(access).get()
        assert (check.is_clean, check.findings) == (False, [Remains.METADATA, Remains.NOT_COVERED])
    released = {"released_at": check.checked_at, "released_to": "x", "release_reason": "y"}
    with pytest.raises(DatabaseError, match="nothing remains"), agency_scope(access):
        Redaction._base_manager.filter(pk=copy["id"]).update(**released)


def test_what_was_made_never_changes(cast: Cast) -> None:
    copy = made(cast, exhibit(cast))
    access = operator_access(cast.north.pk)

    changes: tuple[dict[str, Any], ...] = (
        {"regions": []},
        {"sha256": "0" * 64},
        {"state": "failed", "made_at": None, "sha256": ""},
    )
    for change in changes:
        with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
            Redaction._base_manager.filter(pk=copy["id"]).update(**change)
    with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
        ReleaseCheck._base_manager.update(is_clean=False, findings=["text"])


def test_whoever_does_not_see_the_exhibit_sees_no_copy(cast: Cast) -> None:
    copy = made(cast, exhibit(cast))

    for path in (f"redactions/{copy['id']}", f"redactions/{copy['id']}/file"):
        assert refusal(get(cast.south_officer, path))[0] == 404
    assert refusal(post(cast.south_admin, f"redactions/{copy['id']}/release", RELEASE))[0] == 404
