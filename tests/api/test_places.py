"""The gazetteer over the API and to the console's script."""

from __future__ import annotations

import pytest
from django.test import Client

from nethra.core.access import operator_access
from tests.api.calls import ROOT
from tests.support.gazetteers import load_town
from tests.support.people import Cast, api_client, console_client

pytestmark = pytest.mark.django_db
CONSOLE = "/console/places"


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The cast, with a gazetteer in North."""
    load_town(operator_access(cast.north.pk))
    return cast


def test_a_typed_address_is_answered_with_its_point(town: Cast) -> None:
    answer = api_client(town.officer).get(f"{ROOT}/places", {"q": "12 mission st", "near": "-122.4,37.7"})

    assert answer.status_code == 200
    first = answer.json()["data"][0]
    assert first == {
        "kind": "address",
        "label": "12 Mission Street",
        "locality": "",
        "location": {"type": "Point", "coordinates": [-122.419, 37.7701]},
        "exactness": "exact",
        "note": "",
    }


def test_how_exact_a_point_is_stands_beside_it(town: Cast) -> None:
    client = api_client(town.officer)

    found = {
        text: client.get(f"{ROOT}/places", {"q": text}).json()["data"][0]
        for text in ("150 Mission", "Mission & 5th", "O'Farrell")
    }

    assert [each["exactness"] for each in found.values()] == ["interpolated", "crossing", "street_middle"]
    assert found["150 Mission"]["note"] == "About here, between 100 and 198."


def test_neither_door_shows_another_agency_s_places(town: Cast) -> None:
    query = {"q": "12 mission st"}

    assert api_client(town.south_admin).get(f"{ROOT}/places", query).json() == {"data": []}
    assert console_client(town.south_admin).get(CONSOLE, query).json() == {"data": []}
    assert len(console_client(town.officer).get(CONSOLE, query).json()["data"]) > 0


def test_the_console_s_script_is_told_who_may_not(town: Cast, client: Client) -> None:
    assert client.get(CONSOLE, {"q": "mission"}).status_code == 401
    refused = console_client(town.prosecutor).get(CONSOLE, {"q": "mission"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert api_client(town.prosecutor).get(f"{ROOT}/places", {"q": "mission"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "m" * 1000}, "q"),
        ({"q": "mission\0"}, "q"),
        ({"q": "mission", "near": "1"}, "near"),
        ({"q": "mission", "near": "0,95"}, "near"),
        ({"q": "mission", "near": "nan,1"}, "near"),
        ({"q": "mission", "limit": "0"}, "limit"),
        ({"q": "mission", "limit": "51"}, "limit"),
        ({"q": "mission", "page": "2"}, "page"),
    ],
)
@pytest.mark.parametrize("door", [f"{ROOT}/places", CONSOLE])
def test_a_parameter_that_is_not_right_is_named(
    town: Cast, query: dict[str, str], name: str, door: str
) -> None:
    answer = (api_client if door != CONSOLE else console_client)(town.officer).get(door, query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [name]


def test_the_form_offers_places_only_where_there_are_some(town: Cast) -> None:
    page = "/console/incidents/incident/add/"

    assert b'data-places-url="/console/places"' in console_client(town.officer).get(page).content
    assert b"data-places-url" not in console_client(town.south_officer).get(page).content
