"""Results of the gazetteer as the doors tell them, and what they ask by."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import Point

from incidents.gazetteer.searching import FoundPlace
from nethra.core.geo import checked_point, parse_numbers


def place_record(place: FoundPlace) -> dict[str, Any]:
    """Return a result as JSON: kind, label, locality, location (GeoJSON), exactness, note."""
    return {
        "kind": str(place.kind),
        "label": place.full_label,
        "locality": place.locality,
        "location": {"type": "Point", "coordinates": [round(place.point.x, 7), round(place.point.y, 7)]},
        "exactness": str(place.exactness),
        "note": place.note,
    }


def near_point(text: str) -> Point:
    """Return the point of 'lon,lat' in EPSG:4326; raise InvalidInput."""
    longitude, latitude = parse_numbers(text, 2, "near")
    return checked_point(longitude, latitude)
