"""The store on this machine's disk: one folder an agency, each file under its SHA-256, never overwritten.

CUSTODY: a file is on disk, and its name in its folder, before a row vouches for it; tests/media_evidence.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from uuid import UUID

from django.conf import settings

CHUNK = 1 << 18
ABANDONED_SECONDS = 24 * 3600


def agency_folder(agency_id: UUID) -> Path:
    """Return an agency's folder. Nothing is shared between agencies: that would tell who has what."""
    return Path(settings.EVIDENCE_DIR) / str(agency_id)


def file_path(agency_id: UUID, sha256: str) -> Path:
    """Return where the file of this digest lies, or would lie."""
    return agency_folder(agency_id) / "files" / sha256[:2] / sha256[2:4] / sha256


def size(agency_id: UUID, sha256: str) -> int:
    """Return how many bytes the file has; raise FileNotFoundError."""
    path = file_path(agency_id, sha256)
    if not path.is_file():
        raise FileNotFoundError(str(path))
    return path.stat().st_size


def pieces(agency_id: UUID, sha256: str, first: int = 0, last: int | None = None) -> Iterator[bytes]:
    """Yield the file from byte ``first`` to ``last``, both included; raise FileNotFoundError."""
    with file_path(agency_id, sha256).open("rb") as file:
        file.seek(first)
        left = None if last is None else last - first + 1
        while piece := file.read(CHUNK if left is None else min(CHUNK, left)):
            left = None if left is None else left - len(piece)
            yield piece


def digest(agency_id: UUID, sha256: str) -> str:
    """Return the SHA-256 of the file as it lies on disk now; raise FileNotFoundError."""
    return _digest(file_path(agency_id, sha256))


def opened(agency_id: UUID, sha256: str) -> BufferedReader:
    """Return the file, open for reading; raise FileNotFoundError."""
    return file_path(agency_id, sha256).open("rb")


def prepare(agency_id: UUID, sha256: str, arrived: Path) -> None:
    """Do what can be done before the transaction that keeps the file: make its folder."""
    make_folder(file_path(agency_id, sha256).parent)


def keep(agency_id: UUID, sha256: str, arrived: Path, *, was_prepared: bool = False) -> None:
    """Put an arrived file of this digest into the store; it is on disk afterwards.

    A file that lies there already and still has its digest stays; one that was altered is replaced.
    """
    place = file_path(agency_id, sha256)
    sync(arrived)
    make_folder(place.parent)
    arrived.chmod(0o440)
    try:
        os.link(arrived, place)
    except FileExistsError:
        if _digest(place) != sha256:
            _replace(arrived, place)
    sync(place.parent)


def remove(agency_id: UUID, sha256: str) -> None:
    """Remove the file, where there is one, and look whether it is gone; raise OSError where it stays."""
    path = file_path(agency_id, sha256)
    if not path.exists():
        return
    path.unlink()
    sync(path.parent)
    if path.exists():
        raise FileExistsError(str(path))


def stored(agency_id: UUID) -> Iterator[tuple[str, bool]]:
    """Yield each file's digest, and whether it came more than a day ago."""
    for path in sorted((agency_folder(agency_id) / "files").glob("??/??/*")):
        if len(path.name) == 64:
            yield path.name, is_old(path)


def is_old(path: Path) -> bool:
    """Return whether a file was last touched more than a day ago."""
    try:
        # A link changes the inode's time, the content's stays.
        return time.time() - path.stat().st_ctime > ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def sweep(agency_id: UUID) -> int:
    """Return how many half-kept files were removed: on a disk there are none."""
    return 0


def sync(path: Path) -> None:
    """Wait until a file or a folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; they are on disk afterwards."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for new in reversed(missing):
        new.mkdir(mode=0o700, exist_ok=True)
        sync(new.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(arrived: Path, place: Path) -> None:
    aside = place.with_name(f"{place.name}.{arrived.name}")
    os.link(arrived, aside)
    aside.replace(place)
