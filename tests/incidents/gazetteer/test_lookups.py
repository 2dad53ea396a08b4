"""Many addresses at once: what is certain is found, what may be several places is told, nothing is guessed."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from incidents.gazetteer.lookups import forget, look_up
from incidents.gazetteer.searching import find_places, short_forms
from incidents.importing.sql import rows
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.support.gazetteers import TOWN, at, door, load_town, side, street
from tests.support.people import Cast

#: In Harrow and in Stow there is a Mill Lane, four kilometres apart; Quay Street meets Loop Road twice.
COUNTY = (
    *TOWN,
    street("Mill Lane", (0, 10), (5, 10), locality="Harrow"),
    door("7", "Mill Lane", 1, 10, locality="Harrow"),
    door("9", "Mill Lane", 2, 10, locality="Harrow"),
    street("Mill Lane", (40, 10), (45, 10), locality="Stow"),
    door("7", "Mill Lane", 41, 10, locality="Stow"),
    street("Quay Street", (0, 20), (10, 20)),
    street("Loop Road", (1, 19), (1, 21), (6, 21), (6, 19)),
    street("Long Road", (0, 30), (20, 30)),
    door("1", "Long Road", 0, 30),
    door("101", "Long Road", 20, 30),
)


@pytest.fixture
def access(cast: Cast) -> Access:
    """North, with the county in its gazetteer."""
    access = operator_access(cast.north.pk)
    load_town(access, COUNTY)
    return access


def looked_up(access: Access, *addresses: str) -> dict[str, tuple[str, str, Point | None]]:
    """Return outcome, exactness and point by address."""
    with agency_scope(access):
        known = short_forms(access)
        assert known is not None
        look_up(access.agency_id, addresses, known)
        found = rows("SELECT address, outcome, exactness, ST_X(point), ST_Y(point) FROM address_finds")
        forget()
    return {
        address: (outcome, exactness, None if x is None else Point(x, y, srid=4326))
        for address, outcome, exactness, x, y in found
    }


@pytest.mark.parametrize(
    ("address", "exactness", "place"),
    [
        ("12 Mission St", "exact", at(1, 0.1)),
        ("12A MISSION STREET", "exact", at(1.05, 0.1)),
        ("12c Mission Street", "interpolated", at(1, 0.1)),
        ("16 Mission St", "interpolated", at(1.25, 0.1)),
        ("150 Mission Street", "interpolated", at(2 + 4 * 50 / 98, 0)),
        ("100 Block of MISSION ST", "interpolated", at(2 + 4 * 50 / 98, 0)),
        ("MISSION ST / 05TH ST", "crossing", at(2, 0)),
        ("5th & Mission Street", "", None),
        ("7 Mill Lane, Harrow", "exact", at(1, 10)),
        ("7 Mill Lane, Stow 97001", "exact", at(41, 10)),
    ],
)
def test_what_is_certain_is_found(access: Access, address: str, exactness: str, place: Point | None) -> None:
    outcome, known, point = looked_up(access, address)[address]

    assert (outcome, known) == ("found" if place else "unknown", exactness)
    if place:
        assert point is not None
        assert point.distance(place) * 111_000 < 10


@pytest.mark.parametrize("address", ["7 Mill Lane", "Quay Street & Loop Road", "16 Twin Street"])
def test_what_may_be_several_places_is_ambiguous(access: Access, address: str) -> None:
    # Two files that disagree by a kilometre and a half about one number.
    load_town(
        access,
        [*COUNTY, street("Twin Street", (0, 40), (20, 40)), door("16", "Twin Street", 1, 40),
         side("Twin Street", 10, 20, (15, 40), (20, 40))],
    )  # fmt: skip

    assert looked_up(access, address)[address] == ("ambiguous", "", None)


@pytest.mark.parametrize(
    "address",
    [
        "12 Missoin Street",
        "9000 O'Farrell Street",
        "O'Farrell Street",
        "Pier 39",
        "51 Long Road",
        "7 Mill Lane, Elsewhere",
        "Mission Street & Long Road",
        "?",
        "unknown",
    ],
)
def test_what_is_not_known_is_not_guessed(access: Access, address: str) -> None:
    assert looked_up(access, address)[address] == ("unknown", "", None)


def test_a_single_search_would_offer_the_same_points_first(access: Access) -> None:
    addresses = [
        "12 Mission St",
        "150 Mission Street",
        "16 Mission St",
        "MISSION ST / 5TH ST",
        "7 Mill Lane, Stow",
    ]

    found = looked_up(access, *addresses)

    with agency_scope(access):
        offered = {address: find_places(access, address)[0] for address in addresses}
    for address, (_, exactness, point) in found.items():
        assert point is not None
        assert exactness == offered[address].exactness
        assert point.distance(offered[address].point) < 1e-6


def test_another_agencys_gazetteer_finds_nothing(access: Access, cast: Cast) -> None:
    south = operator_access(cast.south.pk)
    load_town(south, [street("Other Street", (0, 0), (1, 0))])

    assert looked_up(south, "12 Mission St")["12 Mission St"] == ("unknown", "", None)
