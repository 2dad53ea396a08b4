"""The console's first page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from insights.overview import MONTH, WEEKS, Comparison, Overview, overview
from insights.work import work_of
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.charts import Chart, Series
from nethra.core.console import console


def dashboard(request: HttpRequest) -> HttpResponse:
    """Show what the newest weeks hold, for whoever may see counts."""
    access = access_of(request)
    context: dict[str, Any] = {**console.each_context(request), "title": "Dashboard"}
    if access.may(Capability.VIEW_CASES):
        context |= {"work": work_of(access)}
    if access.may(Capability.VIEW_INSIGHTS):
        zone = timezone.get_current_timezone_name()
        numbers = overview(access, ZoneInfo(zone))
        context |= {"overview": numbers, "zone": zone, "may_view": True}
        if numbers is not None:
            context |= {"charts": charts_of(numbers), "periods": (numbers.week, numbers.month)}
    return TemplateResponse(request, "insights/dashboard.html", context)


def charts_of(numbers: Overview) -> list[Chart]:
    """Return the dashboard's charts."""
    return [_weeks_chart(numbers), _offences_chart(numbers), _districts_chart(numbers)]


def _weeks_chart(numbers: Overview) -> Chart:
    counts = [count for _, count in numbers.weeks]
    return Chart(
        id="weeks",
        title="Incidents per week",
        summary=f"{WEEKS} weeks up to {_day(numbers)}, from {min(counts)} to {max(counts)} incidents a week.",
        label_header="Week from",
        labels=[f"{start.day} {start:%b}" for start, _ in numbers.weeks],
        series=[Series("Incidents", counts)],
    )


def _offences_chart(numbers: Overview) -> Chart:
    return _compared_chart("offences", "Most frequent offences", "Offence", numbers.offences)


def _districts_chart(numbers: Overview) -> Chart:
    return _compared_chart("districts", "By district", "District", numbers.districts)


def _compared_chart(key: str, title: str, header: str, rows: Sequence[Comparison]) -> Chart:
    top = f" {rows[0].label} leads with {rows[0].count}." if rows else ""
    return Chart(
        id=key,
        title=title,
        summary=f"The last {MONTH} days beside the {MONTH} days before.{top}",
        label_header=header,
        labels=[row.label for row in rows],
        series=[
            Series(f"Last {MONTH} days", [row.count for row in rows]),
            Series("Before", [row.before for row in rows]),
        ],
        kind="bar",
        sideways=True,
        height=max(160, 60 + 34 * len(rows)),
    )


def _day(numbers: Overview) -> str:
    return f"{numbers.day.day} {numbers.day:%B %Y}"
