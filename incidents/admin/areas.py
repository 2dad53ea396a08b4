"""The console's pages for areas: what is in force, what was, and loading a new version."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from incidents.models import Area, AreaSet, OffenceCategory
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.map_admin import MapAdminMixin
from nethra.core.widgets import map_media, show_on_map


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
