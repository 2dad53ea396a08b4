"""The evidence store: one folder an agency, each file under its SHA-256, never overwritten.

CUSTODY: a file is on disk, and its name in its folder, before a row vouches for it; tests/media_evidence.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

CHUNK = 1 << 20
ABANDONED_SECONDS = 24 * 3600


def agency_folder(agency_id: UUID) -> Path:
    """Return an agency's folder. Nothing is shared between agencies: that would tell who has what."""
    return Path(settings.EVIDENCE_DIR) / str(agency_id)


def file_path(agency_id: UUID, sha256: str) -> Path:
    """Return where the file of this digest lies, or would lie."""
    return agency_folder(agency_id) / "files" / sha256[:2] / sha256[2:4] / sha256


def thumbnail_path(agency_id: UUID, evidence_id: UUID) -> Path:
    """Return where an exhibit's thumbnail lies, or would lie."""
    return agency_folder(agency_id) / "thumbnails" / f"{evidence_id}.jpg"


def preview_path(agency_id: UUID, evidence_id: UUID, ending: str) -> Path:
    """Return where an exhibit's preview lies, or would lie: ending jpg for a picture, txt for a text's head."""
    return agency_folder(agency_id) / "previews" / f"{evidence_id}.{ending}"


def derived_paths(agency_id: UUID, evidence_id: UUID) -> list[Path]:
    """Return where everything lies, or would lie, that was made from an exhibit's file."""
    previews = [preview_path(agency_id, evidence_id, ending) for ending in ("jpg", "txt")]
    return [thumbnail_path(agency_id, evidence_id), *previews]


def keep(agency_id: UUID, sha256: str, arrived: Path) -> Path:
    """Put an arrived file of this digest into the store and return its place; it is on disk afterwards.

    A file that lies there already and still has its digest stays; one that was altered is replaced.
    """
    place = file_path(agency_id, sha256)
    sync(arrived)
    _make_folder(place.parent)
    arrived.chmod(0o440)
    try:
        os.link(arrived, place)
    except FileExistsError:
        if digest(place) != sha256:
            _replace(arrived, place)
    sync(place.parent)
    return place


def make_room(agency_id: UUID, sha256: str) -> None:
    """Make the folder for a file of this digest, so that no transaction waits for it."""
    _make_folder(file_path(agency_id, sha256).parent)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as it lies on disk now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_derived(place: Path, content: bytes) -> None:
    """Store what was made from an exhibit's file, whole or not at all."""
    _make_folder(place.parent)
    part = place.with_suffix(".part")
    part.write_bytes(content)
    part.replace(place)


def stored_files(agency_id: UUID) -> Iterator[tuple[str, Path]]:
    """Yield digest and path of every file in an agency's store."""
    for path in sorted((agency_folder(agency_id) / "files").glob("??/??/*")):
        if len(path.name) == 64:
            yield path.name, path


def abandoned_uploads() -> list[Path]:
    """Return files that arrived more than a day ago and that no request holds any more; parts are swept apart."""
    incoming = Path(settings.EVIDENCE_DIR) / "incoming"
    return [path for path in sorted(incoming.glob("*")) if path.suffix != ".part" and is_old(path)]


def is_old(path: Path) -> bool:
    """Return whether a file was last touched more than a day ago."""
    try:
        # A link changes the inode's time, the content's stays.
        return time.time() - path.stat().st_ctime > ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def sync(path: Path) -> None:
    """Wait until a file or a folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for new in reversed(missing):
        new.mkdir(mode=0o700, exist_ok=True)
        sync(new.parent)


def _replace(arrived: Path, place: Path) -> None:
    aside = place.with_name(f"{place.name}.{arrived.name}")
    os.link(arrived, aside)
    aside.replace(place)
