"""The times of a file, each distinct spelling read once, in SQL: what `import_values.read_moment` says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import LiteralString

from psycopg import sql

from incidents.import_profiles import DateFormat, ImportProfile
from incidents.importing.sql import compose, execute
from incidents.importing.staging import Staged

FIELDS = ("occurred_from", "occurred_until", "reported_at")
#: The canonical order of a time's parts, and what stands for one that its format does not name.
PARTS = {
    "year": None,
    "month": None,
    "day": None,
    "hour": "0",
    "minute": "0",
    "second": "0",
    "half": None,
    "offset": None,
}

# A group of so many digits, or one character: itself, or one of some.
_FIXED = re.compile(r"\(\\d\{(?P<digits>[1-9])\}\)|[\w ,:/-]|\\[.:/-]|\[[\w ,:/]+\]")

# PostgreSQL 15 has no cast that returns NULL for 30 February, so the parts are checked before make_timestamp.
# The collation C keeps \d to ASCII digits, as re.ASCII does in Python.
MOMENTS = r"""
CREATE TEMPORARY TABLE import_moments ON COMMIT PRESERVE ROWS AS
WITH written AS (
    SELECT DISTINCT btrim(value, E' \t\n\r\f\v') COLLATE "C" AS value FROM ({values}) AS v (value)),
parted AS MATERIALIZED (SELECT value, {parts} AS p FROM written),
checked AS MATERIALIZED (
    SELECT value, p, CASE WHEN array_to_string(p[1:6], ' ') ~ '^\d{{1,4}}( \d{{1,4}}){{5}}$'
        AND (p[7] IS NULL OR p[4]::integer BETWEEN 1 AND 12)
        AND (p[8] IS NULL OR p[8] = 'Z' OR p[8] ~ '^[+-]([01]\d|2[0-3]):?[0-5]\d$')
        THEN ARRAY[p[1]::integer, p[2]::integer, p[3]::integer,
            CASE WHEN p[7] IS NULL THEN p[4]::integer
                 ELSE p[4]::integer % 12 + CASE WHEN upper(p[7]) = 'PM' THEN 12 ELSE 0 END END,
            p[5]::integer, p[6]::integer] END AS n
    FROM parted),
local_times AS MATERIALIZED (
    SELECT value, p, CASE WHEN n[1] >= 1 AND n[2] BETWEEN 1 AND 12
        AND n[4] <= 23 AND n[5] <= 59 AND n[6] <= 59
        AND n[3] BETWEEN 1 AND CASE WHEN n[2] IN (4, 6, 9, 11) THEN 30 WHEN n[2] <> 2 THEN 31
            WHEN n[1] % 4 = 0 AND (n[1] % 100 <> 0 OR n[1] % 400 = 0) THEN 29 ELSE 28 END
        THEN make_timestamp(n[1], n[2], n[3], n[4], n[5], n[6]) END AS local
    FROM checked),
zoned AS MATERIALIZED (
    SELECT value, p, local, CASE WHEN p[8] IS NULL THEN local AT TIME ZONE {zone}
        WHEN p[8] = 'Z' THEN local AT TIME ZONE 'UTC'
        ELSE local AT TIME ZONE 'UTC' - (left(p[8], 1) || '1')::integer * make_interval(
            hours => substr(p[8], 2, 2)::integer, mins => right(p[8], 2)::integer) END AS moment
    FROM local_times),
chosen AS (
    SELECT value, p, local, moment AT TIME ZONE {zone} <> local AND p[8] IS NULL AS skipped,
        CASE WHEN {first_of_two} AND p[8] IS NULL AND (moment - interval '1 hour') AT TIME ZONE {zone} = local
             THEN moment - interval '1 hour' ELSE moment END AS moment
    FROM zoned)
SELECT value, moment, CASE
    WHEN p IS NULL THEN 'date_unreadable'
    WHEN local IS NULL THEN 'date_impossible'
    WHEN skipped AND {refuse_skipped} THEN 'date_skipped'
    WHEN moment < {earliest} THEN 'date_too_early'
    WHEN moment > {now} THEN 'date_in_future' END AS code
FROM chosen
"""


def read_moments(staged: Staged, now: datetime) -> None:
    """Fill `import_moments` (value, moment, code); code says why a value is refused, or is NULL."""
    profile = staged.profile
    columns = [staged.cell(field) for field in FIELDS if field in profile.columns]
    execute(
        MOMENTS,
        values=sql.SQL(" UNION ALL ").join(
            compose("SELECT {column} FROM import_lines l", column=column) for column in columns
        ),
        parts=_parts(profile),
        zone=profile.time_zone,
        first_of_two=profile.ambiguous_hour == "first",
        refuse_skipped=profile.skipped_hour == "reject",
        earliest=datetime.combine(profile.plausible.earliest, time(), tzinfo=profile.zone).astimezone(UTC),
        now=now,
    )
    execute("ANALYZE import_moments")


def _parts(profile: ImportProfile) -> sql.Composed:
    """The parts of `value` in canonical order by the first format that matches; NULL where none does."""
    readings = [_reading(date_format) for date_format in profile.date_formats]
    return compose("coalesce({readings})", readings=sql.SQL(", ").join(readings))


def _reading(date_format: DateFormat) -> sql.Composed:
    spans = _spans(date_format.pattern)
    if spans is None:
        template: LiteralString = (
            "(SELECT ARRAY[{parts}] FROM regexp_match(value, {pattern}) AS m WHERE m IS NOT NULL)"
        )
        groups = [compose("m[{n}]", n=n) for n, _ in enumerate(date_format.parts, start=1)]
    else:
        # Finding the groups of a match costs ten times as much as the match.
        template = "CASE WHEN value ~ {pattern} THEN ARRAY[{parts}] END"
        groups = [compose("substr(value, {start}, {length})", start=at, length=n) for at, n in spans]
    found = dict(zip(date_format.parts, groups, strict=True))
    parts = [found.get(part) or compose("{value}::text", value=other) for part, other in PARTS.items()]
    return compose(template, parts=sql.SQL(", ").join(parts), pattern=_unrolled(date_format.pattern))


def _spans(pattern: str) -> list[tuple[int, int]] | None:
    """Where the groups of a pattern lie, as (first character from 1, length); None if that is not fixed."""
    spans: list[tuple[int, int]] = []
    position = 1
    rest = pattern.removeprefix("^").removesuffix("$")
    while rest:
        found = _FIXED.match(rest)
        if found is None:
            return None
        length = int(found["digits"] or 1)
        if found["digits"]:
            spans.append((position, length))
        position += length
        rest = rest[found.end() :]
    return spans


def _unrolled(pattern: str) -> str:
    r"""`\d{4}` as `\d\d\d\d`: PostgreSQL finds the groups of the same match in half the time."""
    return re.sub(r"\\d\{([1-9])\}", lambda count: r"\d" * int(count[1]), pattern)
