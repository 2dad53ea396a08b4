"""Databases for tests: one migrated template, cloned for every run and after every committing test.

The tests connect as the application's own role, which can neither create a database nor TRUNCATE, so clones
are made with the superuser's DSN that script/test provides.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from nethra.bootstrap import admin_dsn, bootstrap

ROOT = Path(__file__).resolve().parents[2]
LOCK = 7_310_224


def with_database(url: str, name: str) -> str:
    """Return the DSN pointed at another database."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def template_name() -> str:
    """Return a name that changes with everything the template is made of."""
    digest = hashlib.sha256()
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("nethra/*/migrations/*.py")]
    sources += [
        *ROOT.glob("incidents/reference/*"),
        ROOT / "nethra/bootstrap.py",
        ROOT / "nethra/trigger_guard.py",
        ROOT / "nethra/core/row_security.py",
    ]
    sources.append(ROOT / "requirements.txt")
    for path in sorted(p for p in sources if p.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(str(ROOT).encode())
    return f"nethra_template_{digest.hexdigest()[:16]}"


def ensure_template() -> str:
    """Return the template's name, making it first when it is missing: extensions, mark, migrated as owner."""
    name = template_name()
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            _build(server, name)
    return name


def _build(server: psycopg.Connection, name: str) -> None:
    building = f"{name}_building"
    drop(building)
    bootstrap(building)
    url = with_database(os.environ["MIGRATE_DATABASE_URL"], building)
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)
    server.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name))
    )


def clone(template: str, name: str) -> None:
    """Make a fresh copy of a database, in place of an older copy of that name.

    Files are copied as they are: through the log, as PostgreSQL does by itself, it takes six times as long.
    """
    drop(name)
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER nethra_owner STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        # CREATE DATABASE copies no grants.
        server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        for variable in (
            "DATABASE_URL",
            "MIGRATE_DATABASE_URL",
            "BACKUP_DATABASE_URL",
            "PLATFORM_DATABASE_URL",
            "SEALER_DATABASE_URL",
        ):
            user = urlsplit(os.environ.get(variable, "")).username
            if user:
                server.execute(
                    sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                        sql.Identifier(name), sql.Identifier(user)
                    )
                )


def drop(name: str) -> None:
    """Remove a test database, ending whatever is still connected to it."""
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
