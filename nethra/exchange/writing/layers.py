"""Layers for GIS: GeoJSON, GeoPackage and GeoParquet, places in EPSG:4326."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from nethra.core.fields import Declaration, Kind
from nethra.core.geopackages import GEOMETRY, write_layer
from nethra.core.rows import Record, Records, dumps
from nethra.exchange.columns import Column

_TYPES = {
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.date32(),
    Kind.WHOLE: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.TEXT: pa.string(),
    None: pa.float64(),
}
#: GeoParquet 1.1: without a word about it, coordinates are longitude and latitude in WGS 84.
_GEO = {
    "version": "1.1.0",
    "primary_column": GEOMETRY,
    "columns": {GEOMETRY: {"encoding": "WKB", "geometry_types": ["Point"]}},
}
_LITTLE_ENDIAN, _POINT = 1, 1
_pack = struct.Struct("<BIdd").pack


def write_geojson(path: Path, declaration: Declaration, batches: Iterator[Records]) -> None:
    """Write an RFC 7946 FeatureCollection, a line for each feature, with the properties of the API's list."""
    place = declaration.geometry()
    name = "" if place is None else place.name
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        between = b"\n"
        for batch in batches:
            for record in batch:
                file.write(between + dumps(_feature(record, name)))
                between = b",\n"
        file.write(b"\n]}\n")


def _feature(record: Record, place: str) -> Record:
    geometry = record.pop(place, None)
    return {"type": "Feature", "id": record["id"], "geometry": geometry, "properties": record}


def write_geopackage(
    path: Path, columns: Sequence[Column], batches: Iterator[Records], *, place: str, layer: str
) -> None:
    """Write a GeoPackage with one layer of points and its spatial index."""
    schema = _schema(columns)
    found = pa.RecordBatchReader.from_batches(
        schema, (_table(batch, columns, schema, place) for batch in batches)
    )
    write_layer(path, found, layer=layer, geometry_type="Point")


def write_geoparquet(
    path: Path, columns: Sequence[Column], batches: Iterator[Records], *, place: str
) -> None:
    """Write GeoParquet 1.1 with points as WKB, a row group for each batch."""
    schema = _schema(columns)
    with parquet.ParquetWriter(
        path, schema.with_metadata({"geo": json.dumps(_GEO)}), compression="zstd"
    ) as out:
        for batch in batches:
            out.write_batch(_table(batch, columns, schema, place))


def _schema(columns: Sequence[Column]) -> pa.Schema:
    fields = [pa.field(column.name, _TYPES[column.kind]) for column in columns]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])


def _table(batch: Records, columns: Sequence[Column], schema: pa.Schema, place: str) -> pa.RecordBatch:
    values: list[list[Any]] = [[column.read(record) for record in batch] for column in columns]
    points = [_wkb(record.get(place)) for record in batch]
    arrays = [pa.array(value, field.type) for value, field in zip([*values, points], schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _wkb(point: Record | None) -> bytes | None:
    return None if point is None else _pack(_LITTLE_ENDIAN, _POINT, *point["coordinates"])
