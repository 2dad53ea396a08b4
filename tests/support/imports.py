"""Importing small files in tests, by the services that import them in life."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from incidents.importing.progress import Watcher
from incidents.importing.services import run_import, start_import
from incidents.models import ImportBatch, Incident
from nethra.core.access import Access
from nethra.core.scope import agency_scope

GOOD: dict[str, str] = {
    "external_id": "A-1",
    "occurred_from": "2026-03-01T10:00:00Z",
    "occurred_until": "2026-03-01T11:00:00Z",
    "reported_at": "2026-03-01T12:00:00Z",
    "offence": "220",
    "description": "Window forced",
    "address": "12 Mission Street",
    "latitude": "37.77",
    "longitude": "-122.42",
    "status": "reported",
}
HEADER = ",".join(GOOD)


def csv_of(*changes: Mapping[str, str]) -> bytes:
    """Return a generic file of good rows A-1, A-2, ... each with its changes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER.split(","), lineterminator="\n")
    writer.writeheader()
    for number, change in enumerate(changes, start=1):
        writer.writerow({**GOOD, "external_id": f"A-{number}", **change})
    return text.getvalue().encode()


def start(access: Access, content: bytes, profile: str = "generic", **options: Any) -> ImportBatch:
    """Return a batch with the file uploaded."""
    with agency_scope(access):
        return start_import(
            access=access, file=io.BytesIO(content), file_name="rows.csv", profile=profile, **options
        )


def import_file(
    access: Access, content: bytes, profile: str = "generic", progress: Watcher | None = None, **options: Any
) -> ImportBatch:
    """Return the batch after its run."""
    batch = start(access, content, profile, **options)
    return run_import(access=access, batch_id=batch.pk, progress=progress)


def counts(batch: ImportBatch) -> tuple[int, int, int, int, int]:
    """Return rows read, stored, known, repeated, rejected."""
    return (
        batch.rows_read,
        batch.rows_stored,
        batch.rows_known,
        batch.rows_repeated,
        batch.rows_rejected,
    )


def rejects(batch: ImportBatch) -> list[dict[str, str]]:
    """Return the rows of the rejects file."""
    with (Path(settings.UPLOAD_DIR) / batch.rejects_path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stored(access: Access, read: Callable[[Any], Any] = list) -> Any:
    """Return the agency's incidents in the order of their numbers, read inside its scope."""
    with agency_scope(access):
        return read(Incident.objects.visible_to(access).order_by("number"))
