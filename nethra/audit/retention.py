"""How long the audit is kept: an agency's rule, a year at least, and orders that hold events beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import transaction

from nethra.audit.models import AuditHold
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound


@dataclass(frozen=True)
class Rule:
    """For how many days an agency keeps its audit."""

    agency: UUID
    code: str
    days: int


def ruled_agencies(connection: psycopg.Connection[Any]) -> list[Rule]:
    """Return the agencies that have a rule."""
    found = connection.execute(
        "SELECT id, code, audit_keep_days FROM accounts_agency WHERE audit_keep_days IS NOT NULL ORDER BY code"
    )
    return [Rule(*row) for row in found.fetchall()]


def retirable(connection: psycopg.Connection[Any], agency: UUID) -> int:
    """Return how many events the agency's rule lets go now; the connection is the sealer's."""
    row = connection.execute("SELECT count(*) FROM app.retirable_events(%s)", [agency]).fetchone()
    return int(row[0]) if row else 0


def retire(connection: psycopg.Connection[Any], agency: UUID, reason: str) -> int:
    """Remove what the agency's rule lets go, and say so in an event; return how many. The leaves stay."""
    with connection.transaction():
        connection.execute("SELECT set_config('app.source', 'command', true)")
        row = connection.execute("SELECT app.retire_events(%s, %s)", [agency, reason]).fetchone()
    return int(row[0]) if row else 0


@transaction.atomic
def place_hold(*, access: Access, order_number: str, reason: str, object_id: UUID | None = None) -> AuditHold:
    """Keep events whatever the rule says: those about one record, or all. Operators only; raise InvalidInput."""
    _operators_only(access)
    errors = {}
    if not order_number.strip():
        errors["order_number"] = ["State the number of the order."]
    if not reason.strip():
        errors["reason"] = ["Say in one line who ordered it and why."]
    if errors:
        raise InvalidInput(errors=errors)
    held = AuditHold.objects.visible_to(access).filter(lifted_at=None, order_number=order_number.strip())
    if held.filter(object_id=object_id).exists():
        raise Conflict("This order holds these events already.", code="held_already")
    return AuditHold.objects.create(
        agency_id=access.agency_id,
        object_id=object_id,
        order_number=order_number.strip()[:100],
        reason=reason.strip()[:300],
        placed_at=datetime.now(UTC),
    )


@transaction.atomic
def lift_hold(*, access: Access, order_number: str) -> int:
    """Let the events of an order go by the rule again; return how many holds it had. Raise NotFound."""
    _operators_only(access)
    held = AuditHold.objects.visible_to(access).filter(lifted_at=None, order_number=order_number.strip())
    lifted: int = held.update(lifted_at=datetime.now(UTC))
    if not lifted:
        raise NotFound(f"No hold of the order '{order_number}' is in force.")
    return lifted


def _operators_only(access: Access) -> None:
    if access.user_id is not None:
        raise NotAllowed()
