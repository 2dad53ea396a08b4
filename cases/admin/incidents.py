"""What cases hang on the pages of incidents: the button that makes one, and which cases there are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from cases.models import Case
from incidents.models import Incident
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import action, display
from nethra.core.inlines import ViewOnlyInline


class CasesOfIncident(ViewOnlyInline[Any, Incident]):
    """The case that the incident began."""

    model = Case
    fk_name = "primary_incident"
    anchor = "case"
    view_capability = Capability.VIEW_CASES
    tab = False
    verbose_name_plural = "case"
    fields = readonly_fields = ("page", "title", "state", "leader")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A new incident has no case.
        return obj is not None and super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("lead")

    @display(description="number")
    def page(self, case: Case) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:cases_case_change", args=[case.pk]), case.number
        )

    @display(description="status")
    def state(self, case: Case) -> str:
        return case.get_status_display()

    @display(description="lead")
    def leader(self, case: Case) -> str:
        return str(case.lead or "-")


@action(description="Make a case", icon="folder_open", url_path="make-a-case", permissions=("make_a_case",))
def make_a_case(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the form of a new case about this incident, or to the case that it has."""
    incident = self.get_object_or_404(request, object_id)
    access = access_of(request)
    case = Case.objects.visible_to(access).filter(primary_incident_id=incident.pk).first()
    if case is not None:
        return redirect(reverse("admin:cases_case_change", args=[case.pk]))
    return redirect(f"{reverse('admin:cases_case_add')}?{urlencode({'incident': incident.number})}")


console.hang_tab(Incident, CasesOfIncident)
console.hang_button(Incident, "make_a_case", make_a_case, Capability.ADD_CASES)
