"""Analyses over the API: the methods, their runs, and what they found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from insights.api.run_schemas import ComparedRead, MethodsRead, ResultRead, RunAgain, RunOrder, RunPin
from insights.choices import RunStatus
from insights.fields import RUN
from insights.running.catalogue import analyses
from insights.running.files import FileFormat, hand_out_result
from insights.running.methods import methods
from insights.running.reading import compare_runs, read_result
from insights.running.services import cancel_run, find_run, order_run, pin_run, repeat_run
from nethra.core.capabilities import Capability
from nethra.core.pagination import PARAMETERS as PAGES
from nethra.core.parameters import refusal, refuse_unknown, single
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, parameter, read_serializer
from nethra.core.viewsets import ApiViewSet, ReadViewSet, flag, one_of

READ = read_serializer(RUN)


class MethodViewSet(ApiViewSet):
    """The methods of analysis."""

    only_reads = True
    actions = {"methods": Capability.VIEW_INSIGHTS}

    @extend_schema(operation_id="insights_methods", responses=MethodsRead)
    def methods(self, request: Request) -> Response:
        """List the methods, with their parameters and when not to trust them."""
        refuse_unknown(self.query, ())
        return Response({"data": methods()})


@extend_schema_view(retrieve=extend_schema(responses=READ))
class RunViewSet(ReadViewSet):
    """Recorded runs of analyses."""

    actions = {
        **dict.fromkeys(("list", "retrieve", "result", "compare", "file"), Capability.VIEW_INSIGHTS),
        **dict.fromkeys(("create", "cancel", "pin", "repeat"), Capability.RUN_ANALYSES),
    }
    declaration = RUN

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, (PAGES - {"cursor"}) | {"analysis", "status", "pinned"})
        analysis = one_of(self.query, "analysis", list(analyses()))
        status = one_of(self.query, "status", RunStatus.values)
        pinned = flag(self.query, "pinned")
        wanted = {"analysis": analysis, "status": status, "is_pinned": pinned}
        asked = {name: value for name, value in wanted.items() if value is not None}
        return queryset.filter(**asked).order_by("-created_at", "-id")

    @extend_schema(
        parameters=[
            parameter("analysis", "The key of a method."),
            parameter("status", "Where runs are.", enum=RunStatus.values),
            parameter("pinned", "Only pinned runs, or only others.", bool),
            *PAGE_PARAMETERS,
        ],
        responses=page_serializer(RUN),
    )
    def list(self, request: Request) -> Response:
        """List the runs, the newest first."""
        return super().list(request)

    @extend_schema(request=RunOrder, responses={201: READ, 202: READ})
    def create(self, request: Request) -> Response:
        """Run an analysis: 201 with the run where it was done at once, 202 where a worker does it."""
        asked = self.validated(RunOrder)
        run = order_run(access=self.access, **{**asked, "about": dict(asked.get("about") or {})})
        return self._begun(run.pk, run.status)

    @extend_schema(request=RunAgain, responses={201: READ, 202: READ})
    def repeat(self, request: Request, id: UUID) -> Response:
        """Run the same again on the records of today."""
        run = repeat_run(access=self.access, run_id=id, **self.validated(RunAgain))
        return self._begun(run.pk, run.status)

    def _begun(self, key: UUID, status: str) -> Response:
        where = {"Location": f"/api/v1/insights/runs/{key}"}
        return Response(self.record(key), status=201 if status == RunStatus.DONE else 202, headers=where)

    @extend_schema(responses=ResultRead)
    def result(self, request: Request, id: UUID) -> Response:
        """Answer what a run found: sentences, figures, and rows by columns."""
        refuse_unknown(self.query, ())
        found = read_result(self.access, find_run(self.access, id))
        return Response({**found.body, "hidden": found.hidden, "is_whole": found.is_whole})

    @extend_schema(request=None, responses=READ)
    def cancel(self, request: Request, id: UUID) -> Response:
        """Stop a run that is not done."""
        cancel_run(access=self.access, run_id=id)
        return Response(self.record(id))

    @extend_schema(request=RunPin, responses=READ)
    def pin(self, request: Request, id: UUID) -> Response:
        """Pin a run for everybody, or let it go."""
        pin_run(access=self.access, run_id=id, **self.validated(RunPin))
        return Response(self.record(id))

    @extend_schema(
        parameters=[parameter("with", "The other run.", UUID, required=True)], responses=ComparedRead
    )
    def compare(self, request: Request, id: UUID) -> Response:
        """Answer two done runs side by side."""
        refuse_unknown(self.query, {"with"})
        other = single(self.query, "with", UUID)
        if other is None:
            raise refusal("with", "Name the run to compare with.")
        compared = compare_runs(self.access, id, other)
        return Response(
            {
                "same_input": compared.same_input,
                "same_result": compared.same_result,
                "asked": _beside(compared.asked),
                "figures": _beside(compared.figures),
            }
        )

    @extend_schema(
        parameters=[parameter("format", "The format of the file.", enum=FileFormat.values, required=True)],
        responses={(200, "*/*"): OpenApiTypes.BINARY},
    )
    def file(self, request: Request, id: UUID) -> HttpResponse:
        """Download the result; each download is recorded."""
        refuse_unknown(self.query, {"format"})
        format = one_of(self.query, "format", FileFormat.values)
        if format is None:
            raise refusal("format", f"Name a format: {', '.join(FileFormat.values)}.")
        made = hand_out_result(access=self.access, run_id=id, format=format)
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.content, content_type=made.content_type, headers=headers)


def _beside(told: tuple[tuple[str, Any, Any], ...]) -> list[dict[str, Any]]:
    return [{"name": name, "first": first, "second": second} for name, first, second in told]
