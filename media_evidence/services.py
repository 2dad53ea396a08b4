"""The verbs for evidence: take a file in, describe it, confirm its time, hand it out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import magic
from django.db import connection, transaction

from accounts.models import User
from accounts.roles import roles_with
from cases.models import Case
from cases.services import assign, check_fields, locked_case
from media_evidence import store
from media_evidence.choices import (
    CustodyKind,
    MediaType,
    ScanState,
    breaches_of_media_type,
    media_type_of,
)
from media_evidence.contents import lock_content
from media_evidence.custody.entries import note_reading
from media_evidence.models import DisposalCertificate, Evidence
from media_evidence.rules import awaited_scan, refuse_quarantined
from media_evidence.store import StoredFile
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, Gone, InvalidInput, NotFound
from nethra.core.uploads import StreamedFile
from nethra.jobs.queue import Job, enqueue

TABLE = "media_evidence_evidence"
EVIDENCE_FIELDS = frozenset({"title", "description", "media_type", "camera_type", "captured_at"})
#: Of these, what a thing has not.
OF_FILES = frozenset({"media_type", "camera_type", "captured_at"})
EMPTY = "The file is empty."
SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@transaction.atomic
def add_evidence(
    *, access: Access, case: Case, file: StreamedFile, declared_sha256: str = "", **values: Any
) -> Evidence:
    """Take an uploaded file in as an exhibit of a case and return it; the file is in the store by then.

    Raise NotAllowed, NotFound, Conflict when the case is closed, InvalidInput when the file is empty, is not
    what was declared (code hash_mismatch for its SHA-256), or a value is wrong.
    """
    return keep_file(
        access, locked_case(access, case.pk, Capability.ADD_EVIDENCE), file, declared_sha256, values
    )


def keep_file(
    access: Access, case: Case, file: StreamedFile, declared_sha256: str, values: dict[str, Any]
) -> Evidence:
    """Take a file in, as add_evidence does, as an exhibit of a case that is locked for it."""
    from media_evidence.jobs import inspect_evidence_job, scan_evidence_job

    content_type = _checked(file, declared_sha256)
    evidence = Evidence(
        agency_id=access.agency_id,
        case=case,
        file_name=_file_name(file),
        content_type=content_type,
        size=int(file.size or 0),
        sha256=file.sha256,
        uploaded_by_id=access.author_id,
        **awaited_scan(),
    )
    evidence.position = next_position(access, case)
    values = {name: value for name, value in values.items() if value not in (None, "")}
    _describe(
        evidence, {"title": evidence.file_name[:200], "media_type": media_type_of(content_type), **values}
    )
    lock_content(access.agency_id, file.sha256)
    store.files().keep(access.agency_id, file.sha256, file.path, was_prepared=file.is_prepared)
    evidence.save(force_insert=True)
    enqueue(inspect_evidence_job, agency_id=access.agency_id, evidence_id=evidence.pk)
    if evidence.scan == ScanState.WAITING:
        enqueue(scan_evidence_job, agency_id=access.agency_id, evidence_id=evidence.pk)
    return evidence


@transaction.atomic
def change_evidence(*, access: Access, evidence: Evidence, **values: Any) -> Evidence:
    """Change what is known about an exhibit, never its file. Raise NotFound, Conflict, InvalidInput."""
    stored = find_evidence(access, evidence.pk)
    locked_case(access, stored.case_id, Capability.ADD_EVIDENCE)
    if stored.is_physical:
        _refuse_of_file(values)
    _describe(stored, values)
    stored.save(update_fields=[*EVIDENCE_FIELDS, "updated_at"])
    return stored


@transaction.atomic
def confirm_capture_time(*, access: Access, evidence: Evidence) -> Evidence:
    """Take the time that the file states for when it was recorded; raise Conflict where it states none."""
    stored = find_evidence(access, evidence.pk)
    if stored.proposed_captured_at is None:
        raise Conflict("The file does not say when it was recorded.", code="no_proposed_time")
    return change_evidence(access=access, evidence=stored, captured_at=stored.proposed_captured_at)


def tell_managers(access: Access, evidence: Evidence, mail: Job) -> None:
    """Order a mail about an exhibit to each active colleague who manages evidence."""
    managers = User.objects.colleagues_of(access).filter(
        is_active=True, role__in=roles_with(access, Capability.MANAGE_EVIDENCE)
    )
    for person in managers.values_list("pk", flat=True):
        enqueue(mail, agency_id=access.agency_id, user_id=person, evidence_id=evidence.pk)


@transaction.atomic
def hand_out(*, access: Access, evidence_id: UUID, what: str = "") -> tuple[Evidence, StoredFile]:
    """Return an exhibit and its file, for a download that the audit then knows of.

    ``what`` is the part asked for. Raise NotFound, Gone once it was disposed of, Conflict when the file is in
    quarantine or not in the store.
    """
    evidence = find_evidence(access, evidence_id)
    refuse_without_file(evidence)
    refuse_disposed(evidence)
    refuse_quarantined(evidence)
    file = stored_file(evidence.agency_id, evidence.sha256)
    record_event(
        action="evidence_downloaded",
        entity=TABLE,
        object_id=evidence.pk,
        body={"case_id": evidence.case_id, "part": what or "whole"},
    )
    note_reading(access, evidence, CustodyKind.DOWNLOADED)
    return evidence, file


def stored_file(agency_id: UUID, sha256: str) -> StoredFile:
    """Return a file of the store; raise Conflict where it is not there."""
    try:
        return store.find(agency_id, sha256)
    except FileNotFoundError:
        raise Conflict(
            "The file is not in the store; an administrator must look.", code="file_missing"
        ) from None


def find_evidence(access: Access, evidence_id: UUID) -> Evidence:
    """Return an exhibit that this access may see; raise NotAllowed, NotFound."""
    access.require(Capability.VIEW_EVIDENCE)
    evidence: Evidence | None = Evidence.objects.visible_to(access).filter(pk=evidence_id).first()
    if evidence is None:
        raise NotFound()
    return evidence


def refuse_disposed(evidence: Evidence) -> None:
    """Raise Gone where the exhibit's file was disposed of."""
    if evidence.is_disposed:
        certificate = DisposalCertificate._base_manager.filter(
            agency_id=evidence.agency_id, evidence_id=evidence.pk
        ).first()
        by = f" under the certificate {certificate}" if certificate else ""
        raise Gone(f"The file was disposed of{by}.", code="disposed")


def refuse_without_file(evidence: Evidence) -> None:
    """Raise NotFound (code no_file) where the exhibit is a thing."""
    if evidence.is_physical:
        raise NotFound("A physical exhibit has no file.", code="no_file")


def find_shared_file(access: Access, share_id: UUID, evidence_id: UUID) -> tuple[UUID, str, str, str]:
    """Return owner, SHA-256, name and type of a file that another agency lets this one download.

    Its owner sees who did. Raise NotAllowed, NotFound, Gone once it was disposed of.
    """
    access.require(Capability.VIEW_SHARED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.read_shared_file(%s, %s)", [share_id, evidence_id])
        row = cursor.fetchone()
    # Of a physical exhibit there is no digest to find a file by.
    if row is None or row[1] == "":
        raise NotFound()
    if row[1] is None:
        raise Gone("The agency whose it is disposed of the file.", code="disposed")
    record_event(action="shared_file_downloaded", entity="cases_share", object_id=share_id)
    return row[0], row[1], row[2], row[3]


def _checked(file: StreamedFile, declared_sha256: str) -> str:
    """Return the content type; raise InvalidInput for a file that is empty or not the declared one."""
    if not file.size:
        raise InvalidInput(EMPTY, errors={"file": [EMPTY]}, code="empty_file")
    if declared_sha256 and not SHA256.fullmatch(declared_sha256):
        raise InvalidInput(errors={"sha256": ["A SHA-256 has 64 hexadecimal digits."]})
    if declared_sha256 and declared_sha256.lower() != file.sha256:
        sentence = f"What arrived has the SHA-256 {file.sha256}, not the declared one; send the file again."
        raise InvalidInput(sentence, errors={"sha256": [sentence]}, code="hash_mismatch")
    return str(magic.from_file(str(file.path), mime=True))[:127]


def _describe(evidence: Evidence, values: dict[str, Any]) -> None:
    assign(evidence, values, EVIDENCE_FIELDS)
    errors: dict[str, list[str]] = {}
    if evidence.media_type in MediaType.values:
        breaches = breaches_of_media_type(evidence.media_type, evidence.content_type)
        errors |= {"media_type": breaches} if breaches else {}
    if evidence.captured_at is not None and evidence.captured_at > datetime.now(UTC):
        errors["captured_at"] = ["It cannot have been recorded in the future."]
    if errors:
        raise InvalidInput(errors=errors)
    # Its constraints say nothing that its fields do not.
    check_fields(evidence)


def _refuse_of_file(values: dict[str, Any]) -> None:
    """Raise InvalidInput for what is said of files alone."""
    said = sorted(name for name in OF_FILES & set(values) if values[name] not in (None, "", MediaType.OTHER))
    if said:
        raise InvalidInput(errors={name: ["This is said of files, not of things."] for name in said})


def _file_name(file: StreamedFile) -> str:
    name = Path(str(file.name or "")).name
    shown = "".join(sign for sign in name if sign.isprintable())
    return shown[-255:] or "file"


def next_position(access: Access, case: Case) -> int:
    """Return the next exhibit's number within its case, which is locked."""
    # The case is locked: two uploads cannot count to the same number.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(position), 0) + 1 FROM media_evidence_evidence WHERE agency_id = %s AND case_id = %s",
            [access.agency_id, case.pk],
        )
        (position,) = cursor.fetchone()
    return int(position)
