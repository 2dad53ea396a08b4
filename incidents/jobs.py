"""Work on incidents that takes longer than a request may."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from nethra.core.access import Access
from nethra.core.errors import Conflict
from nethra.jobs.queue import job


# An import commits as it goes, so that its progress shows and it can be cancelled.
@job(manages_transactions=True, once=True)
def run_import_job(*, access: Access, batch_id: UUID) -> None:
    """Read an uploaded file's rows into incidents."""
    from incidents.importing.services import run_import

    try:
        run_import(access=access, batch_id=batch_id)
    except Conflict as refusal:
        _tell(access, batch_id, refusal)


@job(manages_transactions=True, once=True)
def undo_import_job(*, access: Access, batch_id: UUID) -> None:
    """Take back what an import stored."""
    from incidents.importing.services import undo_import

    try:
        undo_import(access=access, batch_id=batch_id)
    except Conflict as refusal:
        _tell(access, batch_id, refusal)


def _tell(access: Access, batch_id: UUID, refusal: Conflict) -> None:
    """Write on the batch why nothing was done: whoever ordered the job reads it there."""
    from incidents.importing.batches import change_batch

    change_batch(access, batch_id, message=refusal.message)


# In batches that commit as they go, so that its progress shows and it can be stopped.
@job(manages_transactions=True, once=True)
def place_incidents_job(*, access: Access, placing_id: UUID) -> None:
    """Place an agency's incidents anew in the areas in force."""
    from incidents.placing_runs import run_placing

    # An import is storing incidents, or another run is at it: when that ends it orders what waits.
    with suppress(Conflict):
        run_placing(access=access, placing_id=placing_id)
