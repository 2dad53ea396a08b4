"""Landing page, conformance, collections and definition, after the abstract tests of OGC 17-069r4."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from drf_spectacular.validation import validate_schema

from incidents.choices import AreaKind
from nethra.core.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.api.calls import anonymous, refusal
from tests.exchange.ogc import ROOT, ask, link
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident
from tests.support.secrets import adjust

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition(cast: Cast) -> Any:
    return anonymous().get(f"{ROOT}/api").json()


@pytest.mark.parametrize("path", ["/ogc", "/ogc/", "/ogc/?SERVICE=WFS&REQUEST=GetCapabilities"])
def test_the_landing_page_answers_however_it_is_asked(db: None, path: str) -> None:
    answer = anonymous().get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    links = {each["rel"]: each for each in answer.json()["links"]}
    assert set(links) == {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}
    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert links["data"]["href"] == "http://testserver/ogc/collections"


def test_every_link_of_every_document_leads_somewhere(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    found, waiting = set(), {"http://testserver/ogc/"}
    while waiting:
        address = waiting.pop()
        answer = ask(cast.officer, address.removeprefix("http://testserver/ogc/"))
        assert answer.status_code == 200, address
        found.add(address)
        if "json" in answer.headers["Content-Type"]:
            parts = [answer.json(), *answer.json().get("collections", [])]
            waiting |= {each["href"] for part in parts for each in part.get("links", [])} - found

    assert "http://testserver/ogc/collections/areas/items?f=html" in found
    assert not any(str(incident.pk) in address for address in found)


def test_it_names_what_it_conforms_to(db: None) -> None:
    told = anonymous().get(f"{ROOT}/conformance").json()["conformsTo"]

    assert {each.rpartition("/")[2] for each in told} == {"core", "oas30", "geojson", "html"}


def test_collections_are_those_that_the_role_may_see(cast: Cast) -> None:
    adjust(cast, "analyst", capabilities=ROLE_CAPABILITIES[Role.ANALYST] - {Capability.VIEW_CASES})

    of_officer = ask(cast.officer, "collections").json()["collections"]
    of_analyst = ask(cast.analyst, "collections").json()["collections"]

    assert [each["id"] for each in of_officer] == ["incidents", "cases", "areas"]
    assert [each["id"] for each in of_analyst] == ["incidents", "areas"]
    assert refusal(ask(cast.analyst, "collections/cases")) == (403, "not_allowed")
    assert refusal(ask(cast.analyst, "collections/cases/items")) == (403, "not_allowed")


def test_an_unknown_collection_is_not_there(cast: Cast) -> None:
    assert refusal(ask(cast.officer, "collections/people")) == (404, "not_found")
    assert refusal(ask(cast.officer, "collections/people/items")) == (404, "not_found")


def test_a_collection_says_where_and_when_its_items_are(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_incident(access)
    later = datetime(2026, 4, 1, tzinfo=UTC)
    place = Point(-122.4, 37.8, srid=4326)
    make_incident(access, location=place, occurred_from=later, occurred_until=later, reported_at=later)
    make_incident(access, location=None)

    found = ask(cast.officer, "collections/incidents").json()

    assert (found["id"], found["itemType"]) == ("incidents", "feature")
    assert found["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    assert found["extent"]["spatial"]["bbox"] == [[-122.42, 37.77, -122.4, 37.8]]
    assert found["extent"]["temporal"]["interval"] == [["2026-03-02T14:30:00Z", "2026-04-01T00:00:00Z"]]
    assert link(found, "items") == "http://testserver/ogc/collections/incidents/items"


def test_of_nothing_there_is_no_extent(cast: Cast) -> None:
    make_incident(access_for(cast.officer))

    assert ask(cast.south_officer, "collections/incidents").json()["extent"] == {}


def test_cases_and_areas_say_where_they_are(cast: Cast) -> None:
    make_case(access_for(cast.officer))
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))

    cases, areas = (ask(cast.officer, f"collections/{name}").json()["extent"] for name in ("cases", "areas"))

    assert cases["spatial"]["bbox"] == [[-122.42, 37.77, -122.42, 37.77]]
    assert "temporal" in cases
    assert areas == {
        "spatial": {
            "bbox": [[-122.43, 37.76, -122.41, 37.78]],
            "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        }
    }


def test_the_definition_is_valid_openapi_3_0(definition: Any) -> None:
    validate_schema(definition)  # type: ignore[no-untyped-call]

    assert definition["openapi"] == "3.0.3"
    assert definition["servers"] == [{"url": "http://testserver/ogc"}]


def test_the_definition_lists_paths_and_filters_literally(definition: Any) -> None:
    def names(collection: str) -> set[str]:
        operation = definition["paths"][f"/collections/{collection}/items"]["get"]
        return {each["name"] for each in operation["parameters"]}

    common = {"bbox", "datetime", "limit", "after", "f"}
    assert names("areas") == common | {"kind", "code", "name"}
    assert names("incidents") > common | {"status", "offence", "occurred_after", "near", "number", "beat"}
    assert names("cases") > common | {"status", "priority", "lead", "opened_before", "number", "unit"}
    assert not names("incidents") & {"ordering", "page", "size", "cursor", "notes", "description"}


@pytest.mark.parametrize("collection", ["incidents", "cases", "areas"])
def test_every_parameter_of_the_definition_is_taken(cast: Cast, definition: Any, collection: str) -> None:
    operation = definition["paths"][f"/collections/{collection}/items"]["get"]
    values = {"bbox": "-123,37,-122,38", "datetime": "../2027-01-01T00:00:00Z", "near": "-122,37,100"}
    values |= {"lead": "me", "person": "me"}
    values |= {"within": "POLYGON((-123 37, -122 37, -122 38, -123 37))"}
    samples = {"uuid": "00000000-0000-7000-8000-000000000000", "date-time": "2026-01-01T00:00:00Z"}
    for each in operation["parameters"]:
        schema = each["schema"].get("items", each["schema"])
        named = (
            values.get(each["name"])
            or (schema.get("enum") or [""])[0]
            or samples.get(schema.get("format", ""))
        )
        value = named or {"integer": "1", "boolean": "true"}.get(schema["type"], "220")

        answer = ask(cast.officer, f"collections/{collection}/items", {each["name"]: value})

        assert answer.status_code == 200, (each["name"], value, answer.content)


def test_the_definition_names_every_property(cast: Cast, definition: Any) -> None:
    make_incident(access_for(cast.officer))
    (feature,) = ask(cast.officer, "collections/incidents/items").json()["features"]

    told = definition["components"]["schemas"]["IncidentFeature"]["properties"]["properties"]["properties"]

    assert set(feature["properties"]) <= set(told)


@pytest.mark.parametrize("path", ["conformance", "api", "collections", "collections/incidents"])
def test_an_unknown_parameter_is_refused(cast: Cast, path: str) -> None:
    assert refusal(ask(cast.officer, path, {"speed": "1"})) == (400, "unknown_parameter")
