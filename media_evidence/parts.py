"""The bytes of uploads that are not whole yet: one part file each, in the incoming folder.

CUSTODY: the size of a part file is how much of its upload arrived, whatever was killed when; tests/media_evidence.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from nethra.core.errors import DomainError
from nethra.core.uploads import incoming_folder

CHUNK = 1 << 20
ENDING = ".part"
Read = Callable[[int], bytes]


class UploadLocked(DomainError):
    """Another request is at it."""

    status = 423
    code = "upload_locked"
    message = "Another request sends to this upload; try again in a moment."


class DiskFull(DomainError):
    """No room for more."""

    status = 507
    code = "disk_full"
    message = "The server has no room for more of this file; what arrived is kept."


class Part:
    """A part file, held by this request alone."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self.path = path

    @property
    def size(self) -> int:
        """How many bytes arrived."""
        return os.fstat(self._descriptor).st_size

    def append(self, read: Read, count: int, hashers: list[hashlib._Hash]) -> int:
        """Write up to ``count`` bytes to the end and return how many came before the connection ended.

        Raise DiskFull; what was written until then stays.
        """
        os.lseek(self._descriptor, 0, os.SEEK_END)
        arrived = 0
        while arrived < count:
            try:
                piece = read(min(CHUNK, count - arrived))
            except OSError:
                break
            if not piece:
                break
            self._write(piece)
            arrived += len(piece)
            for hasher in hashers:
                hasher.update(piece)
        return arrived

    def _write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as problem:
            if problem.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull() from problem
            raise

    def cut_to(self, size: int) -> None:
        """Forget everything behind the first ``size`` bytes."""
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        """Wait until the bytes are on disk."""
        os.fsync(self._descriptor)

    def digest(self) -> str:
        """Return the SHA-256 of what arrived."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @contextmanager
    def unproven(self) -> Iterator[None]:
        """Mark what is appended here as not compared with its checksum: after a kill it is forgotten."""
        note = _note_of(self.path)
        fresh = note.with_suffix(".note")
        fresh.write_text(str(self.size))
        fresh.replace(note)
        yield
        note.unlink()

    def forget_unproven(self) -> None:
        """Forget bytes whose checksum nobody got to compare."""
        note = _note_of(self.path)
        if note.exists():
            self.cut_to(min(self.size, int(note.read_text())))
            note.unlink()


@contextmanager
def held(upload_id: UUID) -> Iterator[Part]:
    """Hold an upload's part file, made where there is none; raise UploadLocked where another request has it.

    The kernel gives the lock back when a process ends, however it ends.
    """
    path = part_path(upload_id)
    descriptor = _locked(path)
    try:
        part = Part(descriptor, path)
        part.forget_unproven()
        yield part
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int:
    while True:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UploadLocked() from None
        # Somebody may have removed it between the two.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        # Linked into the store already, by an attempt whose transaction failed: nobody writes to it any more.
        return os.open(path, os.O_RDONLY)


def part_path(upload_id: UUID) -> Path:
    """Return where the bytes of an upload lie, or would lie."""
    return incoming_folder() / f"{upload_id}{ENDING}"


def offset_of(upload_id: UUID) -> int:
    """Return how many bytes of an upload arrived, without those whose checksum is still to be compared."""
    path = part_path(upload_id)
    size = proven = path.stat().st_size if path.exists() else 0
    with suppress(FileNotFoundError):
        proven = int(_note_of(path).read_text())
    return min(size, proven)


def expiry_of(upload_id: UUID, begun_at: datetime) -> datetime:
    """Return until when an unfinished upload can be resumed: so long after the last byte came."""
    last = begun_at
    with suppress(FileNotFoundError):
        last = max(last, datetime.fromtimestamp(part_path(upload_id).stat().st_mtime, UTC))
    return last + timedelta(hours=settings.UPLOAD_HOURS)


def discard(upload_id: UUID) -> None:
    """Remove what arrived of an upload."""
    path = part_path(upload_id)
    _note_of(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def sweep() -> int:
    """Remove part files to which nothing came for as long as uploads live; return how many that were."""
    removed = 0
    oldest = datetime.now(UTC) - timedelta(hours=settings.UPLOAD_HOURS)
    for path in sorted(incoming_folder().glob(f"*{ENDING}")):
        with suppress(FileNotFoundError, UploadLocked, ValueError):
            upload_id = UUID(path.stem)
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < oldest:
                with held(upload_id):
                    discard(upload_id)
                removed += 1
    return removed


def _note_of(path: Path) -> Path:
    return path.with_suffix(".unproven")
