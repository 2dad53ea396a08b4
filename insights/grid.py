"""Counts of incidents on squares and hexagons of equal size, computed in SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet

from accounts.models import Agency
from incidents.bins import CellShape, cells_sql, centre_of, corners_of
from incidents.filters import IncidentFilters, wanted_by
from incidents.models import Incident
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.fields import ordinate
from nethra.core.geo import lonlat

MIN_SIZE, MAX_SIZE = 10.0, 100_000.0
DEFAULT_LIMIT, MAX_LIMIT = 1000, 10_000

Position = tuple[float, float]

_COUNTS = """
SELECT i, j, count(*)::int AS count,
       (sum(count(*)) OVER ())::bigint AS total, (count(*) OVER ())::int AS cells_total
FROM ({cells}) AS cells GROUP BY i, j ORDER BY count DESC, i, j LIMIT %s
"""


@dataclass(frozen=True)
class Cell:
    """One cell: its count, its centre and its closed ring as (longitude, latitude) in EPSG:4326."""

    count: int
    centre: Position
    ring: tuple[Position, ...]


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
    counted = _counted(access, filters, shape, side, limit)
    ring = corners_of(shape, side)
    cells = tuple(_cell(shape, row, side, ring) for row in counted)
    total, cells_total = (int(counted[0][3]), int(counted[0][4])) if counted else (0, 0)
    return GridCounts(shape, size, latitude, total, cells_total, cells)


def reference_latitude(access: Access) -> float:
    """Return where a metre of the grid is a metre on the ground: the same for all of an agency's grids.

    The middle of its boundary; without one, the first incident with a place; at most 85 degrees.
    """
    boundary = Agency.objects.visible_to(access).values_list("boundary", flat=True).first()
    if boundary is not None:
        return _bounded(boundary.centroid.y)
    located = Incident.objects.visible_to(access).readable("location").filter(location__isnull=False)
    first = located.order_by("agency_id", "id")[:1]
    found = rows.select(first, [ordinate("ST_Y", "location")])
    return _bounded(found[0][0]) if found else 0.0


def _bounded(latitude: float) -> float:
    return round(max(-85.0, min(85.0, latitude)), 2)


def _check(size: float, limit: int) -> None:
    if not MIN_SIZE <= size <= MAX_SIZE:
        sentence = f"size must be between {MIN_SIZE:.0f} and {MAX_SIZE:.0f} metres."
        raise InvalidInput(sentence, code="invalid_parameter", errors={"size": [sentence]})
    if not 1 <= limit <= MAX_LIMIT:
        sentence = f"limit must be between 1 and {MAX_LIMIT}."
        raise InvalidInput(sentence, code="invalid_parameter", errors={"limit": [sentence]})


def _counted(
    access: Access, filters: IncidentFilters, shape: CellShape, side: float, limit: int
) -> list[rows.Row]:
    located = wanted_by(access, filters, reading=("location",)).filter(g3857__isnull=False)
    try:
        points, params = rows.compiled(
            located.values_list(ordinate("ST_X", "g3857"), ordinate("ST_Y", "g3857"))
        )
    except EmptyResultSet:
        return []
    sql, cell_params = cells_sql(shape, points, params, side)
    return rows.run(_COUNTS.replace("{cells}", sql), [*cell_params, limit])


def _cell(shape: CellShape, row: rows.Row, side: float, ring: list[Position]) -> Cell:
    x, y = centre_of(shape, row[0], row[1], side)
    return Cell(row[2], lonlat(x, y), tuple(lonlat(x + dx, y + dy) for dx, dy in ring))
