"""Quarantine: a file not known to be clean is shown to nobody, and handed out by right and for a reason alone."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from media_evidence.choices import CustodyKind
from media_evidence.custody.entries import note_reading
from media_evidence.models import Evidence
from media_evidence.rules import quarantine_of, refuse_state
from media_evidence.services import TABLE, find_evidence, refuse_disposed, stored_file
from media_evidence.store import StoredFile
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput

MOST_REASON = 1000


def refuse_quarantined_share(share_id: UUID, evidence_id: UUID) -> None:
    """Raise Conflict where a file that another agency shares with this one is in quarantine.

    What it does not share is not told of.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.scan_of_shared_file(%s, %s)", [share_id, evidence_id])
        (scan,) = cursor.fetchone()
    if scan is not None:
        refuse_state(scan)


@transaction.atomic
def hand_out_quarantined(*, access: Access, evidence_id: UUID, reason: str) -> tuple[Evidence, StoredFile]:
    """Return an exhibit in quarantine and its file, for whoever manages evidence and says why.

    The audit keeps the reason. Raise NotAllowed, NotFound, Gone once it was disposed of, InvalidInput, Conflict where
    it is not in quarantine, or not in the store.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    evidence = find_evidence(access, evidence_id)
    refuse_disposed(evidence)
    said = reason.strip()
    if not said:
        raise InvalidInput(errors={"reason": ["Say for what the file is needed."]})
    if len(said) > MOST_REASON:
        raise InvalidInput(errors={"reason": [f"A reason has {MOST_REASON:,} letters at most."]})
    if not quarantine_of(evidence):
        raise Conflict("The file is not in quarantine: download it as usual.", code="not_quarantined")
    file = stored_file(evidence.agency_id, evidence.sha256)
    record_event(
        action="quarantined_evidence_downloaded",
        entity=TABLE,
        object_id=evidence.pk,
        reason=said,
        body={"case_id": evidence.case_id, "scan": evidence.scan, "signature": evidence.scan_signature},
    )
    note_reading(access, evidence, CustodyKind.DOWNLOADED)
    return evidence, file
