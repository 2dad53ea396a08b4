"""Which tables and views of the schema `layers` are layers of the map, as the database's catalogue tells them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from incidents.importing.sql import rows
from nethra.core.errors import NotFound

SCHEMA = "layers"


class LayerKind(StrEnum):
    """What a layer's shapes are."""

    POINT = "point"
    LINE = "line"
    AREA = "area"
    MIXED = "mixed"


#: PostGIS's types -> what the map draws; without Z and M, which it does not look at.
KINDS = {
    "Point": LayerKind.POINT,
    "MultiPoint": LayerKind.POINT,
    "LineString": LayerKind.LINE,
    "MultiLineString": LayerKind.LINE,
    "Polygon": LayerKind.AREA,
    "MultiPolygon": LayerKind.AREA,
    "Geometry": LayerKind.MIXED,
}


@dataclass(frozen=True)
class ReferenceLayer:
    """A layer that can be drawn: its relation in the schema `layers`, geometry column, SRID, and title for people."""

    name: str
    title: str
    kind: LayerKind
    column: str
    srid: int
    has_label: bool


@dataclass(frozen=True)
class LeftOut:
    """A relation of the schema that is no layer, and the reason as the end of a sentence."""

    name: str
    reason: str


# What a view looks into is told by what its rule depends on.
_RELATIONS = """
SELECT c.relname::text, c.relkind::text, has_table_privilege(c.oid, 'SELECT'), g.columns, g.name,
    regexp_replace(g.kind, 'Z?M?$', ''), g.srid, EXISTS (SELECT FROM spatial_ref_sys s WHERE s.srid = g.srid),
    coalesce(obj_description(c.oid, 'pg_class'), ''),
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'name' AND NOT a.attisdropped
            AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)),
    EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
            JOIN pg_namespace tn ON tn.oid = t.relnamespace
            WHERE r.ev_class = c.oid AND tn.nspname <> {schema})
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = {schema}
CROSS JOIN LATERAL (
    SELECT count(*) AS columns, min(a.attname::text) AS name, min(postgis_typmod_type(a.atttypmod)) AS kind,
        min(postgis_typmod_srid(a.atttypmod)) AS srid
    FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'geometry'::regtype) g
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY c.relname
"""


def find_layers() -> list[ReferenceLayer]:
    """Return the layers in the order of their titles: the same for everybody who is signed in, whatever the agency."""
    return sorted(read_catalogue()[0], key=lambda layer: (layer.title.casefold(), layer.name))


def find_layer(name: str) -> ReferenceLayer:
    """Return the layer of that name; raise NotFound where the catalogue has none."""
    found = next((layer for layer in find_layers() if layer.name == name), None)
    if found is None:
        raise NotFound("There is no such layer.", code="no_such_layer")
    return found


def read_catalogue() -> tuple[list[ReferenceLayer], list[LeftOut]]:
    """Return what of the schema is a layer, and what is none and why."""
    layers: list[ReferenceLayer] = []
    left_out: list[LeftOut] = []
    for name, relkind, is_readable, columns, column, kind, srid, is_known, title, has_label, looks in rows(
        _RELATIONS, schema=SCHEMA
    ):
        reasons = {
            "it is a foreign table": relkind == "f",
            "the application may not read it": not is_readable,
            # SECURITY: a view would carry what it reads past the walls of its own table.
            "it reads tables outside the schema": looks,
            "it has no geometry column": columns == 0,
            "it has more than one geometry column": columns > 1,
            f"no map draws its kind of geometry, {kind}": kind not in KINDS,
            "the SRID of its geometry is not known": not is_known,
        }
        if reason := next((words for words, holds in reasons.items() if holds), ""):
            left_out.append(LeftOut(name, reason))
            continue
        title = title.strip() or name.replace("_", " ").capitalize()
        layers.append(ReferenceLayer(name, title, KINDS[kind], column, srid, has_label))
    return layers, left_out
