"""The console's pages for incidents: find, read, record, change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.gis.geos import Point
from django.db.models import Field, Prefetch, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts.models import Agency
from incidents.admin.filters import AreaFilter, HourFilter, OffenceFilter, WeekdayFilter
from incidents.admin.moments import moment, span
from incidents.admin.readers import ReadersOfIncident
from incidents.admin.sealing import SEALING, SealsIncidents, SealsOfIncident, sealing_of
from incidents.area_history import areas_at
from incidents.choices import MAX_OFFENCES, HabitField
from incidents.forms import HabitForm, HabitFormSet, IncidentForm, OffenceForm, OffenceFormSet
from incidents.gazetteer.searching import has_gazetteer
from incidents.models import Incident, IncidentHabit, IncidentOffence
from incidents.readings import needs_reason, note_reading
from incidents.services import change_incident, create_incident
from nethra.core.access import Access, access_of
from nethra.core.admin import ConsoleAdmin, visible_rows
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, display
from nethra.core.console_lists import DayRangeFilter
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.geo import checked_point
from nethra.core.inlines import ConsoleInline
from nethra.core.map_admin import MapAdminMixin
from nethra.core.reason_pages import AsksReason
from nethra.core.widgets import Extent, map_media, offer_places, place_search_media, show_on_map

#: What the list does not show, and may be long.
NOT_LISTED = ("description", "notes", "content_hash", "location", "g3857")
SHAPES = ("beat__shape", "district__shape")
STATUS_COLOURS = {
    "Reported": "info",
    "Verified": "primary",
    "Unfounded": "warning",
    "Cleared": "success",
    "Closed": "success",
}


class OffenceInline(ConsoleInline[IncidentOffence, Incident]):
    """The offences of an incident, in order; writing them is the incident's service's."""

    model = IncidentOffence
    form = OffenceForm
    formset = OffenceFormSet
    view_capability = Capability.VIEW_INCIDENTS
    tab = False
    verbose_name = "offence"
    verbose_name_plural = "offences (the first is the primary)"
    min_num, max_num = 1, MAX_OFFENCES

    def get_queryset(self, request: HttpRequest) -> QuerySet[IncidentOffence]:
        return super().get_queryset(request).select_related("offence_code").order_by("position")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code" if self.has_change_permission(request, obj) else "offence_code", "completion")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        needed = Capability.ADD_INCIDENTS if obj is None else Capability.CHANGE_INCIDENTS
        return access_of(request).may(needed)


class HabitInline(ConsoleInline[IncidentHabit, Incident]):
    """How it was done; writing it is the incident's service's."""

    model = IncidentHabit
    form = HabitForm
    formset = HabitFormSet
    view_capability = Capability.VIEW_INCIDENTS
    tab = False
    max_num = len(HabitField)
    has_change_permission = OffenceInline.has_change_permission


@admin.register(Incident, site=console)
class IncidentAdmin(ButtonsByState, MapAdminMixin, SealsIncidents, AsksReason, ConsoleAdmin[Incident]):
    """Incidents: found by number, words, offence, period and place; written by the incident services."""

    view_capability = Capability.VIEW_INCIDENTS
    add_capability = Capability.ADD_INCIDENTS
    change_capability = Capability.CHANGE_INCIDENTS
    name_field = "number"
    map_areas_url_name = "admin:map_outlines"

    form = IncidentForm
    inlines = (OffenceInline, HabitInline, SealsOfIncident, ReadersOfIncident)
    actions_detail = ({"title": "Manage", "icon": "lock_person", "items": list(SEALING)},)
    list_display = ("number", "primary_offence", "occurred", "areas", "address", "state")
    list_filter = (
        OffenceFilter,
        ("occurred_from", DayRangeFilter),
        WeekdayFilter,
        HourFilter,
        AreaFilter,
        ("status", ChoicesDropdownFilter),
    )
    # Only what an index delivers in order.
    sortable_by = ("number", "occurred")
    ordering = ("-occurred_from", "-id")
    search_fields = ("number",)
    search_help_text = "Number, or words of the address or description"
    readonly_fields = ("areas", "areas_then", "place", "found", "origin", "reporter")

    @property
    def media(self) -> forms.Media:
        return super().media + map_media() + place_search_media()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        rows = super().get_queryset(request).select_related("beat", "district").defer(*SHAPES)
        if not _is_list(request):
            return rows.select_related("reported_by")
        primary = visible_rows(IncidentOffence, request).filter(is_primary=True)
        offences = Prefetch("offences", primary.select_related("offence_code"), to_attr="primary_offences")
        return rows.defer(*NOT_LISTED, *SHAPES).prefetch_related(offences)

    # What an order seals is not read without a reason.

    reason_sentence = (
        "An order seals this incident: who read it and why is kept. You are asked once in each session."
    )
    needs_reason = staticmethod(needs_reason)
    note_reading = staticmethod(note_reading)

    def find_for_reason(self, access: Access, key: UUID) -> Incident:
        found: Incident | None = Incident.objects.visible_to(access).filter(pk=key).first()
        if found is None:
            raise NotFound()
        return found

    # The form

    def get_fieldsets(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        may_write = self.has_change_permission(request) if obj else self.has_add_permission(request)
        narrative = ["description"]
        if access_of(request).may(Capability.READ_INCIDENT_NOTES):
            narrative.append("notes")
        sections = [
            ("What and when", {"fields": ["status", "occurred_from", "occurred_until", "reported_at"]}),
            ("Where", {"fields": ["address", "location" if may_write else "place"]}),
            ("Narrative", {"fields": narrative}),
        ]
        if obj:
            found = ["found"] if obj.found_by_address else []
            sections.append(("Record", {"fields": ["areas", "areas_then", *found, "reporter", "origin"]}))
        return sections

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "address" and has_gazetteer(access_of(request)):
            offer_places(field.widget, url=reverse("admin:find_places"), point_field="location")
        return field

    def shown_beside(self, request: HttpRequest, row: Incident) -> dict[str, Any]:
        row.__dict__["_areas_then"] = _areas_then(access_of(request), row)
        return super().shown_beside(request, row)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        place = _place_in(request.GET)
        return {**initial, "location": place} if place else initial

    def hidden_buttons(self, request: HttpRequest, row: Incident) -> Collection[str]:
        return set(SEALING) - sealing_of(row)

    def map_extent(self, request: HttpRequest) -> Extent | None:
        boundary = Agency.objects.visible_to(access_of(request)).values_list("boundary", flat=True).first()
        return Extent(*boundary.extent) if boundary else None

    def save_through_service(
        self, request: HttpRequest, obj: Incident, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Incident:
        access = access_of(request)
        by_model: dict[Any, Any] = {formset.model: formset for formset in formsets}
        stated, told = by_model[IncidentOffence], by_model[IncidentHabit]
        facts = form.facts(changed_only=change)
        if not change:
            return create_incident(
                access=access, offences=stated.offences(), modus_operandi=told.habits(), **facts
            )
        # Offences that nobody touched are not written anew: the audit would show a change.
        offences = stated.offences() if stated.has_changed() else None
        habits = told.habits() if told.has_changed() else None
        return change_incident(access=access, incident=obj, offences=offences, modus_operandi=habits, **facts)

    # Columns

    @display(description="primary offence")
    def primary_offence(self, incident: Any) -> str:
        return incident.primary_offences[0].offence_code.name if incident.primary_offences else "-"

    @display(description="occurred", ordering="occurred_from")
    def occurred(self, incident: Incident) -> str:
        return span(incident.occurred_from, incident.occurred_until)

    @display(description="district, beat")
    def areas(self, incident: Incident) -> str:
        return ", ".join(area.name for area in (incident.district, incident.beat) if area) or "-"

    @display(description="district, beat when it happened")
    def areas_then(self, incident: Any) -> str:
        return str(incident.__dict__.get("_areas_then", "-"))

    @display(description="status", label=STATUS_COLOURS)
    def state(self, incident: Incident) -> str:
        return incident.get_status_display()

    @display(description="place")
    def place(self, incident: Incident) -> str:
        return show_on_map(incident.location, "place")

    @display(description="place found by its address")
    def found(self, incident: Incident) -> str:
        return incident.get_found_by_address_display()

    @display(description="reported by")
    def reporter(self, incident: Incident) -> str:
        # As text: the theme's link leads to a page that not everybody may open.
        return str(incident.reported_by or "-")

    @display(description="recorded")
    def origin(self, incident: Incident) -> str:
        words = f"{moment(incident.created_at)}, from {incident.source}"
        return f"{words}, where it is {incident.external_id}" if incident.external_id else words


def _areas_then(access: Access, incident: Incident) -> str:
    # A place that is sealed from this person is not there.
    if incident.location is None or not access.may(Capability.VIEW_AREAS):
        return "-"
    found = areas_at(access=access, point=incident.location, at=incident.occurred_from)
    if not any(then.area_set for then in found):
        return "No version of the areas is known for that time."
    told = [
        f"{then.area.name} (version {then.area_set.version})" for then in found if then.area and then.area_set
    ]
    return ", ".join(told) or "In none of the areas of that time."


def _place_in(query: QueryDict) -> Point | None:
    """Return the place that a map leads here with; None where it names none on Earth."""
    try:
        return checked_point(float(str(query["longitude"])), float(str(query["latitude"])))
    except (KeyError, ValueError, InvalidInput):
        return None


def _is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_changelist")
