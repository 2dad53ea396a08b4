"""The store in a bucket of an S3-compatible server, through django-storages; what arrives and previews stay on disk.

CUSTODY: a file is in the bucket, and was read back, before a row vouches for it; tests/drills/s3.py.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages

from media_evidence.store import disk
from nethra.core.errors import DomainError
from nethra.core.uploads import incoming_folder

ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


class StoreUnreachable(DomainError):
    """The bucket gave no answer, or refused: of its files nothing is known."""

    status = 503
    code = "store_unreachable"
    message = "The evidence store does not answer; try again in a moment."


def size(agency_id: UUID, sha256: str) -> int:
    """Return how many bytes the file has."""
    with _asking():
        return int(_object(agency_id, sha256).content_length)


def pieces(agency_id: UUID, sha256: str, first: int = 0, last: int | None = None) -> Iterator[bytes]:
    """Yield the file from byte ``first`` to ``last``, both included."""
    wanted = {} if (first, last) == (0, None) else {"Range": f"bytes={first}-{'' if last is None else last}"}
    with _asking():
        body = _object(agency_id, sha256).get(**wanted)["Body"]
        with body:
            yield from body.iter_chunks(disk.CHUNK)


def digest(agency_id: UUID, sha256: str) -> str:
    """Return the SHA-256 of the file as the bucket gives it now."""
    found = hashlib.sha256()
    for piece in pieces(agency_id, sha256):
        found.update(piece)
    return found.hexdigest()


def opened(agency_id: UUID, sha256: str) -> BufferedReader:
    """Return the file as a copy on this disk that is gone when it is closed."""
    with ExitStack() as unfinished:
        copy = unfinished.enter_context(tempfile.TemporaryFile(dir=incoming_folder()))
        for piece in pieces(agency_id, sha256):
            copy.write(piece)
        copy.seek(0)
        unfinished.pop_all()
    return cast(BufferedReader, copy)


def prepare(agency_id: UUID, sha256: str, arrived: Path) -> None:
    """Send the file, unless it is there and still has its digest: no transaction waits for the network."""
    try:
        if digest(agency_id, sha256) == sha256:
            return
    except FileNotFoundError:
        pass
    _send(agency_id, sha256, arrived)


def keep(agency_id: UUID, sha256: str, arrived: Path, *, was_prepared: bool = False) -> None:
    """See that the file is in the bucket; send it where it is not."""
    if was_prepared and _is_there(agency_id, sha256):
        return
    # Not prepared, or swept since.
    prepare(agency_id, sha256, arrived)


def remove(agency_id: UUID, sha256: str) -> None:
    """Remove the file with all its versions; raise OSError where the bucket's lock keeps one."""
    with _asking():
        bucket = _bucket()
        if bucket.Versioning().status:
            versions = bucket.object_versions.filter(Prefix=_name(agency_id, sha256))
            refused = [version.id for version in versions if not _is_deleted(version)]
        else:
            refused = [] if _is_deleted(_object(agency_id, sha256)) else ["the file"]
    if refused:
        raise PermissionError(f"The bucket keeps {len(refused)} versions of {sha256[:12]}.")
    if _is_there(agency_id, sha256):
        raise FileExistsError(sha256)


def stored(agency_id: UUID) -> Iterator[tuple[str, bool]]:
    """Yield each file's digest, and whether it came more than a day ago."""
    with _asking():
        for found in _bucket().objects.filter(Prefix=f"{agency_id}/files/"):
            name = found.key.rpartition("/")[2]
            if len(name) == 64:
                yield name, _is_old(found.last_modified)


def sweep(agency_id: UUID) -> int:
    """End what was being sent more than a day ago; return how many."""
    with _asking():
        begun = _bucket().multipart_uploads.filter(Prefix=f"{agency_id}/files/")
        old = [upload for upload in begun if _is_old(upload.initiated)]
        for upload in old:
            upload.abort()
    return len(old)


def _bucket() -> Any:
    storage: Any = storages["evidence"]
    return storage.bucket


def _name(agency_id: UUID, sha256: str) -> str:
    return f"{agency_id}/files/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _object(agency_id: UUID, sha256: str) -> Any:
    return _bucket().Object(_name(agency_id, sha256))


def _is_there(agency_id: UUID, sha256: str) -> bool:
    try:
        size(agency_id, sha256)
    except FileNotFoundError:
        return False
    return True


def _send(agency_id: UUID, sha256: str, arrived: Path) -> None:
    """Put the file into the bucket, read it back, since a bucket's own sums are not ours, and lock it."""
    with _asking(), arrived.open("rb") as file:
        _object(agency_id, sha256).upload_fileobj(file)
    if digest(agency_id, sha256) != sha256:
        raise StoreUnreachable()
    if days := settings.EVIDENCE_BUCKET_LOCK_DAYS:
        _lock(_object(agency_id, sha256), datetime.now(UTC) + timedelta(days=days))


def _lock(file: Any, until: datetime) -> None:
    # By a request of its own: radosgw 16 forgets what was asked for with an upload in parts.
    with _asking():
        file.meta.client.put_object_retention(
            Bucket=file.bucket_name,
            Key=file.key,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
        )


def _is_deleted(version: Any) -> bool:
    try:
        version.delete()
    except ClientError as problem:
        if problem.response["Error"]["Code"] not in ("AccessDenied", "ObjectLocked", "InvalidRequest"):
            raise
        return False
    return True


def _is_old(moment: datetime) -> bool:
    return datetime.now(UTC) - moment > timedelta(seconds=disk.ABANDONED_SECONDS)


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except ClientError as problem:
        if problem.response["Error"]["Code"] in ABSENT:
            raise FileNotFoundError from problem
        raise StoreUnreachable() from problem
    except (BotoCoreError, OSError) as problem:
        if isinstance(problem, FileNotFoundError):
            raise
        raise StoreUnreachable() from problem
