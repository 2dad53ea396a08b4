"""Uploads from the console's page for new evidence: the same protocol as the API's, signed in by the cookie."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from cases.models import Case
from media_evidence import tus
from media_evidence.tus_headers import metadata_of
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console import View, console, for_script
from nethra.core.errors import InvalidInput


def speaking(view: View) -> View:
    """Return a view for a tus client: what it refuses are problem details, and each answer tells the protocol."""
    told = for_script(view)

    def answer(request: HttpRequest, **kwargs: UUID) -> HttpResponse:
        response = told(request, **kwargs)
        for name, value in tus.common_headers(response.status_code).items():
            response.headers[name] = value
        return response  # type: ignore[return-value]

    return answer


def begin(request: HttpRequest) -> HttpResponse:
    """Begin an upload to the case whose number the metadata names."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access = access_of(request)
    access.require(Capability.ADD_EVIDENCE)
    number = metadata_of(request).get("case_number", "").strip()
    case_id = Case.objects.visible_to(access).filter(number=number).values_list("pk", flat=True).first()
    if case_id is None:
        raise InvalidInput("There is no case with this number.")
    _, answer = tus.begin(request, access, case_id, _address, _exhibit)
    return HttpResponse(status=answer.status, headers=answer.headers)


def one(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Say how much arrived, take more, or forget it."""
    access = access_of(request)
    if request.method == "HEAD":
        answer = tus.tell(request, access, upload_id, _exhibit)
    elif request.method == "PATCH":
        answer = tus.go_on(request, access, upload_id, _exhibit)
    elif request.method == "DELETE":
        answer = tus.end(request, access, upload_id)
    else:
        return HttpResponseNotAllowed(["HEAD", "PATCH", "DELETE"])
    return HttpResponse(status=answer.status, headers=answer.headers)


def _address(upload_id: UUID) -> str:
    return reverse("admin:upload", args=[upload_id])


def _exhibit(evidence_id: UUID) -> str:
    return reverse("admin:media_evidence_evidence_change", args=[evidence_id])


console.add_data("uploads/", speaking(begin), "uploads")
console.add_data("uploads/<uuid:upload_id>/", speaking(one), "upload")
