"""Evidence over the API: uploads, lists, downloads in parts, thumbnails, checks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.part_views import CasePartViewSet
from cases.filters import user_reader
from media_evidence.answers import (
    file_answer,
    quarantined_file_answer,
    read_case_of,
    shared_file_answer,
    thumbnail_answer,
)
from media_evidence.api.serializers import EvidenceCreate, EvidenceWrite, QuarantineReason
from media_evidence.choices import CustodyState, Integrity, MediaType, ScanState
from media_evidence.examining import verify_evidence
from media_evidence.fields import EVIDENCE
from media_evidence.services import add_evidence, change_evidence, find_evidence
from nethra.core import pagination
from nethra.core.capabilities import Capability
from nethra.core.parameters import ordering_of, refuse_unknown, several, single, word_of, words
from nethra.core.readings import reason_of
from nethra.core.schema import (
    IF_MATCH,
    PAGE_PARAMETERS,
    READING_REASON,
    UUID_TYPE,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ApiViewSet, VersionedViewSet, flag

READ = read_serializer(EVIDENCE)
#: A file comes as the type that it is; clients that are made from the schema take octet-stream for bytes.
AS_A_FILE = {
    (200, "application/octet-stream"): OpenApiTypes.BINARY,
    (200, "*/*"): OpenApiTypes.BINARY,
}
PAGES = pagination.PARAMETERS - {"cursor"}
BOUNDS = frozenset({"case", "physical", "media_type", "integrity", "scan", "custody", "holder", "offered_to"})
FILES = ("file", "quarantined_file", "thumbnail")
ORDERINGS = EVIDENCE.orderings()


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(EVIDENCE)))
class CaseEvidenceViewSet(CasePartViewSet):
    """Exhibits of a case."""

    actions = {"list": Capability.VIEW_EVIDENCE, "create": Capability.ADD_EVIDENCE}
    declaration = EVIDENCE

    # A new exhibit comes as a form with its file.
    parser_classes = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": EvidenceCreate}, responses={201: READ})
    def create(self, request: Request, case_id: Any) -> Response:
        """Take a file in; it is stored and on disk when the answer comes."""
        values = self.validated(EvidenceCreate)
        evidence = add_evidence(access=self.access, case=self.case, **values)
        location = f"/api/v1/evidence/{evidence.pk}"
        return Response(self.record(evidence.pk), status=201, headers={"Location": location})


@extend_schema_view(
    list=extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            parameter("case", "Of this case.", UUID_TYPE),
            parameter("physical", "true: only things; false: only files.", bool),
            parameter("media_type", "Repeatable.", enum=list(MediaType.values), many=True),
            parameter("integrity", "Repeatable.", enum=list(Integrity.values), many=True),
            parameter("scan", "Repeatable.", enum=list(ScanState.values), many=True),
            parameter("custody", "Repeatable.", enum=list(CustodyState.values), many=True),
            parameter("holder", "Held by this user; `me` is you."),
            parameter("offered_to", "Offered to this user, who has not answered; `me` is you."),
            parameter("q", "Words of title or file name, a bag's number, or the start of the case's number."),
            parameter(
                "ordering",
                "Latest first by default.",
                enum=[sign + name for name in ORDERINGS for sign in ("", "-")],
            ),
        ],
        responses=page_serializer(EVIDENCE),
    ),
    retrieve=extend_schema(responses=READ),
)
class EvidenceViewSet(VersionedViewSet):
    """Exhibits of all cases."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "retrieve": Capability.VIEW_EVIDENCE,
        "partial_update": Capability.ADD_EVIDENCE,
        "verify": Capability.VIEW_EVIDENCE,
        "file": Capability.VIEW_EVIDENCE,
        "quarantined_file": Capability.MANAGE_EVIDENCE,
        "thumbnail": Capability.VIEW_EVIDENCE,
    }
    declaration = EVIDENCE

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # A file has one form, whatever the client would rather have.
        return super().perform_content_negotiation(request, force or self.action in FILES)

    def retrieve(self, request: Request, id: Any) -> Response:
        read_case_of(self.access, id, reason_of(request.headers))
        return super().retrieve(request, id)

    def instance(self, key: Any) -> Any:
        """Return an exhibit for a service to change; raise NotFound, ReasonNeeded."""
        read_case_of(self.access, key, reason_of(self.request.headers))
        return super().instance(key)

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, *BOUNDS, "q", "ordering"})
        found: Any = queryset
        bounds = {
            "case_id": single(self.query, "case", UUID),
            "media_type__in": several(self.query, "media_type", word_of("media_type", MediaType.values)),
            "integrity__in": several(self.query, "integrity", word_of("integrity", Integrity.values)),
            "scan__in": several(self.query, "scan", word_of("scan", ScanState.values)),
            "custody__in": several(self.query, "custody", word_of("custody", CustodyState.values)),
            "holder_id": single(self.query, "holder", user_reader(self.access)),
            "offered_to_id": single(self.query, "offered_to", user_reader(self.access)),
        }
        found = found.filter(**{name: value for name, value in bounds.items() if value})
        physical = flag(self.query, "physical")
        found = found if physical is None else found.filter(is_physical=physical)
        text = single(self.query, "q", words)
        found = found.matching(text) if text and text.strip() else found
        ordering = single(self.query, "ordering", ordering_of(ORDERINGS)) or "-uploaded_at"
        return found.order_by(ordering, f"{'-' if ordering.startswith('-') else ''}id")  # type: ignore[no-any-return]

    @extend_schema(parameters=[IF_MATCH], request=EvidenceWrite, responses=READ)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change what is known about an exhibit; its file never changes."""
        values = self.validated(EvidenceWrite, partial=True)
        change_evidence(access=self.access, evidence=self.changeable(id), **values)
        return self.versioned(id)

    @extend_schema(request=None, responses=READ)
    def verify(self, request: Request, id: UUID) -> Response:
        """Hash the stored file again and say whether it is what was taken in."""
        verify_evidence(access=self.access, evidence=self.instance(id))
        return Response(self.record(id))

    @extend_schema(
        responses={
            **AS_A_FILE,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "*/*"): OpenApiTypes.BINARY,
            416: OpenApiResponse(description="The range begins past the end."),
        }
    )
    def file(self, request: Request, id: UUID) -> HttpResponseBase:
        """Download the file, or the part that a Range header names; the audit keeps it."""
        return file_answer(request._request, self.access, id, reason_of(request.headers))

    @extend_schema(
        parameters=[READING_REASON],
        request=QuarantineReason,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def quarantined_file(self, request: Request, id: UUID) -> HttpResponseBase:
        """Hand out a file that is in quarantine, as bytes without a type; the audit keeps for what."""
        find_evidence(self.access, id)
        why = self.validated(QuarantineReason)["reason"]
        reason = reason_of(request.headers)
        return quarantined_file_answer(request._request, self.access, id, why, reason)

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def thumbnail(self, request: Request, id: UUID) -> HttpResponseBase:
        """Show a small picture of an exhibit that has one."""
        return thumbnail_answer(self.access, id)


class SharedFileViewSet(ApiViewSet):
    """Files of what other agencies share with this one."""

    actions = {"file": Capability.VIEW_SHARED}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(responses=AS_A_FILE)
    def file(self, request: Request, id: UUID, evidence_id: UUID) -> HttpResponseBase:
        """Download a file of a share that grants it."""
        return shared_file_answer(request._request, self.access, id, evidence_id)
