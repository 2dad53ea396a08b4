"""Files of the store as somebody with the disk, or the bucket's keys, finds and spoils them."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.core.files.storage import storages

from media_evidence import store


class Kept(Protocol):
    """A row that vouches for a file of its agency's store: an exhibit, a copy, a file for a recipient."""

    @property
    def agency_id(self) -> UUID: ...

    sha256: str


def content_of(kept: Kept) -> bytes:
    """Return the stored file; raise FileNotFoundError."""
    return b"".join(store.files().pieces(kept.agency_id, kept.sha256))


def is_stored(kept: Kept) -> bool:
    """Return whether there is a file of the exhibit's digest."""
    return kept.sha256 in dict(store.files().stored(kept.agency_id))


def overwrite(kept: Kept, content: bytes) -> None:
    """Put other bytes in the place of the row's file, past the store."""
    path = store.file_path(kept.agency_id, kept.sha256)
    if settings.EVIDENCE_BUCKET:
        storage: Any = storages["evidence"]
        storage.bucket.put_object(Key=str(path.relative_to(settings.EVIDENCE_DIR)), Body=content)
    else:
        path.chmod(0o600)
        path.write_bytes(content)


def take_away(kept: Kept) -> None:
    """Delete the row's file, past all rules."""
    store.files().remove(kept.agency_id, kept.sha256)
