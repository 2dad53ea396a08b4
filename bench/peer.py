"""The peer: another program with the same incidents in a database of its own, in the way its folder's README says."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.filling import copied, with_database
from nethra.bootstrap import admin_dsn

#: Of every kind one index, as the peer's own loader makes them.
_TABLE = """
CREATE TABLE incidents (id uuid PRIMARY KEY, agency_id uuid NOT NULL, incident_type text NOT NULL,
    description text NOT NULL, occurred_at timestamptz NOT NULL, location geography(Point,4326) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), notes text);
"""
_INDEXES = """
CREATE INDEX ON incidents USING gist (location);
CREATE INDEX ON incidents (agency_id, occurred_at DESC, id DESC);
CREATE INDEX ON incidents (occurred_at DESC, id DESC);
INSERT INTO agencies SELECT DISTINCT agency_id, 'Agency' FROM incidents;
INSERT INTO users SELECT md5('u' || i)::uuid, (SELECT id FROM agencies ORDER BY id OFFSET i % 20 LIMIT 1),
    'user' || i || '@example.org', 'analyst' FROM generate_series(1, 5000) i;
"""
_OURS = """
COPY (SELECT id, agency_id, 'theft', description, occurred_from, location::geography, created_at, nullif(notes, '')
      FROM incidents_incident ORDER BY occurred_from, id) TO STDOUT (FORMAT binary)
"""


def prepared(folder: Path, local: Path) -> Path:
    """Return the Python of the peer's own environment, made where it is missing."""
    python = local / "peer" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(local / "peer")], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "-r", str(folder / "requirements.txt")]
        subprocess.run(install, check=True)
    return python


def loaded(folder: Path, source: str, name: str) -> str:
    """Copy the incidents of one of our databases into a new one of the peer; return its DSN.

    The peer comes in as the role of our web server, so that the same settings hold for it.
    """
    copied("template0", name)
    dsn = with_database(os.environ["DATABASE_URL"], name).replace("postgis://", "postgresql://")
    with psycopg.connect(admin_dsn(source)) as ours, psycopg.connect(admin_dsn(name)) as theirs:
        theirs.execute((folder / "schema.sql").read_text(encoding="utf-8"))
        theirs.execute(_TABLE)
        columns = "id, agency_id, incident_type, description, occurred_at, location, created_at, notes"
        with (
            ours.cursor().copy(_OURS) as rows,
            theirs.cursor().copy(f"COPY incidents ({columns}) FROM STDIN (FORMAT binary)") as into,
        ):
            for piece in rows:
                into.write(piece)
        theirs.execute(_INDEXES)
        theirs.execute(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{urlsplit(dsn).username}"')
    with closing(psycopg.connect(admin_dsn(name), autocommit=True)) as theirs:
        theirs.execute("VACUUM ANALYZE")
    return dsn


def environment_for(dsn: str, folder: Path) -> dict[str, str]:
    """Return the environment in which the peer looks up token and user, and tests boxes by their index alone."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return {**kept, "DSN": dsn, "AUTH": "paseto_db", "BBOX": "overlaps", "PWD": str(folder)}


def token(python: Path, environment: dict[str, str], folder: Path) -> str:
    """Return a bearer token of the peer."""
    made = [str(python), str(folder / "make_token.py")]
    return subprocess.run(made, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def command(python: Path) -> list[str]:
    """Return the command line of the peer's server, two processes as ours."""
    options = "app:app --port PORT --workers 2 --no-access-log --log-level warning"
    return [str(python), "-m", "uvicorn", *options.split()]
