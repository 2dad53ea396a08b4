"""Files of the store as somebody with the disk, or the bucket's keys, finds and spoils them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.storage import storages

from media_evidence import store
from media_evidence.models import Evidence


def content_of(evidence: Evidence) -> bytes:
    """Return the stored file; raise FileNotFoundError."""
    return b"".join(store.files().pieces(evidence.agency_id, evidence.sha256))


def is_stored(evidence: Evidence) -> bool:
    """Return whether there is a file of the exhibit's digest."""
    return evidence.sha256 in dict(store.files().stored(evidence.agency_id))


def overwrite(evidence: Evidence, content: bytes) -> None:
    """Put other bytes in the place of the exhibit's file, past the store."""
    path = store.file_path(evidence.agency_id, evidence.sha256)
    if settings.EVIDENCE_BUCKET:
        storage: Any = storages["evidence"]
        storage.bucket.put_object(Key=str(path.relative_to(settings.EVIDENCE_DIR)), Body=content)
    else:
        path.chmod(0o600)
        path.write_bytes(content)


def take_away(evidence: Evidence) -> None:
    """Delete the exhibit's file, past all rules."""
    store.files().remove(evidence.agency_id, evidence.sha256)
