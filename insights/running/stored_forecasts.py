"""Stored forecasts as later runs need them: what they kept, their period, and the incidents of their score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.db.models import JSONField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from incidents.filters import IncidentFilters, zone_of
from insights.answers.base import Need
from insights.choices import RunStatus
from insights.models import AnalysisResult, AnalysisRun
from insights.querysets import AnalysisRunQuerySet
from insights.running.asked import FORECAST, Asked
from nethra.core.access import Access
from nethra.core.parameters import query_of, refusal

EPOCH = datetime(1970, 1, 1)
#: The filters that bound the days.
DAYS = ("occurred_after", "occurred_before")


@dataclass(frozen=True)
class Period:
    """The days of a forecast, from ``start`` to before ``until``, since 1970-01-01 by the agency's clock."""

    start: float
    until: float

    @property
    def last_day(self) -> date:
        """The last of its days."""
        return (EPOCH + timedelta(days=self.until) - timedelta(seconds=1)).date()

    def has_ended(self, today: float) -> bool:
        """Return whether it is over at a moment in days."""
        return today >= self.until


def done_forecasts(access: Access) -> AnalysisRunQuerySet:
    """Return the forecasts that are done, which alone can be scored."""
    found: AnalysisRunQuerySet = AnalysisRun.objects.visible_to(access).filter(
        analysis=FORECAST, status=RunStatus.DONE
    )
    return found


def kept_of(access: Access, run_id: UUID) -> dict[str, Any]:
    """Return what a done run kept for later ones."""
    text = AnalysisResult.objects.visible_to(access).values_list("body", flat=True).get(run_id=run_id)
    kept: dict[str, Any] = orjson.loads(text)["kept"]
    return kept


def periods_of(access: Access, runs: Iterable[UUID]) -> dict[UUID, Period]:
    """Return the period of each done forecast; the database reads it, since what else they kept is large."""
    kept = KeyTransform("kept", Cast("body", JSONField()))
    found = (
        AnalysisResult.objects.visible_to(access)
        .filter(run_id__in=list(runs))
        .annotate(start=KeyTransform("start_day", kept), days=KeyTransform("days", kept))
        .values_list("run_id", "start", "days")
    )
    return {key: Period(start, start + days) for key, start, days in found}


def of_its_forecast(access: Access, asked: Asked) -> Asked:
    """Return what is asked with the incidents of its forecast, where it is about one: those of its own period.

    Raise InvalidInput where others are asked for.
    """
    if Need.FORECAST not in asked.analysis.needs or asked.about.forecast is None:
        return asked
    key = asked.about.forecast
    filters = AnalysisRun.objects.visible_to(access).values_list("filters", flat=True).get(pk=key)
    query = within(filters, periods_of(access, [key])[key], zone_of(access))
    if asked.query not in ("", query):
        raise refusal("filters", "The incidents are those of the forecast: leave the filters out.")
    return replace(asked, query=query, filters=IncidentFilters.from_query(query_of(query)))


def within(filters: str, period: Period, zone: ZoneInfo) -> str:
    """Return filters with the bounds of a period in place of their own."""
    query = query_of(filters)
    for name, day in zip(DAYS, (period.start, period.until), strict=True):
        query[name] = _moment(day, zone)
    return query.urlencode()


def _moment(day: float, zone: ZoneInfo) -> str:
    return (EPOCH + timedelta(seconds=round(day * 86_400))).replace(tzinfo=zone).isoformat()
