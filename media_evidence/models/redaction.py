"""Redacted copies: what was taken out of an exhibit for whoever may not see all of it, and what a check of it found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import RedactionState
from media_evidence.models.evidence import Evidence
from media_evidence.querysets import RedactionQuerySet, ReleaseCheckQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class Redaction(AgencyModel):
    """A copy derived from an exhibit, without some regions of it. The exhibit stays as it was taken in."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="redactions", editable=False, db_index=False)
    position = models.PositiveIntegerField(editable=False)
    state = models.CharField(max_length=10, choices=RedactionState, default=RedactionState.WAITING)
    #: Each with a reason, and either page, x, y, width and height, or start and end.
    regions = models.JSONField()
    ordered_at = models.DateTimeField(auto_now_add=True)
    ordered_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    pages = models.PositiveIntegerField(null=True)
    pages_done = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)

    # The copy
    made_at = models.DateTimeField(null=True)
    file_name = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=127, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    # To whom it went
    released_at = models.DateTimeField(null=True)
    released_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    released_to = models.CharField(max_length=250, blank=True)
    release_reason = models.CharField(max_length=2000, blank=True)

    objects = RedactionQuerySet.as_manager()

    class Meta:
        ordering = ["evidence", "position"]
        verbose_name = "redacted copy"
        verbose_name_plural = "redacted copies"
        indexes = [
            models.Index(
                fields=["agency", "sha256"], condition=~Q(sha256=""), name="redaction_agency_sha256"
            ),
        ]
        constraints = [
            models.UniqueConstraint("agency", "evidence", "position", name="redaction_position_once"),
            models.CheckConstraint(condition=Q(state__in=RedactionState.values), name="redaction_state"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^([0-9a-f]{64})?$"), name="redaction_sha256_form"
            ),
            models.CheckConstraint(
                condition=Q(state=RedactionState.MADE, made_at__isnull=False, size__gt=0) & ~Q(sha256="")
                | ~Q(state=RedactionState.MADE) & Q(made_at=None, sha256=""),
                name="redaction_made_has_file",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None)
                | Q(state=RedactionState.MADE) & ~Q(released_to="") & ~Q(release_reason=""),
                name="redaction_released_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Redacted copy {self.position}"


class ReleaseCheck(AgencyModel):
    """What was looked for in a redacted copy, and whether anything remains in it besides what is seen."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    redaction = AgencyForeignKey(Redaction, related_name="checks", editable=False, db_index=False)
    checked_at = models.DateTimeField()
    sha256 = models.CharField("SHA-256", max_length=64)
    is_clean = models.BooleanField()
    findings = models.JSONField(default=list, blank=True)

    objects = ReleaseCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-checked_at", "-id"]
        verbose_name = "check before release"
        verbose_name_plural = "checks before release"
        indexes = [
            models.Index(fields=["agency", "redaction", "-checked_at"], name="releasecheck_by_redaction"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_clean=True, findings=[]) | Q(is_clean=False) & ~Q(findings=[]),
                name="releasecheck_clean_finds_nothing",
            ),
        ]

    def __str__(self) -> str:
        return "Nothing remains" if self.is_clean else "Something remains"
