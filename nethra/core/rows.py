"""The bytes path: a scoped query set and a declaration become rows ready for orjson, without model objects.

Django's cursor binds parameters in the client and receives text; here the compiled statement runs on the
same psycopg connection and in the same transaction with binary results. Reads only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import orjson
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import BaseExpression
from psycopg.types.json import set_json_loads

from nethra.core.access import Access
from nethra.core.fields import Declaration, Field, Kind
from nethra.core.guards import RowGuard
from nethra.core.plans import kept_plans
from nethra.core.projections import projection_of
from nethra.core.querysets import ScopedQuerySet

Row = tuple[Any, ...]
Record = dict[str, Any]
Records = list[Record]
Compiled = tuple[str, tuple[Any, ...]]


def compiled(queryset: models.QuerySet[Any]) -> Compiled:
    """Return a query set's SQL and parameters; raise EmptyResultSet where nothing can match."""
    # SECURITY: compiling is reading; the query set's own guard is passed by.
    if isinstance(queryset, ScopedQuerySet):
        queryset._require_scope()
    return queryset.query.sql_with_params()


def run(sql: str, params: Sequence[Any], *, is_kept: bool = False) -> list[Row]:
    """Return all rows of a reading statement, received as binary within the request's transaction.

    With ``is_kept`` the connection plans it once: for what is best found in the same way, whatever the values.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    started = time.perf_counter()
    planning = kept_plans() if is_kept else nullcontext()
    with planning, connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        set_json_loads(orjson.loads, cursor)
        # The statement comes from Django's compiler or from a constant of this code base.
        cursor.execute(sql, params, binary=True, prepare=is_kept or None)
        rows = cursor.fetchall()
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": f"{time.perf_counter() - started:.3f}"})
    return rows


def select(queryset: models.QuerySet[Any], columns: Sequence[Any], *, is_kept: bool = False) -> list[Row]:
    """Return the columns (ORM paths or expressions) of a query set's rows, in its order; ``is_kept`` as of run()."""
    try:
        sql, params = compiled(queryset.values_list(*columns))
    except EmptyResultSet:
        return []
    return run(sql, params, is_kept=is_kept)


def record_of(
    queryset: models.QuerySet[Any], key: Any, declaration: Declaration, access: Access
) -> Record | None:
    """Return the one record with this key as this access may see it; None where there is none."""
    found = records(queryset.filter(pk=key).order_by(), declaration, access, is_kept=True)
    return found[0] if found else None


def records(
    queryset: models.QuerySet[Any], declaration: Declaration, access: Access, *, is_kept: bool = False
) -> list[Record]:
    """Return the records as this access may see them, keys in the declared order; ``is_kept`` as of run().

    A guarded field that the access lacks is not even selected; it is absent and named in ``redacted``, as is a
    field that a row guard withholds.
    """
    fields = declaration.readable_by(access)
    redacted = declaration.redacted_for(access)
    guards = _guards(fields, access)
    columns = projection_of(declaration, frozenset(f.name for f in fields))
    found = list(_read(queryset, fields, columns, list(guards.values()), is_kept=is_kept))
    if redacted is not None:
        positions = {guard: position for position, guard in enumerate(guards)}
        watched = {f.name: [positions[g] for g in f.withheld if g in positions] for f in fields if f.withheld}
        for record in found:
            record["redacted"] = [*redacted, *_take_off(record, watched, record.pop(FLAGS, ()))]
    return found


#: Where a record carries what its row guards said, until they are heeded.
FLAGS = ""


def _guards(fields: Sequence[Field], access: Access) -> dict[RowGuard, BaseExpression]:
    """Return each row guard that may hold for this access with its condition: asked once, however many obey it."""
    if access.is_whole:
        return {}
    guards = dict.fromkeys(guard for f in fields for guard in f.withheld)
    return {guard: where for guard in guards if (where := guard(access)) is not None}


def _take_off(record: Record, watched: Mapping[str, list[int]], flags: Sequence[bool]) -> list[str]:
    """Take the withheld values off a record and return their names."""
    if True not in flags:
        return []
    hidden = [name for name, positions in watched.items() if any(flags[p] for p in positions)]
    for name in hidden:
        del record[name]
    return hidden


def features(
    queryset: models.QuerySet[Any], declaration: Declaration, access: Access, *, is_kept: bool = False
) -> list[Record]:
    """Return the records as GeoJSON features in EPSG:4326; a record without a place has a null geometry."""
    place = declaration.geometry()
    if place is None:
        raise TypeError(f"{declaration.name} has no geometry.")
    return [
        {
            "type": "Feature",
            "id": record["id"],
            "geometry": record.pop(place.name, None),
            "properties": record,
        }
        for record in records(queryset, declaration, access, is_kept=is_kept)
    ]


def _read(
    queryset: models.QuerySet[Any],
    fields: Sequence[Field],
    columns: Sequence[Any],
    flags: Sequence[BaseExpression],
    *,
    is_kept: bool,
) -> Iterator[Record]:
    # The second column of points comes last, so that zip() leaves it out of the record.
    names = [f.name for f in fields]
    points = [i for i, f in enumerate(fields) if f.kind is Kind.POINT]
    shapes = [i for i, f in enumerate(fields) if f.kind is Kind.SHAPE]
    width = len(fields) + len(points)
    for row in select(queryset, [*columns, *flags], is_kept=is_kept):
        record = dict(zip(names, row, strict=False))
        for offset, index in enumerate(points, start=len(names)):
            record[names[index]] = point(row[index], row[offset])
        for index in shapes:
            record[names[index]] = None if row[index] is None else orjson.Fragment(row[index])
        if flags:
            record[FLAGS] = row[width:]
        yield record


def point(longitude: float | None, latitude: float | None) -> Record | None:
    """Return a GeoJSON point."""
    return None if longitude is None else {"type": "Point", "coordinates": [longitude, latitude]}


def dumps(value: Any) -> bytes:
    """Return JSON bytes; times are UTC and end in Z."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)
