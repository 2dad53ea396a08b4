"""Disclosures for tests, made by the services and jobs that make them in life, and opened as their recipients do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core import mail
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cases.models import Case
from media_evidence.disclosing.services import disclose
from media_evidence.jobs import (
    mail_disclosure_code,
    mail_disclosure_link,
    make_disclosed_files,
    make_redaction_job,
)
from media_evidence.models import DisclosedFile, Disclosure, Evidence, Redaction
from media_evidence.redaction.services import order_redaction
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for

BOX = {"reason": "victim", "page": 1, "x": 8, "y": 8, "width": 64, "height": 32}
RECIPIENT: dict[str, Any] = {
    "recipient_name": "Dana Defence",
    "recipient_email": "dana@defence.example",
    "purpose": "Order 7 of the court.",
}
CODE = re.compile(r"\n(\d{4} \d{4})\n")
LINK = re.compile(r"https?://\S+/given/\S+")


def make_copy(user: User, evidence: Evidence, region: dict[str, Any] = BOX) -> Redaction:
    """Return a redacted copy of an exhibit, made and checked."""
    access = access_for(user)
    with agency_scope(access):
        copy = order_redaction(access=access, evidence=evidence, regions=[region])
    make_redaction_job(agency_id=access.agency_id, redaction_id=copy.pk)
    with agency_scope(access):
        found: Redaction = Redaction.objects.visible_to(access).select_related("evidence").get(pk=copy.pk)
        return found


def case_with_copies(cast: Cast, *contents: bytes | None, **values: Any) -> tuple[Case, list[Redaction]]:
    """Return a case of the officer's with an exhibit for each content, by default one photo, and a copy of each."""
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    exhibits = [make_evidence(access, case, content, **values) for content in contents or (None,)]
    return case, [make_copy(cast.officer, exhibit) for exhibit in exhibits]


def give(cast: Cast, case: Case, copies: list[Redaction], **values: Any) -> tuple[Disclosure, str]:
    """Return what the supervisor gives of a case, and the path of its link; nothing is made yet."""
    access = access_for(cast.supervisor)
    with agency_scope(access):
        keys = [copy.pk for copy in copies]
        disclosure, link = disclose(access=access, case=case, copies=keys, **{**RECIPIENT, **values})
    return disclosure, urlsplit(link).path


def given(cast: Cast, *contents: bytes | None, **values: Any) -> tuple[Disclosure, str]:
    """Return a disclosure whose files are made, and the path of its link."""
    case, copies = case_with_copies(cast, *contents)
    disclosure, path = give(cast, case, copies, **values)
    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    return disclosure, path


def files_of(disclosure: Disclosure) -> list[DisclosedFile]:
    """Return the files of a disclosure as they stand."""
    access = operator_access(disclosure.agency_id)
    with agency_scope(access):
        found = DisclosedFile.objects.visible_to(access).filter(disclosure_id=disclosure.pk)
        return list(found.select_related("evidence", "redaction").order_by("pk"))


def mailed_link(disclosure: Disclosure) -> str:
    """Return the path of the link that the recipient is mailed."""
    mail_disclosure_link(agency_id=disclosure.agency_id, disclosure_id=disclosure.pk)
    found = LINK.search(str(mail.outbox[-1].body))
    assert found is not None
    return urlsplit(found.group()).path


def mailed_code(disclosure: Disclosure) -> str:
    """Return a code that the recipient is mailed."""
    mail_disclosure_code(agency_id=disclosure.agency_id, disclosure_id=disclosure.pk)
    assert mail.outbox[-1].to == [disclosure.recipient_email]
    found = CODE.search(str(mail.outbox[-1].body))
    assert found is not None
    return found.group(1)


def let_in(disclosure: Disclosure, path: str) -> Client:
    """Return the browser of a recipient who typed their code."""
    browser = Client(raise_request_exception=False)
    answer = browser.post(path, {"code": mailed_code(disclosure)})
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    return browser


def fetched(browser: Client, path: str, file_id: UUID, **headers: str) -> HttpResponse:
    """Return the answer to a recipient who downloads a file."""
    answer: Any = browser.post(f"{path}/{file_id}", headers=headers)
    return answer  # type: ignore[no-any-return]


def in_days(days: float) -> datetime:
    """Return a time so many days from now."""
    return datetime.now(UTC) + timedelta(days=days)
