"""Which evidence is visible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from django.db.models import Model, Q
from django.db.models.functions import Coalesce

from cases.choices import SealedPart
from cases.querysets import CasePartQuerySet
from media_evidence.choices import CustodyState, DisposalState, Integrity
from media_evidence.policies import FACT_GUARDS
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from media_evidence import models as rows  # noqa: F401

_M = TypeVar("_M", bound=Model)


class ExhibitPartQuerySet(CasePartQuerySet[_M]):
    """What is kept about an exhibit is visible with it."""

    def bounded_to(self, access: Access) -> Self:
        if not access.may(Capability.VIEW_EVIDENCE):
            return self.none()
        return super().bounded_to(access).unsealed(access, SealedPart.EVIDENCE)


class EvidenceQuerySet(ExhibitPartQuerySet["rows.Evidence"]):
    """An exhibit is visible if, and only if,
    * it belongs to the access's agency,
    * its case is visible, and no order seals the case's evidence, and
    * the access may view evidence: without that there is no name, no thumbnail and no count.
    """

    def matching(self, text: str) -> Self:
        """Return exhibits whose title or file name holds the text, or whose case's number begins with it."""
        words = text.strip()
        return self.filter(
            Q(title__icontains=words)
            | Q(file_name__icontains=words)
            | Q(case__number__startswith=words.upper())
        )

    def unsound(self) -> Self:
        """Return exhibits whose latest check found their file altered or gone, or their chain broken."""
        return self.filter(Q(integrity__in=[Integrity.ALTERED, Integrity.MISSING]) | Q(is_chain_broken=True))

    def in_store(self) -> Self:
        """Return exhibits whose file the store keeps: those that were not disposed of."""
        return self.exclude(custody=CustodyState.DISPOSED)

    def due_for_check(self, days: int) -> Self:
        """Return exhibits that were not checked for so many days, or never since they came; the longest ago first."""
        before = datetime.now(UTC) - timedelta(days=days)
        last = Coalesce("verified_at", "uploaded_at")
        return self.annotate(last_check=last).filter(last_check__lt=before).order_by("last_check", "id")


class CustodyEventQuerySet(ExhibitPartQuerySet["rows.CustodyEvent"]):
    """Custody is visible with its exhibit."""


class FixityCheckQuerySet(ExhibitPartQuerySet["rows.FixityCheck"]):
    """Checks are visible with their exhibit."""


class RedactionQuerySet(ExhibitPartQuerySet["rows.Redaction"]):
    """Redacted copies are visible with the exhibit that they are made of."""


class ReleaseCheckQuerySet(ExhibitPartQuerySet["rows.ReleaseCheck"]):
    """Checks before release are visible with the exhibit whose copy was checked."""


class DisclosureQuerySet(ExhibitPartQuerySet["rows.Disclosure"]):
    """Disclosures are visible with the exhibits of their case."""

    def matching(self, text: str) -> Self:
        """Return disclosures whose number begins with the text, or whose recipient's name holds it."""
        words = text.strip()
        return self.filter(Q(number__istartswith=words) | Q(recipient_name__icontains=words))


class DisclosedFileQuerySet(ExhibitPartQuerySet["rows.DisclosedFile"]):
    """What a recipient gets is visible with its disclosure."""


class DisclosureCodeQuerySet(ExhibitPartQuerySet["rows.DisclosureCode"]):
    """That a code was mailed is visible with its disclosure."""


class DisclosureDownloadQuerySet(ExhibitPartQuerySet["rows.DisclosureDownload"]):
    """What a recipient fetched is visible with its disclosure."""


class UploadQuerySet(CasePartQuerySet["rows.Upload"]):
    """An upload is visible if, and only if,
    * it belongs to the access's agency,
    * its case is visible, and
    * the access is whose it is: nobody resumes, ends or hears of another person's.
    """

    def bounded_to(self, access: Access) -> Self:
        found = super().bounded_to(access)
        return found if access.is_whole else found.filter(begun_by=access.user_id)


class FileFactsQuerySet(ExhibitPartQuerySet["rows.FileFacts"]):
    """What a file says about itself is visible if, and only if, its exhibit is."""

    row_guards = FACT_GUARDS


class RetentionCategoryQuerySet(ScopedQuerySet["rows.RetentionCategory"]):
    """A category is visible if, and only if,
    * it belongs to the access's agency, and
    * the access may view evidence.
    """

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_EVIDENCE) else self.none()


class ExhibitCategoryQuerySet(ExhibitPartQuerySet["rows.ExhibitCategory"]):
    """The categories of an exhibit are visible with it."""


class DisposalQuerySet(ExhibitPartQuerySet["rows.Disposal"]):
    """Requests to dispose of an exhibit are visible with it."""

    def answerable_by(self, access: Access) -> Self:
        """Return the requests that wait for this person: as the second one, who manages evidence."""
        if access.author_id is None or not access.may(Capability.MANAGE_EVIDENCE):
            return self.none()
        return self.filter(state=DisposalState.WAITING).exclude(asked_by=access.author_id)


class DisposalCertificateQuerySet(ExhibitPartQuerySet["rows.DisposalCertificate"]):
    """Certificates are visible with their exhibit."""
