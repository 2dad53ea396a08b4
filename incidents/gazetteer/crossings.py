"""Where streets meet, computed from their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection

from nethra.core.access import Access
from nethra.core.geo import STORAGE_SRID

#: About twenty metres: streets drawn apart, or ending short of each other, still meet.
REACH = 0.0002
#: About sixty metres: the lanes of a wide road cross another several times, which is one crossing.
WIDTH = 0.0006


@dataclass(frozen=True)
class Meeting:
    """A point (EPSG:4326) where two streets meet."""

    one: UUID
    other: UUID
    point: Point


_MEETINGS = """
WITH pairs AS (
    SELECT a.id AS one, b.id AS other,
           CASE WHEN ST_Intersects(a.shape, b.shape) THEN ST_Intersection(a.shape, b.shape)
                ELSE ST_ClosestPoint(a.shape, b.shape) END AS met
    FROM incidents_place a JOIN incidents_place b ON a.id <> b.id AND ST_DWithin(a.shape, b.shape, %(reach)s)
    WHERE a.agency_id = %(agency)s AND b.agency_id = %(agency)s
      AND a.id = ANY(%(ones)s) AND b.id = ANY(%(others)s)
      AND ST_Dimension(a.shape) = 1 AND ST_Dimension(b.shape) = 1
), points AS (
    SELECT one, other, ST_PointOnSurface((ST_Dump(met)).geom) AS point FROM pairs
), clusters AS (
    SELECT one, other, point, ST_ClusterDBSCAN(point, %(width)s, 1) OVER (PARTITION BY one, other) AS cluster
    FROM points
)
SELECT one, other, ST_X(ST_Centroid(ST_Collect(point))), ST_Y(ST_Centroid(ST_Collect(point)))
FROM clusters GROUP BY one, other, cluster
"""


def find_crossings(access: Access, ones: Sequence[UUID], others: Sequence[UUID]) -> list[Meeting]:
    """Return where any of some streets meets any of the others; a street without a line meets nothing."""
    values: dict[str, Any] = {
        "agency": access.agency_id,
        "ones": list(ones),
        "others": list(others),
        "reach": REACH,
        "width": WIDTH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEETINGS, values)
        return [Meeting(one, other, Point(x, y, srid=STORAGE_SRID)) for one, other, x, y in cursor.fetchall()]
