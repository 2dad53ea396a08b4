"""Work on evidence that no request waits for."""

from __future__ import annotations

from uuid import UUID

from nethra.core.access import Access
from nethra.core.scope import agency_scope
from nethra.jobs.queue import job


# The file is read between two short transactions.
@job(manages_transactions=True)
def inspect_evidence_job(*, access: Access, evidence_id: UUID) -> None:
    """Make a thumbnail and read when the file says it was recorded."""
    from media_evidence.inspecting import inspect
    from media_evidence.services import find_evidence, note_findings

    with agency_scope(access):
        evidence = find_evidence(access, evidence_id)
    findings = inspect(evidence)
    with agency_scope(access, reason="exhibit inspected"):
        note_findings(access=access, evidence=evidence, findings=findings)


@job(once=True, cron="17 * * * *")
def sweep_uploads_job(*, access: Access) -> None:
    """Remove what arrived of uploads that nobody goes on with, and forget those that ended long ago."""
    from media_evidence import parts
    from media_evidence.uploads import forget_uploads

    parts.sweep()
    forget_uploads(access=access)
