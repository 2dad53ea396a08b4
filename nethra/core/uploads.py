"""Files on their way in: streamed to disk with their SHA-256, never held in memory, gone with their request."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from nethra.core.errors import DomainError
from nethra.core.models import uuid7

#: What a form may hold beside its file.
FORM_BYTES = 1 << 20
TAIL_BYTES = 4096


class UploadTooLarge(DomainError):
    """More than MAX_UPLOAD_MB."""

    status = 413
    code = "upload_too_large"

    def __init__(self) -> None:
        super().__init__(f"The file is larger than {settings.MAX_UPLOAD_MB:,} MB.")


class UploadTruncated(DomainError):
    """The connection ended, or the form has no end."""

    status = 400
    code = "upload_truncated"
    message = "The upload ended before its end arrived; send the file again."


class StreamedFile(UploadedFile):  # type: ignore[type-arg]
    """An uploaded file on disk; ``path`` is good until the request ends, ``sha256`` is of what arrived."""

    #: Whether the store was told of it before a transaction began.
    is_prepared = False

    def __init__(self, path: Path, sha256: str, size: int, **options: Any) -> None:
        super().__init__(file=path.open("rb"), size=size, **options)
        self.path = path
        self.sha256 = sha256


class StreamingUploadHandler(FileUploadHandler):
    """Write each file into the incoming folder beside the evidence, and hash it on the way."""

    chunk_size = 1 << 20
    out: BinaryIO

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        # SECURITY: nobody without a session writes to our disk; tests/media_evidence/test_taking_in.py.
        if not hasattr(self.request, "access"):
            raise SkipFile()
        self.path = incoming_folder() / str(uuid7())
        self.out = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self.digest = hashlib.sha256()
        self.size = 0
        arrived_with(self.request).append(self.path)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        # What is too much is counted, not kept.
        if self.size <= most_bytes():
            self.out.write(raw_data)
            self.digest.update(raw_data)

    def file_complete(self, file_size: int) -> StreamedFile:
        # Here, where no transaction waits for the disk.
        self.out.flush()
        os.fsync(self.out.fileno())
        self.out.close()
        if self.size > most_bytes():
            self.request.upload_problem = UploadTooLarge()  # type: ignore[union-attr]
        return StreamedFile(
            self.path,
            self.digest.hexdigest(),
            self.size,
            name=self.file_name,
            content_type=self.content_type,
            charset=self.charset,
        )


class TailStream:
    """A request's body that remembers how it ended: Django takes a form without its end for a whole one."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.tail = b""

    def read(self, *size: int) -> bytes:
        """Return bytes of the body."""
        found: bytes = self.stream.read(*size)
        self.tail = (self.tail + found)[-TAIL_BYTES:]
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def most_bytes() -> int:
    """Return how large an uploaded file may be."""
    return int(settings.MAX_UPLOAD_MB) << 20


def incoming_folder() -> Path:
    """Return the folder where uploads arrive, on the file system of the evidence."""
    folder = Path(settings.EVIDENCE_DIR) / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def arrived_with(request: HttpRequest | None) -> list[Path]:
    """Return the paths of the files that came with the request so far."""
    if request is None:
        return []
    if not hasattr(request, "arrived"):
        request.arrived = []  # type: ignore[attr-defined]
    return request.arrived  # type: ignore[attr-defined, no-any-return]


def receive_form(request: HttpRequest) -> None:
    """Read a form with files whole; raise UploadTooLarge or UploadTruncated."""
    declared = int(request.META.get("CONTENT_LENGTH") or 0)
    is_program = not request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    # A program hears it before it has sent everything; a browser would only see a broken connection.
    if is_program and declared > most_bytes() + FORM_BYTES:
        raise UploadTooLarge()
    body = TailStream(request._stream)
    request._stream = body  # type: ignore[assignment]
    try:
        _ = request.POST
    except OSError as problem:
        raise UploadTruncated() from problem
    problem_ = getattr(request, "upload_problem", None)
    if problem_ is not None:
        raise problem_
    boundary = (request.content_params or {}).get("boundary", "")
    if declared and f"--{boundary}--".encode() not in body.tail:
        raise UploadTruncated()


@contextlib.contextmanager
def forgetting_uploads(request: HttpRequest) -> Iterator[None]:
    """Remove what arrived with the request when it ends; who keeps a file links it elsewhere before."""
    try:
        yield
    finally:
        for files in getattr(request, "_files", {}).values() if hasattr(request, "_files") else ():
            with contextlib.suppress(OSError):
                files.close()
        for path in getattr(request, "arrived", ()):
            path.unlink(missing_ok=True)
