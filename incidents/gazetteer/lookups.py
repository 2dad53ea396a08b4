"""Many addresses become points by a few statements: only what is certain, and nothing of what merely sounds alike.

A single typed address goes through `searching`, which offers its likeliest meanings for somebody to choose from.
Here nobody chooses. The name of the street must be the very one, and an address that may lie at several places is
ambiguous. The middle of a street stands for no address, and neither does the name of a park or a station: nobody could
tell from the point how large the place is.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from django.db import connection
from psycopg import sql

from incidents.gazetteer.choices import Exactness
from incidents.gazetteer.crossings import REACH, WIDTH
from incidents.gazetteer.words import Abbreviations, as_crossing, spelt, understood
from incidents.importing.sql import compose, execute, rows

#: Equally good answers further apart than this are different places.
APART_METRES = 100
#: Two files may know a street by other numbers: within this distance the better answer holds.
WORSE_APART_METRES = 1_000
#: Between neighbouring doors further apart than this a number is anywhere.
NEIGHBOURS_METRES = 250


class LookUp(StrEnum):
    """What became of an address."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


# A table of every step, so that the planner knows how many rows each one brings.
TABLES = ("address_asked", "address_localities", "address_streets", "address_answers", "address_finds")

_ASKED = """
CREATE TEMPORARY TABLE address_asked (address text, words text, crosses text, locality text, number integer,
    number_text text, is_block boolean)
"""
_LOCALITIES = """
SELECT locality FROM incidents_place WHERE agency_id = {agency} AND locality <> ''
UNION SELECT locality FROM incidents_housenumber WHERE agency_id = {agency} AND locality <> ''
"""
_STREETS = """
CREATE TEMPORARY TABLE address_streets AS
SELECT a.address, a.number, a.number_text, a.is_block, p.id, p.locality
FROM address_asked a JOIN incidents_place p ON p.agency_id = {agency} AND p.kind = 'street' AND p.words = a.words
WHERE a.number IS NOT NULL
"""
_ANSWERS = """
CREATE TEMPORARY TABLE address_answers (address text, rank integer, exactness text, locality text, point geometry)
"""
# Another letter of the number, or the middle of a block, is near the door and not the door.
_DOORS = """
INSERT INTO address_answers
SELECT s.address, CASE WHEN is_door THEN 0 ELSE 1 END, CASE WHEN is_door THEN {exact} ELSE {between} END,
    coalesce(nullif(h.locality, ''), s.locality), h.shape
FROM address_streets s
JOIN incidents_housenumber h ON h.agency_id = {agency} AND h.street_id = s.id AND h.first = s.number
    AND h.latest = s.number AND ST_Dimension(h.shape) = 0
CROSS JOIN LATERAL (SELECT lower(h.text) = s.number_text AND NOT s.is_block AS is_door) d
"""
# As in numbers.find_numbers: a side whose first and last number are both odd has odd numbers only.
_RANGES = """
INSERT INTO address_answers
SELECT s.address, 2, {between}, coalesce(nullif(h.locality, ''), s.locality),
    ST_LineInterpolatePoint(h.shape, (s.number - h.first)::float8 / greatest(h.latest - h.first, 1))
FROM address_streets s
JOIN incidents_housenumber h ON h.agency_id = {agency} AND h.street_id = s.id AND h.first <= s.number
    AND h.latest >= s.number AND (h.first % 2 <> h.latest % 2 OR h.first % 2 = s.number % 2)
    AND ST_Dimension(h.shape) = 1
"""
_BETWEEN = """
INSERT INTO address_answers
SELECT s.address, 3, {between}, coalesce(nullif(low.locality, ''), s.locality), ST_LineInterpolatePoint(
    ST_MakeLine(low.point, high.point), (s.number - low.latest)::float8 / (high.first - low.latest))
FROM address_streets s
CROSS JOIN LATERAL (
    SELECT h.latest, h.locality, CASE WHEN ST_Dimension(h.shape) = 0 THEN h.shape ELSE ST_EndPoint(h.shape) END AS point
    FROM incidents_housenumber h
    WHERE h.agency_id = {agency} AND h.street_id = s.id AND h.latest < s.number AND h.latest % 2 = s.number % 2
    ORDER BY h.latest DESC, h.id LIMIT 1) low
CROSS JOIN LATERAL (
    SELECT h.first, CASE WHEN ST_Dimension(h.shape) = 0 THEN h.shape ELSE ST_StartPoint(h.shape) END AS point
    FROM incidents_housenumber h
    WHERE h.agency_id = {agency} AND h.street_id = s.id AND h.first > s.number AND h.first % 2 = s.number % 2
    ORDER BY h.first, h.id LIMIT 1) high
WHERE NOT EXISTS (SELECT FROM address_answers a WHERE a.address = s.address)
    AND ST_DistanceSphere(low.point, high.point) <= {neighbours}
"""
# As in crossings.find_crossings: the lanes of a wide road cross another several times, which is one crossing.
_CROSSINGS = """
INSERT INTO address_answers
WITH pairs AS MATERIALIZED (SELECT DISTINCT words, crosses FROM address_asked WHERE crosses IS NOT NULL),
lines AS MATERIALIZED (
    SELECT p.id, p.words, p.locality, p.shape FROM incidents_place p
    WHERE p.agency_id = {agency} AND p.kind = 'street' AND ST_Dimension(p.shape) = 1
      AND p.words IN (SELECT words FROM pairs UNION SELECT crosses FROM pairs)),
met AS (
    SELECT w.words, w.crosses, a.id AS one, b.id AS other, coalesce(nullif(a.locality, ''), b.locality) AS locality,
        CASE WHEN ST_Intersects(a.shape, b.shape) THEN ST_Intersection(a.shape, b.shape)
             ELSE ST_ClosestPoint(a.shape, b.shape) END AS met
    FROM pairs w JOIN lines a ON a.words = w.words
    JOIN lines b ON b.words = w.crosses AND a.id <> b.id AND ST_DWithin(a.shape, b.shape, {reach})),
points AS (
    SELECT words, crosses, one, other, locality, ST_PointOnSurface((ST_Dump(met)).geom) AS point FROM met),
clustered AS (
    SELECT *, ST_ClusterDBSCAN(point, {width}, 1) OVER (PARTITION BY one, other) AS cluster FROM points),
crossings AS (
    SELECT words, crosses, locality, ST_Centroid(ST_Collect(point)) AS point FROM clustered
    GROUP BY words, crosses, one, other, locality, cluster)
SELECT a.address, 0, {crossing}, c.locality, c.point
FROM crossings c JOIN address_asked a ON a.words = c.words AND a.crosses = c.crosses
"""
_FINDS = """
CREATE TEMPORARY TABLE address_finds AS
WITH meant AS MATERIALIZED (
    SELECT DISTINCT n.address, n.rank, n.exactness, n.point
    FROM address_answers n LEFT JOIN address_localities l USING (locality)
    WHERE EXISTS (
        SELECT FROM address_asked a WHERE a.address = n.address AND (
            a.locality = '' OR l.words IS NULL
            OR starts_with(a.locality, l.words) OR starts_with(l.words, a.locality)))),
best AS MATERIALIZED (
    SELECT DISTINCT ON (address) address, rank, exactness, point FROM meant
    ORDER BY address, rank, ST_X(point), ST_Y(point)),
doubted AS (
    SELECT b.address, bool_or(ST_DistanceSphere(b.point, m.point) >
        CASE WHEN m.rank = b.rank THEN {apart} ELSE {worse_apart} END) AS is_doubted
    FROM best b JOIN meant m USING (address) GROUP BY b.address)
SELECT a.address,
    CASE WHEN d.is_doubted THEN {ambiguous} WHEN d.is_doubted IS NULL THEN {unknown} ELSE {found} END AS outcome,
    CASE WHEN NOT d.is_doubted THEN b.exactness ELSE '' END AS exactness,
    CASE WHEN NOT d.is_doubted THEN ST_ReducePrecision(b.point, 1e-7) END AS point
FROM (SELECT DISTINCT address FROM address_asked) a
LEFT JOIN best b USING (address) LEFT JOIN doubted d USING (address)
"""


def look_up(agency_id: UUID, addresses: Iterable[str], known: Abbreviations) -> None:
    """Fill the temporary table `address_finds` (address, outcome, exactness, point), a row for each address.

    Outcomes are those of LookUp; exactness is exact, crossing or interpolated, '' where nothing is certain; points are
    in EPSG:4326. Runs within the agency's scope; forget() drops the tables.
    """
    forget()
    _write_asked(addresses, known)
    _write_localities(agency_id, known)
    execute(_STREETS, agency=agency_id)
    execute("ANALYZE address_streets")
    execute(_ANSWERS)
    answers = {"agency": agency_id, "exact": Exactness.EXACT.value, "between": Exactness.INTERPOLATED.value}
    execute(_DOORS, **answers)
    execute(_RANGES, **answers)
    execute("ANALYZE address_answers")
    execute(_BETWEEN, **answers, neighbours=NEIGHBOURS_METRES)
    execute(_CROSSINGS, agency=agency_id, crossing=Exactness.CROSSING.value, reach=REACH, width=WIDTH)
    execute("ANALYZE address_answers")
    outcomes = {outcome.name.lower(): outcome.value for outcome in LookUp}
    execute(_FINDS, apart=APART_METRES, worse_apart=WORSE_APART_METRES, **outcomes)


def forget() -> None:
    """Drop what a look-up left in this session."""
    for table in TABLES:
        execute("DROP TABLE IF EXISTS {table}", table=sql.Identifier("pg_temp", table))


def _write_asked(addresses: Iterable[str], known: Abbreviations) -> None:
    execute(_ASKED)
    with connection.cursor() as cursor, cursor.copy(compose("COPY address_asked FROM STDIN")) as copy:
        for address in addresses:
            asked = understood(address, known)
            number = (asked.number, asked.number_text, asked.is_block)
            copy.write_row((address, asked.words, None, asked.locality, *number))
            if crossing := as_crossing(address, known):
                copy.write_row((address, *crossing, asked.locality, None, "", False))
    execute("ANALYZE address_asked")


def _write_localities(agency_id: UUID, known: Abbreviations) -> None:
    execute("CREATE TEMPORARY TABLE address_localities (locality text, words text)")
    found = rows(_LOCALITIES, agency=agency_id)
    with connection.cursor() as cursor, cursor.copy(compose("COPY address_localities FROM STDIN")) as copy:
        for (locality,) in found:
            copy.write_row((locality, spelt(locality, known)))
    execute("ANALYZE address_localities")
