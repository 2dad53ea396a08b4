"""What the pages of an import show: its stage, its progress, its first rows as they would be stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from incidents.choices import ImportStatus
from incidents.import_values import OffenceReading
from incidents.importing.previews import Preview, PreviewRow
from incidents.jobs import run_import_job, undo_import_job
from incidents.models import ImportBatch
from nethra.jobs.queue import is_under_way

COUNTS = ("rows_total", "rows_read", "rows_stored", "rows_known", "rows_repeated", "rows_rejected")
LONGEST_CELL = 80


class Stage(StrEnum):
    """Which of the pages an import is at."""

    PREVIEW = "preview"
    WAITING = "waiting"
    RUNNING = "running"
    UNDOING = "undoing"
    ENDED = "ended"

    @property
    def moves(self) -> bool:
        """Whether it will go on without anybody doing anything."""
        return self in (Stage.WAITING, Stage.RUNNING, Stage.UNDOING)


def stage_of(batch: ImportBatch) -> Stage:
    """Return where an import is."""
    ids = {"agency_id": batch.agency_id, "batch_id": batch.pk}
    if batch.status == ImportStatus.UPLOADED:
        return Stage.WAITING if is_under_way(run_import_job, **ids) else Stage.PREVIEW
    if batch.status == ImportStatus.RUNNING:
        return Stage.RUNNING
    if batch.status == ImportStatus.DONE and is_under_way(undo_import_job, **ids):
        return Stage.UNDOING
    return Stage.ENDED


def progress_of(batch: ImportBatch, stage: Stage) -> dict[str, Any]:
    """Return what the progress script shows; total is 0 while nobody knows it."""
    return {
        "stage": stage,
        "done": batch.rows_read,
        "total": batch.rows_total,
        "words": _words(batch, stage),
        "counts": {name: getattr(batch, name) for name in COUNTS},
    }


def _words(batch: ImportBatch, stage: Stage) -> str:
    if batch.cancel_requested:
        return "Stopping; what was stored is taken back."
    if stage is Stage.WAITING:
        return "Waiting for the worker to begin."
    if stage is Stage.UNDOING:
        return "Taking back what the import stored."
    if not batch.rows_total:
        return "Reading and checking the file."
    return f"{batch.rows_read:,} of {batch.rows_total:,} rows"


@dataclass(frozen=True)
class PreviewTable:
    """The first rows of a file as a table: field names, and a line, cells and problems for each row."""

    fields: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...]


def table_of(preview: Preview) -> PreviewTable:
    """Return the preview as text, in the agency's time."""
    named = dict.fromkeys(name for row in preview.rows for name in row.values)
    return PreviewTable(tuple(named), tuple(_line(row, tuple(named)) for row in preview.rows))


def _line(row: PreviewRow, fields: tuple[str, ...]) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    return row.line, tuple(_text(row.values.get(name)) for name in fields), row.problems


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, OffenceReading):
        return f"{value.code}, {value.completion}"
    if isinstance(value, tuple):
        return ", ".join(f"{ordinate:.5f}" for ordinate in value)
    text = str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
