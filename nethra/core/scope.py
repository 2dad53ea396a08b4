"""The transaction-local settings that row security and the audit read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from psycopg.errors import error_from_result
from psycopg.pq import Escaping, ExecStatus, TransactionStatus

from nethra.core.access import Access
from nethra.core.models import uuid7


@dataclass(frozen=True)
class Scope:
    """What the database is told about the current transaction; empty strings mean nobody and nothing."""

    agency_id: UUID | None = None
    user_id: UUID | None = None
    source: str = ""
    request_id: str = ""
    address: str = ""
    reason: str = ""

    @classmethod
    def of(cls, access: Access, *, request_id: str = "", address: str = "", reason: str = "") -> Scope:
        """Return the scope of an access."""
        return cls(access.agency_id, access.user_id, access.source, request_id, address, reason)

    def told(self, agency_id: UUID | None, user_id: UUID | None = None) -> Scope:
        """Return the scope of the same request, now that it is known who asks."""
        return replace(self, agency_id=agency_id, user_id=user_id, reason="")


_SET_SCOPE = """
SELECT set_config('app.agency_id', %s, true), set_config('app.user_id', %s, true),
       set_config('app.source', %s, true), set_config('app.request_id', %s, true),
       set_config('app.address', %s, true), set_config('app.reason', %s, true)
"""
_BEGIN = b"BEGIN;" + _SET_SCOPE.encode()


def set_scope(scope: Scope) -> None:
    """Write the whole scope, empty parts too: a SET LOCAL outlives a released savepoint."""
    held = connections[DEFAULT_DB_ALIAS]
    if not held.in_atomic_block:
        raise RuntimeError("The agency's scope lasts one transaction: open it first.")
    values = [
        str(scope.agency_id or ""),
        str(scope.user_id or ""),
        scope.source,
        scope.request_id,
        scope.address,
        scope.reason,
    ]
    if _has_begun(held):
        with held.cursor() as cursor:
            cursor.execute(_SET_SCOPE, values)
    else:
        _begin(held, values)


def _has_begun(held: Any) -> bool:
    """Return whether PostgreSQL heard of the transaction: it is told with the first statement, or asked to log them."""
    held.ensure_connection()
    is_idle = held.connection.pgconn.transaction_status == TransactionStatus.IDLE
    return not is_idle or bool(held.queries_logged)


def _begin(held: Any, values: Sequence[str]) -> None:
    """Begin the transaction and write the scope, in one round trip."""
    with held.wrap_database_errors:
        told = held.connection.pgconn
        literal = Escaping(told).escape_literal
        result = told.exec_(_BEGIN % tuple(bytes(literal(value.encode())) for value in values))
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)


def set_reason(reason: str) -> None:
    """Say why the following changes of this transaction are made; the audit keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.reason', %s, true)", [reason])


def move_scope(agency_id: UUID) -> None:
    """Point the transaction at another agency; who, from where and in which request stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.agency_id', %s, true), set_config('app.reason', '', true)",
            [str(agency_id)],
        )


@contextmanager
def agency_scope(access: Access, *, reason: str = "", request_id: str = "") -> Iterator[None]:
    """Run a transaction in an agency's name, for commands and jobs. Afterwards no agency is set."""
    with transaction.atomic():
        set_scope(Scope.of(access, request_id=request_id or str(uuid7()), reason=reason))
        try:
            yield
        finally:
            # Within an outer transaction the setting would live on; a broken one ends by itself.
            if (
                connection.in_atomic_block
                and not connection.needs_rollback
                and connection.connection is not None
            ):
                _clear_unless_broken()


def _clear_unless_broken() -> None:
    if connection.connection.info.transaction_status != TransactionStatus.INERROR:
        set_scope(Scope())
