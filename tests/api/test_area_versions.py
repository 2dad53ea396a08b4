"""Versions of areas over the API: what beat was it then, export, faults, and drafts that few see."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point

from incidents.sealing import seal_incident
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import get, numbers, refusal
from tests.support.areas import EAST, WEST, draft, own_area, version
from tests.support.exports import told_by_ogrinfo
from tests.support.people import Cast
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

MARCH, MAY = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


def test_a_place_is_asked_at_a_time(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    version(north, MARCH, old=WEST)
    version(north, MAY, new=WEST)

    answer = get(cast.officer, "areas/at?point=-122.45,37.75&at=2026-04-01T00:00:00Z").json()

    assert answer["at"] == "2026-04-01T00:00:00Z"
    district, beat = answer["data"]
    assert district == {
        "kind": "district",
        "version": None,
        "in_force_from": None,
        "in_force_until": None,
        "area": None,
    }
    assert (beat["version"], beat["in_force_from"], beat["in_force_until"]) == (
        1,
        "2026-03-01T00:00:00Z",
        "2026-05-01T00:00:00Z",
    )
    assert beat["area"]["code"] == "old"
    (now,) = get(cast.officer, "areas/at?point=-122.45,37.75&kind=beat").json()["data"]
    assert now["area"]["code"] == "new"
    (nothing,) = get(cast.south_officer, "areas/at?point=-122.45,37.75&kind=beat").json()["data"]
    assert nothing["version"] is None


@pytest.mark.parametrize(
    "query", ["", "point=1", "point=200,1", "point=1,1&at=then", "point=1,1&kind=own", "point=1,1&x=1"]
)
def test_a_question_that_is_not_right_is_refused(cast: Cast, query: str) -> None:
    assert refusal(get(cast.officer, f"areas/at?{query}"))[0] == 400


def test_a_version_is_exported_whole(cast: Cast) -> None:
    area_set = version(operator_access(cast.north.pk), MARCH, west=WEST, east=EAST)

    answer = get(cast.officer, f"area-versions/{area_set.pk}/areas.geojson")

    assert answer.headers["Content-Type"] == "application/geo+json"
    first = answer.json()["features"][0]
    assert {name: first["properties"][name] for name in ("code", "name", "note", "kind", "version")} == {
        "code": "east",
        "name": "East",
        "note": "",
        "kind": "beat",
        "version": 1,
    }
    assert first["geometry"]["type"] == "MultiPolygon"
    assert refusal(get(cast.south_officer, f"area-versions/{area_set.pk}/areas.geojson"))[0] == 404


def test_a_version_is_exported_as_a_geopackage(cast: Cast, tmp_path: Path) -> None:
    area_set = version(operator_access(cast.north.pk), MARCH, west=WEST, east=EAST)
    address, file = f"area-versions/{area_set.pk}/areas.gpkg", tmp_path / "beats.gpkg"

    answer = get(cast.officer, address, accept="application/geopackage+sqlite3")
    file.write_bytes(answer.content)

    assert answer.headers["Content-Type"] == "application/geopackage+sqlite3"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="beats-version-1.gpkg"'
    assert "Feature Count: 2" in told_by_ogrinfo(file)
    assert refusal(get(cast.south_officer, address))[0] == 404
    assert refusal(get(cast.officer, f"{address}?simple=1"))[0] == 400


def test_faults_are_told(cast: Cast) -> None:
    area_set = version(operator_access(cast.north.pk), MARCH, a=WEST, b=WEST)

    answer = get(cast.officer, f"area-versions/{area_set.pk}/faults").json()

    assert (answer["total"], round(answer["faulty_share"], 6)) == (1, 1)
    assert answer["data"][0]["kind"] == "overlap"
    assert answer["data"][0]["codes"] == ["a", "b"]


def test_a_draft_is_there_for_whoever_manages_areas(cast: Cast) -> None:
    drawn = draft(operator_access(cast.north.pk), new=WEST)

    seen = get(cast.analyst, f"area-versions/{drawn.pk}").json()

    assert (seen["in_force_from"], seen["is_current"]) == (None, False)
    assert get(cast.officer, "area-versions").json()["total"] == 0
    for path in ("", "/areas.geojson", "/areas.gpkg", "/faults"):
        assert refusal(get(cast.officer, f"area-versions/{drawn.pk}{path}")) == (404, "not_found")
    assert get(cast.officer, "areas").json()["total"] == 0


def test_incidents_are_filtered_by_an_area_of_ones_own(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    own = own_area(north, "project", WEST)
    inside = make_incident(north, location=Point(-122.45, 37.75, srid=4326))
    make_incident(north, location=Point(-122.3, 37.75, srid=4326))

    assert numbers(get(cast.officer, f"incidents?area={own.pk}")) == [inside.number]
    assert get(cast.officer, f"incidents.geojson?area={own.pk}").json()["total"] == 1
    assert [a["note"] for a in get(cast.officer, "areas?kind=own").json()["data"]] == [""]
    assert get(cast.officer, f"insights/areas?area={own.pk}").json()["total"] == 1
    # Of another agency it is no area at all.
    assert get(cast.south_officer, f"incidents?area={own.pk}").json()["total"] == 0


def test_an_area_of_ones_own_does_not_find_a_sealed_place(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    own = own_area(north, "project", WEST)
    incident = make_incident(north, location=Point(-122.45, 37.75, srid=4326))
    with agency_scope(north):
        seal_incident(access=north, incident=incident, parts=["place"], order_number="1", authority="Court")

    assert numbers(get(cast.officer, f"incidents?area={own.pk}")) == []
