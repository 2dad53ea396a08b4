"""The map page and what its script asks for."""

from __future__ import annotations

import pytest
from django.test import Client

from nethra.core.middleware import policy
from tests.support.people import Cast, access_for, console_client, make_agency, make_user
from tests.support.records import make_incident

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
