"""Filters of the list of exhibits: in whose hands, what a check found wrong, what is in quarantine."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from media_evidence.models import Evidence
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
