"""The made-up city's streets and front doors as drafts of its gazetteer."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.gis.geos import LineString, Point

from incidents.demo.streets import Address, build_doors, build_streets
from incidents.gazetteer.drafts import Draft, DraftKind
from nethra.core.geo import STORAGE_SRID

#: Doors of one side that make a range: their numbers rise evenly, so a number between lies where its door is.
TOGETHER = 10


def gazetteer_drafts() -> Iterator[Draft]:
    """Yield the streets, and the numbers of their sides."""
    for street in build_streets():
        if street.kind != "river":
            yield Draft(DraftKind.STREET, street.name, LineString(street.line, srid=STORAGE_SRID))
    for name, doors in build_doors():
        for side in (doors[0::2], doors[1::2]):
            for start in range(0, len(side), TOGETHER):
                yield _numbers(name, side[start : start + TOGETHER])


def _numbers(name: str, doors: list[Address]) -> Draft:
    first, latest = doors[0], doors[-1]
    if first == latest:
        door = Point(first.longitude_latitude, srid=STORAGE_SRID)
        return Draft(DraftKind.ADDRESS, name, door, "", first.number, first.number, str(first.number))
    line = LineString([door.longitude_latitude for door in doors], srid=STORAGE_SRID)
    return Draft(DraftKind.RANGE, name, line, "", first.number, latest.number)
