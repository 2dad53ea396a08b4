"""The console's pages for areas: what is in force, what was, and loading a new version."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from incidents.admin.area_pages import DrawsAreas
from incidents.areas import LoadedAreas, load_areas
from incidents.models import Area, AreaSet, OffenceCategory
from incidents.upload_forms import AreasForm
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin, ViewOnlyAdmin, add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, display
from nethra.core.errors import DomainError
from nethra.core.map_admin import MapAdminMixin
from nethra.core.widgets import map_media, show_on_map

LIST_NAME = "incidents_area_changelist"
LEAD = "The new version is in force at once; older versions stay with their period. A worker places all incidents anew."


@admin.register(Area, site=console)
class AreaAdmin(MapAdminMixin, ViewOnlyAdmin[Area]):
    """Beats and districts of every version, and areas of the agency's own; a version in force is never drawn over."""

    view_capability = Capability.VIEW_AREAS
    name_field = "code"
    list_display = ("code", "name", "kind", "version", "is_in_force")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("area_set",)
    search_fields = ("=code", "name__istartswith")
    ordering = ("kind", "code", "-area_set__version")
    fields = ("code", "name", "note", "kind", "version", "is_in_force", "outline")
    readonly_fields = fields

    @property
    def media(self) -> Any:
        return super().media + map_media()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        rows = super().get_queryset(request)
        is_list = request.resolver_match is not None and request.resolver_match.url_name == LIST_NAME
        return rows.defer("shape") if is_list else rows

    @display(description="version")
    def version(self, area: Area) -> int:
        return int(area.area_set.version)

    @display(description="in force", boolean=True)
    def is_in_force(self, area: Area) -> bool:
        return bool(area.area_set.is_current)

    @display(description="outline")
    def outline(self, area: Area) -> Any:
        return show_on_map(area.shape, "outline")


@admin.register(AreaSet, site=console)
class AreaSetAdmin(DrawsAreas, ButtonsByState, ConsoleAdmin[AreaSet]):
    """The versions of beats and districts; adding one means loading a file, or drawing a draft."""

    view_capability = Capability.VIEW_AREAS
    add_capability = Capability.MANAGE_AREAS
    actions_list = ("draw_new", "draw_own")
    actions_detail = (
        "draw",
        "draw_from",
        "check_areas",
        "put_in_force",
        {
            "title": "More",
            "icon": "more_horiz",
            "items": ["compare", "download", "download_geopackage", "discard"],
        },
    )
    list_display = ("title", "version", "state", "areas", "in_force_from", "in_force_until", "source_name")
    list_filter = (("kind", ChoicesDropdownFilter),)
    sortable_by = ()
    ordering = ("kind", "-version")
    fields = (
        "kind",
        "version",
        "state",
        "in_force_from",
        "in_force_until",
        "areas",
        "source_name",
        "loaded_at",
        "loaded_by",
    )
    readonly_fields = ("areas", "state", "loaded_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AreaSet]:
        return super().get_queryset(request).select_related("loaded_by").annotate(count=Count("areas"))

    @display(description="kind", ordering="kind")
    def title(self, area_set: AreaSet) -> str:
        return f"{area_set.get_kind_display()}s"

    @display(description="stands", label={"In force": "success", "Draft": "warning", "Former": "info"})
    def state(self, area_set: AreaSet) -> str:
        if area_set.is_draft:
            return "Draft"
        return "In force" if area_set.is_current else "Former"

    @display(description="areas")
    def areas(self, area_set: Any) -> int:
        return int(area_set.count)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file and put its areas in force; say what was repaired on the way."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AreasForm(request.POST or None, request.FILES or None)
        context = {**self.admin_site.each_context(request), "title": "Load areas", "opts": self.model._meta}
        loaded = self._load(request, form) if request.method == "POST" and form.is_valid() else None
        if loaded is not None:
            context |= {"loaded": loaded, "kind": dict(AreasForm.KINDS)[form.cleaned_data["kind"]]}
            return TemplateResponse(request, "incidents/areas_loaded.html", context)
        context |= {"form": form, "lead": LEAD, "button": "Load and put in force"}
        return TemplateResponse(request, "incidents/upload.html", context)

    def _load(self, request: HttpRequest, form: AreasForm) -> LoadedAreas | None:
        values = dict(form.cleaned_data)
        upload = values.pop("file")
        with TemporaryDirectory(prefix="nethra-areas-") as folder:
            # SECURITY: of the name only letters, digits and its ending reach the file system.
            file = Path(folder) / safe_name(upload.name)
            with file.open("wb") as out:
                shutil.copyfileobj(upload, out)
            try:
                return load_areas(access=access_of(request), file=file, **values)
            except DomainError as refusal:
                add_refusal(form, refusal)
                return None


def safe_name(name: str) -> str:
    """Return a file name without anything that a path or a shell reads."""
    stem, _, ending = name.rpartition(".")
    return f"{re.sub(r'[^A-Za-z0-9_ -]', '_', stem)[:80] or 'areas'}.{re.sub(r'[^a-z]', '', ending.lower())}"


@admin.register(OffenceCategory, site=console)
class OffenceCategoryAdmin(ViewOnlyAdmin[OffenceCategory]):
    """The agency's own words for offences, as its imports brought them."""

    view_capability = Capability.VIEW_INCIDENTS
    list_display = ("name", "offence_code")
    list_select_related = ("offence_code",)
    search_fields = ("name__istartswith",)
    ordering = ("name",)
    fields = ("name", "offence_code")
