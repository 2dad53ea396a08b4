"""Counts of incidents by beat or district: the numbers of a choropleth, and how they compare with the period before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, FloatField, Func, Q

from incidents.choices import AreaKind
from incidents.filters import IncidentFilters, wanted_by, zone_of
from incidents.models import Area
from nethra.core.access import Access
from nethra.core.capabilities import Capability

SQUARE_METRES = 1e6


@dataclass(frozen=True)
class Period:
    """From a time, included, to another, excluded."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class AreaCount:
    """One area of the version in force and how many of the wanted incidents were placed in it.

    ``square_kilometres`` is measured on the spheroid; ``before`` is the count of the period before, None where the
    filters bound no period on both sides.
    """

    id: UUID
    code: str
    name: str
    count: int
    square_kilometres: float
    before: int | None


@dataclass(frozen=True)
class AreaCounts:
    """Counts by area, the biggest first, areas without any included.

    ``total`` are the wanted incidents; ``elsewhere`` of them lie in no area of the version in force. ``period_before``
    is as long as the period that the filters want and ends where that begins, by the clocks of the agency.
    """

    kind: AreaKind
    total: int
    elsewhere: int
    period_before: Period | None
    areas: tuple[AreaCount, ...]


def count_areas(access: Access, filters: IncidentFilters, kind: AreaKind) -> AreaCounts:
    """Return how many of the wanted incidents were placed in each beat or district, now and in the period before."""
    access.require(Capability.VIEW_INSIGHTS)
    access.require(Capability.VIEW_INCIDENTS)
    before = period_before(filters, zone_of(access))
    numbers = _numbers(access, filters, kind, before)
    found = [
        AreaCount(
            key,
            code,
            name,
            numbers.get(key, (0, 0))[0],
            size,
            numbers.get(key, (0, 0))[1] if before else None,
        )
        for key, code, name, size in _areas(access, kind)
    ]
    found.sort(key=lambda area: (-area.count, area.code))
    total = sum(number for number, _ in numbers.values())
    return AreaCounts(kind, total, total - sum(area.count for area in found), before, tuple(found))


def period_before(filters: IncidentFilters, zone: ZoneInfo) -> Period | None:
    """Return the period of the same length that ends where the wanted one begins; None without both its ends.

    The length is that of the clocks on the wall: a month with a change of clocks is preceded by whole days too.
    """
    if filters.occurred_after is None or filters.occurred_before is None:
        return None
    start, end = (moment.astimezone(zone) for moment in (filters.occurred_after, filters.occurred_before))
    length = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    return Period((start.replace(tzinfo=None) - length).replace(tzinfo=zone), start)


def kind_in_force(access: Access) -> AreaKind:
    """Return the finest kind of area that the agency has."""
    beats = Area.objects.visible_to(access).current().filter(kind=AreaKind.BEAT)
    return AreaKind.BEAT if beats.exists() else AreaKind.DISTRICT


def _areas(access: Access, kind: AreaKind) -> Any:
    areas = Area.objects.visible_to(access).current().filter(kind=kind)
    size = Func("shape", template="ST_Area(%(expressions)s::geography)", output_field=FloatField())
    return areas.values_list("pk", "code", "name", size / SQUARE_METRES)


def _numbers(
    access: Access, filters: IncidentFilters, kind: AreaKind, before: Period | None
) -> dict[UUID | None, tuple[int, int]]:
    """Return by area how many were wanted and how many fit in the period before, of one statement."""
    is_now = Q(occurred_from__gte=before.end) if before else Q()
    reach = replace(filters, occurred_after=before.start) if before else filters
    column = f"{kind.value}_id"
    counted: Any = wanted_by(access, reach, reading=(kind.value,)).values_list(column)
    rows = counted.annotate(
        number=Count("pk", filter=is_now or None),
        before=Count("pk", filter=~is_now) if before else Count("pk"),
    )
    return {key: (number, earlier) for key, number, earlier in rows.values_list(column, "number", "before")}
