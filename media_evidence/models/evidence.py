"""Evidence: what hangs on a case. A file lies in the store under its SHA-256, which this row vouches for; a thing lies
in the evidence room, and its row of ``Item`` says what and where it is.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from cases.models import Case
from media_evidence.choices import CameraType, CustodyState, Integrity, MediaType, ScanState
from media_evidence.querysets import EvidenceQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class Evidence(AgencyModel):
    """One exhibit: a file as it was taken in or a thing, which never changes, and what is known about it."""

    case = AgencyForeignKey(Case, related_name="evidence", editable=False, db_index=False)
    position = models.PositiveIntegerField(editable=False)
    is_physical = models.BooleanField("physical", default=False, editable=False)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    media_type = models.CharField(max_length=10, choices=MediaType)
    camera_type = models.CharField(max_length=10, choices=CameraType, blank=True)

    # When it was recorded: what the file says is proposed, an officer confirms.
    captured_at = models.DateTimeField(null=True, blank=True)
    proposed_captured_at = models.DateTimeField(null=True, blank=True, editable=False)

    # The file as it was taken in; of a thing these are empty.
    file_name = models.CharField(max_length=255, blank=True, editable=False)
    content_type = models.CharField(max_length=127, blank=True, editable=False)
    size = models.BigIntegerField(editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )

    # What was made of it since
    has_thumbnail = models.BooleanField(default=False, editable=False)
    inspected_at = models.DateTimeField(null=True, blank=True, editable=False)
    integrity = models.CharField(
        max_length=10, choices=Integrity, default=Integrity.UNCHECKED, editable=False
    )
    is_chain_broken = models.BooleanField("chain of custody broken", default=False, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    # What a scan for malware said: the state until the next one, by which database, or why there is no verdict.
    scan = models.CharField(max_length=11, choices=ScanState, default=ScanState.NOT_SCANNED, editable=False)
    scanned_at = models.DateTimeField(null=True, blank=True, editable=False)
    scan_signature = models.CharField("malware", max_length=200, blank=True, editable=False)
    scan_database = models.CharField("scanned by", max_length=200, blank=True, editable=False)
    scan_note = models.CharField("why there is no verdict", max_length=200, blank=True, editable=False)
    scan_failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    scan_due_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Where it stands: written by the trigger that links its custody events, by nothing else.
    custody = models.CharField(max_length=10, choices=CustodyState, default=CustodyState.HELD, editable=False)
    holder = AgencyForeignKey(User, null=True, blank=True, related_name="+", editable=False, db_index=False)
    holder_name = models.CharField(max_length=250, blank=True, editable=False)
    offered_to = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    is_on_hold = models.BooleanField("on legal hold", default=False, editable=False)
    custody_events = models.PositiveIntegerField(default=0, editable=False)
    custody_head = models.CharField(max_length=64, blank=True, editable=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["case", "position"]
        verbose_name = "exhibit"
        verbose_name_plural = "evidence"
        indexes = [
            models.Index("agency", F("uploaded_at").desc(), F("id").desc(), name="evidence_agency_uploaded"),
            models.Index(fields=["agency", "sha256"], name="evidence_agency_sha256"),
            models.Index(
                "agency", Coalesce("verified_at", "uploaded_at"), "id", name="evidence_agency_checked"
            ),
            models.Index(
                fields=["agency", "offered_to"],
                condition=Q(offered_to__isnull=False),
                name="evidence_agency_offered_to",
            ),
            models.Index(
                fields=["agency", "scan"], condition=~Q(scan=ScanState.CLEAN), name="evidence_not_clean"
            ),
        ]
        constraints = [
            models.UniqueConstraint("agency", "case", "position", name="evidence_position_once"),
            # CUSTODY: a row has a whole file or, of a thing, nothing of one; tests/media_evidence/test_items.py.
            models.CheckConstraint(
                condition=Q(is_physical=False, size__gt=0) | Q(is_physical=True, size=0),
                name="evidence_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(is_physical=False, sha256__regex=r"^[0-9a-f]{64}$")
                | Q(is_physical=True, sha256=""),
                name="evidence_sha256_form",
            ),
            models.CheckConstraint(
                condition=Q(is_physical=False) & ~Q(integrity=Integrity.NO_FILE)
                | Q(
                    is_physical=True,
                    file_name="",
                    content_type="",
                    media_type=MediaType.OTHER,
                    camera_type="",
                    captured_at=None,
                    has_thumbnail=False,
                    integrity=Integrity.NO_FILE,
                ),
                name="evidence_thing_has_no_file",
            ),
            models.CheckConstraint(condition=Q(media_type__in=MediaType.values), name="evidence_media_type"),
            models.CheckConstraint(
                condition=Q(camera_type__in=["", *CameraType.values]), name="evidence_camera_type"
            ),
            models.CheckConstraint(condition=Q(integrity__in=Integrity.values), name="evidence_integrity"),
            models.CheckConstraint(condition=Q(custody__in=CustodyState.values), name="evidence_custody"),
            models.CheckConstraint(
                condition=~Q(integrity=Integrity.DISPOSED) | Q(custody=CustodyState.DISPOSED),
                name="evidence_disposed_by_its_chain",
            ),
            models.CheckConstraint(condition=Q(scan__in=ScanState.values), name="evidence_scan"),
            models.CheckConstraint(
                condition=Q(scan=ScanState.INFECTED) & ~Q(scan_signature="")
                | ~Q(scan=ScanState.INFECTED) & Q(scan_signature=""),
                name="evidence_scan_signature",
            ),
        ]

    def __str__(self) -> str:
        return f"E-{self.position:02d} {self.title}"

    @property
    def is_sound(self) -> bool:
        """Whether nothing is known against it: neither of its file nor of its chain of custody."""
        return self.integrity not in (Integrity.ALTERED, Integrity.MISSING) and not self.is_chain_broken

    @property
    def is_disposed(self) -> bool:
        """Whether its file was disposed of; this row and its chain stay."""
        return self.custody == CustodyState.DISPOSED
