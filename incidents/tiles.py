"""Vector tiles of incidents: points where they can be told apart, hexagons with counts where they cannot."""

from __future__ import annotations

import math
from typing import Any

from django.db.models.functions import Extract

from incidents.bins import CellShape, cells_sql, corners_of
from incidents.filters import IncidentFilters
from incidents.hot import read_inside
from incidents.looking import looked_up
from incidents.offences import primary_offence
from incidents.querysets import IncidentQuerySet
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.fields import bare, ordinate
from nethra.core.geo import EARTH_RADIUS, WEB_MERCATOR_SRID, Bounds, lonlat
from nethra.core.kept import Hole

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
# Counted first: of too many nothing is drawn.
_POINTS = f"""
WITH points (id, offence, number, status, t, g3857) AS MATERIALIZED ({{points}}),
     counted AS (SELECT count(*) AS n FROM points)
SELECT CASE WHEN n <= %s THEN (
    SELECT ST_AsMVT(feature, 'incidents', {EXTENT}, 'geom') FILTER (WHERE geom IS NOT NULL) FROM (
        SELECT id::text AS id, number, offence, status, t::bigint AS t,
               ST_AsMVTGeom(g3857, {_ENVELOPE}, {EXTENT}, {BUFFER}, true) AS geom
        FROM points OFFSET 0) AS feature) END, n
FROM counted
"""  # noqa: S608  (constants only)
# The id tells a hexagon that lies in two tiles from its neighbours.
# MATERIALIZED: otherwise the planner tests the geometry below the grouping and builds a polygon per point.
_BINS = f"""
WITH counted AS MATERIALIZED (SELECT i, j, count(*)::int AS count FROM ({{cells}}) AS cells GROUP BY i, j)
SELECT ST_AsMVT(feature, 'bins', {EXTENT}, 'geom', 'id') FROM (
    SELECT count, ((i::bigint & 1048575) << 20) | (j::bigint & 1048575) AS id, ST_AsMVTGeom(
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
    access = looked_up(access)
    if not bins and z >= POINTS_FROM_ZOOM:
        tile = _points_tile(access, filters, z, x, y)
        if tile is not None:
            return tile
    return _bins_tile(access, filters, z, x, y)


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


def square_of(z: int, x: int, y: int, *, margin: float = 0.0) -> Bounds:
    """Return west, south, east and north of a tile in EPSG:3857, widened by a share of its side."""
    side = WORLD / 2**z
    west, north, more = x * side - WORLD / 2, WORLD / 2 - y * side, side * margin
    return west - more, north - side - more, west + side + more, north + more


def bin_size(z: int) -> float:
    """Return how far the centres of neighbouring hexagons are apart in tiles of a zoom, in EPSG:3857."""
    return float(WORLD / 2**z / BINS_ACROSS)


def _inside(z: int, x: int, y: int, margin: float) -> Bounds:
    # A square of the Mercator map is a rectangle of degrees, so one spatial index serves both.
    west, south, east, north = square_of(z, x, y, margin=margin)
    return *lonlat(west, south), *lonlat(east, north)


def _points_tile(access: Access, filters: IncidentFilters, z: int, x: int, y: int) -> bytes | None:
    """Return the tile of single incidents; None where there are too many of them."""
    bounds = _inside(z, x, y, BUFFER / EXTENT)
    found = read_inside(access, filters, bounds, _points_sql, (MAX_POINTS,), z=z, x=x, y=y)
    if not found:
        return b""
    tile, count = found[0]
    return bytes(tile or b"") if count <= MAX_POINTS else None


def _points_sql(inside: IncidentQuerySet, most: int) -> rows.Compiled:
    columns = ("id", primary_offence(), "number", "status", Extract("occurred_from", "epoch"), bare("g3857"))
    points, params = rows.compiled(inside.values_list(*columns)[: most + 1])
    return _POINTS.replace("{points}", points), (*params, most, Hole("z"), Hole("x"), Hole("y"))


def _bins_tile(access: Access, filters: IncidentFilters, z: int, x: int, y: int) -> bytes:
    # A hexagon that the tile's edge cuts is counted whole in both tiles.
    bounds = _inside(z, x, y, 1.6 / BINS_ACROSS)
    found = read_inside(access, filters, bounds, _bins_sql, (z,), z=z, x=x, y=y)
    return bytes(found[0][0] or b"") if found else b""


def _bins_sql(inside: IncidentQuerySet, z: int) -> rows.Compiled:
    size = bin_size(z)
    points, params = rows.compiled(inside.values_list(ordinate("ST_X", "g3857"), ordinate("ST_Y", "g3857")))
    sql, cell_params = cells_sql(CellShape.HEX, points, params, size)
    ring = ", ".join(f"{a!r} {b!r}" for a, b in corners_of(CellShape.HEX, size))
    hexagon = f"SRID={WEB_MERCATOR_SRID};POLYGON(({ring}))"
    place = (Hole("z"), Hole("x"), Hole("y"))
    return _BINS.replace("{cells}", sql), (*cell_params, hexagon, size, size, *place)
