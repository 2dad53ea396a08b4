"""Work on incidents that takes longer than a request may."""

from __future__ import annotations

from uuid import UUID

from nethra.core.access import Access
from nethra.jobs.queue import job


# An import commits as it goes, so that its progress shows and it can be cancelled.
@job(manages_transactions=True, once=True)
def run_import_job(*, access: Access, batch_id: UUID) -> None:
    """Read an uploaded file's rows into incidents."""
    from incidents.importing.services import run_import

    run_import(access=access, batch_id=batch_id)
