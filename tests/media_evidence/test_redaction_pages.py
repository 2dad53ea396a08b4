"""The console's pages for redacted copies: marking, the list, cancelling, releasing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from media_evidence.jobs import make_redaction_job
from media_evidence.models import Evidence, Redaction
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.media_evidence.test_redaction import BOX, exhibit
from tests.support.people import Cast, console_client

pytestmark = pytest.mark.django_db


def address(name: str, evidence: Evidence, *more: Any) -> str:
    return reverse(f"admin:media_evidence_evidence_{name}", args=[evidence.pk, *more])


def the_copy(cast: Cast) -> Redaction:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return Redaction.objects.visible_to(access).get()


def test_a_copy_goes_from_marking_to_release(cast: Cast) -> None:
    evidence = exhibit(cast)
    officer, admin = console_client(cast.officer), console_client(cast.admin)
    marking = officer.get(address("redact", evidence), follow=True).content.decode()
    assert address("mark_page", evidence, 1) in marking
    shown = officer.get(address("mark_page", evidence, 1))
    assert (shown.headers["Content-Type"], shown.headers["X-Pages"]) == ("image/jpeg", "1")

    ordered = officer.post(address("mark", evidence), {"regions": json.dumps([BOX])}, follow=True)
    copy = the_copy(cast)
    assert address("copy_cancel", evidence, copy.pk) in ordered.content.decode()
    make_redaction_job(agency_id=cast.north.pk, redaction_id=copy.pk)
    page = officer.get(address("change", evidence)).content.decode()
    assert "Checked: nothing remains underneath." in page
    assert address("copy_release", evidence, copy.pk) not in page
    assert officer.get(address("copy_file", evidence, copy.pk)).status_code == 200

    body = {"to_name": "The defence", "reason": "Order 7"}
    assert officer.post(address("copy_release", evidence, copy.pk), body).status_code == 403
    assert admin.get(address("copy_release", evidence, copy.pk)).status_code == 200
    released = admin.post(address("copy_release", evidence, copy.pk), body, follow=True).content.decode()
    assert "Released to The defence" in released


def test_a_copy_is_cancelled_from_the_page(cast: Cast) -> None:
    evidence = exhibit(cast)
    officer = console_client(cast.officer)
    officer.post(address("mark", evidence), {"regions": json.dumps([BOX])})

    officer.post(address("copy_cancel", evidence, the_copy(cast).pk))

    assert the_copy(cast).state == "cancelled"
    assert officer.get(address("copy_file", evidence, the_copy(cast).pk)).status_code == 409


@pytest.mark.parametrize("regions", ["", "[]", "{", '[{"reason": "victim"}]'])
def test_what_marks_nothing_comes_back_with_a_sentence(cast: Cast, regions: str) -> None:
    answer = console_client(cast.officer).post(address("mark", exhibit(cast)), {"regions": regions})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_what_cannot_be_shown_says_why(cast: Cast) -> None:
    evidence = exhibit(cast, b"\x00\x01\x02\x03", name="what.bin")

    answer = console_client(cast.officer).get(address("mark_page", evidence, 1))

    assert (answer.status_code, answer.content) == (
        409,
        b"Of this kind of file no redacted copy can be made.",
    )


def test_who_may_only_look_marks_nothing(cast: Cast) -> None:
    evidence = exhibit(cast)
    auditor = console_client(cast.auditor)

    assert auditor.get(address("mark", evidence)).status_code == 403
    assert auditor.get(address("mark_page", evidence, 1)).status_code == 403
    assert address("redact", evidence) not in auditor.get(address("change", evidence)).content.decode()
