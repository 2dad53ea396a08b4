"""The console's pages for cases: find, read, open, change, move."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from cases.access import find_case, may_write, refuse_hidden_case
from cases.admin.choosing import ChoosesColleagues, colleagues
from cases.admin.closed import WaysIn
from cases.admin.filters import LeadFilter
from cases.admin.keeping import KEEPING, KeepsCase, keeping_of, parse_key
from cases.admin.moving import MovesCase
from cases.admin.parts import WRITERS
from cases.admin.tabs import (
    AuditTab,
    CaseReadersTab,
    ExclusionsTab,
    HistoryTab,
    IncidentTab,
    MembersTab,
    PeopleTab,
    SealsTab,
    TasksTab,
    incident_link,
)
from cases.choices import SealedPart
from cases.fields import CASE
from cases.forms import CaseForm, NewCaseForm
from cases.models import Case
from cases.readings import needs_reason, note_reading
from cases.services import change_case, open_case
from incidents.admin.moments import moment, span
from incidents.models import Incident
from nethra.core.access import Access, access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, display
from nethra.core.console_lists import DayRangeFilter
from nethra.core.guards import WITHHELD
from nethra.core.reason_pages import AsksReason
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
class CaseAdmin(
    ButtonsByState, MovesCase, WaysIn, AsksReason, KeepsCase, ChoosesColleagues, ConsoleAdmin[Case]
):
    """Cases: their facts and parts in tabs, each written by its service."""

    view_capability = Capability.VIEW_CASES
    add_capability = Capability.ADD_CASES
    change_capability = Capability.CHANGE_CASES
    name_field = "number"

    form = CaseForm
    inlines = (
        IncidentTab,
        PeopleTab,
        TasksTab,
        MembersTab,
        ExclusionsTab,
        SealsTab,
        HistoryTab,
        CaseReadersTab,
        AuditTab,
    )
    actions_detail = ({"title": "Manage", "icon": "lock_person", "items": list(KEEPING)},)
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
    readonly_fields = (
        "incident",
        "happened",
        "place",
        "opened_with",
        "referred_to",
        "clearance",
        "closed",
        "who_sees",
    )
    change_form_outer_before_template = "cases/moves.html"

    @property
    def media(self) -> Any:
        return super().media + map_media()

    # Who may

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = not isinstance(obj, Case) or (not obj.is_closed and may_write(access_of(request), obj))
        return is_open and super().has_change_permission(request, obj)

    def hidden_buttons(self, request: HttpRequest, row: Case) -> Collection[str]:
        return set(KEEPING) - keeping_of(row)

    # What is found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return super().get_queryset(request).select_related("lead", "opened_by", "unit")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the case, with its incident where that is visible too; raise what leads to the ways in.

        A case that is closed to the person raises AccessRequired where a stub may be told; a sensitive one
        ReasonNeeded until they said why they read it.
        """
        access = access_of(request)
        case = super().get_object(request, object_id, from_field)
        if case is None:
            refuse_hidden_case(access, parse_key(object_id))
        elif not hasattr(case, "shown_incident"):
            incidents = Incident.objects.visible_to(access)
            case.shown_incident = incidents.filter(pk=case.primary_incident_id).first()
        return case

    reason_sentence = (
        "This case is sensitive: its owners see who read it and why. You are asked once in each session."
    )

    needs_reason = staticmethod(needs_reason)
    note_reading = staticmethod(note_reading)

    def find_for_reason(self, access: Access, key: UUID) -> Case:
        return find_case(access, key)

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
        readable = {field.name for field in CASE.readable_by(access_of(request))}
        facts = ["title", "priority", "lead", "unit"]
        facts += [name for name in ("notes", "informant_notes") if name in readable]
        if obj is None:
            return [(None, {"fields": ["incident", *facts]})]
        where = ["who_sees", "opened_with"]
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
        view = self.admin_site.admin_view
        moving = view(self.move_view)
        return [
            path("<uuid:object_id>/move/<str:target>/", moving, name="cases_case_move"),
            path("<uuid:object_id>/ask/", view(self.ask_view), name="cases_case_ask"),
            path("<uuid:object_id>/emergency/", view(self.emergency_view), name="cases_case_emergency"),
            *super().get_urls(),
        ]

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
        shown = self._incident(case)
        return incident_link(shown) if shown else WITHHELD

    @display(description="happened")
    def happened(self, case: Case) -> str:
        incident = self._incident(case)
        if incident is None:
            return WITHHELD
        when = span(incident.occurred_from, incident.occurred_until)
        return f"{when}, {incident.address}" if incident.address else when

    @display(description="place")
    def place(self, case: Case) -> str:
        shown = self._incident(case)
        location = shown.location if shown else None
        return show_on_map(location, "place", areas_url=reverse("admin:map_outlines"))

    @display(description="who sees it")
    def who_sees(self, case: Case) -> str:
        parts = [str(SealedPart(part).label).lower() for part in case.sealed_parts]
        sealed = f"Sealed by order: {', '.join(parts)}." if parts else ""
        open_to = (
            "Its lead and the people named." if case.is_restricted else "Everybody whose role reaches it."
        )
        return f"{sealed} {open_to}".strip()

    def _incident(self, case: Any) -> Incident | None:
        """Return the incident that began the case, where this person sees it."""
        return getattr(case, "shown_incident", None)
