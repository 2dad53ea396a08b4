"""Counts of incidents on squares and hexagons of equal size, computed in SQL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from incidents.bins import CellShape, cells_sql, centre_of, corners_of
from incidents.filters import IncidentFilters
from incidents.hot import read_inside
from incidents.models import Incident
from incidents.querysets import IncidentQuerySet
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
from nethra.core.errors import InvalidInput
from nethra.core.fields import ordinate
from nethra.core.geo import EARTH_RADIUS
from nethra.core.kept import Hole

MIN_SIZE, MAX_SIZE = 10.0, 100_000.0
DEFAULT_LIMIT, MAX_LIMIT = 1000, 10_000

#: Longitude and latitude in EPSG:4326.
Position = Sequence[float]

_COUNTS = """
SELECT i, j, count(*)::int AS count,
       (sum(count(*)) OVER ())::bigint AS total, (count(*) OVER ())::int AS cells_total
FROM ({cells}) AS cells GROUP BY i, j ORDER BY count DESC, i, j LIMIT %s
"""
# The first place that nothing guards: everybody who sees a grid sees it, to the hundredth of a degree.
_PLACE = """
SELECT ST_X(place), ST_Y(place) FROM (SELECT coalesce(
    (SELECT ST_Centroid(boundary) FROM accounts_agency WHERE id = %s),
    (SELECT location FROM incidents_incident
     WHERE agency_id = %s AND NOT is_guarded AND location IS NOT NULL ORDER BY agency_id, id LIMIT 1)) AS place) AS p
"""


@dataclass(frozen=True)
class Cell:
    """One cell: its count, its centre and its closed ring."""

    count: int
    centre: Position
    ring: Sequence[Position]


@dataclass(frozen=True)
class GridCounts:
    """Counts on a grid, the biggest cell first.

    ``total`` incidents with a place lie in ``cells_total`` cells, of which ``cells`` holds at most the limit.
    ``size`` is the distance between neighbouring centres in metres on the ground at ``latitude``; the grid
    is regular in web mercator, so sizes hold to about 1 % within half a degree of it.
    """

    shape: CellShape
    size: float
    latitude: float
    total: int
    cells_total: int
    cells: tuple[Cell, ...]


def count_grid(
    access: Access, filters: IncidentFilters, shape: CellShape, size: float, limit: int = DEFAULT_LIMIT
) -> GridCounts:
    """Return counts of the wanted incidents on cells of ``size`` metres; raise InvalidInput for odd sizes."""
    access.require(Capability.VIEW_INSIGHTS)
    access.require(Capability.VIEW_INCIDENTS)
    _check(size, limit)
    latitude = reference_latitude(access)
    side = size / math.cos(math.radians(latitude))
    counted = read_inside(access, filters, None, _counts_sql, (shape,), side=side, limit=limit)
    cells = _cells(shape, counted, side)
    total, cells_total = (int(counted[0][3]), int(counted[0][4])) if counted else (0, 0)
    return GridCounts(shape, size, latitude, total, cells_total, cells)


def reference_latitude(access: Access) -> float:
    """Return where a metre of the grid is a metre on the ground: the same for all of an agency's grids.

    The latitude of reference_place(), at most 85 degrees.
    """
    return _bounded(reference_place(access)[1])


def reference_place(access: Access) -> Position:
    """Return the middle of the agency's boundary; without one, the place of its first incident that has one."""
    found: rows.Row = (None, None)
    if access.reach is not Reach.GUEST:
        found = rows.run(_PLACE, [access.agency_id, access.agency_id], is_kept=True)[0]
    if found[0] is None:
        # Every place is guarded, or there is none; a guest sees few.
        located = Incident.objects.visible_to(access).readable("location").filter(location__isnull=False)
        columns = [ordinate("ST_X", "location"), ordinate("ST_Y", "location")]
        first = rows.select(located.order_by("agency_id", "id")[:1], columns)
        found = first[0] if first else (0.0, 0.0)
    return float(found[0]), float(found[1])


def _bounded(latitude: float) -> float:
    return round(max(-85.0, min(85.0, latitude)), 2)


def _check(size: float, limit: int) -> None:
    if not MIN_SIZE <= size <= MAX_SIZE:
        sentence = f"size must be between {MIN_SIZE:.0f} and {MAX_SIZE:.0f} metres."
        raise InvalidInput(sentence, code="invalid_parameter", errors={"size": [sentence]})
    if not 1 <= limit <= MAX_LIMIT:
        sentence = f"limit must be between 1 and {MAX_LIMIT}."
        raise InvalidInput(sentence, code="invalid_parameter", errors={"limit": [sentence]})


def _counts_sql(wanted: IncidentQuerySet, shape: CellShape) -> rows.Compiled:
    located = wanted.filter(g3857__isnull=False)
    points, params = rows.compiled(located.values_list(ordinate("ST_X", "g3857"), ordinate("ST_Y", "g3857")))
    sql, cell_params = cells_sql(shape, points, params, Hole("side"))
    return _COUNTS.replace("{cells}", sql), (*cell_params, Hole("limit"))


def _cells(shape: CellShape, counted: Sequence[rows.Row], side: float) -> tuple[Cell, ...]:
    """Return the cells, to the centimetre; all at once, since there are a thousand."""
    if not counted:
        return ()
    at = np.array([(i, j) for i, j, *_ in counted], dtype=np.float64)
    centres = np.column_stack(centre_of(shape, at[:, 0], at[:, 1], side))
    rings = centres[:, None, :] + np.array(corners_of(shape, side))
    return tuple(
        Cell(count, centre, ring)
        for (_, _, count, *_), centre, ring in zip(counted, _lonlat(centres), _lonlat(rings), strict=True)
    )


def _lonlat(places: NDArray[np.float64]) -> list[Any]:
    """Return longitude and latitude of places in EPSG:3857, to the centimetre (inverse spherical mercator)."""
    turned = places / EARTH_RADIUS
    turned[..., 1] = 2 * np.arctan(np.exp(turned[..., 1])) - np.pi / 2
    degrees: list[Any] = np.degrees(turned).round(7).tolist()
    return degrees
