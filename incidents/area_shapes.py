"""Makes polygons of files fit to be stored: EPSG:4326, two dimensions, valid, hardly changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db import DatabaseError, connection, transaction

from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID

#: A repair may change an area by this share at most; more means that PostGIS guessed another shape.
MOST_CHANGE = 0.001

_REPAIR = """
SELECT ST_IsValid(given.shape),
       abs(ST_Area(good.shape::geography) - ST_Area(given.shape::geography))
           / nullif(ST_Area(given.shape::geography), 0),
       ST_AsEWKB(good.shape)
FROM unnest(%s::bytea[]) WITH ORDINALITY AS file(wkb, place)
CROSS JOIN LATERAL (
    SELECT ST_Transform(ST_SetSRID(ST_Force2D(ST_GeomFromWKB(file.wkb)), %s), 4326) AS shape
) AS given
CROSS JOIN LATERAL (
    SELECT ST_Multi(ST_CollectionExtract(ST_MakeValid(given.shape), 3)) AS shape
) AS good
ORDER BY file.place
"""


@dataclass(frozen=True)
class FitShape:
    """A valid shape; `was_valid` says whether it had to be repaired, `change` by which share of its area."""

    shape: MultiPolygon
    was_valid: bool
    change: float


def fit_shapes(shapes: Sequence[GEOSGeometry], srid: int) -> list[FitShape]:
    """Return each polygon in EPSG:4326 and valid; raise InvalidInput where the SRID cannot be right."""
    if srid == STORAGE_SRID:
        _check_degrees(shapes)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_REPAIR, [[bytes(shape.wkb) for shape in shapes], srid])
            rows = cursor.fetchall()
    except DatabaseError as problem:
        raise InvalidInput(f"The coordinates do not fit SRID {srid}.", code="wrong_srid") from problem
    fit = [FitShape(_multi(row[2]), row[0], 1.0 if row[1] is None else float(row[1])) for row in rows]
    _check_degrees([area.shape for area in fit if not area.shape.empty])
    return fit


def union_of(shapes: Sequence[MultiPolygon]) -> MultiPolygon:
    """Return the union of valid shapes in EPSG:4326."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_AsEWKB(ST_Multi(ST_Union(ST_GeomFromEWKB(wkb)))) FROM unnest(%s::bytea[]) AS wkb",
            [[bytes(shape.ewkb) for shape in shapes]],
        )
        row = cursor.fetchone()
    return _multi(row[0] if row else b"")


def _multi(ewkb: bytes) -> MultiPolygon:
    shape = GEOSGeometry(memoryview(ewkb))
    if isinstance(shape, Polygon):
        return MultiPolygon(shape, srid=STORAGE_SRID)
    assert isinstance(shape, MultiPolygon)  # noqa: S101 - ST_Multi says so
    return shape


def _check_degrees(shapes: Sequence[GEOSGeometry]) -> None:
    for shape in shapes:
        west, south, east, north = shape.extent
        # NaN fails each comparison.
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise InvalidInput("The coordinates are no degrees: state the file's SRID.", code="wrong_srid")
