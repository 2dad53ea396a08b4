"""Filters of the lists of exhibits: in whose hands, where, what a check found wrong, what is in quarantine."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from media_evidence.admin.item_forms import open_locations
from media_evidence.models import Evidence, Item
from nethra.core.access import access_of


class HandsFilter(DropdownFilter):  # type: ignore[misc]
    """What is in one's own hands, or waits to be."""

    title = "hands"
    parameter_name = "hands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("mine", "I hold it"), ("offered", "Handed over to me")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Evidence]) -> QuerySet[Evidence]:
        column = {"mine": "holder_id", "offered": "offered_to_id"}.get(self.value() or "")
        return queryset.filter(**{column: access_of(request).user_id}) if column else queryset


class SoundFilter(DropdownFilter):  # type: ignore[misc]
    """What the latest check found wrong."""

    title = "sound"
    parameter_name = "sound"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("no", "File or chain of custody is not what it was")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Evidence]) -> QuerySet[Evidence]:
        found: Any = queryset
        return found.unsound() if self.value() == "no" else queryset


class QuarantineFilter(DropdownFilter):  # type: ignore[misc]
    """What no scan said is clean, and is kept back."""

    title = "quarantine"
    parameter_name = "quarantine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("yes", "In quarantine")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Evidence]) -> QuerySet[Evidence]:
        found: Any = queryset
        return found.in_quarantine() if self.value() == "yes" else queryset


class WhereFilter(DropdownFilter):  # type: ignore[misc]
    """Whether a physical exhibit is in the room, checked out, or should be back."""

    title = "where"
    parameter_name = "where"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("in", "Not checked out"), ("out", "Checked out"), ("overdue", "Should be back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        if self.value() == "overdue":
            return queryset.filter(due_back_on__lt=timezone.localdate())
        if self.value() in ("in", "out"):
            return queryset.filter(purpose="") if self.value() == "in" else queryset.exclude(purpose="")
        return queryset


class PlaceFilter(DropdownFilter):  # type: ignore[misc]
    """What lies in a location, or in one within it."""

    title = "location"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(location.path, str(location)) for location in open_locations(access_of(request))[:500]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        found: Any = queryset
        return found.lying_in(self.value()) if self.value() else queryset
