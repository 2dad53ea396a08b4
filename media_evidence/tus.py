"""The tus protocol 1.0.0 (tus.io): what its headers ask, what arrives before the transaction, what is answered.

Console and API hang their routes here; both speak the same protocol, each signed in to in its own way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import http_date

from accounts.middleware import is_console
from cases.access import find_case
from media_evidence import parts, store, uploads
from media_evidence.models import Upload
from media_evidence.parts import Part
from media_evidence.tus_headers import (
    ALGORITHMS,
    EXTENSIONS,
    VERSION,
    VersionUnknown,
    body_length,
    checksum_of,
    length_of,
    number_of,
    require_version,
    said_by,
)
from media_evidence.uploads import Said
from nethra.core.access import Access, access_of
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, DomainError, NotFound
from nethra.core.models import uuid7
from nethra.core.readings import reason_of
from nethra.core.receiving import OFFSET_STREAM, OVERRIDE
from nethra.core.scope import Scope, set_scope
from nethra.core.uploads import StreamedFile, UploadTooLarge, UploadTruncated, arrived_with, most_bytes

#: The paths below which the protocol is spoken, in both ways to sign in.
PATHS = r"/(?:api/v1/cases/[^/]+/evidence/uploads|api/v1/uploads/[^/]+|console/uploads/(?:[^/]+/)?)"
EXHIBIT_HEADER = "X-Exhibit"
#: A connection that is silent for so long is cut.
SILENT_SECONDS = 30


class WrongMediaType(DomainError):
    """Bytes for an offset come as their own type."""

    status = 415
    code = "unsupported_media_type"
    message = f"Send the bytes as {OFFSET_STREAM}."


class ChecksumMismatch(DomainError):
    """The line changed the bytes, or the client hashed others."""

    status = 460
    code = "checksum_mismatch"
    message = "What arrived has another checksum; nothing of it was kept, send it again."


@dataclass
class Arrival:
    """What came of a request's body, or why nothing did; ``file`` where the upload is whole by now."""

    upload_id: UUID | None = None
    file: StreamedFile | None = None
    refusal: DomainError | None = None


@dataclass(frozen=True)
class Answer:
    """A status and headers, for a response of either kind."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


#: The exhibit's address, as who asks may open it.
Address = Callable[[UUID], str]


# Before the transaction


def receive(request: HttpRequest) -> None:
    """Bring to disk what a request sends; the view finds in ``request.arrival`` what came of it.

    No transaction is open: the client is as slow as it likes, and hashing takes as long as the disk.
    """
    _obey_override(request)
    work = {"POST": _receive_new, "PATCH": _receive_more, "HEAD": _receive_nothing}.get(request.method or "")
    if work is None or _is_forged(request):
        return
    try:
        request.arrival = work(request)  # type: ignore[attr-defined]
    except DomainError as refused:
        request.arrival = Arrival(refusal=refused)  # type: ignore[attr-defined]


def _obey_override(request: HttpRequest) -> None:
    # SECURITY: the API alone. In the console a GET could else become a change, past the CSRF check.
    wanted = request.headers.get(OVERRIDE, "").upper()
    if request.method == "POST" and not is_console(request) and wanted in ("PATCH", "DELETE", "HEAD"):
        request.method = wanted


def _is_forged(request: HttpRequest) -> bool:
    """Return whether the CSRF check will refuse the request: then nobody reads its body."""
    if not is_console(request):
        return False
    checks = CsrfViewMiddleware(_nothing)
    return checks.process_view(request, _nothing, (), {}) is not None


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _receive_new(request: HttpRequest) -> Arrival:
    """Take the first bytes of a new upload; its row is made when they are here."""
    if request.content_type != OFFSET_STREAM:
        return Arrival()
    require_version(request)
    access_of(request).require(Capability.ADD_EVIDENCE)
    length = length_of(request)
    Said(length).check_length()
    upload_id = uuid7()
    # Removed with the request, unless its row is made.
    arrived_with(request).append(parts.part_path(upload_id))
    with parts.held(upload_id) as part:
        digest = _append(request, part, 0, length)
        return _arrival(request, part, upload_id, length, digest)


def _receive_more(request: HttpRequest) -> Arrival:
    require_version(request)
    if request.content_type != OFFSET_STREAM:
        raise WrongMediaType()
    offset = number_of(request, "Upload-Offset")
    upload = _found(request)
    if upload.evidence_id:
        return _receive_late(upload, offset)
    with parts.held(upload.pk) as part:
        if offset != part.size:
            raise _other_offset(part.size)
        digest = _append(request, part, offset, upload.length)
        return _arrival(request, part, upload.pk, upload.length, digest)


def _receive_late(upload: Upload, offset: int) -> Arrival:
    """Answer who lost the last answer and sends nothing more; raise Conflict for any other offset."""
    if offset != upload.length:
        raise _other_offset(upload.length)
    return Arrival(upload.pk)


def _receive_nothing(request: HttpRequest) -> Arrival:
    """Finish an upload whose last bytes came, but whose server was killed before it took the file in."""
    require_version(request)
    upload = _found(request)
    if upload.evidence_id or uploads.offset_of(upload) < upload.length:
        return Arrival(upload.pk)
    with parts.held(upload.pk) as part:
        return _arrival(request, part, upload.pk, upload.length, "")


def _arrival(request: HttpRequest, part: Part, upload_id: UUID, length: int, digest: str) -> Arrival:
    if part.size < length:
        return Arrival(upload_id)
    part.sync()
    file = StreamedFile(part.path, digest or part.digest(), length)
    store.files().prepare(access_of(request).agency_id, file.sha256, part.path)
    file.is_prepared = True
    return Arrival(upload_id, file)


def _append(request: HttpRequest, part: Part, offset: int, length: int) -> str:
    """Write the body behind ``offset``; return the file's SHA-256 where it came whole in this request, else ''.

    Raise UploadTooLarge, LengthNeeded, ChecksumMismatch, UploadTruncated when the connection ended; what came
    until then stays, but not where its checksum could not be compared.
    """
    count = body_length(request)
    if offset + count > length:
        raise UploadTooLarge() if length >= most_bytes() else _too_much()
    declared = checksum_of(request)
    whole = hashlib.sha256() if offset == 0 and count == length else None
    hashers = [hasher for hasher in (whole, declared and declared[0]) if hasher is not None]
    with _patience(request):
        if declared is None:
            arrived = part.append(request.read, count, hashers)
        else:
            with part.unproven():
                arrived = part.append(request.read, count, hashers)
                if arrived < count or declared[0].digest() != declared[1]:
                    part.cut_to(offset)
    if arrived < count:
        raise UploadTruncated()
    if declared is not None and declared[0].digest() != declared[1]:
        raise ChecksumMismatch()
    return whole.hexdigest() if whole is not None else ""


@contextmanager
def _patience(request: HttpRequest) -> Iterator[None]:
    """Bound how long a silent client holds a thread and its upload."""
    link = request.META.get("gunicorn.socket")
    if link is None:
        yield
        return
    link.settimeout(SILENT_SECONDS)
    try:
        yield
    finally:
        link.settimeout(None)


def _found(request: HttpRequest) -> Upload:
    access = access_of(request)
    try:
        upload_id = UUID(request.path_info.rstrip("/").rsplit("/", 1)[1])
    except ValueError:
        raise NotFound() from None
    with transaction.atomic():
        set_scope(Scope.of(access))
        return uploads.find_upload(access, upload_id)


def _other_offset(offset: int) -> Conflict:
    return Conflict(f"{offset} bytes of this upload arrived: go on from there.", code="offset_mismatch")


def _too_much() -> DomainError:
    problem = UploadTooLarge()
    problem.message = "That are more bytes than the upload's length."
    return problem


# What is answered, within the request's transaction


def begin(
    request: HttpRequest,
    access: Access,
    case_id: UUID,
    address: Callable[[UUID], str],
    exhibit: Address,
) -> tuple[Upload, Answer]:
    """Make a new upload to a case, with the bytes that came along, and say where it is.

    ``address`` and ``exhibit`` make the upload's and the exhibit's address.
    """
    try:
        require_version(request)
        if not hasattr(request, "arrival"):
            receive(request)
        arrival, said, reason = _arrival_of(request), said_by(request), reason_of(request.headers)
    except DomainError:
        # Whoever does not see the case hears that, whatever they sent.
        find_case(access, case_id)
        raise
    with _closing(arrival.file):
        upload = uploads.begin_upload(
            access=access,
            case_id=case_id,
            said=said,
            reason=reason,
            upload_id=arrival.upload_id,
            file=arrival.file,
        )
    if arrival.upload_id is not None:
        transaction.on_commit(partial(_keep, request, upload.pk))
    headers = {**state_headers(upload, exhibit), "Location": address(upload.pk)}
    del headers["Upload-Length"]
    return upload, Answer(201, headers)


def tell(request: HttpRequest, access: Access, upload_id: UUID, exhibit: Address) -> Answer:
    """Say how much arrived (HEAD)."""
    return Answer(200, state_headers(_advanced(request, access, upload_id), exhibit))


def go_on(request: HttpRequest, access: Access, upload_id: UUID, exhibit: Address) -> Answer:
    """Say how much arrived with the bytes of this request (PATCH)."""
    headers = state_headers(_advanced(request, access, upload_id), exhibit)
    del headers["Upload-Length"]
    return Answer(204, headers)


def end(request: HttpRequest, access: Access, upload_id: UUID) -> Answer:
    """Forget an upload (DELETE)."""
    upload = uploads.find_upload(access, upload_id)
    require_version(request)
    uploads.end_upload(access=access, upload=upload)
    return Answer(204)


def options() -> Answer:
    """Say what this server offers (OPTIONS)."""
    offers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        "Tus-Max-Size": str(most_bytes()),
    }
    return Answer(204, offers)


def common_headers(status: int) -> dict[str, str]:
    """Return what every answer carries."""
    return {"Tus-Resumable": VERSION, **({"Tus-Version": VERSION} if status == VersionUnknown.status else {})}


def state_headers(upload: Upload, exhibit: Address) -> dict[str, str]:
    """Return what the headers say of an upload; of the exhibit once it is one."""
    headers = {"Upload-Offset": str(uploads.offset_of(upload)), "Upload-Length": str(upload.length)}
    if upload.evidence_id is not None:
        return {**headers, EXHIBIT_HEADER: exhibit(upload.evidence_id)}
    return {**headers, "Upload-Expires": http_date(uploads.expires_at(upload).timestamp())}


def _advanced(request: HttpRequest, access: Access, upload_id: UUID) -> Upload:
    """Return an upload after this request; its file taken in where it is whole."""
    upload = uploads.find_upload(access, upload_id)
    require_version(request)
    arrival = _arrival_of(request)
    with _closing(arrival.file):
        if arrival.file is None:
            return upload
        return uploads.take_in(access=access, upload=upload, file=arrival.file)


def _arrival_of(request: HttpRequest) -> Arrival:
    arrival: Arrival = getattr(request, "arrival", None) or Arrival()
    if arrival.refusal is not None:
        raise arrival.refusal
    return arrival


def _keep(request: HttpRequest, upload_id: UUID) -> None:
    """Let the bytes of an upload outlive the request that brought them."""
    arrived_with(request).remove(parts.part_path(upload_id))


@contextmanager
def _closing(file: StreamedFile | None) -> Iterator[None]:
    try:
        yield
    finally:
        if file is not None:
            file.close()
