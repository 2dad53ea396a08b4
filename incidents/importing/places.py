"""The places of a file, each distinct pair of coordinates read and placed once, in SQL.

What is a place, `import_values.read_point` says; which beat and district it lies in, `placing.place`.
"""

from __future__ import annotations

import json
from uuid import UUID

from incidents.importing.sql import execute
from incidents.importing.staging import Staged

#: Pieces of at most this many corners: an exact test against a whole district costs a thousand times more.
CORNERS = 64

PLACES = r"""
CREATE TEMPORARY TABLE import_places ON COMMIT PRESERVE ROWS AS
WITH written AS (
    SELECT DISTINCT {longitude} AS longitude, {latitude} AS latitude FROM import_lines l),
trimmed AS MATERIALIZED (
    SELECT longitude, latitude,
        btrim(longitude, E' \t\n\r\f\v') AS lon, btrim(latitude, E' \t\n\r\f\v') AS lat
    FROM written),
spelt AS MATERIALIZED (
    SELECT longitude, latitude, lon = '' AND lat = '' AS empty,
        CASE WHEN lon ~ {number} AND length(lon) <= 40 THEN lon::double precision
             WHEN lon ~* {no_number} THEN 'NaN' END AS x,
        CASE WHEN lat ~ {number} AND length(lat) <= 40 THEN lat::double precision
             WHEN lat ~* {no_number} THEN 'NaN' END AS y
    FROM trimmed),
judged AS MATERIALIZED (
    SELECT longitude, latitude, x, y, empty, CASE
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
SELECT longitude, latitude, code, NULL::uuid AS beat_id, NULL::uuid AS district_id,
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
FROM (SELECT q.longitude, q.latitude,
             (array_agg(s.id ORDER BY s.code) FILTER (WHERE s.kind = 'beat'))[1] AS beat_id,
             (array_agg(s.id ORDER BY s.code) FILTER (WHERE s.kind = 'district'))[1] AS district_id
      FROM import_places q JOIN import_shapes s ON s.shape && q.point AND ST_Intersects(s.shape, q.point)
      WHERE s.kind IN ('beat', 'district')
      GROUP BY q.longitude, q.latitude) AS found
WHERE p.longitude = found.longitude AND p.latitude = found.latitude
"""

OUTSIDE = """
UPDATE import_places p SET code = 'outside_boundary'
WHERE p.point IS NOT NULL AND EXISTS (SELECT FROM import_shapes WHERE kind = 'boundary')
  AND NOT EXISTS (SELECT FROM import_shapes s WHERE s.kind = 'boundary' AND s.shape && p.point
                  AND ST_Intersects(s.shape, p.point))
"""


def read_places(staged: Staged, agency_id: UUID) -> None:
    """Fill `import_places` (longitude, latitude, code, point, beat_id, district_id).

    Points are in EPSG:4326; both cells empty mean no place and no refusal.
    """
    bounds = staged.profile.plausible
    execute(
        PLACES,
        longitude=staged.cell("longitude"),
        latitude=staged.cell("latitude"),
        number=r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$",
        no_number=r"^[+-]?(nan|inf|infinity)$",
        impossible=json.dumps(bounds.impossible),
        srid=staged.profile.srid,
        west=bounds.west,
        south=bounds.south,
        east=bounds.east,
        north=bounds.north,
    )
    execute(SHAPES, agency=agency_id, corners=CORNERS)
    execute("CREATE INDEX ON import_shapes USING gist (shape)")
    execute("ANALYZE import_shapes")
    execute("ANALYZE import_places")
    execute(OUTSIDE)
    execute(PLACED)
    execute("ANALYZE import_places")
