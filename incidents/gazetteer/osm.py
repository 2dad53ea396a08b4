"""Reads streets, addresses and landmarks from an extract of OpenStreetMap (.osm.pbf, .osm)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import osmium
from django.contrib.gis.geos import GEOSGeometry, LineString, Point

from incidents.gazetteer.drafts import Draft, DraftKind
from incidents.gazetteer.words import house_number
from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID

FORMATS = {".pbf": "pbf", ".osm": "osm"}
#: Highways that nobody lives on.
NO_STREETS = frozenset(
    {"proposed", "construction", "platform", "rest_area", "services", "bus_stop", "raceway"}
)
LANDMARKS = (
    "amenity",
    "shop",
    "tourism",
    "leisure",
    "office",
    "historic",
    "railway",
    "public_transport",
    "building",
)
_SEVERAL = re.compile(r"[;,]")


def read_osm(file: Path) -> Iterator[Draft]:
    """Return what the extract names, piece by piece; raise InvalidInput with one sentence, while iterating too."""
    kind = FORMATS.get(file.suffix.lower())
    if kind is None:
        raise InvalidInput("An extract of OpenStreetMap must be .osm.pbf or .osm.", code="unknown_file_type")
    if not file.is_file():
        raise InvalidInput(f"{file.name} cannot be read: there is no such file.", code="unreadable")
    return _read(file, kind)


def _read(file: Path, kind: str) -> Iterator[Draft]:
    try:
        # SECURITY: as an absolute path; osmium would fetch a name that looks like an address of the web.
        source = osmium.io.File(str(file.resolve()), kind)
        for thing in osmium.FileProcessor(source).with_locations():
            yield from _drafts(thing)
    except RuntimeError as problem:
        raise InvalidInput(f"{file.name} is damaged, or not what its name says.", code="damaged") from problem


def _drafts(thing: Any) -> Iterator[Draft]:
    if not thing.tags or thing.is_relation():
        return
    tags = dict(thing.tags)
    name, locality = tags.get("name", ""), tags.get("addr:city", "")
    is_street = thing.is_way() and name and tags.get("highway", "") not in ("", *NO_STREETS)
    is_address = "addr:housenumber" in tags and ("addr:street" in tags or "addr:place" in tags)
    is_landmark = name and not is_street and any(key in tags for key in LANDMARKS)
    is_place = name and thing.is_node() and "place" in tags
    if not (is_street or is_address or is_landmark or is_place):
        return
    shape = _line(thing) if is_street else _point(thing)
    if shape is None:
        return
    if is_street:
        yield Draft(DraftKind.STREET, name, shape, locality)
    if is_address and not is_street:
        yield from _addresses(tags, shape, locality)
    if is_place or is_landmark:
        yield Draft(DraftKind.PLACE if is_place else DraftKind.LANDMARK, name, shape, locality)


def _addresses(tags: dict[str, str], shape: GEOSGeometry, locality: str) -> Iterator[Draft]:
    street = tags.get("addr:street") or tags["addr:place"]
    for written in _SEVERAL.split(tags["addr:housenumber"]):
        number = house_number(written)
        if number:
            yield Draft(DraftKind.ADDRESS, street, shape, locality, number[0], number[0], number[1])


def _places(way: Any) -> list[tuple[float, float]]:
    # An extract cuts ways: the nodes beyond its border have no place.
    return [(node.lon, node.lat) for node in way.nodes if node.location.valid()]


def _line(way: Any) -> GEOSGeometry | None:
    places = _places(way)
    return LineString(places, srid=STORAGE_SRID) if len(places) > 1 else None


def _point(thing: Any) -> GEOSGeometry | None:
    if thing.is_node():
        return Point(thing.lon, thing.lat, srid=STORAGE_SRID) if thing.location.valid() else None
    places = _places(thing)
    # The last node of an outline is its first.
    places = places[:-1] if len(places) > 1 and places[0] == places[-1] else places
    if not places:
        return None
    east, north = (sum(degrees) / len(places) for degrees in zip(*places, strict=True))
    return Point(east, north, srid=STORAGE_SRID)
