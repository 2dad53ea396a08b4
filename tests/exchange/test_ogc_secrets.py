"""What is sealed, restricted, guarded or another agency's is as absent from the OGC API as from /api/v1."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import Point

from accounts.models import User
from incidents.choices import AreaKind
from incidents.models import Incident
from incidents.sealing import seal_incident
from nethra.core.scope import agency_scope
from tests.api.calls import anonymous, get, refusal
from tests.exchange.ogc import ROOT, ask, basic, items, key_for, numbers
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident
from tests.support.secrets import ORDER, make_restricted, seal

pytestmark = pytest.mark.django_db
PERSONAS = ("admin", "supervisor", "officer", "analyst", "auditor", "prosecutor", "south_officer")
HIDDEN_PLACE = Point(-122.9, 37.1, srid=4326)


def sealed(cast: Cast, incident: Incident, *parts: str) -> Incident:
    access = access_for(cast.admin)
    with agency_scope(access):
        seal_incident(access=access, incident=incident, parts=parts, **ORDER)
    return incident


@pytest.fixture
def planted(cast: Cast) -> Cast:
    """North with an open incident and case, sealed ones in every way, and a restricted case that hides its incident."""
    access = access_for(cast.officer)
    make_area(access_for(cast.admin), AreaKind.BEAT, "B9", (-123, 37, -122.8, 37.2))
    make_case(access, make_incident(access))
    sealed(cast, make_incident(access, location=HIDDEN_PLACE), "place")
    sealed(cast, make_incident(access, description="CANARY narrative"), "narrative")
    sealed(cast, make_incident(access), "whole")
    hidden = make_incident(access, location=HIDDEN_PLACE)
    make_case(access, hidden)
    sealed(cast, hidden, "place")
    make_restricted(cast, title="CANARY restricted")
    seal(cast, make_case(access), "whole")
    return cast


@pytest.mark.parametrize("who", PERSONAS)
@pytest.mark.parametrize("collection", ["incidents", "cases"])
def test_everybody_gets_what_the_api_gives_them(planted: Cast, who: str, collection: str) -> None:
    user: User = getattr(planted, who)
    expected = get(user, f"{collection}.geojson?size=1000").json()["features"]

    found = items(user, collection, {"limit": 1000})

    assert sorted(found, key=str) == sorted(expected, key=str)
    assert {"officer": len(found) > 1, "south_officer": found == []}.get(who, True)


def test_a_sealed_place_is_a_null_geometry_and_named(planted: Cast) -> None:
    withheld = [
        each for each in items(planted.officer, "incidents") if "location" in each["properties"]["redacted"]
    ]

    assert len(withheld) == 2
    for each in withheld:
        assert each["geometry"] is None
        assert not {"address", "beat", "district"} & set(each["properties"])


def test_a_sealed_place_is_not_found_by_where_it_is(planted: Cast) -> None:
    (beat,) = items(planted.officer, "areas")

    assert numbers(planted.officer, "incidents", {"bbox": "-123,37,-122.8,37.2"}) == []
    assert numbers(planted.officer, "incidents", {"beat": beat["id"]}) == []
    assert numbers(planted.officer, "cases", {"bbox": "-123,37,-122.8,37.2"}) == []
    assert len(numbers(planted.auditor, "incidents", {"bbox": "-123,37,-122.8,37.2"})) == 2
    assert len(numbers(planted.auditor, "incidents", {"beat": beat["id"]})) == 2


def test_no_box_of_a_collection_shows_a_sealed_place(planted: Cast) -> None:
    def west(user: User, collection: str) -> Any:
        extent = ask(user, f"collections/{collection}").json()["extent"]
        return extent["spatial"]["bbox"][0][0]

    assert (west(planted.officer, "incidents"), west(planted.officer, "cases")) == (-122.42, -122.42)
    assert west(planted.auditor, "incidents") == -122.9


def test_a_guarded_field_is_absent_and_no_filter(planted: Cast) -> None:
    (feature, *_) = items(planted.analyst, "incidents")

    assert "notes" in feature["properties"]["redacted"]
    assert "notes" not in feature["properties"]
    assert refusal(ask(planted.analyst, "collections/incidents/items", {"notes": "x"})) == (
        400,
        "unknown_parameter",
    )


def test_a_case_that_is_closed_to_somebody_is_told_as_by_the_api(planted: Cast) -> None:
    case = make_restricted(planted)
    path = f"collections/cases/items/{case.pk}"

    assert refusal(ask(planted.supervisor, path)) == (403, "access_required")
    assert refusal(ask(planted.south_officer, path)) == (404, "not_found")
    assert ask(planted.officer, path).status_code == 200


def test_a_sealed_incident_is_opened_for_a_reason_which_is_kept(planted: Cast) -> None:
    incident = sealed(planted, make_incident(access_for(planted.officer)), "narrative")
    path = f"collections/incidents/items/{incident.pk}"

    assert refusal(ask(planted.auditor, path)) == (403, "reason_required")
    answer = ask(planted.auditor, path, **{"X-Reading-Reason": "court"})

    assert answer.status_code == 200
    (reading,) = get(planted.auditor, f"incidents/{incident.pk}/readings").json()["data"]
    assert reading["reason_code"] == "court"
    assert ask(planted.officer, path).status_code == 200


def test_a_key_sees_no_more_than_its_person(planted: Cast) -> None:
    key = key_for(planted.analyst)
    expected = items(planted.analyst, "cases")

    answer = anonymous().get(f"{ROOT}/collections/cases/items", headers={"Authorization": basic(key)})
    found = answer.json()["features"]

    assert [each["id"] for each in found] == [each["id"] for each in expected]


def test_pages_for_people_withhold_the_same(planted: Cast) -> None:
    page = ask(planted.officer, "collections/incidents/items", {"f": "html"}).content.decode()

    assert "CANARY" not in page
    assert "-122.9" not in page
    assert "withheld" in page


def test_no_refusal_of_a_page_shows_what_is_closed(planted: Cast) -> None:
    case = make_restricted(planted, title="CANARY closed")

    answer = ask(planted.supervisor, f"collections/cases/items/{case.pk}", {"f": "html"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert b"CANARY" not in answer.content
