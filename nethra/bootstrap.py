"""Prepare a PostgreSQL server for Nethra: roles, database, extensions, grants and the LEAKPROOF mark.

Run it as ``python -m nethra.bootstrap`` with a superuser's DSN in BOOTSTRAP_DATABASE_URL. Names and
passwords of the login roles come from the DSNs the programs use, so they are written down once. Safe to
run twice; run it again after a restore and after an update of PostGIS, since both lose the mark.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from nethra.trigger_guard import guard_triggers

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
OWNER = "nethra_owner"
DEFINER = "nethra_definer"
#: May run the functions that seal the audit; the sealer's login is its only member.
SEALING = "nethra_sealing"


@dataclass(frozen=True)
class Login:
    """A login role as its DSN spells it."""

    name: str
    password: str
    database: str


class BootstrapError(Exception):
    """The environment lacks something; the message is one sentence for the operator."""


def read_login(variable: str, *, required: bool = True) -> Login | None:
    """Return the role named by the DSN in the environment variable, None where it is optional and empty."""
    url = os.environ.get(variable, "")
    if not url:
        if required:
            raise BootstrapError(
                f"{variable} is missing: set it to postgis://user:password@host:port/database."
            )
        return None
    parts = urlsplit(url)
    if not parts.username or not parts.password or not parts.path.strip("/"):
        raise BootstrapError(f"{variable} must name a user, a password and a database.")
    return Login(unquote(parts.username), unquote(parts.password), parts.path.strip("/"))


def admin_dsn(database: str | None = None) -> str:
    """Return the superuser's DSN, pointed at another database when one is given."""
    url = os.environ.get("BOOTSTRAP_DATABASE_URL", "")
    if not url:
        raise BootstrapError("BOOTSTRAP_DATABASE_URL is missing: set it to a superuser's DSN.")
    parts = urlsplit(url)
    path = f"/{database}" if database else parts.path
    return urlunsplit(("postgresql", parts.netloc, path, parts.query, ""))


def ensure_role(connection: psycopg.Connection, name: str, options: str, password: str | None = None) -> None:
    """Create the role or bring its attributes and password up to date."""
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    verb = "ALTER" if exists else "CREATE"
    secret = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    statement = sql.SQL("{} ROLE {} {}{}").format(
        sql.SQL(verb), sql.Identifier(name), sql.SQL(options), secret
    )
    connection.execute(statement)


def ensure_roles(connection: psycopg.Connection, logins: dict[str, Login | None]) -> None:
    """Create the roles: owner and definer cannot log in, the application owns and bypasses nothing."""
    ensure_role(connection, OWNER, "NOLOGIN NOSUPERUSER NOBYPASSRLS")
    # A definer function owned by the table owner would see no row, because FORCE binds the owner too.
    ensure_role(connection, DEFINER, "NOLOGIN NOSUPERUSER BYPASSRLS")
    ensure_role(connection, SEALING, "NOLOGIN NOSUPERUSER NOBYPASSRLS")
    connection.execute(f"GRANT {DEFINER} TO {OWNER}")
    options = {
        "app": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
        "migrate": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
        "backup": "LOGIN NOSUPERUSER BYPASSRLS",
        "platform": "LOGIN NOSUPERUSER BYPASSRLS",
        "sealer": "LOGIN NOSUPERUSER BYPASSRLS",
    }
    for kind, login in logins.items():
        if login is not None:
            ensure_role(connection, login.name, options[kind], login.password)
    migrate, app = logins["migrate"], logins["app"]
    if migrate is None or app is None:
        raise BootstrapError("DATABASE_URL and MIGRATE_DATABASE_URL must both be set.")
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(OWNER), sql.Identifier(migrate.name)))
    # Migrating as a mere member would leave the tables with the wrong owner and without the default grants.
    connection.execute(
        sql.SQL("ALTER ROLE {} SET role = {}").format(sql.Identifier(migrate.name), sql.Literal(OWNER))
    )
    settings = {
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "idle_in_transaction_session_timeout": "5min",
    }
    for name, value in settings.items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                sql.Identifier(app.name), sql.Identifier(name), sql.Literal(value)
            )
        )
    if sealer := logins["sealer"]:
        # It reads everything to compare it with the audit, and writes by its functions alone.
        for role in ("pg_read_all_data", SEALING):
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(sealer.name))
            )
    if backup := logins["backup"]:
        connection.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(backup.name)))
        connection.execute(
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(
                sql.Identifier(backup.name)
            )
        )


def ensure_database(connection: psycopg.Connection, database: str) -> None:
    """Create the database when it is missing; only named roles may connect to it."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER))
        )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))


def grant_database(connection: psycopg.Connection, database: str, logins: dict[str, Login | None]) -> None:
    """Give every login its way in, and the application its default rights on what the owner will create."""
    for login in logins.values():
        if login is not None:
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(database), sql.Identifier(login.name)
                )
            )
    app = logins["app"]
    if app is None:
        raise BootstrapError("DATABASE_URL must be set.")
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION {OWNER}")
    connection.execute(f"GRANT USAGE, CREATE ON SCHEMA app TO {DEFINER}")
    connection.execute(f"GRANT USAGE ON SCHEMA public TO {DEFINER}")
    connection.execute(f"GRANT USAGE ON SCHEMA app, public TO {SEALING}")
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA app, public TO {}").format(sql.Identifier(app.name)))
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS layers AUTHORIZATION {OWNER}")
    defaults = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} {}")
    # What is not in the schema public, the application only reads: see the layers of ADR 34.
    for grant in (
        sql.SQL("GRANT SELECT ON TABLES TO {}").format(sql.Identifier(app.name)),
        sql.SQL("IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO {}").format(
            sql.Identifier(app.name)
        ),
        sql.SQL("IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}").format(sql.Identifier(app.name)),
        sql.SQL("GRANT SELECT ON TABLES TO {}").format(sql.Identifier(DEFINER)),
    ):
        connection.execute(defaults.format(sql.Identifier(OWNER), grant))


def ensure_extensions(connection: psycopg.Connection) -> None:
    """Create the extensions and mark the one box operator whose index row security would otherwise forbid."""
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    # SECURITY: only this function; ST_DWithin and ST_Intersects print coordinates in their errors.
    if os.environ.get("GEO_INDEX", "leakproof") == "leakproof":
        connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")


def bootstrap(database: str | None = None) -> str:
    """Prepare the server and one database (by default that of DATABASE_URL); return the database's name."""
    logins = {
        "app": read_login("DATABASE_URL"),
        "migrate": read_login("MIGRATE_DATABASE_URL"),
        "backup": read_login("BACKUP_DATABASE_URL", required=False),
        "platform": read_login("PLATFORM_DATABASE_URL", required=False),
        "sealer": read_login("SEALER_DATABASE_URL", required=False),
    }
    app = logins["app"]
    if app is None:
        raise BootstrapError("DATABASE_URL must be set.")
    name = database or app.database
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        ensure_roles(server, logins)
        ensure_database(server, name)
    with psycopg.connect(admin_dsn(name), autocommit=True) as connection:
        ensure_extensions(connection)
        grant_database(connection, name, logins)
        guard_triggers(connection)
    return name


def main() -> int:
    """Run from the command line; exit code 1 and one sentence where something is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m nethra.bootstrap",
        description="Create Nethra's roles, database, extensions and grants. Safe to run twice.",
        epilog="Example: BOOTSTRAP_DATABASE_URL=postgresql://postgres:…@db/ python -m nethra.bootstrap",
    )
    parser.add_argument("--database", help="prepare this database instead of the one in DATABASE_URL")
    options = parser.parse_args()
    try:
        name = bootstrap(options.database)
    except (BootstrapError, psycopg.Error) as problem:
        print(f"Bootstrap stopped: {problem}", file=sys.stderr)
        return 1
    print(f"Database {name} is ready for migrations.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
