"""The filters of the incident list: offence and area by their names."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from incidents.models import Area, OffenceCode
from incidents.querysets import IncidentQuerySet
from nethra.core.access import access_of


class OffenceFilter(DropdownFilter):  # type: ignore[misc]
    """Incidents with an offence, primary or not."""

    title = "offence"
    parameter_name = "offence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = OffenceCode.objects.order_by("name").values_list("code", "name")
        return [(code, f"{name} ({code})") for code, name in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        return queryset.with_offence([code]) if code and isinstance(queryset, IncidentQuerySet) else queryset


class AreaFilter(DropdownFilter):  # type: ignore[misc]
    """Incidents placed in a current beat or district."""

    title = "area"
    parameter_name = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        areas = Area.objects.visible_to(access_of(request)).current().only("kind", "code", "name")
        ordered = areas.order_by("-kind", "code")
        return [
            (str(area.pk), f"{kind} {area.name}")
            for kind, rows in groupby(ordered, key=lambda area: area.get_kind_display())
            for area in rows
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # A value that is not among the choices finds nothing rather than everything.
        key = self.value()
        if not key or not isinstance(queryset, IncidentQuerySet):
            return queryset
        known = {value for value, _ in self.lookup_choices}
        return queryset.in_area(Area(pk=key)) if key in known else queryset.none()
