"""Start-up checks with ids: a database whose walls are down is not served from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Tags as DjangoTags
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from nethra.core.row_security import POLICY

#: Relations without agency_id that the application may read, each with the reason why that is safe.
SHARED_RELATIONS = {
    "accounts_agency": "its policy is on its own id",
    "accounts_signincounter": "keyed hashes of addresses, counts and times; names nobody",
    "auth_group": "unused: roles are capabilities",
    "auth_group_permissions": "unused",
    "auth_permission": "Django's list of model permissions; no personal data",
    "cases_transition": "the table of how a case may move, the same for every agency",
    "core_requestcount": "keyed hashes of sessions and addresses, counts and times; names nobody",
    "django_admin_log": "switched off: the history page reads the audit",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "geography_columns": "PostGIS catalogue",
    "geometry_columns": "PostGIS catalogue",
    "incidents_offencecode": "the FBI's public list",
    "procrastinate_events": "times and states of jobs",
    "procrastinate_jobs": "job arguments are ids only",
    "procrastinate_periodic_defers": "times of periodic jobs",
    "procrastinate_workers": "heartbeats",
    "spatial_ref_sys": "PostGIS catalogue",
}

_ROLE = """
SELECT r.rolsuper OR r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname IN ('public', 'app') AND c.relowner = r.oid)
FROM pg_roles r WHERE r.rolname = current_user
"""

_UNPROTECTED = """
SELECT c.relname FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT (
    c.relrowsecurity AND c.relforcerowsecurity
    AND (SELECT array_agg(p.polname::text) FROM pg_policy p WHERE p.polrelid = c.oid) = ARRAY[%s])
ORDER BY c.relname
"""

_UNREVIEWED = """
SELECT c.relname FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped)
  AND c.relname <> ALL (%s)
ORDER BY c.relname
"""

#: Tables that have an agency and no events of their own: the audit itself, and what is kept for a day.
WITHOUT_EVENTS = ("audit_auditevent", "core_keptrequest")

_MUTED = """
SELECT c.relname, w.name FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
CROSS JOIN unnest(ARRAY['audit_insert', 'audit_update', 'audit_delete', 'audit_truncate']) AS w(name)
WHERE c.relkind IN ('r', 'p') AND c.relname <> ALL (%(without)s) AND NOT EXISTS (
    SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = w.name AND t.tgenabled = 'A')
UNION ALL
SELECT 'audit_auditevent', w.name FROM unnest(ARRAY['append_only', 'append_only_table']) AS w(name)
WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'audit_auditevent'::regclass
                  AND t.tgname = w.name AND t.tgenabled = 'A')
ORDER BY 1, 2
"""

#: Further apart, and the times of sessions, tokens and events do not agree.
MOST_SECONDS_APART = 5.0

_LEAKPROOF = (
    "SELECT proleakproof FROM pg_proc WHERE oid = 'geometry_overlaps(geometry, geometry)'::regprocedure"
)


@register(DjangoTags.database)
def row_security_stands(
    app_configs: Sequence[Any] | None = None, databases: Iterable[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """Return an error for every wall that is down; asked by ``check --database default`` and at start-up."""
    is_migrating = sys.argv[1:2] == ["migrate"]
    if not databases or "default" not in databases or is_migrating:
        return []
    return [*_role_problems(), *_table_problems(), *_audit_problems(), *_index_problems(), *_clock_problems()]


def refuse_unsafe_database() -> None:
    """Raise ImproperlyConfigured when a wall is down. An unreachable database is /health/db's to report."""
    try:
        problems = row_security_stands(databases=["default"])
    except OperationalError:
        return
    finally:
        connection.close()
    if problems:
        raise ImproperlyConfigured(" ".join(f"{p.id}: {p.msg}" for p in problems))


def _role_problems() -> list[CheckMessage]:
    (bypasses, owns), *_ = _rows(_ROLE)
    problems: list[CheckMessage] = []
    if bypasses:
        problems.append(
            Error(
                "DATABASE_URL names a role that bypasses row security.",
                hint="Use the nethra_app role that `python -m nethra.bootstrap` makes.",
                id="nethra.E001",
            )
        )
    if owns:
        problems.append(
            Error(
                "DATABASE_URL names a role that owns tables.",
                hint="The owner can switch row security off; only MIGRATE_DATABASE_URL may name it.",
                id="nethra.E002",
            )
        )
    return problems


def _table_problems() -> list[CheckMessage]:
    problems: list[CheckMessage] = [
        Error(f"The table {name} is not bound to its agency by row security.", id="nethra.E003")
        for (name,) in _rows(_UNPROTECTED, [POLICY])
    ]
    problems += [
        Error(
            f"The relation {name} has no agency and is not on the reviewed list.",
            hint="Add it to SHARED_RELATIONS with the reason, or give it an agency.",
            id="nethra.E004",
        )
        for (name,) in _rows(_UNREVIEWED, [list(SHARED_RELATIONS)])
    ]
    return problems


def _audit_problems() -> list[CheckMessage]:
    muted: dict[str, list[str]] = {}
    for table, trigger in _rows(_MUTED, {"without": list(WITHOUT_EVENTS)}):
        muted.setdefault(table, []).append(trigger)
    return [
        Error(
            f"What happens to {table} is not recorded: {', '.join(triggers)} is missing or not always on.",
            hint=f"As the owner: ALTER TABLE {table} ENABLE ALWAYS TRIGGER {triggers[0]}; then audit_verify --state.",
            id="nethra.E006",
        )
        for table, triggers in muted.items()
    ]


def seconds_apart() -> float:
    """Return by how much the database's clock and this machine's differ."""
    before = datetime.now(UTC)
    ((there,),) = _rows("SELECT clock_timestamp()")
    after = datetime.now(UTC)
    # The question itself takes time.
    return float(max(0.0, (before - there).total_seconds(), (there - after).total_seconds()))


def _clock_problems() -> list[CheckMessage]:
    apart = seconds_apart()
    if apart <= MOST_SECONDS_APART:
        return []
    return [
        Error(
            f"The clocks of this machine and of the database are {apart:.0f} seconds apart.",
            hint="Let both follow one time server: sessions, tokens and events are dated by the two.",
            id="nethra.E007",
        )
    ]


def _index_problems() -> list[CheckMessage]:
    if settings.GEO_INDEX != "leakproof" or _rows(_LEAKPROOF)[0][0]:
        return []
    return [
        Error(
            "geometry_overlaps has lost its LEAKPROOF mark, so maps cannot use their index.",
            hint="Run `python -m nethra.bootstrap` again, as after every restore and PostGIS update.",
            id="nethra.E005",
        )
    ]


def _rows(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
