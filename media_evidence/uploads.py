"""The verbs for uploads that can be resumed: begin one, find it again, take its file in, end it, sweep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from cases.models import Case
from cases.readings import note_reading
from cases.services import check_fields, locked_case
from media_evidence import parts
from media_evidence.models import Upload
from media_evidence.services import EMPTY, SHA256, keep_file
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotFound
from nethra.core.readings import Reason
from nethra.core.uploads import StreamedFile, UploadTooLarge, most_bytes

#: For so long after its end an upload is known: its client hears that the file was taken in, or 410.
KEPT = timedelta(days=7)


class UploadExpired(DomainError):
    """Nobody went on with it in time."""

    status = 410
    code = "upload_expired"
    message = "This upload has expired: begin a new one."


@dataclass(frozen=True)
class Said:
    """What a client says of a file before it sends it; a length in bytes."""

    length: int
    file_name: str = ""
    title: str = ""
    media_type: str = ""
    camera_type: str = ""
    captured_at: datetime | None = None
    sha256: str = ""

    def check_length(self) -> None:
        """Raise InvalidInput for an empty file, UploadTooLarge beyond MAX_UPLOAD_MB."""
        if self.length == 0:
            raise InvalidInput(EMPTY, errors={"file": [EMPTY]}, code="empty_file")
        if self.length > most_bytes():
            raise UploadTooLarge()


@transaction.atomic
def begin_upload(
    *,
    access: Access,
    case_id: UUID,
    said: Said,
    reason: Reason | None = None,
    upload_id: UUID | None = None,
    file: StreamedFile | None = None,
) -> Upload:
    """Return a new upload to a case. With ``file``, which came whole at once, it is taken in right away.

    ``reason`` says why a sensitive case is touched; ``upload_id`` names a part file that is there already. Raise what
    add_evidence raises, and ReasonNeeded.
    """
    case = locked_case(access, case_id, Capability.ADD_EVIDENCE)
    said.check_length()
    if case.is_sensitive:
        note_reading(access, case, reason)
    upload = Upload(
        agency_id=access.agency_id,
        case=case,
        begun_by=access.user_id,
        file_name=_file_name(said.file_name),
        length=said.length,
        declared_sha256=_digest(said.sha256),
        title=said.title,
        media_type=said.media_type,
        camera_type=said.camera_type,
        captured_at=said.captured_at,
    )
    if upload_id is not None:
        upload.pk = upload_id
    if said.captured_at is not None and said.captured_at > datetime.now(UTC):
        raise InvalidInput(errors={"captured_at": ["It cannot have been recorded in the future."]})
    check_fields(upload)
    if file is not None:
        _take_in(access, upload, case, file)
    upload.save(force_insert=True)
    return upload


def find_upload(access: Access, upload_id: UUID) -> Upload:
    """Return an upload of this access's own; raise NotAllowed, NotFound, UploadExpired."""
    access.require(Capability.ADD_EVIDENCE)
    upload: Upload | None = Upload.objects.visible_to(access).filter(pk=upload_id).first()
    if upload is None:
        raise NotFound("There is no such upload.")
    if upload.evidence_id is None and expires_at(upload) < datetime.now(UTC):
        raise UploadExpired()
    return upload


def offset_of(upload: Upload) -> int:
    """Return how many bytes of an upload arrived."""
    return upload.length if upload.evidence_id else min(parts.offset_of(upload.pk), upload.length)


def expires_at(upload: Upload) -> datetime:
    """Return until when an upload can be resumed, or, when its file was taken in, until when that is told."""
    if upload.finished_at is not None:
        return upload.finished_at + KEPT
    return parts.expiry_of(upload.pk, upload.begun_at)


@transaction.atomic
def take_in(*, access: Access, upload: Upload, file: StreamedFile) -> Upload:
    """Make an exhibit of an upload's whole file and return the upload with it; done before, nothing is done again.

    Raise what add_evidence raises, and NotFound where the upload was ended meanwhile.
    """
    # The case first, as whoever expunges it does.
    case = locked_case(access, upload.case_id, Capability.ADD_EVIDENCE)
    stored = Upload.objects.visible_to(access).select_for_update().filter(pk=upload.pk).first()
    if stored is None:
        raise NotFound("There is no such upload.")
    if stored.evidence_id is None:
        _take_in(access, stored, case, file)
        stored.save(update_fields=["evidence", "finished_at"])
    return stored


def _take_in(access: Access, upload: Upload, case: Case, file: StreamedFile) -> None:
    facts = ("title", "media_type", "camera_type", "captured_at")
    values: dict[str, Any] = {name: getattr(upload, name) for name in facts}
    file.name = upload.file_name
    try:
        evidence = keep_file(access, case, file, upload.declared_sha256, values)
    except InvalidInput as refused:
        if refused.code == "hash_mismatch":
            # Nothing else could come of these bytes: the client sends them again from the first.
            parts.discard(upload.pk)
        raise
    upload.evidence, upload.finished_at = evidence, datetime.now(UTC)
    transaction.on_commit(lambda: parts.discard(upload.pk))


@transaction.atomic
def end_upload(*, access: Access, upload: Upload) -> None:
    """Forget an upload and what arrived of it; raise NotFound, or Conflict when its file was taken in."""
    stored = Upload.objects.visible_to(access).select_for_update().filter(pk=upload.pk).first()
    if stored is None:
        raise NotFound("There is no such upload.")
    if stored.evidence_id is not None:
        raise Conflict("The file was taken in: an exhibit stays.", code="already_taken_in")
    stored.delete()
    transaction.on_commit(lambda: parts.discard(upload.pk))


@transaction.atomic
def forget_uploads(*, access: Access) -> int:
    """Delete the agency's uploads that ended long ago, taken in or not; return how many."""
    now = datetime.now(UTC)
    unfinished = Q(finished_at=None, begun_at__lt=now - KEPT - timedelta(hours=settings.UPLOAD_HOURS))
    over = Upload.objects.visible_to(access).filter(Q(finished_at__lt=now - KEPT) | unfinished)
    gone = [upload for upload in over if expires_at(upload) < now]
    for upload in gone:
        upload.delete()
    return len(gone)


def _file_name(said: str) -> str:
    shown = "".join(sign for sign in Path(said).name if sign.isprintable())
    return "file" if shown in ("", ".", "..") else shown[-255:]


def _digest(said: str) -> str:
    if said and not SHA256.fullmatch(said):
        raise InvalidInput(errors={"sha256": ["A SHA-256 has 64 hexadecimal digits."]})
    return said.lower()
