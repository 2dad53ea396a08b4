"""Counts of incidents by beat or district: the numbers of a choropleth."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from incidents.choices import AreaKind
from incidents.filters import IncidentFilters, wanted_by
from incidents.models import Area
from nethra.core.access import Access
from nethra.core.capabilities import Capability


@dataclass(frozen=True)
class AreaCount:
    """One area of the version in force and how many of the wanted incidents were placed in it."""

    id: UUID
    code: str
    name: str
    count: int


@dataclass(frozen=True)
class AreaCounts:
    """Counts by area, the biggest first, areas without any included.

    ``total`` are the wanted incidents; ``elsewhere`` of them lie in no area of the version in force.
    """

    kind: AreaKind
    total: int
    elsewhere: int
    areas: tuple[AreaCount, ...]


def count_areas(access: Access, filters: IncidentFilters, kind: AreaKind) -> AreaCounts:
    """Return how many of the wanted incidents were placed in each beat or district."""
    access.require(Capability.VIEW_INSIGHTS)
    access.require(Capability.VIEW_INCIDENTS)
    column = f"{kind.value}_id"
    counted = (
        wanted_by(access, filters, reading=(kind.value,)).values_list(column).annotate(number=Count("pk"))
    )
    numbers = dict(counted.values_list(column, "number"))
    areas = Area.objects.visible_to(access).current().filter(kind=kind)
    found = [
        AreaCount(key, code, name, numbers.get(key, 0))
        for key, code, name in areas.values_list("pk", "code", "name")
    ]
    found.sort(key=lambda area: (-area.count, area.code))
    total = sum(numbers.values())
    return AreaCounts(kind, total, total - sum(area.count for area in found), tuple(found))


def kind_in_force(access: Access) -> AreaKind:
    """Return the finest kind of area that the agency has."""
    beats = Area.objects.visible_to(access).current().filter(kind=AreaKind.BEAT)
    return AreaKind.BEAT if beats.exists() else AreaKind.DISTRICT
