"""A small gazetteer for tests: streets that cross, house numbers, places."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.gis.geos import LineString, Point

from incidents.gazetteer.choices import PlaceSource
from incidents.gazetteer.drafts import Draft, DraftKind
from incidents.gazetteer.loading import Loaded, store_drafts
from nethra.core.access import Access
from nethra.core.scope import agency_scope

LEFT, BOTTOM = -122.42, 37.77
#: Metres are about this many degrees of latitude.
STEP = 0.001


def street(name: str, *places: tuple[float, float], locality: str = "") -> Draft:
    """Return a street through places in steps to the east and north of the test town's corner."""
    line = LineString([(LEFT + x * STEP, BOTTOM + y * STEP) for x, y in places], srid=4326)
    return Draft(DraftKind.STREET, name, line, locality)


def side(name: str, first: int, latest: int, *places: tuple[float, float], locality: str = "") -> Draft:
    """Return the numbers of one side of a piece of street."""
    line = LineString([(LEFT + x * STEP, BOTTOM + y * STEP) for x, y in places], srid=4326)
    return Draft(DraftKind.RANGE, name, line, locality, first, latest)


def door(number: str, name: str, x: float, y: float, *, locality: str = "") -> Draft:
    """Return a house number at a place."""
    digits = int("".join(sign for sign in number if sign.isdigit()))
    return Draft(DraftKind.ADDRESS, name, at(x, y), locality, digits, digits, number)


def landmark(name: str, x: float, y: float, *, locality: str = "") -> Draft:
    """Return a landmark at a place."""
    return Draft(DraftKind.LANDMARK, name, at(x, y), locality)


def at(x: float, y: float) -> Point:
    """Return a point so many steps to the east and north."""
    return Point(LEFT + x * STEP, BOTTOM + y * STEP, srid=4326)


#: Mission runs to the east, the numbered streets cross it northwards.
TOWN = (
    street("Mission Street", (0, 0), (10, 0)),
    street("5th Street", (2, -5), (2, 5)),
    street("16th Street", (6, -5), (6, 5)),
    street("O'Farrell Street", (0, 3), (10, 3)),
    street("Caf\u00e9 Gr\u00f6\u00dfe Stra\u00dfe", (0, 4), (10, 4)),
    street("North Point Street", (0, 5), (10, 5)),
    street("Martin Luther King Jr Drive", (0, -3), (10, -3)),
    side("Mission Street", 101, 199, (2, 0), (6, 0)),
    side("Mission Street", 100, 198, (2, 0), (6, 0)),
    door("12", "Mission Street", 1, 0.1),
    door("12a", "Mission Street", 1.05, 0.1),
    door("20", "Mission Street", 1.5, 0.1),
    landmark("Pier 39", 3, 6),
    landmark("Saint Mary's Hospital", 4, 1),
)


def load_town(access: Access, drafts: Iterable[Draft | None] = TOWN) -> Loaded:
    """Return the load of the drafts as an extract of OpenStreetMap would bring them."""
    with agency_scope(access):
        return store_drafts(access=access, source=PlaceSource.OSM, drafts=drafts, file_name="town.osm")
