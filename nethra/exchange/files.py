"""Where the files of exports lie: below EXPORT_DIR, for this service alone, until they expire."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from nethra.exchange.choices import ExportFormat
from nethra.exchange.models import Export

CHUNK = 1 << 18
#: Format -> ending and media type.
KINDS = {
    ExportFormat.CSV: ("csv", "text/csv; charset=utf-8"),
    ExportFormat.CSV_MARKED: ("csv", "text/csv; charset=utf-8"),
    ExportFormat.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ExportFormat.GEOJSON: ("geojson", "application/geo+json"),
    ExportFormat.GEOPACKAGE: ("gpkg", "application/geopackage+sqlite3"),
    ExportFormat.GEOPARQUET: ("parquet", "application/vnd.apache.parquet"),
}


@dataclass(frozen=True)
class ExportFile:
    """A made file, to be answered with."""

    path: Path

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.path.stat().st_size

    def pieces(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from ``first`` to ``last``, both included."""
        with self.path.open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left and (piece := file.read(min(left, CHUNK))):
                left -= len(piece)
                yield piece


def folder_of(agency_id: UUID) -> Path:
    """Return the folder of an agency's files, made where it is missing."""
    folder: Path = settings.EXPORT_DIR / str(agency_id)
    for each in (settings.EXPORT_DIR, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def file_of(export: Export) -> Path:
    """Return where the file of an export lies, or would lie."""
    ending, _ = KINDS[ExportFormat(export.format)]
    return Path(settings.EXPORT_DIR) / str(export.agency_id) / f"{export.pk}.{ending}"


def part_of(export: Export) -> Path:
    """Return where the file of an export is written until it is whole."""
    ending, _ = KINDS[ExportFormat(export.format)]
    return folder_of(export.agency_id) / f"{export.pk}.part.{ending}"


def seal(path: Path) -> tuple[int, str]:
    """Let nobody else read a written file; return its size in bytes and its SHA-256."""
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def remove_files(export: Export) -> None:
    """Delete what there is of an export's file."""
    for path in (file_of(export), part_of(export)):
        path.unlink(missing_ok=True)
