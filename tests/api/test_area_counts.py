"""Counts by beat and district, and the cases of the map."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from incidents.choices import AreaKind
from tests.api.calls import get, refusal
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db

WEST, EAST = (-122.43, 37.76, -122.41, 37.78), (-122.41, 37.76, -122.39, 37.78)


@pytest.fixture
def town(cast: Cast) -> Cast:
    """Two beats in one district; two incidents in the west, one in the east, one outside."""
    access = access_for(cast.admin)
    make_area(access, AreaKind.DISTRICT, "D1", (-122.43, 37.76, -122.39, 37.78))
    make_area(access, AreaKind.BEAT, "west", WEST)
    make_area(access, AreaKind.BEAT, "east", EAST)
    make_area(access, AreaKind.BEAT, "empty", (-122.30, 37.76, -122.29, 37.78))
    for longitude, offence in ((-122.42, "220"), (-122.42, "120"), (-122.40, "220"), (-122.20, "220")):
        make_incident(access, offence, location=Point(longitude, 37.77, srid=4326))
    return cast


def test_every_beat_has_its_count_and_none_is_left_out(town: Cast) -> None:
    answer = get(town.analyst, "insights/areas").json()

    assert [(area["code"], area["count"]) for area in answer["data"]] == [
        ("west", 2),
        ("east", 1),
        ("empty", 0),
    ]
    assert (answer["kind"], answer["total"], answer["elsewhere"]) == ("beat", 4, 1)


def test_districts_and_filters_count_too(town: Cast) -> None:
    answer = get(town.analyst, "insights/areas?kind=district&offence=220").json()

    assert [(area["code"], area["count"]) for area in answer["data"]] == [("D1", 2)]
    assert refusal(get(town.analyst, "insights/areas?kind=ward")) == (400, "invalid_parameter")


def test_another_agency_counts_its_own(town: Cast) -> None:
    assert get(town.south_admin, "insights/areas").json() == {
        "kind": "beat",
        "total": 0,
        "elsewhere": 0,
        "data": [],
    }


def test_the_map_asks_for_the_finest_areas_there_are(town: Cast) -> None:
    own = console_client(town.analyst).get("/console/map/area-counts?offence=120").json()

    assert (own["kind"], own["total"]) == ("beat", 1)
    assert own["areas"][0]["code"] == "west"


def test_the_map_shows_cases_where_their_incident_was(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    make_case(access_for(cast.officer), make_incident(access_for(cast.officer), location=None))

    shown = console_client(cast.analyst).get("/console/map/cases.geojson?offence=220").json()

    assert [feature["properties"]["number"] for feature in shown["features"]] == [case.number]
    assert set(shown["features"][0]["properties"]) == {"id", "number", "title", "status", "redacted"}
    assert console_client(cast.analyst).get("/console/map/cases.geojson?offence=120").json()["features"] == []
    assert console_client(cast.south_admin).get("/console/map/cases.geojson").json()["features"] == []
