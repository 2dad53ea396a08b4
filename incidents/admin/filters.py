"""Filters of the incident list: offence, weekday, hour, area."""

from __future__ import annotations

from calendar import day_name
from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from incidents.choices import AreaKind
from incidents.filters import zone_of
from incidents.forms import offence_groups
from incidents.models import Area
from incidents.querysets import IncidentQuerySet
from nethra.core.access import Access, access_of


class OffenceFilter(DropdownFilter):  # type: ignore[misc]
    """Incidents with this offence, primary or not."""

    title = "offence"
    parameter_name = "offence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return list(offence_groups())

    def queryset(self, request: HttpRequest, queryset: IncidentQuerySet) -> IncidentQuerySet:
        code = self.value()
        return queryset.with_offence([code]) if code else queryset


class LocalTimeFilter(DropdownFilter):  # type: ignore[misc]
    """What the clocks of the agency said when an incident began: one value out of ``values``, by its number."""

    values: tuple[tuple[str, str], ...]
    #: What at_times() calls it.
    bound: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return list(self.values)

    def queryset(self, request: HttpRequest, queryset: IncidentQuerySet) -> IncidentQuerySet:
        wanted = self.value()
        if not wanted:
            return queryset
        if wanted not in dict(self.values):
            raise IncorrectLookupParameters()
        bounds = {"weekdays": [], "hours": [], self.bound: [int(wanted)]}
        return queryset.at_times(**bounds, zone=zone_of(access_of(request)))


class WeekdayFilter(LocalTimeFilter):
    """Incidents that began on this weekday."""

    title = "weekday"
    parameter_name = "weekday"
    values = tuple((str(number), name) for number, name in enumerate(day_name, 1))
    bound = "weekdays"


class HourFilter(LocalTimeFilter):
    """Incidents that began in this hour."""

    title = "hour"
    parameter_name = "hour"
    values = tuple((str(hour), f"{hour:02d}:00 to {hour + 1:02d}:00") for hour in range(24))
    bound = "hours"


class AreaFilter(DropdownFilter):  # type: ignore[misc]
    """Incidents in one of today's beats or districts, or in an area of the agency's own."""

    title = "area"
    parameter_name = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        self.groups = area_groups(access_of(request))
        return list(self.groups)

    def queryset(self, request: HttpRequest, queryset: IncidentQuerySet) -> IncidentQuerySet:
        wanted = self.value()
        if not wanted:
            return queryset
        if not any(wanted == key for _, areas in self.groups for key, _ in areas):
            raise IncorrectLookupParameters()
        # SECURITY: a place that is sealed must not be found by asking one area after the other.
        return queryset.readable("beat", "district", "location").in_area(UUID(wanted))


def area_groups(access: Access) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return ("Districts", [(id, label)]), ("Beats", …) and ("Own areas", …) of today, without their shapes."""
    areas = (
        Area.objects.visible_to(access).current().order_by("code").values_list("pk", "kind", "code", "name")
    )
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in AreaKind}
    for pk, kind, code, name in areas:
        found[kind].append((str(pk), name if code in name else f"{code} {name}"))
    return [(f"{AreaKind(kind).label}s", listed) for kind, listed in found.items() if listed]
