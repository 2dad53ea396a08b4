"""What goes into a court bundle: a case's exhibits with their chains, as they stand, or why they do not go."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from cases.models import Case
from media_evidence.custody.checking import custody_breaks
from media_evidence.examining import examine
from media_evidence.models import CustodyEvent, DisposalCertificate, Evidence, Item
from media_evidence.rules import quarantine_of
from nethra.audit.models import AuditEvent
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, NotFound
from nethra.core.scope import agency_scope


@dataclass
class Bundle:
    """What is handed out of a case, read in one go; ``size`` is the bytes of all originals."""

    agency: str
    case: Case
    exhibits: list[Evidence]
    chains: dict[UUID, list[CustodyEvent]]
    events: list[UUID]
    #: Exhibit -> what certifies that it was disposed of; its chain is handed out, and no file.
    certificates: dict[UUID, DisposalCertificate]
    #: Of those that are things, what they are.
    items: dict[UUID, Item] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes of all originals."""
        return sum(exhibit.size for exhibit in self.exhibits if not exhibit.is_disposed)


def gather(access: Access, case_number: str, *, with_quarantined: bool = False) -> Bundle:
    """Return what a bundle of this case holds.

    Hashes every original, and opens its own transactions. Raise NotAllowed, NotFound, Conflict where an exhibit is not
    what was taken in, or is in quarantine and not wanted all the same.
    """
    access.require(Capability.VIEW_EVIDENCE)
    if with_quarantined:
        access.require(Capability.MANAGE_EVIDENCE)
    with agency_scope(access):
        case = Case.objects.visible_to(access).select_related("agency").filter(number=case_number).first()
        if case is None:
            raise NotFound(f"There is no case {case_number}.", code="unknown_case")
        exhibits = list(
            Evidence.objects.visible_to(access)
            .filter(case_id=case.pk)
            .select_related("uploaded_by")
            .order_by("position")
        )
        if not exhibits:
            raise Conflict(f"The case {case_number} has no exhibits.", code="no_exhibits")
        entries = CustodyEvent.objects.visible_to(access).filter(case_id=case.pk).order_by("position")
        chains: dict[UUID, list[CustodyEvent]] = {exhibit.pk: [] for exhibit in exhibits}
        for entry in entries:
            chains[entry.evidence_id].append(entry)
        written = AuditEvent.objects.visible_to(access).filter(
            entity=CustodyEvent._meta.db_table, action="insert", object_id__in=[e.pk for e in entries]
        )
        events = list(written.order_by("recorded_at").values_list("pk", flat=True))
        breaks = custody_breaks(access, exhibits)
        certified = DisposalCertificate.objects.visible_to(access).filter(case_id=case.pk)
        certificates = {certificate.evidence_id: certificate for certificate in certified}
        things = Item.objects.visible_to(access).filter(case_id=case.pk).select_related("location")
        items = {item.evidence_id: item for item in things}
    if not with_quarantined:
        _refuse_quarantined(exhibits)
    wrong = [
        label(exhibit)
        for exhibit in exhibits
        if breaks.get(exhibit.pk) or not (exhibit.is_disposed or examine(exhibit).sha256 == exhibit.sha256)
    ]
    if wrong:
        raise Conflict(
            f"{', '.join(wrong)}: what is stored is not what was taken in, or its chain does not hold; "
            "see verify_evidence.",
            code="evidence_unsound",
        )
    return Bundle(str(case.agency), case, exhibits, chains, events, certificates, items)


def _refuse_quarantined(exhibits: list[Evidence]) -> None:
    kept_back = [label(exhibit) for exhibit in exhibits if quarantine_of(exhibit)]
    if kept_back:
        raise Conflict(
            f"{', '.join(kept_back)}: in quarantine, since malware was found or no scan said that there is none; "
            "see scan_evidence.",
            code="quarantined",
        )


def label(exhibit: Evidence) -> str:
    """Return an exhibit's number within its case."""
    return f"E-{exhibit.position:02d}"
