"""Which evidence is visible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from django.db.models import Model, Q
from django.db.models.functions import Coalesce

from cases.choices import SealedPart
from cases.querysets import CasePartQuerySet
from media_evidence.choices import DISCREPANCIES, CustodyState, DisposalState, Integrity, ScanState
from media_evidence.policies import FACT_GUARDS
from media_evidence.rules import held_back
from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
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
        """Return exhibits whose title or file name holds the text, whose bag has this number, or whose case's number
        begins with it.
        """
        words = text.strip()
        return self.filter(
            Q(title__icontains=words)
            | Q(file_name__icontains=words)
            | Q(items__bag_number=words.upper())
            | Q(case__number__startswith=words.upper())
        )

    def unsound(self) -> Self:
        """Return exhibits whose latest check found their file altered or gone, or their chain broken."""
        return self.filter(Q(integrity__in=[Integrity.ALTERED, Integrity.MISSING]) | Q(is_chain_broken=True))

    def in_store(self) -> Self:
        """Return exhibits whose file the store keeps: those that have one and were not disposed of."""
        return self.filter(is_physical=False).exclude(custody=CustodyState.DISPOSED)

    def due_for_check(self, days: int) -> Self:
        """Return exhibits that were not checked for so many days, or never since they came; the longest ago first."""
        before = datetime.now(UTC) - timedelta(days=days)
        last = Coalesce("verified_at", "uploaded_at")
        return self.annotate(last_check=last).filter(last_check__lt=before).order_by("last_check", "id")

    def due_for_scan(self, now: datetime) -> Self:
        """Return exhibits whose scan for malware is due: those from before the scanner, and lost and failed ones."""
        tried = Q(scan__in=[ScanState.WAITING, ScanState.FAILED], scan_due_at__lte=now)
        return self.in_store().filter(Q(scan=ScanState.NOT_SCANNED) | tried)

    def suspect(self) -> Self:
        """Return exhibits in which malware was found, and those that could not be scanned for it."""
        return self.in_store().filter(scan__in=[ScanState.INFECTED, ScanState.FAILED])

    def in_quarantine(self) -> Self:
        """Return exhibits whose file is kept back."""
        return self.in_store().filter(scan__in=held_back())


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


class ItemQuerySet(ExhibitPartQuerySet["rows.Item"]):
    """What a physical exhibit is and where it lies is visible if, and only if, its exhibit is."""

    def matching(self, text: str) -> Self:
        """Return those whose title holds the text, or whose bag's, seal's or case's number begins with it."""
        words = text.strip()
        begins = words.upper()
        return self.filter(
            Q(evidence__title__icontains=words)
            | Q(bag_number__startswith=begins)
            | Q(seal_number__startswith=words)
            | Q(case__number__startswith=begins)
        )

    def lying_in(self, path: str) -> Self:
        """Return those in the location of this path, or in one within it."""
        return self.filter(Q(location__path=path) | Q(location__path__startswith=f"{path}/"))

    def overdue(self, today: date) -> Self:
        """Return those that are out and should have been back before this day, the longest ago first."""
        return self.filter(due_back_on__lt=today).order_by("due_back_on", "id")


class RoomQuerySet(ScopedQuerySet[_M]):
    """What is said of the evidence room itself is visible if, and only if,
    * it belongs to the access's agency, and
    * the access may view evidence and is no guest: a guest sees exhibits, not where everybody's lie.
    """

    def bounded_to(self, access: Access) -> Self:
        if access.reach is Reach.GUEST or not access.may(Capability.VIEW_EVIDENCE):
            return self.none()
        return self


class StorageLocationQuerySet(RoomQuerySet["rows.StorageLocation"]):
    """Locations are visible as the evidence room is."""


class InventoryQuerySet(RoomQuerySet["rows.Inventory"]):
    """Inventories are visible as the evidence room is; their lines with the exhibits that they are about."""


class InventoryLineQuerySet(ExhibitPartQuerySet["rows.InventoryLine"]):
    """Lines of inventories are visible with their exhibit."""

    def unsettled(self) -> Self:
        """Return what an inventory found wrong and nobody has settled, the longest ago first."""
        return self.filter(finding__in=DISCREPANCIES, settled_at=None).order_by("found_at", "id")
