"""The bytes path: a scoped query set and a declaration become rows ready for orjson, without model objects.

Django's cursor binds parameters in the client and receives text; here the compiled statement runs on the
same psycopg connection and in the same transaction with binary results. Reads only.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import orjson
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.json import set_json_loads

from nethra.core.access import Access
from nethra.core.answers import Record, Records, Row, answer_of
from nethra.core.fields import Declaration
from nethra.core.plans import threshold
from nethra.core.querysets import ScopedQuerySet

__all__ = [
    "Record",
    "Records",
    "Row",
    "compiled",
    "dumps",
    "features",
    "record_of",
    "records",
    "run",
    "select",
]

Compiled = tuple[str, tuple[Any, ...]]


def compiled(queryset: models.QuerySet[Any]) -> Compiled:
    """Return a query set's SQL and parameters; raise EmptyResultSet where nothing can match."""
    # SECURITY: compiling is reading; the query set's own guard is passed by.
    if isinstance(queryset, ScopedQuerySet):
        queryset._require_scope()
    return queryset.query.sql_with_params()


def run(sql: str, params: Sequence[Any], *, is_kept: bool = False, is_raw: bool = False) -> list[Row]:
    """Return all rows of a reading statement, received as binary within the request's transaction.

    With ``is_kept`` the connection plans it once: for what is best found in the same way, whatever the values.
    With ``is_raw`` values of type json are left as the text they are, for answers that only pass them on.
    """
    # The statement comes from Django's compiler or from a constant of this code base.
    return _run("raw" if is_raw else "parsed", sql, params, is_kept=is_kept)


def run_native(sql: str, params: Sequence[Any], *, is_kept: bool = False) -> list[Row]:
    """Return all rows of a reading statement with placeholders $1, $2, ...; raw, and kept as of run()."""
    return _run("native", sql, params, is_kept=is_kept)


def _run(manner: str, sql: str, params: Sequence[Any], *, is_kept: bool) -> list[Row]:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    started = time.perf_counter()
    held: Any = connection.connection
    cursor, others = _cursor(held, manner), held.prepare_threshold
    if is_kept:
        held.prepare_threshold = threshold()
    try:
        with connection.wrap_database_errors:
            cursor.execute(sql, params, binary=True, prepare=is_kept or None)
            rows = cursor.fetchall()
    finally:
        held.prepare_threshold = others
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": f"{time.perf_counter() - started:.3f}"})
    return rows


def _cursor(held: Any, manner: str) -> psycopg.Cursor[Row]:
    """Return the connection's own cursor for reading so: making one took as long as finding a record."""
    cursors: dict[str, psycopg.Cursor[Row]] | None = getattr(held, "reading_cursors", None)
    if cursors is None:
        cursors = held.reading_cursors = {}
    if manner not in cursors:
        cursor = cursors[manner] = (psycopg.RawCursor if manner == "native" else psycopg.Cursor)(held)
        set_json_loads(orjson.loads, cursor)
        if manner != "parsed":
            cursor.adapters.register_loader("json", _JsonText)
    return cursors[manner]


class _JsonText(Loader):
    """JSON as it comes: what is only passed on need not be understood."""

    format = Format.BINARY

    def load(self, data: Any) -> orjson.Fragment:
        return orjson.Fragment(bytes(data))


def select(
    queryset: models.QuerySet[Any], columns: Sequence[Any], *, is_kept: bool = False, is_raw: bool = False
) -> list[Row]:
    """Return the columns (ORM paths or expressions) of a query set's rows, in its order; the rest as of run()."""
    try:
        sql, params = compiled(queryset.values_list(*columns))
    except EmptyResultSet:
        return []
    return run(sql, params, is_kept=is_kept, is_raw=is_raw)


def record_of(
    queryset: models.QuerySet[Any], key: Any, declaration: Declaration, access: Access
) -> Record | None:
    """Return the one record with this key as this access may see it; None where there is none."""
    answer = answer_of(declaration, access)
    found = select(queryset.filter(pk=key).order_by(), answer.columns, is_kept=True)
    return answer.records(found)[0] if found else None


def records(queryset: models.QuerySet[Any], declaration: Declaration, access: Access) -> Records:
    """Return the records as this access may see them, keys in the declared order.

    A guarded field that the access lacks is not even selected; it is absent and named in ``redacted``, as is a
    field that a row guard withholds.
    """
    answer = answer_of(declaration, access)
    return answer.records(select(queryset, answer.columns))


def features(queryset: models.QuerySet[Any], declaration: Declaration, access: Access) -> Records:
    """Return the records as GeoJSON features in EPSG:4326; a record without a place has a null geometry."""
    answer = answer_of(declaration, access)
    return answer.features(select(queryset, answer.columns))


def dumps(value: Any) -> bytes:
    """Return JSON bytes; times are UTC and end in Z."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)
