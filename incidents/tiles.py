"""Vector tiles of incidents: points where they can be told apart, hexagons with counts where they cannot."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Extract

from incidents.bins import CellShape, cells_sql, corners_of
from incidents.filters import IncidentFilters, wanted_by
from incidents.models import IncidentOffence
from incidents.querysets import IncidentQuerySet
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.fields import bare, ordinate
from nethra.core.geo import EARTH_RADIUS, WEB_MERCATOR_SRID, box, lonlat

MAX_ZOOM = 22
#: Below this zoom a tile always holds bins.
POINTS_FROM_ZOOM = 12
#: A tile with more points holds bins at any zoom: nobody could tell them apart, and it would be megabytes.
MAX_POINTS = 10_000
#: Hexagons across a tile.
BINS_ACROSS = 24
EXTENT, BUFFER = 4096, 64
WORLD = 2 * math.pi * EARTH_RADIUS

#: Layer -> attribute -> what it is, as TileJSON describes them.
LAYERS = {
    "incidents": {
        "id": "The incident's key.",
        "number": "The incident's number.",
        "offence": "NIBRS code of the primary offence.",
        "status": "The incident's status.",
        "t": "When it began, in seconds since 1970.",
    },
    "bins": {"count": "Incidents in the hexagon."},
}

_ENVELOPE = "ST_TileEnvelope(%s, %s, %s)"
_POINTS = f"""
SELECT ST_AsMVT(feature, 'incidents', {EXTENT}, 'geom') FROM (
    SELECT id::text AS id, number, offence, status, t::bigint AS t,
           ST_AsMVTGeom(g3857, {_ENVELOPE}, {EXTENT}, {BUFFER}, true) AS geom
    FROM ({{points}}) AS points (id, number, offence, status, t, g3857)
) AS feature WHERE geom IS NOT NULL
"""  # noqa: S608  (constants only)
# MATERIALIZED: otherwise the planner tests the geometry below the grouping and builds a polygon per point.
_BINS = f"""
WITH counted AS MATERIALIZED (SELECT i, j, count(*)::int AS count FROM ({{cells}}) AS cells GROUP BY i, j)
SELECT ST_AsMVT(feature, 'bins', {EXTENT}, 'geom') FROM (
    SELECT count, ST_AsMVTGeom(
        ST_Translate(%s::geometry, %s::float8 * (i + j / 2), %s::float8 * j * {math.sqrt(3) / 2}::float8),
        {_ENVELOPE}, {EXTENT}, {BUFFER}, true) AS geom
    FROM counted
) AS feature WHERE geom IS NOT NULL
"""  # noqa: S608  (constants only)


def incident_tile(
    access: Access, z: int, x: int, y: int, filters: IncidentFilters, *, bins: bool = False
) -> bytes:
    """Return the Mapbox vector tile of the wanted incidents; empty bytes where there are none.

    The layer is ``incidents`` (id, number, offence, status, t in seconds since 1970) or ``bins`` (count):
    bins below zoom 12, where asked for, and where a tile would hold more than 10,000 points.
    Raise NotFound for a tile that is not of this world.
    """
    access.require(Capability.VIEW_INCIDENTS)
    if not 0 <= z <= MAX_ZOOM or not 0 <= x < 2**z or not 0 <= y < 2**z:
        raise NotFound("There is no such tile.", code="no_such_tile")
    wanted = wanted_by(access, filters, reading=("location",))
    if not bins and z >= POINTS_FROM_ZOOM:
        inside = _inside(wanted, envelope(z, x, y, margin=BUFFER / EXTENT))
        if inside[: MAX_POINTS + 1].count() <= MAX_POINTS:
            return _points_tile(inside, z, x, y)
    # A hexagon that the tile's edge cuts is counted whole in both tiles.
    return _bins_tile(_inside(wanted, envelope(z, x, y, margin=1.6 / BINS_ACROSS)), z, x, y)


def described_tiles(url: str) -> dict[str, Any]:
    """Return the TileJSON 3.0 of the tiles at a URL that holds {z}, {x} and {y}."""
    layers = [{"id": name, "fields": fields} for name, fields in LAYERS.items()]
    return {
        "tilejson": "3.0.0",
        "name": "incidents",
        "tiles": [url],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "vector_layers": layers,
    }


def envelope(z: int, x: int, y: int, *, margin: float = 0.0) -> Polygon:
    """Return a tile's square in EPSG:3857, widened by a share of its side."""
    side = WORLD / 2**z
    west, north = x * side - WORLD / 2, WORLD / 2 - y * side
    more = side * margin
    square = Polygon.from_bbox((west - more, north - side - more, west + side + more, north + more))
    square.srid = WEB_MERCATOR_SRID
    return square


def _inside(wanted: IncidentQuerySet, square: Polygon) -> IncidentQuerySet:
    # A square of the Mercator map is a rectangle of degrees, so one spatial index serves both.
    (west, south), (east, north) = (lonlat(*corner) for corner in (square.extent[:2], square.extent[2:]))
    return wanted.in_bbox(box(west, south, east, north))


def _points_tile(inside: IncidentQuerySet, z: int, x: int, y: int) -> bytes:
    primary = IncidentOffence._base_manager.filter(
        agency_id=OuterRef("agency_id"), incident_id=OuterRef("pk"), is_primary=True
    )
    columns = (
        "id",
        "number",
        Subquery(primary.values("offence_code_id")[:1]),
        "status",
        Extract("occurred_from", "epoch"),
        bare("g3857"),
    )
    try:
        points, params = rows.compiled(inside.values_list(*columns))
    except EmptyResultSet:
        return b""
    return _one(_POINTS.replace("{points}", points), [z, x, y, *params])


def _bins_tile(inside: IncidentQuerySet, z: int, x: int, y: int) -> bytes:
    size = WORLD / 2**z / BINS_ACROSS
    try:
        points, params = rows.compiled(
            inside.values_list(ordinate("ST_X", "g3857"), ordinate("ST_Y", "g3857"))
        )
    except EmptyResultSet:
        return b""
    sql, cell_params = cells_sql(CellShape.HEX, points, params, size)
    ring = ", ".join(f"{a!r} {b!r}" for a, b in corners_of(CellShape.HEX, size))
    hexagon = f"SRID={WEB_MERCATOR_SRID};POLYGON(({ring}))"
    return _one(_BINS.replace("{cells}", sql), [*cell_params, hexagon, size, size, z, x, y])


def _one(sql: str, params: list[Any]) -> bytes:
    return bytes(rows.run(sql, params)[0][0] or b"")
