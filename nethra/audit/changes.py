"""Audit events as people read them: which fields changed, from what to what, by whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import GEOSException, GEOSGeometry, Point

from nethra.audit.models import AuditEvent
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.console import Change, HistoryEntry
from nethra.core.fields import declarations_of
from nethra.core.models import ScopedModel

#: Columns that say nothing to a reader: keys of the row itself, and what is computed from other columns.
LEFT_OUT = frozenset({"id", "agency_id", "g3857", "lon", "lat", "content_hash", "updated_at", "created_at"})
GEOMETRY_COLUMNS = frozenset({"location", "shape", "boundary"})
ACTIONS = {
    "insert": "Added",
    "update": "Changed",
    "delete": "Deleted",
    "sign_in": "Sign-in",
    "session_ended": "Session ended",
    "password_changed": "Password changed",
    "agency_entered": "Agency entered",
    "agency_left": "Agency left",
    "request": "Request",
    "retire": "Audit events retired",
}
MAX_HISTORY = 200


def action_label(action: str) -> str:
    """Return an action in words."""
    return ACTIONS.get(action) or action.replace("_", " ").capitalize()


@cache
def entity_labels() -> dict[str, str]:
    """Return table -> what one of its rows is called, for every table whose rows belong to an agency."""
    models = [model for model in apps.get_models() if issubclass(model, ScopedModel)]
    labels = {model._meta.db_table: str(model._meta.verbose_name).capitalize() for model in models}
    return dict(sorted(labels.items(), key=lambda item: item[1]))


def changes_of(access: Access, event: AuditEvent, hidden: Collection[str] | None = None) -> list[Change]:
    """Return the fields an event changed.

    The guarded ones are for whoever may read the audit, and of them those that are not ``hidden``, which are asked
    for where they are not given.
    """
    with_guarded = access.may(Capability.VIEW_AUDIT)
    withheld = hidden_columns(access, [event])[event.pk] if hidden is None else hidden
    parts = [_read(event.body)] + ([_read(event.guarded)] if with_guarded else [])
    changes = [change for part in parts for change in _changes(part, event.action, withheld)]
    return sorted(changes, key=lambda change: change.field)


def hidden_columns(access: Access, events: Iterable[AuditEvent]) -> dict[UUID, frozenset[str]]:
    """Return event -> the columns that the declarations of its record withhold from an access today.

    Of a record that is no more, all that they withhold in any row. At most one query for each table.
    """
    by_table: dict[str, list[AuditEvent]] = {}
    for event in events:
        by_table.setdefault(event.entity, []).append(event)
    return {
        event.pk: columns[event.object_id]
        for table, found in by_table.items()
        for columns in [_hidden_in(access, table, {each.object_id for each in found})]
        for event in found
    }


def _hidden_in(access: Access, table: str, keys: Set[UUID | None]) -> dict[UUID | None, frozenset[str]]:
    always: set[str] = set()
    somewhere: list[tuple[str, Any]] = []
    declarations = declarations_of(table)
    for declared in (each for declaration in declarations for each in declaration.fields):
        if not declared.readable_by(access):
            always |= _columns(declared.path)
        elif (where := declared.withheld_for(access)) is not None:
            somewhere.append((declared.path, where))
    in_any_row = always.union(*(_columns(path) for path, _ in somewhere))
    hidden = dict.fromkeys(keys, frozenset(in_any_row))
    if somewhere:
        rows = declarations[0].model._base_manager.filter(agency_id=access.agency_id, pk__in=keys - {None})
        for key, *flags in rows.values_list("pk", *(where for _, where in somewhere)):
            named = [_columns(path) for (path, _), is_so in zip(somewhere, flags, strict=True) if is_so]
            hidden[key] = frozenset(always.union(*named))
    return hidden


def _columns(path: str) -> set[str]:
    return {path, f"{path}_id"}


def history_of(access: Access, table: str, object_id: UUID) -> list[HistoryEntry]:
    """Return what happened to one row, newest first."""
    events = AuditEvent.objects.visible_to(access).about(table, object_id)[:MAX_HISTORY]
    return entries_of(access, list(events))


def entries_of(
    access: Access, events: Sequence[AuditEvent], *, with_entity: bool = False
) -> list[HistoryEntry]:
    """Return the events as people read them, naming the kind of record where they are of several kinds."""
    with_guarded = access.may(Capability.VIEW_AUDIT)
    names = names_of({event.actor_id for event in events})
    hidden = hidden_columns(access, events)
    return [
        HistoryEntry(
            at=event.recorded_at,
            who=names.get(event.actor_id, UNKNOWN),
            action=_headline(event) if with_entity else action_label(event.action),
            # SECURITY: a reason may say what is withheld; tests/architecture/test_leaks.py.
            reason=event.reason if with_guarded else "",
            source=event.source,
            changes=changes_of(access, event, hidden[event.pk]),
        )
        for event in events
    ]


def _headline(event: AuditEvent) -> str:
    kind = entity_labels().get(event.entity, event.entity).lower()
    return f"{action_label(event.action)}: {kind}"


SYSTEM = "The system"
#: Row security hides other agencies' people.
UNKNOWN = "Somebody of another agency"


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return id -> name for the agency's people among the ids. One query."""
    people = get_user_model()._base_manager.filter(pk__in=[key for key in ids if key])
    return {None: SYSTEM, **dict(people.values_list("pk", "name"))}


def _read(text: str | None) -> dict[str, Any]:
    value = orjson.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def _changes(part: Mapping[str, Any], action: str, hidden: Collection[str]) -> list[Change]:
    if "old" not in part and "new" not in part:
        return [Change(_words(name), "", _shown(name, value)) for name, value in part.items()]
    part = {
        side: {n: v for n, v in (values or {}).items() if n not in hidden} for side, values in part.items()
    }
    old, new = part.get("old") or {}, part.get("new") or {}
    # An update states the whole new row and, as old, only what was replaced.
    names = [name for name in (new if action == "insert" else old) if name not in LEFT_OUT]
    changes = [
        Change(_words(name), _shown(name, old.get(name)), _shown(name, new.get(name))) for name in names
    ]
    return [change for change in changes if change.old or change.new]


def _words(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in GEOMETRY_COLUMNS:
        return _place(str(value))
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value)


def _place(hexadecimal: str) -> str:
    try:
        geometry = GEOSGeometry(hexadecimal)
    except (GEOSException, ValueError):
        return hexadecimal[:40]
    if isinstance(geometry, Point):
        return f"{geometry.y:.6f}, {geometry.x:.6f}"
    return f"An outline of {geometry.num_coords} corners"
