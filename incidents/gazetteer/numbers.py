"""House numbers along streets: as they are known, or between those that are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection

from nethra.core.access import Access
from nethra.core.geo import STORAGE_SRID


@dataclass(frozen=True)
class NumberedPoint:
    """The point (EPSG:4326) of a number: its own, or one between two known numbers, which the note names."""

    street: UUID
    point: Point
    is_exact: bool
    text: str = ""
    note: str = ""
    locality: str = ""


# A side of a street whose first and last number are both odd has odd numbers only.
_KNOWN = """
SELECT h.street_id, h.text, h.first, h.latest, h.locality, ST_X(p.point), ST_Y(p.point)
FROM incidents_housenumber h
CROSS JOIN LATERAL (SELECT (%(number)s - h.first)::float8 / greatest(h.latest - h.first, 1) AS part) w
CROSS JOIN LATERAL (SELECT CASE WHEN ST_Dimension(h.shape) = 0 THEN h.shape
    ELSE ST_LineInterpolatePoint(h.shape, w.part) END AS point) p
WHERE h.agency_id = %(agency)s AND h.street_id = ANY(%(streets)s)
  AND h.first <= %(number)s AND h.latest >= %(number)s
  AND (h.first %% 2 <> h.latest %% 2 OR h.first %% 2 = %(number)s %% 2)
ORDER BY h.latest - h.first, h.text <> %(text)s, h.text, h.id
"""

# Between the nearest numbers of the same side, in the proportion of the numbers.
_BETWEEN = """
SELECT s.id, low.latest, high.first, low.locality, ST_X(p.point), ST_Y(p.point)
FROM unnest(%(streets)s::uuid[]) AS s(id)
CROSS JOIN LATERAL (
    SELECT h.latest, h.locality, CASE WHEN ST_Dimension(h.shape) = 0 THEN h.shape ELSE ST_EndPoint(h.shape) END AS point
    FROM incidents_housenumber h
    WHERE h.agency_id = %(agency)s AND h.street_id = s.id AND h.latest < %(number)s
      AND h.latest %% 2 = %(number)s %% 2
    ORDER BY h.latest DESC, h.id LIMIT 1) low
CROSS JOIN LATERAL (
    SELECT h.first, CASE WHEN ST_Dimension(h.shape) = 0 THEN h.shape ELSE ST_StartPoint(h.shape) END AS point
    FROM incidents_housenumber h
    WHERE h.agency_id = %(agency)s AND h.street_id = s.id AND h.first > %(number)s
      AND h.first %% 2 = %(number)s %% 2
    ORDER BY h.first, h.id LIMIT 1) high
CROSS JOIN LATERAL (SELECT ST_LineInterpolatePoint(ST_MakeLine(low.point, high.point),
    (%(number)s - low.latest)::float8 / (high.first - low.latest)) AS point) p
"""


def find_numbers(
    access: Access, streets: Sequence[UUID], number: int, text: str
) -> dict[UUID, list[NumberedPoint]]:
    """Return where a house number lies on each of the streets; of those that do not know it and cannot tell, nothing.

    ``text`` is the number with its letter: that very door comes first.
    """
    values: dict[str, Any] = {
        "agency": access.agency_id,
        "streets": list(streets),
        "number": number,
        "text": text,
    }
    found: dict[UUID, list[NumberedPoint]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, values)
        for street, own, first, latest, locality, x, y in cursor.fetchall():
            point = Point(x, y, srid=STORAGE_SRID)
            is_door = first == latest
            note = "" if is_door else _between(first, latest)
            found[street].append(NumberedPoint(street, point, is_door, own, note, locality))
        missing = [street for street in streets if street not in found]
        cursor.execute(_BETWEEN, {**values, "streets": missing})
        for street, low, high, locality, x, y in cursor.fetchall():
            point = Point(x, y, srid=STORAGE_SRID)
            note = _between(low, high)
            found[street].append(NumberedPoint(street, point, is_exact=False, note=note, locality=locality))
    return {street: _of_the_text(numbers, text) for street, numbers in found.items()}


def _between(low: int, high: int) -> str:
    return f"About here, between {low} and {high}."


def _of_the_text(numbers: list[NumberedPoint], text: str) -> list[NumberedPoint]:
    """The very door where it is known; else doors before what is computed."""
    doors = [number for number in numbers if number.is_exact]
    very = [number for number in doors if number.text.casefold() == text]
    return very or doors or numbers
