"""Counts by beat and district, and the cases of the map."""

from __future__ import annotations

from datetime import UTC, datetime

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


def test_the_period_before_is_as_long_and_ends_where_the_other_begins(town: Cast) -> None:
    access = access_for(town.admin)
    earlier = datetime(2026, 2, 20, 12, tzinfo=UTC)
    for longitude in (-122.42, -122.40, -122.40):
        place = Point(longitude, 37.77, srid=4326)
        make_incident(access, location=place, occurred_from=earlier, occurred_until=earlier)

    answer = get(
        town.analyst,
        "insights/areas?occurred_after=2026-03-01T08:00:00Z&occurred_before=2026-03-15T07:00:00Z",
    ).json()

    # Fourteen days by the clocks on the wall, though one of them has 23 hours.
    assert answer["period_before"] == {
        "start": "2026-02-15T00:00:00-08:00",
        "end": "2026-03-01T00:00:00-08:00",
    }
    found = {area["code"]: (area["count"], area["before"]) for area in answer["data"]}
    assert found == {"west": (2, 1), "east": (1, 2), "empty": (0, 0)}
    assert answer["total"] == 4


def test_areas_tell_their_size_and_without_a_period_nothing_before(town: Cast) -> None:
    answer = get(town.analyst, "insights/areas?occurred_after=2026-03-01T08:00:00Z").json()

    assert [area["before"] for area in answer["data"]] == [None, None, None]
    # 0.02 degrees of longitude at 37.77 north are 1.762 km, of latitude 2.220 km.
    assert answer["data"][0]["square_kilometres"] == pytest.approx(1.762 * 2.220, rel=0.002)


def test_another_agency_counts_its_own(town: Cast) -> None:
    assert get(town.south_admin, "insights/areas").json() == {
        "kind": "beat",
        "total": 0,
        "elsewhere": 0,
        "period_before": None,
        "data": [],
    }


def test_the_map_asks_for_the_finest_areas_there_are(town: Cast) -> None:
    own = console_client(town.analyst).get("/console/map/area-counts?offence=120").json()

    assert (own["kind"], own["total"]) == ("beat", 1)
    assert own["areas"][0]["code"] == "west"
    client = console_client(town.analyst)
    assert client.get("/console/map/area-counts?kind=district").json()["kind"] == "district"
    assert client.get("/console/map/area-counts?kind=ward").status_code == 400


def test_the_map_shows_cases_where_their_incident_was(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    make_case(access_for(cast.officer), make_incident(access_for(cast.officer), location=None))

    shown = console_client(cast.analyst).get("/console/map/cases.geojson?offence=220").json()

    assert [feature["properties"]["number"] for feature in shown["features"]] == [case.number]
    assert set(shown["features"][0]["properties"]) == {"id", "number", "title", "status", "redacted"}
    assert console_client(cast.analyst).get("/console/map/cases.geojson?offence=120").json()["features"] == []
    assert console_client(cast.south_admin).get("/console/map/cases.geojson").json()["features"] == []
