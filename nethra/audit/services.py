"""Saying what no row change shows: sign-ins, refusals, readings, exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from nethra.audit.models import AuditEvent


def record_event(
    *,
    action: str,
    entity: str,
    object_id: UUID | None = None,
    result: AuditEvent.Result = AuditEvent.Result.DONE,
    reason: str = "",
    body: Mapping[str, Any] | None = None,
    guarded: Mapping[str, Any] | None = None,
) -> None:
    """Append one event; who, from where and in which agency come from the transaction's scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.record_event(%s, %s, %s, %s, %s, %s::jsonb, %s::jsonb)",
            [action, entity, object_id, str(result), reason, _json(body), _json(guarded)],
        )


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()
