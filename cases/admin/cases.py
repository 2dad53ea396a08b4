"""The console's pages for cases: find, read, open, change, move."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from cases.admin.choosing import ChoosesColleagues, colleagues
from cases.admin.filters import LeadFilter
from cases.admin.parts import WRITERS
from cases.admin.tabs import (
    AuditTab,
    HistoryTab,
    IncidentTab,
    MembersTab,
    PeopleTab,
    TasksTab,
    incident_link,
)
from cases.choices import CaseStatus
from cases.forms import CaseForm, NewCaseForm, transition_form
from cases.models import Case
from cases.services import change_case, open_case
from cases.transitions import move_case, possible_move, possible_moves
from incidents.admin.incidents import moment, span
from incidents.models import Incident
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, ask, display
from nethra.core.console_lists import DayRangeFilter
from nethra.core.widgets import map_media, show_on_map

STATUS_COLOURS = {
    "Open": "info",
    "Under investigation": "primary",
    "Suspended": "warning",
    "Referred": "warning",
    "Closed, cleared": "success",
    "Closed, unfounded": "success",
    "Reopened": "info",
}
PRIORITY_COLOURS = {"Low": "info", "Normal": "info", "High": "warning", "Urgent": "danger"}


@admin.register(Case, site=console)
class CaseAdmin(ChoosesColleagues, ConsoleAdmin[Case]):
    """Cases: their facts and parts in tabs, each written by its service."""

    view_capability = Capability.VIEW_CASES
    add_capability = Capability.ADD_CASES
    change_capability = Capability.CHANGE_CASES
    name_field = "number"

    form = CaseForm
    inlines = (IncidentTab, PeopleTab, TasksTab, MembersTab, HistoryTab, AuditTab)
    list_display = ("number", "title", "state", "urgency", "leader", "opened")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("priority", ChoicesDropdownFilter),
        LeadFilter,
        ("opened_at", DayRangeFilter),
    )
    list_select_related = ("lead",)
    sortable_by = ("number", "opened")
    ordering = ("-opened_at", "-id")
    search_fields = ("number",)
    search_help_text = "Number, or words of the title"
    readonly_fields = ("incident", "happened", "place", "opened_with", "referred_to", "clearance", "closed")
    change_form_outer_before_template = "cases/moves.html"

    @property
    def media(self) -> Any:
        return super().media + map_media()

    # Who may

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_closed = isinstance(obj, Case) and obj.is_closed
        return not is_closed and super().has_change_permission(request, obj)

    # What is found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return super().get_queryset(request).select_related("primary_incident", "lead", "opened_by")

    def find_by_name(self, request: HttpRequest, term: str) -> QuerySet[Case]:
        """Return the cases whose number begins with the term or whose title holds it."""
        found: Any = self.get_queryset(request)
        return found.matching(term)  # type: ignore[no-any-return]

    # The form

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewCaseForm
        form = super().get_form(request, obj, change, **kwargs)
        access = access_of(request)
        if "lead" in form.base_fields:
            kept = [obj.lead_id] if obj else []
            form.base_fields["lead"].queryset = colleagues(access, Capability.CHANGE_CASES, kept)
        if obj is None and "incident" in form.base_fields:
            incidents = Incident.objects.visible_to(access)
            # A copy: the declared field is one for all threads, and each asks for its own agency.
            number_field = deepcopy(form.base_fields["incident"])
            number_field.find = lambda number: incidents.filter(number=number).first()
            form.base_fields["incident"] = number_field
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        number = request.GET.get("incident", "")[:40]
        return {"incident": number, "lead": access_of(request).user_id}

    def get_fieldsets(self, request: HttpRequest, obj: Case | None = None) -> Any:
        facts = ["title", "priority", "lead"]
        if access_of(request).may(Capability.READ_CASE_NOTES):
            facts.append("notes")
        if obj is None:
            return [(None, {"fields": ["incident", *facts]})]
        where = ["opened_with"]
        where += ["referred_to"] if obj.referred_to else []
        where += ["clearance", "closed"] if obj.clearance else ["closed"] if obj.closed_at else []
        return [
            ("Case", {"fields": facts}),
            ("Incident", {"fields": ["incident", "happened", "place"]}),
            ("Record", {"fields": where}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Case | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Case | None) -> Any:
        return self.inlines if obj else ()

    def save_through_service(
        self, request: HttpRequest, obj: Case, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Case:
        access = access_of(request)
        facts = form.facts(changed_only=change)
        if not change:
            return open_case(access=access, incident=form.cleaned_data["incident"], **facts)
        case = change_case(access=access, case=obj, **facts) if facts else obj
        for formset in formsets:
            if formset.model in WRITERS and formset.has_changed():
                WRITERS[formset.model](access, case, formset)
        return case

    # Moving

    def get_urls(self) -> list[URLPattern]:
        moving = self.admin_site.admin_view(self.move_view)
        return [
            path("<uuid:object_id>/move/<str:target>/", moving, name="cases_case_move"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        case = (
            self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        )
        moves = possible_moves(access_of(request), case) if case else []
        told = {
            "moves": moves,
            "possible": [move for move in moves if move.transition],
            "impossible": [move for move in moves if not move.transition],
        }
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **told})

    def move_view(self, request: HttpRequest, object_id: Any, target: str) -> HttpResponse:
        """Ask for what a move needs and move the case; where there is no way, say why and go back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = self.get_object_or_404(request, str(object_id))
        if target not in CaseStatus.values:
            raise Http404
        access = access_of(request)
        move = possible_move(access, case, CaseStatus(target))
        if move.transition is None:
            messages.warning(request, move.sentence)
            return redirect(reverse("admin:cases_case_change", args=[case.pk]))
        way, verb = move.transition, move.verb
        label = CaseStatus(target).label.lower()
        question = Question(
            f"{verb}: {case.number}",
            f"The case is {case.get_status_display().lower()} and will be {label}.",
            verb,
            f"The case {case.number} is {label}.",
            transition_form(way, case, colleagues(access, Capability.CHANGE_CASES)),
        )

        def act(values: dict[str, Any]) -> None:
            lead = values.pop("lead", None)
            move_case(access=access, case=case, target=target, lead_id=lead.pk if lead else None, **values)

        return ask(self, request, case, question, act, permission="view")

    # Columns

    @display(description="status", label=STATUS_COLOURS)
    def state(self, case: Case) -> str:
        return case.get_status_display()

    @display(description="priority", label=PRIORITY_COLOURS)
    def urgency(self, case: Case) -> str:
        return case.get_priority_display()

    @display(description="lead")
    def leader(self, case: Case) -> str:
        if case.lead is None:
            return "-"
        return str(case.lead) if case.lead.is_active else f"{case.lead} (deactivated)"

    @display(description="opened", ordering="opened_at")
    def opened(self, case: Case) -> str:
        return moment(case.opened_at)

    @display(description="opened")
    def opened_with(self, case: Case) -> str:
        return f"{moment(case.opened_at)}, {case.opened_by or '-'}"

    @display(description="closed")
    def closed(self, case: Case) -> str:
        return moment(case.closed_at) if case.closed_at else "-"

    @display(description="incident")
    def incident(self, case: Case) -> str:
        return incident_link(case.primary_incident)

    @display(description="happened")
    def happened(self, case: Case) -> str:
        incident = case.primary_incident
        when = span(incident.occurred_from, incident.occurred_until)
        return f"{when}, {incident.address}" if incident.address else when

    @display(description="place")
    def place(self, case: Case) -> str:
        return show_on_map(case.primary_incident.location, "place", areas_url=reverse("admin:map_outlines"))
