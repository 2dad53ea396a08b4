from __future__ import annotations

import pytest

from incidents.choices import AreaKind
from tests.api.calls import get
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "accept"), [("incidents.geojson", "*/*"), ("incidents", "application/geo+json")]
)
def test_incidents_are_features(cast: Cast, path: str, accept: str) -> None:
    incident = make_incident(access_for(cast.officer))

    answer = get(cast.officer, path, Accept=accept)

    assert answer.headers["Content-Type"] == "application/geo+json"
    collection = answer.json()
    assert (collection["type"], collection["total"], collection["page"]) == ("FeatureCollection", 1, 1)
    feature = collection["features"][0]
    assert (feature["type"], feature["id"]) == ("Feature", str(incident.pk))
    assert feature["geometry"] == {"type": "Point", "coordinates": [-122.42, 37.77]}
    record = get(cast.officer, f"incidents/{incident.pk}").json()
    assert record.pop("location") == feature["geometry"]
    # Lists go without them.
    assert record.pop("modus_operandi") == []
    assert record.pop("found_by_address") == ""
    assert feature["properties"] == record


def test_an_incident_without_a_place_has_a_null_geometry(cast: Cast) -> None:
    make_incident(access_for(cast.officer), location=None)

    feature = get(cast.officer, "incidents.geojson").json()["features"][0]

    assert feature["geometry"] is None
    assert "location" not in feature["properties"]


def test_features_can_be_walked_by_cursor(cast: Cast) -> None:
    for _ in range(3):
        make_incident(access_for(cast.officer))

    first = get(cast.officer, "incidents.geojson?size=2&cursor=").json()
    second = get(cast.officer, f"incidents.geojson?size=2&cursor={first['next']}").json()

    assert [len(page["features"]) for page in (first, second)] == [2, 1]
    assert second["next"] is None


def test_areas_are_features_with_their_shape(cast: Cast) -> None:
    beat = make_area(access_for(cast.admin), AreaKind.BEAT, "b1", (-122.43, 37.76, -122.41, 37.78))

    feature = get(cast.analyst, "areas.geojson").json()["features"][0]

    assert feature["id"] == str(beat.pk)
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["properties"]["code"] == "b1"
