"""When the audit cannot be written: the change is refused with it, and operators hear of it at once.

No domain write succeeds without its event, since the trigger that writes it belongs to the statement.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.db.backends.signals import connection_created

logger = logging.getLogger(__name__)
#: What the database says it was doing when the audit's own writing failed.
_WRITING = ("function app.capture_change", "function app.record_event", "audit_auditevent")


def concerns_audit(error: BaseException) -> bool:
    """Return whether the database failed while it wrote the audit, whatever statement it was asked for."""
    told = getattr(error.__cause__ or error, "diag", None)
    context = getattr(told, "context", None) or ""
    # What a trigger refuses on purpose is no failure; that is no fault of disk, table or function.
    is_refusal = (getattr(error.__cause__ or error, "sqlstate", None) or "").startswith(("23", "40", "57"))
    return not is_refusal and any(words in context for words in _WRITING)


def _watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        if concerns_audit(error):
            logger.critical("The audit could not be written, so a change was refused", exc_info=error)
        raise


def watch_connections() -> None:
    """Sound the alarm from now on, whatever of this process writes: pages, API, commands, jobs."""

    def begin(connection: Any, **signal: Any) -> None:
        if _watch not in connection.execute_wrappers:
            connection.execute_wrappers.append(_watch)

    connection_created.connect(begin, weak=False, dispatch_uid="nethra.audit.alarm")
