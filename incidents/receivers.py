"""What incidents do when one of them was expunged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver

from incidents.importing.batches import rejects_path, upload_path
from incidents.models import ImportBatch, ImportReject, Incident
from incidents.signals import incident_expunged
from nethra.core.access import Access


@receiver(incident_expunged)
def forget_import(sender: Any, access: Access, incident_id: UUID, **_: Any) -> None:
    """Remove the file that an expunged incident came in with: it holds what the order took away."""
    incident = Incident._base_manager.filter(agency_id=access.agency_id, pk=incident_id).first()
    if incident is None or incident.import_batch_id is None:
        return
    batch = ImportBatch._base_manager.filter(agency_id=access.agency_id, pk=incident.import_batch_id).first()
    if batch is None or not batch.upload_path:
        return
    ImportReject._base_manager.filter(agency_id=access.agency_id, batch_id=batch.pk).update(raw="")
    paths = (upload_path(batch), rejects_path(batch))
    ImportBatch._base_manager.filter(agency_id=access.agency_id, pk=batch.pk).update(
        upload_path="", rejects_path=""
    )

    def remove() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    transaction.on_commit(remove)
