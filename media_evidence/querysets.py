"""Which evidence is visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q

from cases.choices import SealedPart
from cases.querysets import CasePartQuerySet
from media_evidence.policies import FACT_GUARDS
from nethra.core.access import Access
from nethra.core.capabilities import Capability

if TYPE_CHECKING:
    from media_evidence import models as rows  # noqa: F401


class EvidenceQuerySet(CasePartQuerySet["rows.Evidence"]):
    """An exhibit is visible if, and only if,
    * it belongs to the access's agency,
    * its case is visible, and no order seals the case's evidence, and
    * the access may view evidence: without that there is no name, no thumbnail and no count.
    """

    def bounded_to(self, access: Access) -> Self:
        if not access.may(Capability.VIEW_EVIDENCE):
            return self.none()
        return super().bounded_to(access).unsealed(access, SealedPart.EVIDENCE)

    def matching(self, text: str) -> Self:
        """Return exhibits whose title or file name holds the text, or whose case's number begins with it."""
        words = text.strip()
        return self.filter(
            Q(title__icontains=words)
            | Q(file_name__icontains=words)
            | Q(case__number__startswith=words.upper())
        )


class FileFactsQuerySet(CasePartQuerySet["rows.FileFacts"]):
    """What a file says about itself is visible if, and only if, its exhibit is."""

    row_guards = FACT_GUARDS

    def bounded_to(self, access: Access) -> Self:
        if not access.may(Capability.VIEW_EVIDENCE):
            return self.none()
        return super().bounded_to(access).unsealed(access, SealedPart.EVIDENCE)
