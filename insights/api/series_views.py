"""Proposed series over the API: what was decided about them, and the cases that they become."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from insights.api.series_schemas import (
    SeriesCaseOrder,
    SeriesCaseRead,
    SeriesDecisionOrder,
    SeriesDecisionRead,
    SeriesDecisionsRead,
)
from insights.running.services import find_run
from insights.series.decisions import decisions_of
from insights.series.reading import check_proposes
from insights.series.services import decide_series, make_series
from nethra.core.capabilities import Capability
from nethra.core.parameters import refuse_unknown
from nethra.core.viewsets import ApiViewSet


class SeriesViewSet(ApiViewSet):
    """The series that a run proposed."""

    actions = {
        "list": Capability.VIEW_INSIGHTS,
        "create": Capability.RUN_ANALYSES,
        # The service asks for what linking incidents needs, too.
        "case": Capability.ADD_CASES,
    }

    @extend_schema(operation_id="insights_series_decisions", responses=SeriesDecisionsRead)
    def list(self, request: Request, id: UUID) -> Response:
        """List all decisions about the series of a run, the newest first."""
        refuse_unknown(self.query, ())
        run = find_run(self.access, id)
        check_proposes(run)
        return Response(SeriesDecisionsRead({"data": decisions_of(self.access, run)}).data)

    @extend_schema(request=SeriesDecisionOrder, responses={201: SeriesDecisionRead})
    def create(self, request: Request, id: UUID, series: int) -> Response:
        """Accept or reject a proposed series; whoever changes their mind decides again."""
        asked = self.validated(SeriesDecisionOrder)
        made = decide_series(access=self.access, run_id=id, series=series, **asked)
        told = next(one for one in decisions_of(self.access, find_run(self.access, id)) if one.id == made.pk)
        return Response(SeriesDecisionRead(told).data, status=201)

    @extend_schema(request=SeriesCaseOrder, responses={201: SeriesCaseRead})
    def case(self, request: Request, id: UUID, series: int) -> Response:
        """Make a case of a series, or link it to the case that one of its incidents has."""
        made = make_series(access=self.access, run_id=id, series=series, **self.validated(SeriesCaseOrder))
        told = {
            "case": made.case.pk,
            "number": made.case.number,
            "linked": made.linked,
            "left_out": made.left_out,
            "decision": made.decision.pk,
        }
        where = {"Location": f"/api/v1/cases/{made.case.pk}"}
        return Response(SeriesCaseRead(told).data, status=201, headers=where)
