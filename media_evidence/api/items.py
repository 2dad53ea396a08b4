"""Physical exhibits over the API: record, find, move, seal, check out and in, label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from cases.api.part_views import CasePartViewSet
from media_evidence.answers import read_case_of
from media_evidence.api.item_serializers import (
    CheckInWrite,
    CheckOutWrite,
    ItemCreate,
    ItemDestroy,
    ItemMove,
    ItemSeal,
)
from media_evidence.choices import ItemKind
from media_evidence.custody import verbs
from media_evidence.item_fields import ITEM
from media_evidence.models import StorageLocation
from media_evidence.room.destroying import destroy_item
from media_evidence.room.intake import find_item, record_item
from media_evidence.room.labels import MOST_LABELS, label_pdf, sheet_pdf
from media_evidence.room.moving import check_in, check_out, today
from nethra.core import pagination
from nethra.core.capabilities import Capability
from nethra.core.parameters import ordering_of, refusal, refuse_unknown, several, single, word_of, words
from nethra.core.readings import reason_of
from nethra.core.schema import (
    PAGE_PARAMETERS,
    READING_REASON,
    UUID_TYPE,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ReadViewSet, flag

READ = read_serializer(ITEM)
AS_PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}
PAGES = pagination.PARAMETERS - {"cursor"}
BOUNDS = frozenset({"case", "kind", "location", "overdue", "q"})
ORDERINGS = ITEM.orderings()
FILTERS = [
    parameter("case", "Of this case.", UUID_TYPE),
    parameter("kind", "Repeatable.", enum=list(ItemKind.values), many=True),
    parameter("location", "In this location, or in one within it.", UUID_TYPE),
    parameter("overdue", "true: only what should be back.", bool),
    parameter("q", "Words of the title, or the start of a bag's, a seal's or a case's number."),
]


class CaseItemViewSet(CasePartViewSet):
    """Physical exhibits of a case."""

    actions = {"create": Capability.ADD_EVIDENCE}
    declaration = ITEM

    @extend_schema(request=ItemCreate, responses={201: READ})
    def create(self, request: Request, case_id: Any) -> Response:
        """Take a thing in; its chain of custody says that it was received, collected, sealed and put away."""
        item = record_item(access=self.access, case=self.case, **self.validated(ItemCreate))
        location = f"/api/v1/evidence/{item.evidence_id}/item"
        return Response(self.record(item.pk), status=201, headers={"Location": location})


class FiltersItems:
    """The list of physical exhibits that the query parameters ask for."""

    def asked(self: Any, queryset: QuerySet[Any], *more: str) -> QuerySet[Any]:
        """Return the rows asked for, unordered; ``more`` are further parameters that are known."""
        refuse_unknown(self.query, {*BOUNDS, *more})
        found: Any = queryset
        bounds = {
            "case_id": single(self.query, "case", UUID),
            "kind__in": several(self.query, "kind", word_of("kind", ItemKind.values)),
        }
        found = found.filter(**{name: value for name, value in bounds.items() if value})
        place = single(self.query, "location", UUID)
        if place is not None:
            location = StorageLocation.objects.visible_to(self.access).filter(pk=place).first()
            if location is None:
                raise refusal("location", "There is no such location.")
            found = found.lying_in(location.path)
        if flag(self.query, "overdue"):
            found = found.overdue(today(self.access))
        text = single(self.query, "q", words)
        return found.matching(text) if text and text.strip() else found  # type: ignore[no-any-return]


@extend_schema_view(
    list=extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            *FILTERS,
            parameter(
                "ordering",
                "Latest first by default.",
                enum=[sign + name for name in ORDERINGS for sign in ("", "-")],
            ),
        ],
        responses=page_serializer(ITEM),
    ),
)
class ItemViewSet(FiltersItems, ReadViewSet):
    """Physical exhibits of all cases."""

    actions = {"list": Capability.VIEW_EVIDENCE, "labels": Capability.VIEW_EVIDENCE}
    declaration = ITEM

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Labels have one form, whatever the client would rather have.
        return super().perform_content_negotiation(request, force or self.action == "labels")

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = self.asked(queryset, *PAGES, "ordering")
        ordering = single(self.query, "ordering", ordering_of(ORDERINGS)) or "-id"
        return found.order_by(ordering, f"{'-' if ordering.startswith('-') else ''}id")

    @extend_schema(parameters=FILTERS, responses=AS_PDF)
    def labels(self, request: Request) -> HttpResponse:
        """Print labels of up to 200 exhibits on sheets of A4."""
        found = self.asked(self.visible()).select_related("evidence", "case", "agency").order_by("id")
        return HttpResponse(sheet_pdf(list(found[: MOST_LABELS + 1])), content_type="application/pdf")


class EvidenceItemViewSet(ReadViewSet):
    """What one physical exhibit is, where it is, and what is done to it; 404 where it is a file."""

    actions = {
        "retrieve": Capability.VIEW_EVIDENCE,
        "label": Capability.VIEW_EVIDENCE,
        "move": Capability.ADD_EVIDENCE,
        "seal": Capability.ADD_EVIDENCE,
        "check_out": Capability.MANAGE_EVIDENCE,
        "check_in": Capability.MANAGE_EVIDENCE,
        "destroy": Capability.MANAGE_EVIDENCE,
    }
    declaration = ITEM

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force or self.action == "label")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.item = find_item(self.access, self.kwargs["id"])
        read_case_of(self.access, self.item.evidence_id, reason_of(request.headers))

    @extend_schema(parameters=[READING_REASON], responses=READ)
    def retrieve(self, request: Request, id: Any) -> Response:
        refuse_unknown(self.query, ())
        return Response(self.record(self.item.pk))

    @extend_schema(parameters=[READING_REASON], responses=AS_PDF)
    def label(self, request: Request, id: UUID) -> HttpResponse:
        """Print its label, 100 by 62 mm; the QR code opens the exhibit for whom it is visible."""
        return HttpResponse(label_pdf(self.item), content_type="application/pdf")

    @extend_schema(request=ItemMove, responses=READ)
    def move(self, request: Request, id: UUID) -> Response:
        """Put it into a location."""
        return self._done(verbs.move, ItemMove)

    @extend_schema(request=ItemSeal, responses=READ)
    def seal(self, request: Request, id: UUID) -> Response:
        """Put a seal on it; the chain says which one it bore before."""
        return self._done(verbs.seal, ItemSeal)

    @extend_schema(request=CheckOutWrite, responses=READ)
    def check_out(self, request: Request, id: UUID) -> Response:
        """Give it to a colleague, who is to accept, or to somebody outside, until a day."""
        return self._done(check_out, CheckOutWrite)

    @extend_schema(request=CheckInWrite, responses=READ)
    def check_in(self, request: Request, id: UUID) -> Response:
        """Take it back into the room, having looked at its seal."""
        return self._done(check_in, CheckInWrite)

    @extend_schema(request=ItemDestroy, responses=READ)
    def destroy(self, request: Request, id: UUID) -> Response:
        """Write that it was destroyed before a witness, once its disposal was approved and a week is over."""
        return self._done(destroy_item, ItemDestroy)

    def _done(self, verb: Callable[..., Any], body: type[Serializer[Any]]) -> Response:
        values = {name: value for name, value in self.validated(body).items() if value not in (None, "")}
        verb(access=self.access, evidence=self.item.evidence, **values)
        return Response(self.record(self.item.pk))
