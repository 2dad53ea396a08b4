"""Puts a file into the schema `layers`, in place of the layer of that name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from incidents.areas import srid_of
from incidents.features import AreaFile
from incidents.gazetteer.tables import read_table
from incidents.gazetteer.words import plain
from incidents.importing.sql import compose
from insights.reference_layers.catalogue import KINDS, SCHEMA, LayerKind
from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID

#: Of PostgreSQL's 63 letters for a name, some are for the names of its keys and indexes.
LONGEST_NAME = 48
LONGEST_TITLE = 100
LABELS = ("name", "fullname", "full_name", "label", "title")

_STAGED = "CREATE TEMPORARY TABLE staged (name text, shape geometry) ON COMMIT DROP"
_PLACED = "UPDATE staged SET shape = ST_Transform(ST_SetSRID(ST_Force2D(shape), {srid}), {storage})"
_OUTSIDE = """
SELECT count(*) FROM staged WHERE NOT coalesce(ST_XMin(shape) >= -180 AND ST_XMax(shape) <= 180
    AND ST_YMin(shape) >= -90 AND ST_YMax(shape) <= 90, false)
"""
_TABLE = """
CREATE TABLE {table} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, shape geometry({kind}, {storage}) NOT NULL)
"""
_FILL = "INSERT INTO {table} (name, shape) SELECT name, {shape} FROM staged"


@dataclass(frozen=True)
class LoadedLayer:
    """What a file became: the relation in `layers`, its kind, and how many features it has and lacks."""

    name: str
    title: str
    kind: LayerKind
    features: int
    left_out: int
    file_sha256: str


def load_layer(
    *,
    dsn: str,
    file: Path,
    title: str,
    name_field: str | None = None,
    srid: int | None = None,
    keep: bool = True,
) -> LoadedLayer:
    """Put the shapes of a .geojson, .shp, .zip, .gpkg or .csv file, with nothing of them but a name, onto the map.

    ``dsn`` is the login that migrates: the application's own may not write there. A layer of the same name is replaced
    in the same transaction. Without ``keep`` all of it is done and taken back. Raise InvalidInput with one sentence.
    """
    title = " ".join(title.split())
    name = name_of(title)
    content = read_table(file)
    used_srid = srid_of(content, srid)
    label = _label(content, name_field)
    features = [(feature.attributes.get(label, ""), feature.shape) for feature in content.features]
    shapes = [(text, shape) for text, shape in features if not shape.empty]
    if not shapes:
        raise InvalidInput("There are no shapes in the file.", code="no_shapes")
    kind, column = _kind({shape.geom_type for _, shape in shapes})
    try:
        with _as_owner(dsn) as owner:
            _stage(owner, shapes, used_srid)
            _replace(owner, name, title, column)
            if not keep:
                owner.rollback()
    except psycopg.Error as problem:
        said = str(problem).strip().splitlines()[0]
        raise InvalidInput(f"The layer was not loaded. PostgreSQL says: {said}", code="refused") from problem
    with file.open("rb") as content_of:
        digest = hashlib.file_digest(content_of, "sha256").hexdigest()
    return LoadedLayer(name, title, kind, len(shapes), len(features) - len(shapes), digest)


def name_of(title: str) -> str:
    """Return the relation's name for a title, "Fire hydrants" -> fire_hydrants; raise InvalidInput."""
    name = re.sub(r"[^a-z0-9]+", "_", plain(title)).strip("_")
    if not name or name[0].isdigit() or len(name) > LONGEST_NAME or len(title) > LONGEST_TITLE:
        sentence = f"The name must begin with a letter from A to Z and have {LONGEST_NAME} letters at most."
        raise InvalidInput(sentence, errors={"name": [sentence]})
    return name


def _as_owner(dsn: str) -> psycopg.Connection[Any]:
    # The tests' database has another name than the environment's.
    name = str(connection.settings_dict["NAME"])
    return psycopg.connect(dsn.replace("postgis://", "postgresql://", 1), dbname=name)


def _label(content: AreaFile, name_field: str | None) -> str:
    if name_field is not None and name_field not in content.fields:
        known = ", ".join(content.fields) or "none"
        raise InvalidInput(f"There is no field '{name_field}'; the file has {known}.", code="unknown_field")
    lowered = {field.lower(): field for field in content.fields}
    return name_field or next((lowered[each] for each in LABELS if each in lowered), "")


def _kind(types: set[str]) -> tuple[LayerKind, str]:
    """Return what the shapes are, and the type of PostGIS that holds them all."""
    if strange := sorted(types - set(KINDS)):
        raise InvalidInput(f"No map draws a {strange[0]}.", code="unknown_shape")
    kinds = {KINDS[each] for each in types}
    if len(kinds) > 1:
        return LayerKind.MIXED, "Geometry"
    return kinds.pop(), next((each for each in sorted(types) if each.startswith("Multi")), min(types))


def _stage(owner: psycopg.Connection[Any], shapes: list[tuple[str, Any]], srid: int) -> None:
    owner.execute(_STAGED)
    with owner.cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
        for row in _rows(shapes):
            copy.write_row(row)
    owner.execute(compose(_PLACED, srid=srid, storage=STORAGE_SRID))
    found = owner.execute(_OUTSIDE).fetchone()
    if found is None or found[0]:
        raise InvalidInput(
            "Some of the shapes lie outside the Earth: state the SRID of the file.", code="off_earth"
        )


def _rows(shapes: list[tuple[str, Any]]) -> Iterator[tuple[str | None, str]]:
    for text, shape in shapes:
        yield text or None, shape.hexewkb.decode()


def _replace(owner: psycopg.Connection[Any], name: str, title: str, column: str) -> None:
    table = sql.Identifier(SCHEMA, name)
    shape = sql.SQL("ST_Multi(shape)" if column.startswith("Multi") else "shape")
    owner.execute(compose("DROP TABLE IF EXISTS {table}", table=table))
    owner.execute(compose(_TABLE, table=table, kind=sql.SQL(column), storage=STORAGE_SRID))
    owner.execute(compose(_FILL, table=table, shape=shape))
    owner.execute(compose("CREATE INDEX ON {table} USING gist (shape)", table=table))
    owner.execute(compose("COMMENT ON TABLE {table} IS {title}", table=table, title=title))
    owner.execute(compose("ANALYZE {table}", table=table))
