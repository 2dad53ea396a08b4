"""What the dashboard shows: counts of the newest weeks against those before, by offence and by district.

Every question is bounded by dates, so that its cost follows the weeks shown and not the years stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from incidents.models import Incident, IncidentOffence
from incidents.querysets import IncidentQuerySet
from nethra.core.access import Access

WEEKS = 26
MONTH = 28
TOP = 10
LATEST = 8


@dataclass(frozen=True)
class Comparison:
    """A count of a period and of the equally long period before it."""

    label: str
    count: int
    before: int

    @property
    def change(self) -> int:
        return self.count - self.before

    @property
    def percent(self) -> int | None:
        """Return the change in per cent of the period before; None where that had nothing."""
        return round(100 * self.change / self.before) if self.before else None


@dataclass(frozen=True)
class Latest:
    """One of the newest incidents."""

    incident: Incident
    offence: str


@dataclass(frozen=True)
class Overview:
    """The dashboard's numbers up to and including ``day``, in the agency's time zone."""

    day: date
    week: Comparison
    month: Comparison
    weeks: Sequence[tuple[date, int]]
    offences: Sequence[Comparison]
    districts: Sequence[Comparison]
    latest: Sequence[Latest]


def overview(access: Access, zone: ZoneInfo) -> Overview | None:
    """Return the numbers as of the day of the newest incident, or None without any incident.

    Data are loaded after the fact; counting back from today would show emptiness as a fall in crime.
    """
    incidents = Incident.objects.visible_to(access)
    newest = incidents.order_by("-occurred_from").values_list("occurred_from", flat=True).first()
    if newest is None:
        return None
    day = newest.astimezone(zone).date()
    daily = _daily(incidents, day, zone)
    return Overview(
        day=day,
        week=_compared("Last 7 days", daily, day, 7),
        month=_compared(f"Last {MONTH} days", daily, day, MONTH),
        weeks=_weekly(daily, day),
        offences=top_offences(access, day, zone),
        districts=by_district(incidents.readable("district"), day, zone),
        latest=latest(incidents),
    )


def top_offences(access: Access, day: date, zone: ZoneInfo) -> list[Comparison]:
    """Return the most frequent primary offences of the 28 days up to ``day``."""
    primary = IncidentOffence.objects.visible_to(access).filter(
        is_primary=True, incident__agency_id=access.agency_id
    )
    return _two_months(primary, "offence_code__name", day, zone, "incident__occurred_from")[:TOP]


def by_district(incidents: IncidentQuerySet, day: date, zone: ZoneInfo) -> list[Comparison]:
    """Return the 28 days up to ``day`` by district; incidents outside every district are left out."""
    return _two_months(incidents.filter(district__isnull=False), "district__name", day, zone)


def latest(incidents: IncidentQuerySet) -> list[Latest]:
    """Return the newest incidents with their primary offence."""
    primary = IncidentOffence._base_manager.filter(
        agency_id=OuterRef("agency_id"), incident_id=OuterRef("pk"), is_primary=True
    ).order_by()
    newest = (
        incidents.select_related("district")
        .only("number", "occurred_from", "address", "status", "district__name")
        .annotate(offence=Subquery(primary.values("offence_code__name")[:1]))
        .order_by("-occurred_from", "-id")[:LATEST]
    )
    return [Latest(row, row.offence or "") for row in newest]  # type: ignore[attr-defined]


def _daily(incidents: IncidentQuerySet, day: date, zone: ZoneInfo) -> dict[date, int]:
    start = _midnight(day - timedelta(days=7 * WEEKS - 1), zone)
    days = incidents.filter(occurred_from__gte=start).annotate(day=TruncDate("occurred_from", tzinfo=zone))
    counted = days.order_by().values_list("day").annotate(count=Count("pk"))
    return dict(counted)


def _compared(label: str, daily: dict[date, int], day: date, length: int) -> Comparison:
    def total(last: date) -> int:
        return sum(daily.get(last - timedelta(days=back), 0) for back in range(length))

    return Comparison(label, total(day), total(day - timedelta(days=length)))


def _weekly(daily: dict[date, int], day: date) -> list[tuple[date, int]]:
    """Return (first day, count) of each of the last weeks, oldest first; the last one ends on ``day``."""
    ends = [day - timedelta(days=7 * back) for back in reversed(range(WEEKS))]
    return [
        (end - timedelta(days=6), sum(daily.get(end - timedelta(days=back), 0) for back in range(7)))
        for end in ends
    ]


def _two_months(
    rows: QuerySet[Any], name: str, day: date, zone: ZoneInfo, moment: str = "occurred_from"
) -> list[Comparison]:
    middle = _midnight(day - timedelta(days=MONTH - 1), zone)
    start = _midnight(day - timedelta(days=2 * MONTH - 1), zone)
    counted = (
        rows.filter(**{f"{moment}__gte": start})
        .order_by()
        .values_list(name)
        .annotate(recent=Count("pk", filter=Q(**{f"{moment}__gte": middle})), both=Count("pk"))
        .order_by("-recent", name)
    )
    return [Comparison(label, count, both - count) for label, count, both in counted if label]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
