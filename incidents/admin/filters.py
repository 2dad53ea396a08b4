"""Filters of the incident list: offence, period, area."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.widgets import INPUT_CLASSES

from incidents.choices import AreaKind
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


class AreaFilter(DropdownFilter):  # type: ignore[misc]
    """Incidents that were placed in one of today's beats or districts."""

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
        return queryset.in_area(Area(pk=wanted))


def area_groups(access: Access) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return ("Districts", [(id, label)]) and ("Beats", …) of the versions in force, without their shapes."""
    areas = (
        Area.objects.visible_to(access).current().order_by("code").values_list("pk", "kind", "code", "name")
    )
    found: dict[str, list[tuple[str, str]]] = {AreaKind.DISTRICT: [], AreaKind.BEAT: []}
    for pk, kind, code, name in areas:
        found[kind].append((str(pk), name if code in name else f"{code} {name}"))
    return [(f"{AreaKind(kind).label}s", listed) for kind, listed in found.items() if listed]


class PeriodForm(forms.Form):
    """The browser's own date fields: the theme's need a calendar script and a click per month."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side, label in (("from", "From day"), ("to", "To day")):
            look = {"type": "date", "aria-label": label, "title": label, "class": " ".join(INPUT_CLASSES)}
            self.fields[f"{name}_{side}"] = forms.CharField(
                label="", required=False, widget=forms.TextInput(look)
            )


class PeriodFilter(RangeDateFilter):  # type: ignore[misc]
    """Incidents that began on these days of the agency's calendar, both included."""

    form_class = PeriodForm

    def queryset(self, request: HttpRequest, queryset: IncidentQuerySet) -> IncidentQuerySet:
        start, end = self._day("from"), self._day("to")
        return queryset.occurred_between(
            _midnight(start) if start else None, _midnight(end + timedelta(days=1)) if end else None
        )

    def _day(self, side: str) -> date | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{side}")
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError as problem:
            raise IncorrectLookupParameters() from problem
        if not 1800 <= day.year <= 2200:
            raise IncorrectLookupParameters()
        return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
