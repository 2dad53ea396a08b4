"""Work on evidence that no request waits for."""

from __future__ import annotations

from uuid import UUID

from nethra.core.access import Access
from nethra.core.scope import agency_scope
from nethra.jobs.queue import job


# The file is read between two short transactions.
@job(manages_transactions=True)
def inspect_evidence_job(*, access: Access, evidence_id: UUID) -> None:
    """Make smaller pictures of the file and read what it says about itself."""
    from media_evidence.findings import note_findings
    from media_evidence.inspecting import inspect
    from media_evidence.services import find_evidence

    with agency_scope(access):
        evidence = find_evidence(access, evidence_id)
    look = inspect(evidence)
    with agency_scope(access, reason="exhibit inspected"):
        note_findings(access=access, evidence=evidence, look=look)
