"""Fixity: what each check of an exhibit found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import Integrity
from media_evidence.models.evidence import Evidence
from media_evidence.querysets import FixityCheckQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class FixityCheck(AgencyModel):
    """What a check of one exhibit found: its file hashed again, its chain of custody followed."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="checks", editable=False, db_index=False)
    checked_at = models.DateTimeField()
    checked_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    integrity = models.CharField("file", max_length=10, choices=Integrity)
    found_sha256 = models.CharField("SHA-256 found", max_length=64, blank=True)
    custody_breaks = models.PositiveIntegerField("breaks of its chain", default=0)

    objects = FixityCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-checked_at", "-id"]
        verbose_name = "check"
        indexes = [
            models.Index(fields=["agency", "evidence", "-checked_at"], name="fixitycheck_by_evidence"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(integrity__in=[one for one in Integrity.values if one != Integrity.UNCHECKED]),
                name="fixitycheck_integrity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_integrity_display()} on {self.checked_at:%Y-%m-%d}"
