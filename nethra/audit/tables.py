"""Handing events out as a table: for a stated reason, counted, hashed, and recorded before the first byte leaves."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import FileResponse

from nethra.audit.fields import AUDIT_EVENT
from nethra.audit.models import AuditEvent
from nethra.audit.services import record_event
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.scope import set_reason
from nethra.core.tables import write_csv

MOST = 100_000
MOST_WORDS = 200
#: The header by which a program says what a table is for.
EXPORT_REASON_HEADER = "X-Export-Reason"


def hand_out_events(access: Access, wanted: QuerySet[AuditEvent], query: str, reason: str) -> FileResponse:
    """Return a CSV file of the events, the latest first; ``query`` is how they were asked for.

    Raise InvalidInput without a reason, and for more than 100,000 events.
    """
    reason = reason.strip()
    if not reason or len(reason) > MOST_WORDS or not reason.isprintable():
        sentence = f"Say in up to {MOST_WORDS} characters what the table is for."
        raise InvalidInput(sentence, code="export_reason_needed", errors={"reason": [sentence]})
    if wanted.order_by()[: MOST + 1].count() > MOST:
        raise InvalidInput(f"These are more than {MOST:,} events: bound them by time.", code="too_many")
    found = rows.records(wanted.order_by("-recorded_at", "-id"), AUDIT_EVENT, access)
    names = [field.name for field in AUDIT_EVENT.readable_by(access)]
    table = write_csv(names, ([record[name] for name in names] for record in found))
    set_reason(reason)
    record_event(
        action="export",
        entity="audit_auditevent",
        body={"query": query, "rows": table.rows, "sha256": table.sha256},
    )
    return FileResponse(
        table.file, as_attachment=True, filename="audit-events.csv", content_type="text/csv; charset=utf-8"
    )
