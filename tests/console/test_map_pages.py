"""The map page and what its script asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.gis.geos import Point
from django.test import Client

from incidents.sealing import seal_incident
from nethra.core.middleware import policy
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, console_client, make_agency, make_user
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
TILE = "/console/map/tiles/14/2620/6333.mvt"
EMPTY = "/console/map/tiles/14/0/6333.mvt"
DATA = (
    TILE,
    "/console/map/grid",
    "/console/map/areas.geojson",
    "/console/map/streets.geojson",
    "/console/map/area-counts",
    "/console/map/hours",
    "/console/map/steps",
    "/console/map/selection",
    "/console/map/cases.geojson",
)


@pytest.mark.parametrize("person", ["admin", "officer", "analyst", "auditor"])
def test_everybody_signed_in_sees_the_map(cast: Cast, person: str) -> None:
    answer = console_client(getattr(cast, person)).get("/console/map/")

    assert answer.status_code == 200
    assert "data-crime-map" in answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == policy(is_console=True)


def test_without_a_session_the_page_asks_to_sign_in_and_its_data_say_401(client: Client, cast: Cast) -> None:
    assert client.get("/console/map/").status_code == 302
    assert {client.get(path).status_code for path in DATA} == {401}


def test_tiles_hold_the_agency_s_incidents_only(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    own, other = (console_client(person).get(TILE) for person in (cast.analyst, cast.south_admin))

    assert (own.status_code, other.status_code) == (200, 204)
    assert incident.number.encode() in own.content
    assert own.headers["Cache-Control"].startswith("private")


def test_an_empty_tile_is_204(cast: Cast) -> None:
    assert console_client(cast.analyst).get(EMPTY).status_code == 204


def test_counts_are_the_agency_s(cast: Cast) -> None:
    make_incident(access_for(cast.officer))

    own, other = (
        console_client(person).get("/console/map/grid", {"size": "250", "shape": "hex"}).json()
        for person in (cast.analyst, cast.south_admin)
    )

    assert (own["total"], other["total"]) == (1, 0)
    assert round(own["data"][0]["lat"], 2) == 37.77


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{TILE}?offence=XYZ", 400),
        (f"{TILE}?nonsense=1", 400),
        ("/console/map/tiles/3/99/0.mvt", 404),
        ("/console/map/grid?shape=circle", 400),
        ("/console/map/grid?size=nan", 400),
        ("/console/map/grid?limit=-1", 400),
    ],
)
def test_what_makes_no_sense_is_refused_as_problem_details(cast: Cast, path: str, status: int) -> None:
    answer = console_client(cast.analyst).get(path)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_made_up_streets_are_drawn_for_the_made_up_agency_only(cast: Cast) -> None:
    analyst = make_user(make_agency("demo"), "analyst", "Dana Analyst")

    assert console_client(cast.analyst).get("/console/map/streets.geojson").status_code == 404
    assert console_client(analyst).get("/console/map/streets.geojson").json()["type"] == "FeatureCollection"


def test_the_selection_lists_what_the_filters_want_without_what_is_withheld(cast: Cast) -> None:
    access = access_for(cast.officer)
    known = make_incident(access, address="9 Quay Street")
    hidden = make_incident(access, "120", address="7 Hidden Street")
    with agency_scope(access_for(cast.admin)):
        seal_incident(access=access_for(cast.admin), incident=hidden, parts=["place"], **ORDER)
    client = console_client(cast.analyst)

    answer = client.get("/console/map/selection")
    around = client.get("/console/map/selection?near=-122.42,37.77,500").json()

    assert b"7 Hidden Street" not in answer.content
    assert answer.json()["total"] == 2
    assert {record["number"]: record.get("address") for record in answer.json()["data"]} == {
        known.number: "9 Quay Street",
        hidden.number: None,
    }
    # Who asks where must not learn of a place that is sealed.
    assert [record["number"] for record in around["data"]] == [known.number]
    assert console_client(cast.south_officer).get("/console/map/selection").json() == {"data": [], "total": 0}


def test_the_latest_come_first_around_a_point_too(cast: Cast) -> None:
    access = access_for(cast.officer)
    late = make_incident(access, location=Point(-122.421, 37.77, srid=4326))
    moment = datetime(2026, 2, 2, 14, 30, tzinfo=UTC)
    early = make_incident(access, occurred_from=moment, occurred_until=moment)

    found = console_client(cast.analyst).get("/console/map/selection?near=-122.42,37.77,500").json()

    assert [record["number"] for record in found["data"]] == [late.number, early.number]


def test_the_form_of_a_new_incident_begins_where_the_map_says(cast: Cast) -> None:
    form = "/console/incidents/incident/add/"
    client = console_client(cast.officer)

    told = client.get(f"{form}?latitude=37.77&longitude=-122.42").content.decode()
    assert 'value="37.77"' in told
    assert 'value="-122.42"' in told
    for nonsense in (
        "latitude=95&longitude=1",
        "latitude=nan&longitude=1",
        "latitude=1",
        "latitude=&longitude=x",
    ):
        assert client.get(f"{form}?{nonsense}").status_code == 200
