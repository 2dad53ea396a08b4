"""The evidence store: each agency's files under their SHA-256, on this disk or in an S3 bucket, never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings

from media_evidence.store import disk
from media_evidence.store.derived import derived_paths, preview_path, thumbnail_path, write_derived
from media_evidence.store.disk import file_path, is_old, sync
from nethra.core.uploads import incoming_folder

__all__ = [
    "Store",
    "StoredFile",
    "abandoned_uploads",
    "derived_paths",
    "file_path",
    "files",
    "find",
    "preview_path",
    "sync",
    "thumbnail_path",
    "write_derived",
]


class Store(Protocol):
    """Where files lie. Each raises FileNotFoundError for a file that is not there, StoreUnreachable for no answer."""

    def size(self, agency_id: UUID, sha256: str) -> int:
        """Return how many bytes the file has."""

    def pieces(
        self, agency_id: UUID, sha256: str, first: int = 0, last: int | None = None
    ) -> Iterator[bytes]:
        """Yield the file from byte ``first`` to ``last``, both included."""

    def digest(self, agency_id: UUID, sha256: str) -> str:
        """Return the SHA-256 of the file as it is stored now."""

    def opened(self, agency_id: UUID, sha256: str) -> BufferedReader:
        """Return the file, open for reading by another process."""

    def prepare(self, agency_id: UUID, sha256: str, arrived: Path) -> None:
        """Do what takes long before the transaction that keeps the file."""

    def keep(self, agency_id: UUID, sha256: str, arrived: Path, *, was_prepared: bool = False) -> None:
        """Put an arrived file of this digest into the store; it survives whatever happens afterwards.

        A file that is there already and still has its digest stays; one that was altered is replaced.
        """

    def remove(self, agency_id: UUID, sha256: str) -> None:
        """Remove the file, where there is one; raise OSError where it stays."""

    def stored(self, agency_id: UUID) -> Iterator[tuple[str, bool]]:
        """Yield each file's digest, and whether it came more than a day ago."""

    def sweep(self, agency_id: UUID) -> int:
        """Remove what was begun more than a day ago and never ended; return how many."""


@dataclass(frozen=True)
class StoredFile:
    """A file of the store, to be answered with."""

    agency_id: UUID
    sha256: str
    size: int

    def pieces(self, first: int, last: int) -> Iterator[bytes]:
        """Yield its bytes from ``first`` to ``last``, both included."""
        return files().pieces(self.agency_id, self.sha256, first, last)


def files() -> Store:
    """Return the store that the settings name."""
    if not settings.EVIDENCE_BUCKET:
        return disk
    # Half a second of imports, for those who have a bucket.
    from media_evidence.store import bucket

    return bucket


def find(agency_id: UUID, sha256: str) -> StoredFile:
    """Return a file of the store; raise FileNotFoundError, StoreUnreachable."""
    return StoredFile(agency_id, sha256, files().size(agency_id, sha256))


def abandoned_uploads() -> list[Path]:
    """Return files that arrived more than a day ago and that no request holds any more; parts are swept apart."""
    return [path for path in sorted(incoming_folder().glob("*")) if path.suffix != ".part" and is_old(path)]
