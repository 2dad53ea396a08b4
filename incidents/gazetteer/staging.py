"""Drafts go through a temporary table: by COPY into it, joined to streets by name and nearness, by INSERT out of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import InternalError, connection
from psycopg import sql

from incidents.gazetteer.drafts import Draft
from incidents.gazetteer.models import GazetteerLoad
from incidents.gazetteer.words import LONGEST, Abbreviations, spelt
from incidents.importing.progress import Phase, Progress, Watcher
from incidents.importing.sql import compose, execute, prepare_session, rows
from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID

REPORT_EVERY = 20_000
LONGEST_LOCALITY = 100
#: About a kilometre: pieces of street of one name that lie further apart are different streets.
APART = 0.01
TABLES = ("gazetteer_drafts", "gazetteer_pieces", "gazetteer_streets")


def stage(
    drafts: Iterable[Draft | None], known: Abbreviations, srid: int, progress: Watcher
) -> tuple[int, int]:
    """Copy the drafts into a temporary table; return how many there are, and how many features were left out.

    Raise InvalidInput for what cannot be stored, or lies outside the Earth.
    """
    prepare_session()
    for table in TABLES:
        execute("DROP TABLE IF EXISTS {table}", table=sql.Identifier("pg_temp", table))
    execute(
        "CREATE TEMPORARY TABLE gazetteer_drafts (kind text, name text, words text, locality text, "
        "first integer, latest integer, number text, shape geometry) ON COMMIT DROP"
    )
    staged = left_out = 0
    try:
        with connection.cursor() as cursor, cursor.copy(compose("COPY gazetteer_drafts FROM STDIN")) as copy:
            for record, draft in enumerate(drafts, start=1):
                words = spelt(draft.name, known) if draft else ""
                if draft is None or not words:
                    left_out += 1
                else:
                    copy.write_row(_row(draft, words))
                    staged += 1
                if record % REPORT_EVERY == 0:
                    progress(Progress(Phase.READING, record, None))
    except psycopg.DataError as problem:
        raise InvalidInput(
            "A name of the file holds a character that no text has.", code="damaged"
        ) from problem
    _place_on_earth(srid)
    return staged, left_out


def store(load: GazetteerLoad) -> tuple[int, int]:
    """Store what was staged as rows of the load; return the number of places with streets, and of house numbers."""
    values = {"agency": load.agency_id, "load": load.pk}
    execute(_PIECES, apart=APART)
    execute(_STREETS)
    places = execute(_STORE_STREETS, **values) + execute(_STORE_PLACES, **values)
    return places, execute(_STORE_NUMBERS, **values)


def forget(load: GazetteerLoad) -> None:
    """Remove the rows of a load; the load itself stays as history."""
    execute(_FORGET_NUMBERS, agency=load.agency_id, load=load.pk)
    execute(_FORGET_PLACES, agency=load.agency_id, load=load.pk)


def _row(draft: Draft, words: str) -> tuple[Any, ...]:
    shape = draft.shape.hexewkb.decode()
    name, locality = draft.name[:LONGEST], draft.locality[:LONGEST_LOCALITY]
    return draft.kind, name, words, locality, draft.first, draft.latest, draft.number, shape


def _place_on_earth(srid: int) -> None:
    try:
        execute(
            "UPDATE gazetteer_drafts SET shape = ST_Transform(ST_SetSRID(ST_Force2D(shape), {srid}), {to})",
            srid=srid,
            to=STORAGE_SRID,
        )
        ((outside,),) = rows(
            "SELECT count(*) FROM gazetteer_drafts WHERE NOT coalesce(ST_XMin(shape) >= -180 AND "
            "ST_XMax(shape) <= 180 AND ST_YMin(shape) >= -90 AND ST_YMax(shape) <= 90, false)"
        )
    except InternalError as problem:
        raise InvalidInput(_OFF_EARTH, code="off_earth") from problem
    if outside:
        raise InvalidInput(_OFF_EARTH, code="off_earth")


_FORGET_NUMBERS = "DELETE FROM incidents_housenumber WHERE agency_id = {agency} AND load_id = {load}"
_FORGET_PLACES = "DELETE FROM incidents_place WHERE agency_id = {agency} AND load_id = {load}"
_OFF_EARTH = "Some of the places lie outside the Earth: state the SRID of the file."
_PIECES = """
CREATE TEMPORARY TABLE gazetteer_pieces ON COMMIT DROP AS
SELECT *, ST_ClusterDBSCAN(shape, {apart}, 1) OVER (PARTITION BY words) AS part
FROM gazetteer_drafts WHERE kind IN ('street', 'address', 'range')
"""
# Where only house numbers are known, the street is a point among them.
_STREETS = """
CREATE TEMPORARY TABLE gazetteer_streets ON COMMIT DROP AS
SELECT app.uuid7() AS id, words, part, mode() WITHIN GROUP (ORDER BY name) AS name,
       coalesce(mode() WITHIN GROUP (ORDER BY locality) FILTER (WHERE locality <> ''), '') AS locality,
       coalesce(ST_LineMerge(ST_Union(shape) FILTER (WHERE kind = 'street')),
                ST_ClosestPoint(ST_Collect(shape), ST_Centroid(ST_Collect(shape)))) AS shape
FROM gazetteer_pieces GROUP BY words, part
"""
_STORE_STREETS = """
INSERT INTO incidents_place (id, agency_id, load_id, kind, name, words, locality, shape)
SELECT id, {agency}, {load}, 'street', name, words, locality, shape FROM gazetteer_streets
"""
_STORE_PLACES = """
INSERT INTO incidents_place (id, agency_id, load_id, kind, name, words, locality, shape)
SELECT app.uuid7(), {agency}, {load}, kind, name, words, locality, ST_PointOnSurface(shape)
FROM gazetteer_drafts WHERE kind IN ('place', 'landmark')
"""
_STORE_NUMBERS = """
INSERT INTO incidents_housenumber (id, agency_id, load_id, street_id, first, latest, text, locality, shape)
SELECT app.uuid7(), {agency}, {load}, s.id, least(p.first, p.latest), greatest(p.first, p.latest), p.number,
       p.locality, CASE WHEN p.kind = 'address' THEN ST_PointOnSurface(p.shape)
                        WHEN p.first > p.latest THEN ST_Reverse(l.line) ELSE l.line END
FROM gazetteer_pieces p JOIN gazetteer_streets s USING (words, part)
CROSS JOIN LATERAL (SELECT ST_GeometryN(CASE WHEN ST_NumGeometries(p.shape) > 1 THEN ST_LineMerge(p.shape)
                                             ELSE p.shape END, 1) AS line) l
WHERE p.kind IN ('address', 'range')
"""
