"""Destroying a thing whose disposal two people decided on: by hand, before a witness."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from cases.services import check_person
from media_evidence.choices import DisposalState
from media_evidence.keeping.carrying import carry_out
from media_evidence.models import Disposal, DisposalCertificate, Evidence
from media_evidence.room.intake import find_item
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput


@transaction.atomic
def destroy_item(*, access: Access, evidence: Evidence, witness_id: UUID, how: str) -> DisposalCertificate:
    """Write that a thing was destroyed, how, and before which colleague; return the certificate.

    Only once its disposal was approved by a second person and its week is over. Raise NotAllowed, NotFound, Conflict,
    InvalidInput.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    item = find_item(access, evidence.pk)
    disposal = ready_disposal(access, evidence.pk)
    if disposal is None:
        raise Conflict(
            "Two people decide on a disposal, and it can be called back for seven days.", code="not_approved"
        )
    if not how.strip():
        raise InvalidInput(errors={"how": ["Say how it was destroyed."]})
    if witness_id == access.user_id:
        raise InvalidInput(errors={"witness": ["Somebody else is the witness."]})
    check_person(access, witness_id, "witness", Capability.VIEW_EVIDENCE)
    witness = User.objects.colleagues_of(access).get(pk=witness_id)
    number = carry_out(access, disposal.pk, f"{how.strip().rstrip('.')}, before {witness}")
    if not number:
        raise Conflict("The rules of retention keep it by now; its disposal is over.", code="not_due")
    found: DisposalCertificate = DisposalCertificate.objects.visible_to(access).get(
        evidence_id=item.evidence_id
    )
    return found


def ready_disposal(access: Access, evidence_id: UUID) -> Disposal | None:
    """Return the disposal of an exhibit that may be carried out now; None where there is none."""
    found: Disposal | None = (
        Disposal.objects.visible_to(access)
        .filter(evidence_id=evidence_id, state=DisposalState.APPROVED, due_at__lte=datetime.now(UTC))
        .first()
    )
    return found
