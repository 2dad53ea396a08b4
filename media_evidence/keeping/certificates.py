"""Certificates of disposal, for whoever asks."""

from __future__ import annotations

from uuid import UUID

from media_evidence.models import DisposalCertificate
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound


def certificate_of(access: Access, disposal_id: UUID) -> DisposalCertificate:
    """Return the certificate of a disposal, its case and exhibit at hand.

    Raise NotAllowed, NotFound, also (code not_certified) where the disposal was not carried out.
    """
    access.require(Capability.VIEW_EVIDENCE)
    seen = DisposalCertificate.objects.visible_to(access).select_related("case", "evidence")
    found: DisposalCertificate | None = seen.filter(disposal_id=disposal_id).first()
    if found is None:
        raise NotFound("There is no certificate: nothing was disposed of.", code="not_certified")
    return found
