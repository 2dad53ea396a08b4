"""Items of the OGC API: paging by key, box, datetime, filters, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from incidents.choices import AreaKind
from incidents.models import Incident
from nethra.core.scope import agency_scope
from tests.api.calls import get, refusal
from tests.exchange.ogc import ask, items, link, numbers
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db
NOWHERE = "00000000-0000-7000-8000-000000000000"


def on(day: int, **values: Any) -> dict[str, Any]:
    moment = datetime(2026, 3, day, 12, tzinfo=UTC)
    return {"occurred_from": moment, "occurred_until": moment, "reported_at": moment, **values}


def test_a_feature_is_what_the_api_answers(cast: Cast) -> None:
    make_incident(access_for(cast.officer), "220", "290")
    (expected,) = get(cast.officer, "incidents.geojson").json()["features"]

    answer = ask(cast.officer, "collections/incidents/items")

    assert answer.headers["Content-Type"] == "application/geo+json"
    assert answer.json()["features"] == [expected]
    assert answer.json()["type"] == "FeatureCollection"
    assert (answer.json()["numberReturned"], answer.json()["numberMatched"]) == (1, 1)
    assert answer.json()["timeStamp"].endswith("Z")


def test_a_walk_meets_every_item_once_and_its_next_pages_are_large(cast: Cast) -> None:
    made = [make_incident(access_for(cast.officer)).number for _ in range(5)]
    first = ask(cast.officer, "collections/incidents/items", {"limit": 2, "status": "reported"}).json()

    address = link(first, "next")
    second = ask(cast.officer, address.removeprefix("http://testserver/ogc/")).json()

    assert (first["numberReturned"], first["numberMatched"]) == (2, 5)
    assert "limit=1000" in address
    assert "status=reported" in address
    assert (second["numberReturned"], link(second, "next")) == (3, "")
    assert "numberMatched" not in second
    walked = [each["properties"]["number"] for page in (first, second) for each in page["features"]]
    assert walked == made


def test_a_limit_beyond_the_most_is_the_most(cast: Cast) -> None:
    make_incident(access_for(cast.officer))

    assert len(items(cast.officer, "incidents", {"limit": 999_999})) == 1


def test_a_box_holds_what_lies_on_its_border_and_heights_do_not_matter(cast: Cast) -> None:
    access = access_for(cast.officer)
    inside = make_incident(access).number
    make_incident(access, location=Point(-122.3, 37.9, srid=4326))
    make_incident(access, location=None)

    assert numbers(cast.officer, "incidents", {"bbox": "-122.42,37.77,-122.4,37.8"}) == [inside]
    assert numbers(cast.officer, "incidents", {"bbox": "-122.42,37.77,0,-122.4,37.8,9"}) == [inside]
    assert numbers(cast.officer, "incidents", {"bbox": "1,1,2,2"}) == []


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("2026-03-02T12:00:00Z", [2]),
        ("2026-03-02T12:00:00Z/2026-03-03T12:00:00Z", [2, 3]),
        ("2026-03-02T12:00:01Z/..", [3]),
        ("../2026-03-01T12:00:00Z", [1]),
        ("/2026-03-01T12:00:00Z", [1]),
        ("2026-03-03T/", [3]),
        ("2026-03-03T13:00:00+01:00", [3]),
    ],
)
def test_datetime_is_an_instant_or_a_period_that_may_be_open(cast: Cast, asked: str, days: list[int]) -> None:
    access = access_for(cast.officer)
    made = {day: make_incident(access, **on(day)).number for day in (1, 2, 3)}

    assert numbers(cast.officer, "incidents", {"datetime": asked}) == [made[day] for day in days]


def test_datetime_asks_cases_for_their_opening_and_areas_for_nothing(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    later, before = f"{case.opened_at:%Y-%m-%dT%H:%M:%S}Z/..", "../2020-01-01T00:00:00Z"

    assert numbers(cast.officer, "cases", {"datetime": later}) == [case.number]
    assert numbers(cast.officer, "cases", {"datetime": before}) == []
    assert len(items(cast.officer, "areas", {"datetime": before})) == 1


def test_the_filters_of_the_api_filter_here(cast: Cast) -> None:
    access = access_for(cast.officer)
    theft = make_incident(access, "23D", address="9 Oak Street")
    make_incident(access, "220", "290")

    assert numbers(cast.officer, "incidents", {"offence": "23D"}) == [theft.number]
    assert numbers(cast.officer, "incidents", {"q": "oak"}) == [theft.number]
    assert len(items(cast.officer, "incidents", {"offence": ["23D", "290"]})) == 2
    assert numbers(cast.officer, "incidents", {"status": "closed"}) == []


def test_simple_fields_are_compared_with_one_value(cast: Cast) -> None:
    beat = make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    first, other = (
        make_incident(access_for(cast.officer)),
        make_incident(access_for(cast.admin), location=None),
    )

    assert numbers(cast.officer, "incidents", {"number": first.number}) == [first.number]
    assert numbers(cast.officer, "incidents", {"number": first.number[:-1]}) == []
    assert numbers(cast.officer, "incidents", {"beat": beat.pk}) == [first.number]
    assert numbers(cast.officer, "incidents", {"reported_by": cast.admin.pk}) == [other.number]
    assert numbers(cast.officer, "incidents", {"source": ""}) == []


def test_cases_and_areas_are_filtered_too(cast: Cast) -> None:
    urgent = make_case(access_for(cast.officer), priority="urgent", title="Window gang")
    make_case(access_for(cast.officer))
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    make_area(access_for(cast.admin), AreaKind.DISTRICT, "D1", (-123, 37, -122, 38))

    assert numbers(cast.officer, "cases", {"priority": "urgent"}) == [urgent.number]
    assert numbers(cast.officer, "cases", {"title": "Window gang"}) == [urgent.number]
    assert len(numbers(cast.officer, "cases", {"is_restricted": "0"})) == 2
    assert numbers(cast.officer, "cases", {"is_restricted": "true"}) == []
    (beat,) = items(cast.officer, "areas", {"kind": "beat"})
    assert (beat["properties"]["code"], beat["geometry"]["type"]) == ("B1", "MultiPolygon")
    assert len(items(cast.officer, "areas", {"bbox": "-122.6,37.5,-122.5,37.6"})) == 1


def test_only_areas_in_force_are_offered(cast: Cast) -> None:
    area = make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    with agency_scope(access_for(cast.admin)):
        area.area_set.is_current, area.area_set.in_force_until = False, datetime.now(UTC)
        area.area_set.save()

    assert items(cast.officer, "areas") == []
    assert ask(cast.officer, f"collections/areas/items/{area.pk}").status_code == 404


def test_one_item_is_read_by_its_key(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    answer = ask(cast.officer, f"collections/incidents/items/{incident.pk}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/geo+json")
    assert answer.json()["properties"]["number"] == incident.number
    assert link(answer.json(), "collection") == "http://testserver/ogc/collections/incidents"
    assert refusal(ask(cast.officer, f"collections/incidents/items/{NOWHERE}")) == (404, "not_found")
    assert refusal(ask(cast.officer, "collections/incidents/items/1")) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"speed": "1"}, "unknown_parameter"),
        ({"ordering": "number"}, "unknown_parameter"),
        ({"notes": "x"}, "unknown_parameter"),
        ({"limit": "0"}, "invalid_parameter"),
        ({"limit": "many"}, "invalid_parameter"),
        ({"after": "x"}, "invalid_parameter"),
        ({"bbox": "1,2,3"}, "invalid_parameter"),
        ({"bbox": "1,2,3,4,5"}, "invalid_parameter"),
        ({"bbox": "-181,1,2,2"}, "longitude_out_of_range"),
        ({"bbox": "1,1,2,2,nan,nan"}, "invalid_parameter"),
        ({"datetime": "yesterday"}, "invalid_parameter"),
        ({"datetime": "2026-01-01"}, "invalid_parameter"),
        ({"datetime": "../.."}, "invalid_parameter"),
        ({"datetime": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"}, "end_before_start"),
        ({"datetime": ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"]}, "invalid_parameter"),
        ({"status": "lost"}, "invalid_parameter"),
        ({"status": ""}, "invalid_parameter"),
        ({"bbox": ""}, "invalid_parameter"),
        ({"beat": "x"}, "invalid_parameter"),
        ({"number": ["1", "2"]}, "invalid_parameter"),
        ({"number": "x" * 201}, "invalid_parameter"),
        ({"number": "\x00"}, "invalid_parameter"),
        ({"f": "xml"}, "invalid_parameter"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(cast: Cast, query: Any, code: str) -> None:
    assert refusal(ask(cast.officer, "collections/incidents/items", query)) == (400, code)


def test_writing_is_not_offered(cast: Cast) -> None:
    answer = api_client(cast.admin).post("/ogc/collections/incidents/items", {}, format="json")

    assert refusal(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_all_items_are_those_that_the_orm_gives(cast: Cast) -> None:
    access = access_for(cast.officer)
    for _ in range(3):
        make_incident(access)
    with agency_scope(access):
        count = Incident.objects.visible_to(access).count()

    assert len(items(cast.officer, "incidents", {"limit": 1000})) == count == 3
    assert items(cast.south_officer, "incidents") == []
