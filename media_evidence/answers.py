"""What console and API answer with when somebody asks for a file or its picture."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from media_evidence import store
from media_evidence.services import find_evidence, hand_out
from nethra.core.access import Access
from nethra.core.errors import NotFound
from nethra.core.ranges import file_response

LONGEST_RANGE = 100


def file_answer(request: HttpRequest, access: Access, evidence_id: UUID) -> HttpResponseBase:
    """Return the file, or the part that a Range header names, as a download that the audit knows of.

    Raise NotAllowed, NotFound, Conflict when the file is not in the store.
    """
    wanted = request.headers.get("Range", "")[:LONGEST_RANGE]
    evidence, path = hand_out(access=access, evidence_id=evidence_id, what=wanted)
    return file_response(
        request,
        path,
        name=evidence.file_name,
        content_type=evidence.content_type,
        etag=evidence.sha256,
    )


def thumbnail_answer(access: Access, evidence_id: UUID) -> HttpResponseBase:
    """Return an exhibit's small picture; raise NotAllowed, NotFound also where it has none."""
    evidence = find_evidence(access, evidence_id)
    path = store.thumbnail_path(evidence.agency_id, evidence.pk)
    if not evidence.has_thumbnail or not path.is_file():
        raise NotFound()
    return FileResponse(path.open("rb"), content_type="image/jpeg")
