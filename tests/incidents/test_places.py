"""Boxes, circles and shapes: inside, outside, on the border, without a place; in both index modes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import Point, Polygon

from incidents.models import Incident
from nethra.core.geo import Near, box
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

PLACES = {
    "inside": (-122.42, 37.77),
    "border": (-122.40, 37.77),
    "outside": (-122.39, 37.77),
    "corner": (-122.4001, 37.7999),
}


@pytest.fixture(params=["leakproof", "lonlat"])
def index_mode(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.GEO_INDEX = request.param
    return str(request.param)


@pytest.fixture
def places(cast: Cast) -> Cast:
    for name, (longitude, latitude) in PLACES.items():
        make_incident(access_for(cast.officer), location=Point(longitude, latitude, srid=4326), address=name)
    make_incident(access_for(cast.officer), location=None, address="nowhere")
    return cast


def found(cast: Cast, method: str, argument: Any) -> set[str]:
    access = access_for(cast.officer)
    with agency_scope(access):
        rows = getattr(Incident.objects.visible_to(access), method)(argument)
        return set(rows.values_list("address", flat=True))


def test_a_box_holds_its_border(places: Cast, index_mode: str) -> None:
    assert found(places, "in_bbox", box(-122.5, 37.7, -122.4, 37.8)) == {"inside", "border", "corner"}


def test_near_is_a_circle_in_metres(places: Cast, index_mode: str) -> None:
    # The border point lies 1,763 m east of the inner one (geographiclib, WGS 84).
    near = Point(-122.42, 37.77, srid=4326)

    assert found(places, "near", Near(near, 1755)) == {"inside"}
    assert found(places, "near", Near(near, 1770)) == {"inside", "border"}


def test_a_shape_leaves_out_the_rest_of_its_box(places: Cast, index_mode: str) -> None:
    triangle = Polygon(((-122.44, 37.7), (-122.4, 37.7), (-122.4, 37.78), (-122.44, 37.7)), srid=4326)

    assert found(places, "within", triangle) == {"border"}
