"""What console and API answer with when somebody asks for a file or its picture."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from cases.models import Case
from cases.readings import note_reading
from media_evidence import store
from media_evidence.quarantine import hand_out_quarantined, refuse_quarantined_share
from media_evidence.rules import refuse_quarantined
from media_evidence.services import find_evidence, find_shared_file, hand_out, refuse_disposed, stored_file
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.middleware import SANDBOX
from nethra.core.ranges import file_response
from nethra.core.readings import Reason

LONGEST_RANGE = 100
PREVIEW_TYPES = {"jpg": "image/jpeg", "txt": "text/plain; charset=utf-8"}


def file_answer(
    request: HttpRequest, access: Access, evidence_id: UUID, reason: Reason | None = None
) -> HttpResponseBase:
    """Return the file, or the part that a Range header names, as a download that the audit knows of.

    Raise NotAllowed, ReasonNeeded, NotFound, Gone once it was disposed of, Conflict when the file is in quarantine or
    not in the store.
    """
    read_case_of(access, evidence_id, reason)
    wanted = request.headers.get("Range", "")[:LONGEST_RANGE]
    evidence, file = hand_out(access=access, evidence_id=evidence_id, what=wanted)
    return file_response(
        request,
        file,
        name=evidence.file_name,
        content_type=evidence.content_type,
        etag=evidence.sha256,
    )


def quarantined_file_answer(
    request: HttpRequest, access: Access, evidence_id: UUID, why: str, reason: Reason | None = None
) -> HttpResponseBase:
    """Return a file that is in quarantine as bytes without a type, under a name that no program opens by a click.

    ``why`` is kept in the audit. Raise NotAllowed, ReasonNeeded, NotFound, InvalidInput, Conflict.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    read_case_of(access, evidence_id, reason)
    evidence, file = hand_out_quarantined(access=access, evidence_id=evidence_id, reason=why)
    return file_response(
        request,
        file,
        name=f"{evidence.file_name}.quarantined",
        content_type="application/octet-stream",
        etag=evidence.sha256,
    )


def read_case_of(access: Access, evidence_id: UUID, reason: Reason | None = None) -> None:
    """Keep that the case of an exhibit is read, where it is sensitive; raise NotFound, ReasonNeeded."""
    case = Case.objects.visible_to(access).get(pk=find_evidence(access, evidence_id).case_id)
    if case.is_sensitive:
        note_reading(access, case, reason)


def thumbnail_answer(access: Access, evidence_id: UUID) -> HttpResponseBase:
    """Return an exhibit's small picture.

    Raise NotAllowed, Gone once it was disposed of, NotFound also where it has none, Conflict when it is in quarantine.
    """
    evidence = find_evidence(access, evidence_id)
    refuse_disposed(evidence)
    refuse_quarantined(evidence)
    path = store.thumbnail_path(evidence.agency_id, evidence.pk)
    if not evidence.has_thumbnail or not path.is_file():
        raise NotFound()
    return FileResponse(
        path.open("rb"), content_type="image/jpeg", headers={"Content-Security-Policy": SANDBOX}
    )


def preview_answer(access: Access, evidence_id: UUID, reason: Reason | None = None) -> HttpResponseBase:
    """Return what is shown of an exhibit without opening it: a picture, or the head of a text.

    Raise NotAllowed, ReasonNeeded, Gone once it was disposed of, NotFound also where it has none, Conflict when the
    file is in quarantine.
    """
    read_case_of(access, evidence_id, reason)
    evidence = find_evidence(access, evidence_id)
    refuse_disposed(evidence)
    refuse_quarantined(evidence)
    for ending, content_type in PREVIEW_TYPES.items():
        path = store.preview_path(evidence.agency_id, evidence.pk, ending)
        if path.is_file():
            return FileResponse(
                path.open("rb"), content_type=content_type, headers={"Content-Security-Policy": SANDBOX}
            )
    raise NotFound()


def shared_file_answer(
    request: HttpRequest, access: Access, share_id: UUID, evidence_id: UUID
) -> HttpResponseBase:
    """Return a file that another agency lets this one download; its owner sees who did.

    Raise NotAllowed, NotFound, Gone once it was disposed of, Conflict when the file is in quarantine or not in the
    store.
    """
    access.require(Capability.VIEW_SHARED)
    refuse_quarantined_share(share_id, evidence_id)
    owner_id, sha256, name, content_type = find_shared_file(access, share_id, evidence_id)
    file = stored_file(owner_id, sha256)
    return file_response(request, file, name=name, content_type=content_type, etag=sha256)
