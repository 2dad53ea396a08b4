"""Results of the gazetteer as the doors tell them, and what they ask by."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import Point
from django.http import QueryDict

from incidents.gazetteer.searching import MOST_RESULTS, FoundPlace, find_places
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.geo import checked_point, parse_numbers
from nethra.core.pagination import whole
from nethra.core.parameters import refusal, refuse_unknown, single, words

DEFAULT_LIMIT = 10


def answer_places(access: Access, query: QueryDict) -> list[dict[str, Any]]:
    """Return the results for the parameters q, near and limit; raise InvalidInput naming the one that is wrong."""
    access.require(Capability.VIEW_AREAS)
    refuse_unknown(query, {"q", "near", "limit"})
    text = single(query, "q", words)
    if text is None:
        raise refusal("q", "Give the address to look for as q.")
    near = single(query, "near", near_point)
    limit = whole(query, "limit", default=DEFAULT_LIMIT, most=MOST_RESULTS)
    return [place_record(place) for place in find_places(access, text, near, limit)]


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
