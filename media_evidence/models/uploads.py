"""Uploads that can be resumed: what was said of a file before it was whole. Its bytes lie in the incoming folder."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cases.models import Case
from media_evidence.choices import CameraType, MediaType
from media_evidence.models.evidence import Evidence
from media_evidence.querysets import UploadQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class Upload(AgencyModel):
    """One file on its way to be an exhibit. How much of it arrived is the size of its part file, and only that."""

    case = AgencyForeignKey(Case, related_name="uploads", editable=False)
    #: No reference: a superadmin who visits is no user of the agency, and resumes what they began all the same.
    begun_by = models.UUIDField(null=True, editable=False)
    begun_at = models.DateTimeField(auto_now_add=True)

    file_name = models.CharField(max_length=255, editable=False)
    length = models.BigIntegerField(editable=False)
    declared_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    title = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=10, choices=MediaType, blank=True)
    camera_type = models.CharField(max_length=10, choices=CameraType, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)

    evidence = AgencyForeignKey(Evidence, null=True, related_name="+", editable=False, db_index=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["begun_at"]
        constraints = [
            models.CheckConstraint(condition=Q(length__gt=0), name="upload_not_empty"),
            models.CheckConstraint(
                condition=Q(declared_sha256="") | Q(declared_sha256__regex=r"^[0-9a-f]{64}$"),
                name="upload_sha256_form",
            ),
            models.CheckConstraint(
                condition=Q(media_type__in=["", *MediaType.values]), name="upload_media_type"
            ),
            models.CheckConstraint(
                condition=Q(camera_type__in=["", *CameraType.values]), name="upload_camera_type"
            ),
            models.CheckConstraint(
                condition=Q(evidence=None, finished_at=None)
                | Q(evidence__isnull=False, finished_at__isnull=False),
                name="upload_finished_with_evidence",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
