"""Probes for whoever watches the service; they tell no secrets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from nethra.core.checks import MOST_SECONDS_APART, seconds_apart

_FACTS = """
SELECT postgis_lib_version(),
       (SELECT bool_and(proleakproof) FROM pg_proc
        WHERE proname = 'geometry_overlaps' AND pronargs = 2 AND prosrc NOT LIKE '%%3d%%')
"""


@require_safe
@transaction.non_atomic_requests
def health(request: HttpRequest) -> JsonResponse:
    """Answer that the process serves; the database is not asked."""
    return JsonResponse({"status": "ok"})


@require_safe
@transaction.non_atomic_requests
def database_health(request: HttpRequest) -> JsonResponse:
    """Answer 200 where the database answers, is migrated, marked as GEO_INDEX says and of our time; 503 otherwise."""
    try:
        facts = _facts()
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": False}, status=503)
    is_marked = facts["leakproof"] or settings.GEO_INDEX != "leakproof"
    is_timed = facts["clocks_apart"] <= MOST_SECONDS_APART
    is_well = facts["migrations_pending"] == 0 and is_marked and is_timed
    return JsonResponse(
        {"status": "ok" if is_well else "failing", "database": True, **facts}, status=200 if is_well else 503
    )


def _facts() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_FACTS)
        row = cursor.fetchone()
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return {
        "postgis": row[0],
        "leakproof": bool(row[1]),
        "migrations_pending": len(pending),
        "clocks_apart": round(seconds_apart(), 1),
    }
