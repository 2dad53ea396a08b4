"""Polygons in query parameters: WKT or GeoJSON, with a limit of corners, valid before PostGIS sees them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib.gis.geos import Polygon

from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID, checked_point

MAX_CORNERS = 100
#: Characters of a polygon: 100 corners with all the digits that anybody writes.
MAX_POLYGON = 4000
NOT_A_POLYGON = "within takes a polygon as WKT or GeoJSON, longitude first."

Ring = list[tuple[float, float]]

_WKT = re.compile(r"\s*POLYGON\s*\(\s*(\(.*\))\s*\)\s*", re.IGNORECASE | re.DOTALL)
_RINGS = re.compile(r"\)\s*,\s*\(")


def parse_polygon(text: str) -> Polygon:
    """Return a polygon in EPSG:4326 of WKT or GeoJSON; raise InvalidInput with a sentence.

    At most 100 corners, rings closed, no outline that crosses or touches itself.
    """
    try:
        rings = _of_geojson(text) if text.lstrip().startswith("{") else _of_wkt(text)
    except (ValueError, TypeError, KeyError) as problem:
        raise InvalidInput(NOT_A_POLYGON, code="invalid_filter") from problem
    _check(rings)
    polygon = Polygon(*rings, srid=STORAGE_SRID)
    if not polygon.valid or not polygon.area:
        raise InvalidInput("The outline of within crosses itself or has no area.", code="invalid_filter")
    return polygon


def _of_wkt(text: str) -> list[Ring]:
    found = _WKT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    rings = _RINGS.split(found[1].strip()[1:-1])
    return [[_corner(corner.split()) for corner in ring.split(",")] for ring in rings]


def _of_geojson(text: str) -> list[Ring]:
    shape = orjson.loads(text)
    if shape["type"] != "Polygon":
        raise ValueError(shape["type"])
    return [[_corner(corner) for corner in ring] for ring in shape["coordinates"]]


def _corner(numbers: Sequence[Any]) -> tuple[float, float]:
    longitude, latitude = numbers
    return float(longitude), float(latitude)


def _check(rings: list[Ring]) -> None:
    if sum(len(ring) - 1 for ring in rings) > MAX_CORNERS:
        raise InvalidInput(f"within takes a polygon of {MAX_CORNERS} corners at most.", code="invalid_filter")
    for ring in rings:
        for corner in ring:
            checked_point(*corner)
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise InvalidInput(
                "within needs rings of three corners or more that end where they begin.",
                code="invalid_filter",
            )
