"""Vector tiles of reference layers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import InternalError, transaction
from psycopg import sql

from incidents.importing.sql import compose, rows
from insights.reference_layers.catalogue import SCHEMA, LayerKind, ReferenceLayer, find_layer
from nethra.core.errors import NotFound

#: Below it a tile is wider than any agency, and would hold a whole layer.
MIN_ZOOM, MAX_ZOOM = 8, 22
#: A tile with more features holds the first of them and says so: nobody could tell them apart.
MOST_FEATURES = 5_000
EXTENT, BUFFER = 4096, 64

_ENVELOPE = """
SELECT ST_AsEWKB(ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => {margin}), {srid}))
"""
# The box is compared in the layer's own reference, where its index is.
_TILE = """
WITH found AS MATERIALIZED (
    SELECT {label} AS name, {shape} AS shape FROM {table} l WHERE {column} && {box}::geometry LIMIT {most} + 1)
SELECT ST_AsMVT(feature, 'layer', {extent}, 'geom') FILTER (WHERE geom IS NOT NULL),
    (SELECT count(*) > {most} FROM found)
FROM (SELECT name, ST_AsMVTGeom(
          ST_Transform(ST_Force2D(shape), 3857), ST_TileEnvelope({z}, {x}, {y}), {extent}, {buffer}, true) AS geom
      FROM found LIMIT {most}) AS feature
"""


@dataclass(frozen=True)
class LayerTile:
    """A Mapbox vector tile, empty bytes where there is nothing, and whether features beyond the bound were left out."""

    body: bytes
    is_cut: bool


def layer_tile(name: str, z: int, x: int, y: int) -> LayerTile:
    """Return a tile of a layer: its MVT layer is ``layer``, whose features have ``name`` where the table has one.

    At most 5,000 features. Raise NotFound for a layer that the catalogue does not have, and for a tile that is not of
    this world or not from zoom 8 to 22.
    """
    if not MIN_ZOOM <= z <= MAX_ZOOM or not 0 <= x < 2**z or not 0 <= y < 2**z:
        raise NotFound("There is no such tile.", code="no_such_tile")
    layer = find_layer(name)
    box = _box(layer, z, x, y)
    if box is None:
        return LayerTile(b"", is_cut=False)
    # SECURITY: what comes from outside is compared with the catalogue, and its name quoted as an identifier.
    column = sql.Identifier("l", layer.column)
    [(body, is_cut)] = rows(
        _TILE,
        label=sql.SQL("l.name::text") if layer.has_label else sql.SQL("NULL::text"),
        # No map draws a curve as it is.
        shape=compose("ST_CurveToLine({column})", column=column) if layer.kind is LayerKind.MIXED else column,
        table=sql.Identifier(SCHEMA, layer.name),
        column=column,
        box=box,
        most=MOST_FEATURES,
        extent=EXTENT,
        buffer=BUFFER,
        z=z,
        x=x,
        y=y,
    )
    return LayerTile(bytes(body or b""), is_cut=bool(is_cut))


def _box(layer: ReferenceLayer, z: int, x: int, y: int) -> bytes | None:
    """Return the tile's box in the layer's reference as EWKB; None where that reference does not reach so far."""
    try:
        with transaction.atomic():
            [(box,)] = rows(_ENVELOPE, z=z, x=x, y=y, margin=BUFFER / EXTENT, srid=layer.srid)
    except InternalError:
        return None
    return bytes(box)
