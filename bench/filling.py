"""Databases of synthetic incidents: 20 agencies in one city, of which one has two fifths of the rows.

The same seed gives the same incidents; only the keys of agencies differ from one build to the next.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from psycopg import sql

from nethra.bootstrap import admin_dsn, bootstrap

ROOT = Path(__file__).resolve().parent.parent
AGENCIES = 20
#: Of every seven incidents one has a second offence, of which the list shows both.
_DRAW = """
SELECT setseed(%(seed)s);
CREATE TEMP TABLE spot AS SELECT k, random() * 22000 - 11000 AS x, random() * 22000 - 11000 AS y,
    250 + random() * 650 AS spread FROM generate_series(0, 39) k;
CREATE TEMP TABLE narrative AS SELECT k, (
    SELECT string_agg((%(words)s::text[])[1 + floor(random() * cardinality(%(words)s::text[]))::int], ' ')
    FROM generate_series(1, 29) WHERE k >= 0) AS text FROM generate_series(0, 4999) k;
CREATE TEMP TABLE drawn AS
SELECT n, timestamptz '2021-01-01 00:00Z' + n * (interval '1826 days' / %(rows)s) AS t, random() < 0.8 AS is_hot,
    floor(40 * random() * random())::int AS spot, sqrt(-2 * ln(1 - random())) AS far, 2 * pi() * random() AS turn,
    random() * 30000 - 15000 AS x, random() * 30000 - 15000 AS y, floor(random() * 5000)::int AS narrative,
    CASE WHEN random() < 0.4 THEN 1 ELSE 2 + floor(random() * %(others)s)::int END AS agency,
    1 + floor(random() * 12 * random())::int AS offence, random() < 0.3 AS has_notes
FROM generate_series(1, %(rows)s) n;
"""
_INCIDENTS = """
INSERT INTO incidents_incident (id, agency_id, number, status, reported_at, occurred_from, occurred_until,
    description, notes, location, address, source, stated_offences, created_at, updated_at)
SELECT encode(overlay(decode(md5('nethra ' || n), 'hex')
           PLACING substring(int8send((extract(epoch FROM t) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 'hex')::uuid,
    (%(agencies)s::uuid[])[agency], 'B' || lpad(n::text, 8, '0'), 'reported', t, t, t,
    narrative.text || ' ' || n, CASE WHEN has_notes THEN 'Follow-up with the beat officer.' ELSE '' END,
    ST_SetSRID(ST_MakePoint(
        -122.44 + CASE WHEN is_hot THEN spot.x + spread * far * cos(turn) ELSE drawn.x END / 88000,
        37.76 + CASE WHEN is_hot THEN spot.y + spread * far * sin(turn) ELSE drawn.y END / 111000), 4326),
    1 + n %% 999 || ' Oak Street', 'bench', (
        SELECT '[' || string_agg(app.stated_offence(code.list[drawn.offence + position - 1], 'completed', NULL,
            position = 1), ',' ORDER BY position) || ']'
        FROM generate_series(1, CASE WHEN n %% 7 = 0 THEN 2 ELSE 1 END) AS position), t, t
FROM (SELECT array_agg(code ORDER BY code) AS list FROM incidents_offencecode) code CROSS JOIN drawn
JOIN spot ON spot.k = drawn.spot JOIN narrative ON narrative.k = drawn.narrative ORDER BY n
"""
_OFFENCES = """
INSERT INTO incidents_incidentoffence (id, agency_id, incident_id, position, offence_code_id, is_primary, completion)
SELECT gen_random_uuid(), i.agency_id, i.id, position,
    (SELECT array_agg(code ORDER BY code) FROM incidents_offencecode)[drawn.offence + position - 1],
    position = 1, 'completed'
FROM drawn JOIN incidents_incident i ON i.number = 'B' || lpad(n::text, 8, '0')
CROSS JOIN LATERAL generate_series(1, CASE WHEN n %% 7 = 0 THEN 2 ELSE 1 END) AS position
"""
WORDS = (
    "suspect victim vehicle entered premises rear window reported officer attended scene witness statement property "
    "stolen cash jewellery phone laptop forced entry unknown male female approximately night residential commercial "
    "street market junction camera footage recovered fingerprints lifted complaint registered patrol unit arrived"
)
_FILLED = ("incidents_incident", "incidents_incidentoffence")


def with_database(url: str, name: str) -> str:
    """Return the DSN pointed at another database."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def filled(rows: int) -> str:
    """Return the name of a database with so many incidents, made when it is not there already."""
    name = f"nethra_bench_{rows}_{_digest()}"
    with closing(_server()) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
    building = f"{name}_building"
    drop(building)
    bootstrap(building)
    environment = {**os.environ, "DATABASE_URL": with_database(os.environ["MIGRATE_DATABASE_URL"], building)}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    make = [sys.executable, "-m", "bench.filling", str(rows)]
    environment["DATABASE_URL"] = with_database(os.environ["DATABASE_URL"], building)
    subprocess.run(make, cwd=ROOT, env=environment, check=True)
    with closing(_server()) as server:
        server.execute(_named("ALTER DATABASE {} RENAME TO {}", building, name))
    return name


def copied(template: str, name: str) -> None:
    """Make a copy of a database in place of an older one: every run begins with the same rows."""
    drop(name)
    with closing(_server()) as server:
        server.execute(
            _named("CREATE DATABASE {} TEMPLATE {} OWNER nethra_owner STRATEGY file_copy", name, template)
        )
        for variable in ("DATABASE_URL", "MIGRATE_DATABASE_URL"):
            user = str(urlsplit(os.environ[variable]).username)
            server.execute(_named("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", name, user))


def drop(name: str) -> None:
    """Remove a database, ending whatever is still connected to it."""
    with closing(_server()) as server:
        server.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _server() -> psycopg.Connection[Any]:
    return psycopg.connect(admin_dsn(), autocommit=True)


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def _digest() -> str:
    """Return what changes with everything such a database is made of."""
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("nethra/*/migrations/*.py"), Path(__file__)]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]


def fill(rows: int, agencies: Sequence[UUID], dsn: str, seed: float = 0.7) -> None:
    """Write the incidents as the superuser, past the audit: a million events would only take time.

    Indexes are made again afterwards, which takes a fifth of the time.
    """
    values = {
        "rows": rows,
        "seed": seed,
        "words": WORDS.split(),
        "agencies": list(agencies),
        "others": len(agencies) - 1,
    }
    with psycopg.connect(dsn) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(_DRAW, values)
        indexes = _without_indexes(cursor)
        for table in _FILLED:
            cursor.execute(_named("ALTER TABLE {} DISABLE TRIGGER audit_insert", table))
        cursor.execute(_INCIDENTS, values)
        cursor.execute("CREATE INDEX bench_number ON incidents_incident (number)")
        cursor.execute("ANALYZE drawn; ANALYZE incidents_incident")
        cursor.execute(_OFFENCES, values)
        cursor.execute("DROP INDEX bench_number; SET CONSTRAINTS ALL IMMEDIATE")
        for table in _FILLED:
            cursor.execute(_named("ALTER TABLE {} ENABLE ALWAYS TRIGGER audit_insert", table))
        for definition in indexes:
            cursor.execute(definition)
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        connection.execute("VACUUM ANALYZE")


def _without_indexes(cursor: psycopg.Cursor[Any]) -> list[str]:
    """Drop the indexes that guard nothing; return how to make them again."""
    cursor.execute(
        "SELECT x.indexrelid::regclass::text, pg_get_indexdef(x.indexrelid) FROM pg_index x "
        "WHERE x.indrelid = ANY(%s::regclass[]) AND NOT x.indisunique",
        [list(_FILLED)],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(_named("DROP INDEX {}", name))
    return [definition for _, definition in found]


def main() -> None:
    """Make the agencies and fill the database of DATABASE_URL with so many incidents."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
    django.setup()
    from accounts.services import create_agency

    made = [
        create_agency(code=f"bench-{n}", name=f"Agency {n}", second_factor_roles=[]).pk
        for n in range(AGENCIES)
    ]
    fill(int(sys.argv[1]), made, admin_dsn(os.environ["DATABASE_URL"].rpartition("/")[2]))


if __name__ == "__main__":
    main()
