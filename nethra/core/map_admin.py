"""Maps in console forms: the point picker for points, a read-only map for outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import BaseModelAdmin
from django.contrib.gis.db.models import GeometryField, PointField
from django.db.models import Field
from django.forms import Field as FormField
from django.http import HttpRequest
from django.urls import reverse

from nethra.core import forms
from nethra.core.widgets import Extent, PointWidget, ShapeWidget

if TYPE_CHECKING:
    Base = BaseModelAdmin[Any]
else:
    Base = BaseModelAdmin


class MapAdminMixin(Base):
    """Give geometry fields their map; put it before the theme's ModelAdmin.

    `map_areas_url_name` names the route that answers the outlines around as GeoJSON in EPSG:4326.
    """

    map_areas_url_name = ""

    def map_extent(self, request: HttpRequest) -> Extent | None:
        """Return where an empty map opens and "Go to my area" leads; None leaves it to the outlines."""
        return None

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> FormField | None:
        if not isinstance(db_field, GeometryField):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        areas_url = reverse(self.map_areas_url_name) if self.map_areas_url_name else ""
        extent = self.map_extent(request)
        if isinstance(db_field, PointField):
            picker = PointWidget(areas_url=areas_url, extent=extent)
            return db_field.formfield(form_class=forms.PointField, widget=picker)
        # Outlines change by loading a new version, which is checked and kept; never by dragging a corner.
        view = ShapeWidget(areas_url=areas_url, extent=extent)
        return db_field.formfield(widget=view, disabled=True, required=False)
