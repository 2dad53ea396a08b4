"""What the audit has about a case and everything that hangs, or hung, on it."""

from __future__ import annotations

from uuid import UUID

from django.db.models.expressions import RawSQL

from nethra.audit.changes import MAX_HISTORY, entries_of
from nethra.audit.models import AuditEvent
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.console import HistoryEntry


def trail_of(access: Access, case_id: UUID) -> list[HistoryEntry]:
    """Return the newest events, the latest first; raise NotAllowed without the right to read the audit."""
    access.require(Capability.VIEW_AUDIT)
    ids = RawSQL("SELECT app.events_of_case(%s, %s)", [case_id, MAX_HISTORY])
    events = AuditEvent.objects.visible_to(access).filter(pk__in=ids).order_by("-recorded_at", "-id")
    return entries_of(access, list(events), with_entity=True)
