"""Carrying disposals out: first the entry, the certificate and the rows, then, committed, the file; then looking up."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from uuid import UUID

from media_evidence import store
from media_evidence.choices import CustodyKind, DisposalState, FileFate, Integrity
from media_evidence.contents import is_file_needed, lock_content, made_digests
from media_evidence.custody.entries import write_entry
from media_evidence.keeping.categories import locked_exhibit
from media_evidence.keeping.disposing import save_step
from media_evidence.keeping.planning import verdict_on
from media_evidence.models import Disposal, DisposalCertificate, Evidence, FileFacts
from nethra.core.access import Access
from nethra.core.errors import Conflict, NotAllowed
from nethra.core.scope import agency_scope

logger = logging.getLogger(__name__)


def carry_out_due(*, access: Access) -> list[str]:
    """Carry out what was approved and not called back in time; return the numbers of the certificates.

    Things are destroyed by people (``media_evidence.room.destroying``) and wait for them. Opens its own transactions,
    so call it outside one. What was interrupted is ended first. Jobs and operators only.
    """
    if not access.is_whole:
        raise NotAllowed()
    finish_removals(access)
    with agency_scope(access):
        due = Disposal.objects.visible_to(access).filter(
            state=DisposalState.APPROVED, due_at__lte=datetime.now(UTC), evidence__is_physical=False
        )
        keys = list(due.order_by("due_at").values_list("pk", flat=True))
    numbers = [number for key in keys if (number := _carry_out(access, key))]
    finish_removals(access)
    return numbers


def finish_removals(access: Access) -> None:
    """Remove the files of certificates that do not say yet what became of them; each in a transaction of its own."""
    with agency_scope(access):
        open_ones = DisposalCertificate.objects.visible_to(access).filter(file="")
        keys = list(open_ones.order_by("disposed_at").values_list("pk", flat=True))
    for key in keys:
        try:
            with agency_scope(access, reason="disposal carried out"):
                _remove_file(access, key)
        except OSError:
            # The disk refused: the next hour tries again, and until then the certificate claims nothing.
            logger.exception("The file of the certificate %s could not be removed", key)


def _carry_out(access: Access, disposal_id: UUID) -> str:
    with agency_scope(access, reason="disposal carried out"):
        return carry_out(access, disposal_id)


def carry_out(access: Access, disposal_id: UUID, said: str = "") -> str:
    """Write that an exhibit is disposed of, and certify it; ``said`` is how, where a person did it.

    Return the certificate's number; '' where the exhibit may no longer be disposed of, which ends the disposal.
    """
    seen = Disposal.objects.visible_to(access).get(pk=disposal_id)
    try:
        exhibit = locked_exhibit(access, seen.evidence_id)
    except Conflict as kept:
        return _stopped(_locked(access, disposal_id), kept.message)
    disposal = _locked(access, disposal_id)
    if disposal.state != DisposalState.APPROVED:
        return ""
    verdict = verdict_on(access, exhibit)
    if not verdict.is_due:
        return _stopped(disposal, verdict.reason)
    number = _new_number()
    words = [disposal.reason.rstrip("."), said.rstrip("."), f"Certificate {number}"]
    write_entry(exhibit, CustodyKind.DISPOSED, {"reason": f"{'. '.join(filter(None, words))}."})
    _certify(disposal, exhibit, number)
    disposal.state = DisposalState.DONE
    save_step(disposal, [])
    return number


def _stopped(disposal: Disposal, why: str) -> str:
    if disposal.state == DisposalState.APPROVED:
        disposal.state, disposal.note = DisposalState.CALLED_BACK, f"Not carried out. {why}"[:1000]
        save_step(disposal, ["note"])
    return ""


def _certify(disposal: Disposal, exhibit: Evidence, number: str) -> None:
    own = {"agency_id": exhibit.agency_id, "evidence_id": exhibit.pk}
    if exhibit.is_physical:
        # The database fills in what it certifies; that there is no file to look for is known.
        certificate = DisposalCertificate(**own, disposal_id=disposal.pk, number=number)
        certificate.save(force_insert=True)
        certificate.file, certificate.checked_at = FileFate.NO_FILE, datetime.now(UTC)
        certificate.save(update_fields=["file", "checked_at"])
        return
    Evidence._base_manager.filter(agency_id=exhibit.agency_id, pk=exhibit.pk).update(
        integrity=Integrity.DISPOSED, has_thumbnail=False, updated_at=datetime.now(UTC)
    )
    FileFacts._base_manager.filter(**own).exclude(preview="").update(preview="")
    # The database fills in what it certifies.
    DisposalCertificate(**own, disposal_id=disposal.pk, number=number).save(force_insert=True)


def _remove_file(access: Access, certificate_id: UUID) -> None:
    found = DisposalCertificate.objects.visible_to(access).filter(pk=certificate_id, file="")
    certificate = found.select_for_update().first()
    if certificate is None:
        return
    for path in store.derived_paths(access.agency_id, certificate.evidence_id):
        path.unlink(missing_ok=True)
    made = made_digests(access.agency_id, evidence_id=certificate.evidence_id)
    fates = {
        # In one order, so that two removals never wait for each other.
        digest: _unlink(access, digest)
        for digest in sorted({certificate.sha256, *made})
    }
    certificate.file = fates[certificate.sha256]
    certificate.checked_at = datetime.now(UTC)
    certificate.save(update_fields=["file", "checked_at"])


def _unlink(access: Access, sha256: str) -> FileFate:
    """Remove a file that nothing else of the agency is; raise OSError where it stays."""
    # CUSTODY: under the lock that an upload of the same content holds from its link to its row.
    lock_content(access.agency_id, sha256)
    if is_file_needed(access.agency_id, sha256):
        return FileFate.SHARED
    store.files().remove(access.agency_id, sha256)
    return FileFate.DESTROYED


def _locked(access: Access, disposal_id: UUID) -> Disposal:
    stored: Disposal = Disposal._base_manager.select_for_update().get(
        agency_id=access.agency_id, pk=disposal_id
    )
    return stored


def _new_number() -> str:
    # Drawn, not counted: a counter would stay locked while files are removed, and tell who sees one how many there are.
    return f"D-{datetime.now(UTC):%Y}-{secrets.token_hex(4).upper()}"
