"""What an exhibit's file says about itself."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import Preview
from media_evidence.models.evidence import Evidence
from media_evidence.querysets import FileFactsQuerySet
from nethra.core.geo import STORAGE_SRID
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.parsing.kinds import ParsedKind


class FileFacts(AgencyModel):
    """What an exhibit's file says about itself, as it says it, beside the file and never in it."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="+", editable=False, db_index=False)
    kind = models.CharField(max_length=10)
    inspected_at = models.DateTimeField()

    # The device
    camera_make = models.CharField(max_length=200, blank=True)
    camera_model = models.CharField(max_length=200, blank=True)
    camera_serial = models.CharField(max_length=200, blank=True)

    # What it is made of
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    codecs = models.CharField(max_length=200, blank=True)
    pages = models.PositiveIntegerField(null=True)
    author = models.CharField(max_length=200, blank=True)
    producer = models.CharField(max_length=200, blank=True)
    entries = models.JSONField(default=list, blank=True)

    # Where and when, as it states
    location = gis.PointField(srid=STORAGE_SRID, null=True, spatial_index=False)
    stated_at = models.DateTimeField(null=True)
    stated_offset = models.CharField(max_length=6, blank=True)

    # How wrong the device's clock was, as an officer found: seconds that it was ahead
    clock_ahead = models.IntegerField(null=True)
    clock_reason = models.CharField(max_length=1000, blank=True)
    clock_set_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    clock_set_at = models.DateTimeField(null=True)

    # What was made of it
    picture_hash = models.CharField(max_length=16, blank=True)
    preview = models.CharField(max_length=10, choices=Preview, blank=True)
    is_polyglot = models.BooleanField(default=False)
    note = models.TextField(blank=True)

    objects = FileFactsQuerySet.as_manager()

    class Meta:
        ordering = ["case", "evidence"]
        verbose_name = "facts of a file"
        verbose_name_plural = "facts of files"
        indexes = [
            models.Index(fields=["agency"], condition=~Q(picture_hash=""), name="filefacts_with_hash"),
        ]
        constraints = [
            models.UniqueConstraint("agency", "evidence", name="filefacts_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ParsedKind]), name="filefacts_kind"
            ),
            models.CheckConstraint(condition=Q(preview__in=["", *Preview.values]), name="filefacts_preview"),
            models.CheckConstraint(
                condition=Q(picture_hash__regex=r"^([0-9a-f]{16})?$"), name="filefacts_hash_form"
            ),
            models.CheckConstraint(
                condition=Q(clock_ahead=None, clock_reason="")
                | Q(clock_ahead__isnull=False) & ~Q(clock_reason=""),
                name="filefacts_clock_has_reason",
                violation_error_message="Say how it was found that the clock was wrong.",
            ),
        ]

    def __str__(self) -> str:
        return f"Facts of {self.evidence_id}"
