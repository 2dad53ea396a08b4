"""Reads the one layer of a GeoPackage, which is an SQLite file, without GDAL and its spatial references.

SECURITY: only plain tables are read, since a view or a virtual table of a hostile file is code of its author's, and
no more is read than a file may hold, since pages of a crafted one may be counted many times.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.contrib.gis.geos import GEOSGeometry

from incidents.features import MOST_BYTES, AreaFile, Feature, as_text
from nethra.core.errors import InvalidInput
from nethra.core.geo import ALLOWED_SRIDS

#: Bytes of the box that may stand before a geometry, by its kind.
_BOXES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER = 8
#: What a feature takes at least: of very many small ones memory holds no more.
_LEAST_BYTES = 100
_CATALOGUE = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys")
_LAYERS = """
SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id
FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE c.data_type = 'features' LIMIT 100
"""


def read_geopackage(file: Path) -> AreaFile:
    """Return the features of the only layer; raise InvalidInput with one sentence."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
            table, column, srid = _layer(database)
            features = tuple(_features(database, table, column))
    except sqlite3.Error as problem:
        raise InvalidInput(f"{file.name} is no GeoPackage, or damaged.", code="damaged") from problem
    fields = tuple(features[0].attributes) if features else ()
    return AreaFile(fields, features, srid)


def _layer(database: sqlite3.Connection) -> tuple[str, str, int | None]:
    # As SQLite itself understands them, whatever the file says that they are.
    found = database.execute("PRAGMA main.table_list").fetchall()
    plain = {name for schema, name, kind, *_ in found if (schema, kind) == ("main", "table")}
    layers = database.execute(_LAYERS).fetchall() if plain.issuperset(_CATALOGUE) else []
    if len(layers) != 1:
        sentence = f"The GeoPackage must hold one layer of features, not {len(layers)}."
        raise InvalidInput(sentence, code="not_one_layer")
    table, column, organization, code = layers[0]
    if table not in plain:
        raise InvalidInput("The layer of the GeoPackage is no plain table.", code="damaged")
    is_known = str(organization).upper() == "EPSG" and code in ALLOWED_SRIDS
    return str(table), str(column), int(code) if is_known else None


def _features(database: sqlite3.Connection, table: str, column: str) -> Iterator[Feature]:
    cursor = database.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608
    names = [description[0] for description in cursor.description]
    left = MOST_BYTES
    for place, row in enumerate(cursor, start=1):
        left -= max(_LEAST_BYTES, sum(len(value) for value in row if isinstance(value, str | bytes)))
        if left < 0:
            raise InvalidInput("The GeoPackage holds more than 200 MB.", code="file_too_large")
        values = dict(zip(names, row, strict=True))
        shape = _shape(values.pop(column, None))
        yield Feature(place, {name: as_text(value) for name, value in values.items()}, shape)


def _shape(content: object) -> GEOSGeometry:
    if not isinstance(content, bytes) or len(content) <= _HEADER:
        return GEOSGeometry("POINT EMPTY")
    box = _BOXES.get(content[3] >> 1 & 7)
    if content[:2] != b"GP" or box is None:
        raise InvalidInput("A geometry of the GeoPackage is damaged.", code="damaged")
    return GEOSGeometry(memoryview(content[_HEADER + box :]))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
