"""The console's pages of incidents, areas and what they are described with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.models import Agency
from incidents.choices import MAX_OFFENCES
from incidents.console_filters import AreaFilter, OffenceFilter
from incidents.models import Area, AreaSet, Incident, IncidentOffence, OffenceCategory
from incidents.querysets import IncidentQuerySet
from incidents.services import OffenceInput, change_incident, create_incident
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin, ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.map_admin import MapAdminMixin
from nethra.core.widgets import Extent, map_media, show_on_map

WRITTEN = (
    "occurred_from",
    "occurred_until",
    "reported_at",
    "status",
    "address",
    "location",
    "description",
)


class OffenceFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The offences in the order stated; the first is the primary."""

    def stated(self) -> list[OffenceInput]:
        """Return what was filled in and not struck out."""
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        return [
            OffenceInput(row["offence_code"].pk, row["completion"]) for row in kept if row.get("offence_code")
        ]


class OffenceInline(TabularInline):  # type: ignore[misc]
    """Up to ten offences in the incident's own form."""

    model = IncidentOffence
    formset = OffenceFormSet
    fields = ("offence_code", "completion")
    extra = 0
    min_num = 1
    max_num = MAX_OFFENCES
    verbose_name = "offence"
    verbose_name_plural = "offences (the first is the primary)"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access_of(request).may(Capability.VIEW_INCIDENTS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        needed = Capability.ADD_INCIDENTS if obj is None else Capability.CHANGE_INCIDENTS
        return access_of(request).may(needed)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)

    has_delete_permission = has_change_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[IncidentOffence]:
        rows = IncidentOffence.objects.visible_to(access_of(request))
        return rows.select_related("offence_code").order_by("position")


@admin.register(Incident, site=console)
class IncidentAdmin(MapAdminMixin, ConsoleAdmin[Incident]):
    """Incidents: found by number, words, offence, period and place; written by the incident services."""

    view_capability = Capability.VIEW_INCIDENTS
    add_capability = Capability.ADD_INCIDENTS
    change_capability = Capability.CHANGE_INCIDENTS
    name_field = "number"
    map_areas_url_name = "admin:map_outlines"

    list_display = (
        "number",
        "primary_offence",
        "occurred",
        "district_name",
        "beat_name",
        "address",
        "status",
    )
    list_filter = (
        OffenceFilter,
        ("occurred_from", RangeDateFilter),
        AreaFilter,
        ("status", ChoicesDropdownFilter),
    )
    list_select_related = ("district", "beat")
    search_fields = ("number",)
    search_help_text = "Number, or words of the address or description"
    ordering = ("-occurred_from", "-id")
    sortable_by = ("occurred",)
    inlines = (OffenceInline,)
    readonly_fields = ("number", "district_name", "beat_name", "reported_by", "origin", "place_on_map")

    @property
    def media(self) -> Any:
        return super().media + map_media()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        primary = IncidentOffence._base_manager.filter(
            agency_id=OuterRef("agency_id"), incident_id=OuterRef("pk"), is_primary=True
        )
        name = primary.values("offence_code__name")[:1]
        return super().get_queryset(request).annotate(primary_offence_name=Subquery(name))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Incident], search_term: str
    ) -> tuple[QuerySet[Incident], bool]:
        """Search through the text index; ILIKE would read every incident of the agency."""
        if not search_term.strip() or not isinstance(queryset, IncidentQuerySet):
            return queryset, False
        return queryset.matching(search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        may_write = self.has_change_permission(request) if obj else self.has_add_permission(request)
        place = "location" if may_write else "place_on_map"
        narrative = ["description"]
        if access_of(request).may(Capability.READ_INCIDENT_NOTES):
            narrative.append("notes")
        told = ["status", "occurred_from", "occurred_until", "reported_at"]
        where = ["address", place] + (["district_name", "beat_name"] if obj else [])
        sections = [("What and when", {"fields": told}), ("Where", {"fields": where})]
        sections.append(("Narrative", {"fields": narrative}))
        if obj:
            sections.append(("Record", {"fields": ["number", "reported_by", "origin"]}))
        return sections

    def map_extent(self, request: HttpRequest) -> Extent | None:
        boundary = Agency.objects.visible_to(access_of(request)).values_list("boundary", flat=True).first()
        return boundary.extent if boundary else None

    def save_through_service(
        self, request: HttpRequest, obj: Incident, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Incident:
        access = access_of(request)
        values = {name: form.cleaned_data[name] for name in (*WRITTEN, "notes") if name in form.cleaned_data}
        offences = [offence for formset in formsets for offence in formset.stated()]
        if change:
            return change_incident(access=access, incident=obj, offences=offences, **values)
        return create_incident(access=access, offences=offences, **values)

    @admin.display(description="primary offence")
    def primary_offence(self, incident: Incident) -> str:
        return getattr(incident, "primary_offence_name", None) or "-"

    @admin.display(description="occurred", ordering="occurred_from")
    def occurred(self, incident: Incident) -> Any:
        return incident.occurred_from

    @admin.display(description="district")
    def district_name(self, incident: Incident) -> str:
        return incident.district.name if incident.district else "-"

    @admin.display(description="beat")
    def beat_name(self, incident: Incident) -> str:
        return incident.beat.name if incident.beat else "-"

    @admin.display(description="came from")
    def origin(self, incident: Incident) -> str:
        return f"{incident.source} {incident.external_id or ''}".strip()

    @admin.display(description="place")
    def place_on_map(self, incident: Incident) -> Any:
        return show_on_map(incident.location, "place_on_map", areas_url="")


@admin.register(Area, site=console)
class AreaAdmin(MapAdminMixin, ViewOnlyAdmin[Area]):
    """Beats and districts of every version; new versions are loaded, never drawn over."""

    view_capability = Capability.VIEW_AREAS
    name_field = "code"
    list_display = ("code", "name", "kind", "version", "is_in_force")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("area_set",)
    search_fields = ("=code", "name__istartswith")
    ordering = ("kind", "code", "-area_set__version")
    fields = ("code", "name", "kind", "version", "is_in_force", "outline")
    readonly_fields = fields

    @property
    def media(self) -> Any:
        return super().media + map_media()

    @admin.display(description="version")
    def version(self, area: Area) -> int:
        return int(area.area_set.version)

    @admin.display(description="in force", boolean=True)
    def is_in_force(self, area: Area) -> bool:
        return bool(area.area_set.is_current)

    @admin.display(description="outline")
    def outline(self, area: Area) -> Any:
        return show_on_map(area.shape, "outline")


@admin.register(AreaSet, site=console)
class AreaSetAdmin(ViewOnlyAdmin[AreaSet]):
    """The versions of beats and districts."""

    view_capability = Capability.VIEW_AREAS
    list_display = ("kind", "version", "is_current", "source_name", "loaded_at")
    list_filter = (("kind", ChoicesDropdownFilter),)
    ordering = ("kind", "-version")
    fields = ("kind", "version", "is_current", "source_name", "loaded_at")


@admin.register(OffenceCategory, site=console)
class OffenceCategoryAdmin(ViewOnlyAdmin[OffenceCategory]):
    """The agency's own words for offences, as its imports brought them."""

    view_capability = Capability.VIEW_INCIDENTS
    list_display = ("name", "offence_code")
    list_select_related = ("offence_code",)
    search_fields = ("name__istartswith",)
    ordering = ("name",)
    fields = ("name", "offence_code")
