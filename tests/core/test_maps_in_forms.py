"""Geometry fields in the console get our maps, and outlines cannot be edited by hand."""

from __future__ import annotations

import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point, Polygon
from django.http import HttpRequest

from incidents.models import Area, Incident
from nethra.core.forms import PointField
from nethra.core.map_admin import MapAdminMixin
from nethra.core.widgets import Extent, PointWidget, ShapeWidget, show_on_map

CITY = Extent(77.4, 12.8, 77.8, 13.2)
SQUARE = MultiPolygon(Polygon.from_bbox((77.5, 12.9, 77.6, 13.0)), srid=4326)


class PlaceAdmin(MapAdminMixin, ModelAdmin):  # type: ignore[type-arg]
    def map_extent(self, request: HttpRequest) -> Extent:
        return CITY


def test_a_point_field_gets_the_picker_and_its_checks() -> None:
    field = PlaceAdmin(Incident, AdminSite()).formfield_for_dbfield(
        Incident._meta.get_field("location"), HttpRequest()
    )

    assert isinstance(field, PointField)
    assert isinstance(field.widget, PointWidget)
    assert field.widget.extent == CITY


def test_an_outline_is_shown_and_never_taken_from_the_form() -> None:
    field = PlaceAdmin(Area, AdminSite()).formfield_for_dbfield(Area._meta.get_field("shape"), HttpRequest())

    assert field is not None
    assert isinstance(field.widget, ShapeWidget)
    assert field.disabled


def test_other_fields_are_left_alone() -> None:
    field = PlaceAdmin(Incident, AdminSite()).formfield_for_dbfield(
        Incident._meta.get_field("address"), HttpRequest()
    )

    assert field is not None
    assert not isinstance(field.widget, PointWidget | ShapeWidget)


def test_an_outline_says_its_size_in_words() -> None:
    html = ShapeWidget().render("shape", SQUARE, {"id": "id_shape"})

    assert "One outline with 5 corners, 120." in html
    assert "km²" in html


@pytest.mark.parametrize(
    ("geometry", "mark"), [(Point(77.5, 12.9, srid=4326), "data-point-picker"), (SQUARE, "data-shape-view")]
)
def test_a_geometry_is_shown_read_only(geometry: GEOSGeometry, mark: str) -> None:
    html = show_on_map(geometry, "place")

    assert mark in html
    assert "data-read-only" in html


def test_no_geometry_is_a_dash() -> None:
    assert show_on_map(None, "place") == "-"
