"""The verbs for imports: start one, look at it, run it, ask it to stop, undo it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from incidents.choices import ImportStatus
from incidents.import_profiles import ProfileError, load_profile_over
from incidents.importing import batches
from incidents.importing.files import digest
from incidents.importing.previews import Preview, preview_file
from incidents.importing.progress import Watcher, nobody
from incidents.importing.runs import remove_stored, run
from incidents.importing.sessions import import_session
from incidents.models import ImportBatch, Incident
from incidents.placing_runs import order_waiting
from incidents.signals import incidents_about_to_go
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope

__all__ = ["Preview", "preview", "request_cancel", "run_import", "start_import", "undo_import"]

#: How many numbers a refusal names.
NAMED = 10
RUNNABLE = (ImportStatus.UPLOADED, ImportStatus.RUNNING)
UNDOABLE = (ImportStatus.DONE, ImportStatus.RUNNING)


@transaction.atomic
def start_import(
    *,
    access: Access,
    file: BinaryIO,
    file_name: str,
    profile: str,
    mapping: Mapping[str, Any] | None = None,
    look_up_addresses: bool = False,
) -> ImportBatch:
    """Return a new batch with the uploaded file kept under UPLOAD_DIR; run_import does the rest.

    `mapping` is a table merged over the profile. With `look_up_addresses` a row without coordinates gets the point of
    its address where the gazetteer is certain of it. Raises InvalidInput when profile and mapping make no profile, or
    when there is nothing to look addresses up in.
    """
    access.require(Capability.RUN_IMPORTS)
    table = batches.mapping_as_json(mapping or {})
    try:
        read_by = load_profile_over(profile, mapping or {}, "the mapping" if mapping else profile)
    except ProfileError as problem:
        raise InvalidInput(str(problem), errors={"profile": [str(problem)]}) from problem
    if look_up_addresses:
        batches.gazetteer_for(access, read_by)
    batch = ImportBatch(
        id=uuid7(),
        agency_id=access.agency_id,
        profile=profile,
        file_name=Path(file_name).name[:255],
        mapping=table,
        look_up_addresses=look_up_addresses,
        created_by_id=access.author_id,
    )
    batch.upload_path = f"{access.agency_id}/{batch.pk}.upload"
    batch.file_sha256 = _keep(file, batches.upload_path(batch))
    batch.save(force_insert=True)
    return batch


def preview(*, access: Access, batch: ImportBatch, rows: int = 10) -> Preview:
    """Return the header, what is missing, and the first rows as they would be stored, with their problems."""
    access.require(Capability.RUN_IMPORTS)
    batch = batches.find_batch(access, batch.pk)
    return preview_file(batches.upload_path(batch), batches.profile_of(batch), rows)


def run_import(*, access: Access, batch_id: UUID, progress: Watcher | None = None) -> ImportBatch:
    """Import the batch's file and return the batch: done, failed or cancelled, its message says why.

    Opens its own transactions, so call it outside one. A batch whose run was killed starts afresh. Raises
    NotFound, and Conflict when the batch has ended or another import of the agency is running.
    """
    access.require(Capability.RUN_IMPORTS)
    with import_session(access.agency_id):
        with agency_scope(access):
            batch = batches.find_batch(access, batch_id)
        if batch.status not in RUNNABLE:
            raise Conflict(f"This import is {_state(batch)}; it cannot run again.")
        run(access, batch, progress or nobody)
    with agency_scope(access):
        order_waiting(access)
        return batches.find_batch(access, batch_id)


def request_cancel(*, access: Access, batch: ImportBatch) -> None:
    """Ask a waiting or running import to stop and take back what it stored; raise Conflict when it ended."""
    access.require(Capability.RUN_IMPORTS)
    waiting = ImportBatch.objects.visible_to(access).filter(pk=batch.pk, status__in=RUNNABLE)
    if not waiting.update(cancel_requested=True):
        raise Conflict("This import has ended already.")


def undo_import(*, access: Access, batch_id: UUID, progress: Watcher | None = None) -> int:
    """Remove exactly the incidents that the batch stored, with their offences; return how many.

    Opens its own transactions, so call it outside one. Raises NotFound, and Conflict when there is nothing to
    undo, when rows were edited since, or when something refers to them; then the sentence names numbers.
    """
    access.require(Capability.RUN_IMPORTS)
    with import_session(access.agency_id):
        with agency_scope(access):
            batch = batches.find_batch(access, batch_id)
            if batch.status not in UNDOABLE:
                raise Conflict(f"This import is {_state(batch)}, so there is nothing to undo.")
            _refuse_undo(access, batch)
        removed = remove_stored(access, batch, progress or nobody, edited_too=False)
        with agency_scope(access):
            # Edited while the undo ran: those rows are still there.
            _refuse_edited(access, batch)
        batches.change_batch(access, batch_id, status=ImportStatus.UNDONE, undone_at=datetime.now(UTC))
    with agency_scope(access):
        order_waiting(access)
    return removed


def _refuse_undo(access: Access, batch: ImportBatch) -> None:
    answers = incidents_about_to_go.send(sender=ImportBatch, access=access, batch_id=batch.pk)
    blocking = sorted({number for _, numbers in answers for number in numbers or ()})
    if blocking:
        raise Conflict(
            f"Other records refer to these incidents: {_named(blocking)}.", code="incidents_in_use"
        )
    _refuse_edited(access, batch)


def _refuse_edited(access: Access, batch: ImportBatch) -> None:
    stored = Incident.objects.visible_to(access).filter(import_batch_id=batch.pk)
    changed = stored.filter(updated_at__gt=F("created_at")).order_by("number")
    edited = list(changed.values_list("number", flat=True)[: NAMED + 1])
    if edited:
        raise Conflict(
            f"These incidents were edited after the import: {_named(edited)}.", code="incidents_edited"
        )


def _state(batch: ImportBatch) -> str:
    return str(batch.get_status_display()).lower()


def _named(numbers: list[str]) -> str:
    return ", ".join(numbers[:NAMED]) + (" and more" if len(numbers) > NAMED else "")


def _keep(file: BinaryIO, path: Path) -> str:
    """Write the upload where only this service reads it, whole or not at all; return its SHA-256."""
    Path(settings.UPLOAD_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            shutil.copyfileobj(file, cast(BinaryIO, out), 1 << 20)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return digest(path)
