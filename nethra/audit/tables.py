"""Handing events out as a table: counted, hashed, and recorded before the first byte leaves."""

from __future__ import annotations

from django.http import FileResponse

from nethra.audit.fields import AUDIT_EVENT
from nethra.audit.filters import AuditFilters, wanted_by
from nethra.audit.services import record_event
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.tables import write_csv

MOST = 100_000


def hand_out_events(access: Access, filters: AuditFilters, query: str) -> FileResponse:
    """Return a CSV file of the events wanted, the latest first; raise InvalidInput for more than 100,000."""
    wanted = wanted_by(access, filters)
    if wanted.order_by()[: MOST + 1].count() > MOST:
        raise InvalidInput(
            f"These are more than {MOST:,} events: bound them by since and until.", code="too_many"
        )
    found = rows.records(wanted.order_by("-recorded_at", "-id"), AUDIT_EVENT, access)
    names = [field.name for field in AUDIT_EVENT.readable_by(access)]
    table = write_csv(names, ([record[name] for name in names] for record in found))
    record_event(
        action="export",
        entity="audit_auditevent",
        body={"query": query, "rows": table.rows, "sha256": table.sha256},
    )
    return FileResponse(
        table.file, as_attachment=True, filename="audit-events.csv", content_type="text/csv; charset=utf-8"
    )
