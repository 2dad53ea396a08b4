"""The tab that says who looked at a record, on the pages of every kind of record that is not read unasked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from incidents.admin.moments import moment
from incidents.models import IncidentReading
from incidents.policies import sees_readers
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import display
from nethra.core.inlines import ViewOnlyInline
from nethra.core.readings import Reading


class ReadersTab(ViewOnlyInline[Any, Any]):
    """Who looked at a record and why, the latest first."""

    anchor = "readers"
    verbose_name_plural = "who looked"
    fields: ClassVar[tuple[str, ...]] = ("who", "last", "times", "why")
    readonly_fields: ClassVar[tuple[str, ...]] = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user").order_by("-last_at", "-id")

    @display(description="who")
    def who(self, reading: Reading) -> str:
        return str(reading.user or "-")

    @display(description="last")
    def last(self, reading: Reading) -> str:
        return moment(reading.last_at)

    @display(description="why")
    def why(self, reading: Reading) -> str:
        return reading.why


class ReadersOfIncident(ReadersTab):
    """Who read a sealed incident; shown where an order sealed it, to whoever may know."""

    model = IncidentReading
    fk_name = "incident"
    view_capability = Capability.VIEW_INCIDENTS

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_theirs = obj is not None and bool(obj.sealed_parts) and sees_readers(access_of(request))
        return is_theirs and super().has_view_permission(request, obj)
