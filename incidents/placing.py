"""Which beat and district a point falls into, by the versions in force: one or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.geos import Point
from django.db import connection

from incidents.choices import AreaKind
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.geo import BoxValue, bounds_around


@dataclass(frozen=True)
class Placement:
    """The beat and district of a point; None where it lies in none."""

    beat_id: UUID | None = None
    district_id: UUID | None = None


def place(access: Access, point: Point | None) -> Placement:
    """Return the current beat and district of a point (EPSG:4326); on a shared border the lowest code."""
    if point is None:
        return Placement()
    around = BoxValue(bounds_around(point, 1))
    found: dict[str, UUID] = dict(
        rows.run(_OF_POINT, [access.agency_id, around, PostGISAdapter(point)], is_kept=True)
    )
    return Placement(found.get(AreaKind.BEAT), found.get(AreaKind.DISTRICT))


# The box is for the index: beneath row security no other spatial condition reaches it.
_OF_POINT = """
SELECT a.kind, a.id FROM incidents_area a JOIN incidents_areaset s ON s.id = a.area_set_id AND s.is_current
WHERE a.agency_id = %s AND a.kind IN ('beat', 'district') AND a.shape && %s AND ST_Intersects(a.shape, %s)
ORDER BY a.code DESC
"""
# As in place(): on a shared border the lowest code. Areas drive the join: PostGIS prepares each shape once.
_PLACED = """
SELECT p.id,
       (array_agg(a.id ORDER BY a.code) FILTER (WHERE a.kind = 'beat'))[1] AS beat_id,
       (array_agg(a.id ORDER BY a.code) FILTER (WHERE a.kind = 'district'))[1] AS district_id
FROM incidents_area a
JOIN incidents_areaset s ON s.id = a.area_set_id AND s.is_current
JOIN places p ON ST_Intersects(a.shape, p.location)
WHERE a.agency_id = %(agency)s
GROUP BY p.id
"""
_PLACE_MANY = f"""
WITH places AS MATERIALIZED (
    SELECT n AS id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS location
    FROM unnest(%(lons)s::float8[], %(lats)s::float8[]) WITH ORDINALITY AS t(lon, lat, n)
)
{_PLACED}
"""  # noqa: S608


def place_many(access: Access, points: Sequence[tuple[float, float]]) -> list[Placement]:
    """Return the placement of each longitude and latitude, in order, by one statement."""
    values: dict[str, Any] = {
        "agency": access.agency_id,
        "lons": [longitude for longitude, _ in points],
        "lats": [latitude for _, latitude in points],
    }
    placements = [Placement()] * len(points)
    with connection.cursor() as cursor:
        cursor.execute(_PLACE_MANY, values)
        for number, beat_id, district_id in cursor.fetchall():
            placements[number - 1] = Placement(beat_id, district_id)
    return placements
