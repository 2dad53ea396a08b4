"""Running composed SQL: names and values are quoted by psycopg, never by hand."""

from __future__ import annotations

from typing import Any, LiteralString

from django.db import connection
from psycopg import sql

#: The tables of one import; temporary, so nobody but this session sees them.
TABLES = (
    "import_lines",
    "import_moments",
    "import_offences",
    "import_shapes",
    "import_places",
    "import_rows",
)


def compose(template: LiteralString, **parts: Any) -> sql.Composed:
    """Return the template with its {parts}: composed SQL as it is, every other value as a literal."""
    return sql.SQL(template).format(
        **{k: v if isinstance(v, sql.Composable) else sql.Literal(v) for k, v in parts.items()}
    )


def execute(template: LiteralString, **parts: Any) -> int:
    """Run a statement and return the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(compose(template, **parts))
        return int(cursor.rowcount)


def rows(template: LiteralString, **parts: Any) -> list[tuple[Any, ...]]:
    """Run a query and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(compose(template, **parts))
        return list(cursor.fetchall())


def drop_tables() -> None:
    """Forget what an import staged in this session."""
    for table in TABLES:
        execute("DROP TABLE IF EXISTS {table}", table=sql.Identifier("pg_temp", table))


def prepare_session() -> None:
    """Let this transaction sort and hash large sets in memory."""
    # Compiling the statements would cost more than it saves.
    execute("SET LOCAL jit = off")
    execute("SET LOCAL work_mem = '128MB'")
