"""What console and API answer with when somebody asks for a page to mark, or for a redacted copy."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from media_evidence.answers import read_case_of
from media_evidence.redaction.services import find_redaction, hand_out_redaction, show_page
from nethra.core.access import Access
from nethra.core.middleware import SANDBOX
from nethra.core.ranges import file_response
from nethra.core.readings import Reason

#: How many pages there are stands beside the page that is shown.
PAGES = "X-Pages"


def page_answer(
    access: Access, evidence_id: UUID, page: int, reason: Reason | None = None
) -> HttpResponseBase:
    """Return a page of an exhibit as a JPEG, or its text, on which regions are chosen.

    Raise NotAllowed, ReasonNeeded, NotFound, Conflict.
    """
    read_case_of(access, evidence_id, reason)
    shown = show_page(access=access, evidence_id=evidence_id, page=page)
    headers = {
        "Content-Security-Policy": SANDBOX,
        PAGES: str(shown.pages),
        "Cache-Control": "private, no-store",
    }
    if shown.picture:
        return HttpResponse(shown.picture, content_type="image/jpeg", headers=headers)
    return HttpResponse(shown.text, content_type="text/plain; charset=utf-8", headers=headers)


def redaction_answer(
    request: HttpRequest, access: Access, redaction_id: UUID, reason: Reason | None = None
) -> HttpResponseBase:
    """Return a redacted copy as a download that the audit knows of.

    Raise NotAllowed, ReasonNeeded, NotFound, Conflict where there is no file.
    """
    read_case_of(access, find_redaction(access, redaction_id).evidence_id, reason)
    redaction, file = hand_out_redaction(access=access, redaction_id=redaction_id)
    return file_response(
        request,
        file,
        name=redaction.file_name,
        content_type=redaction.content_type,
        etag=redaction.sha256,
    )
