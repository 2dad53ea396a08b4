"""The places of a file, each distinct pair of coordinates or address read and placed once, in SQL.

What is a place, `import_values.read_point` says; which beat and district it lies in, `placing.place`; what is certain
of an address, `gazetteer.lookups`.
"""

from __future__ import annotations

import json
from uuid import UUID

from psycopg import sql

from incidents.gazetteer.lookups import LookUp, forget, look_up
from incidents.gazetteer.words import LONGEST, Abbreviations
from incidents.importing.sql import compose, execute, rows
from incidents.importing.staging import Staged

#: Pieces of at most this many corners: an exact test against a whole district costs a thousand times more.
CORNERS = 64

PLACES = r"""
CREATE TEMPORARY TABLE import_places ON COMMIT PRESERVE ROWS AS
WITH written AS (
    SELECT DISTINCT {longitude} AS longitude, {latitude} AS latitude, {address} AS address FROM import_lines l),
trimmed AS MATERIALIZED (
    SELECT longitude, latitude, address,
        btrim(longitude, E' \t\n\r\f\v') AS lon, btrim(latitude, E' \t\n\r\f\v') AS lat
    FROM written),
spelt AS MATERIALIZED (
    SELECT longitude, latitude, address, lon = '' AND lat = '' AS empty,
        CASE WHEN lon ~ {number} AND length(lon) <= 40 THEN lon::double precision
             WHEN lon ~* {no_number} THEN 'NaN' END AS x,
        CASE WHEN lat ~ {number} AND length(lat) <= 40 THEN lat::double precision
             WHEN lat ~* {no_number} THEN 'NaN' END AS y
    FROM trimmed),
judged AS MATERIALIZED (
    SELECT longitude, latitude, address, x, y, empty, CASE
        WHEN empty THEN NULL
        WHEN x IS NULL OR y IS NULL THEN 'coordinates_unreadable'
        WHEN x = 'NaN' OR y = 'NaN'
          OR EXISTS (SELECT FROM jsonb_array_elements({impossible}::jsonb) AS e (point)
                     WHERE (e.point ->> 0)::double precision = x AND (e.point ->> 1)::double precision = y)
          OR ({srid} = 4326 AND NOT (x BETWEEN -180 AND 180 AND y BETWEEN -90 AND 90))
            THEN 'coordinates_impossible'
        WHEN NOT (x BETWEEN {west} AND {east} AND y BETWEEN {south} AND {north})
            THEN 'coordinates_implausible' END AS code
    FROM spelt)
SELECT longitude, latitude, address, code, NULL::uuid AS beat_id, NULL::uuid AS district_id,
    ''::text AS found_by_address, NULL::text AS look_up,
    CASE WHEN empty OR code IS NOT NULL THEN NULL
         WHEN {srid} = 4326 THEN ST_SetSRID(ST_MakePoint(x, y), 4326)
         ELSE ST_Transform(ST_SetSRID(ST_MakePoint(x, y), {srid}), 4326) END AS point
FROM judged
"""

SHAPES = """
CREATE TEMPORARY TABLE import_shapes ON COMMIT PRESERVE ROWS AS
SELECT a.kind::text AS kind, a.id, a.code, ST_Subdivide(a.shape, {corners}) AS shape
FROM incidents_area a JOIN incidents_areaset s ON s.agency_id = a.agency_id AND s.id = a.area_set_id
WHERE a.agency_id = {agency} AND s.is_current
UNION ALL
SELECT 'boundary', g.id, g.code, ST_Subdivide(g.boundary, {corners})
FROM accounts_agency g WHERE g.id = {agency} AND g.boundary IS NOT NULL
"""

# A point on a shared border goes to the area of the lowest code, as in placing.place.
PLACED = """
UPDATE import_places p SET beat_id = found.beat_id, district_id = found.district_id
FROM (SELECT q.longitude, q.latitude, q.address,
             (array_agg(s.id ORDER BY s.code) FILTER (WHERE s.kind = 'beat'))[1] AS beat_id,
             (array_agg(s.id ORDER BY s.code) FILTER (WHERE s.kind = 'district'))[1] AS district_id
      FROM import_places q JOIN import_shapes s ON s.shape && q.point AND ST_Intersects(s.shape, q.point)
      WHERE s.kind IN ('beat', 'district')
      GROUP BY q.longitude, q.latitude, q.address) AS found
WHERE p.longitude = found.longitude AND p.latitude = found.latitude AND p.address = found.address
"""

# An address beyond the boundary is one that the agency does not know, not a row that says something impossible.
OUTSIDE = """
UPDATE import_places p SET found_by_address = '',
    code = CASE WHEN address = '' THEN 'outside_boundary' END,
    look_up = CASE WHEN address <> '' THEN {unknown} END,
    point = CASE WHEN address = '' THEN point END
WHERE p.point IS NOT NULL AND EXISTS (SELECT FROM import_shapes WHERE kind = 'boundary')
  AND NOT EXISTS (SELECT FROM import_shapes s WHERE s.kind = 'boundary' AND s.shape && p.point
                  AND ST_Intersects(s.shape, p.point))
"""

# Coordinates win: an address counts where both cells are empty. A longer one is refused with its row.
ADDRESS = r"""
CASE WHEN btrim({longitude}, {space}) = '' AND btrim({latitude}, {space}) = '' AND char_length({address}) <= {longest}
     THEN btrim({address}, {space}) ELSE '' END
"""

FOUND = """
UPDATE import_places p SET point = f.point, found_by_address = f.exactness, look_up = f.outcome
FROM address_finds f WHERE f.address = p.address
"""


def read_places(staged: Staged, agency_id: UUID, addresses: Abbreviations | None) -> None:
    """Fill `import_places`: longitude, latitude, address, code, point, beat_id, district_id, found_by_address, look_up.

    Points are in EPSG:4326; both cells empty mean no place and no refusal. Where the short forms of a gazetteer are
    given, such a row's address is looked up: look_up is one of LookUp, found_by_address how well its point is known.
    """
    bounds = staged.profile.plausible
    execute(
        PLACES,
        longitude=staged.cell("longitude"),
        latitude=staged.cell("latitude"),
        address=address_to_look_up(staged, addresses),
        number=r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$",
        no_number=r"^[+-]?(nan|inf|infinity)$",
        impossible=json.dumps(bounds.impossible),
        srid=staged.profile.srid,
        west=bounds.west,
        south=bounds.south,
        east=bounds.east,
        north=bounds.north,
    )
    if addresses is not None:
        _place_by_address(agency_id, addresses)
    execute(SHAPES, agency=agency_id, corners=CORNERS)
    execute("CREATE INDEX ON import_shapes USING gist (shape)")
    execute("ANALYZE import_shapes")
    execute("ANALYZE import_places")
    execute(OUTSIDE, unknown=LookUp.UNKNOWN.value)
    execute(PLACED)
    execute("ANALYZE import_places")


def address_to_look_up(staged: Staged, addresses: Abbreviations | None) -> sql.Composed:
    """Return the address of `import_lines l` that stands for its place, '' where coordinates do or none is wanted."""
    if addresses is None:
        return compose("''::text")
    cells = {name: staged.cell(name) for name in ("longitude", "latitude", "address")}
    return compose(ADDRESS, **cells, space=" \t\n\r\f\v", longest=LONGEST)


def _place_by_address(agency_id: UUID, addresses: Abbreviations) -> None:
    wanted = rows("SELECT DISTINCT address FROM import_places WHERE address <> ''")
    look_up(agency_id, (address for (address,) in wanted), addresses)
    execute(FOUND)
    forget()
