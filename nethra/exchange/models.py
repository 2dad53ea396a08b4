"""What was taken out of the agency's records: by whom, what for, and what became of the file."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.exchange.choices import ExportFormat, ExportResource, ExportStatus
from nethra.exchange.querysets import ExportQuerySet

MOST_REASON = 200
MOST_FILTERS = 4000


class Export(AgencyModel):
    """One list as a file, made by a worker in the name of whoever ordered it, who alone sees it."""

    # What was asked for, and why
    resource = models.CharField("what", max_length=20, choices=ExportResource)
    format = models.CharField(max_length=20, choices=ExportFormat)
    filters = models.TextField(blank=True)
    reason = models.CharField(max_length=MOST_REASON)
    made_by = AgencyForeignKey(User, related_name="+", editable=False)
    # What the session or key could do that ordered it: the job may do no more.
    capabilities = ArrayField(models.CharField(max_length=40), editable=False)

    # Where it is
    status = models.CharField(max_length=10, choices=ExportStatus, default=ExportStatus.WAITING)
    message = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False, editable=False)
    rows_total = models.PositiveIntegerField("records", default=0)
    rows_done = models.PositiveIntegerField("records written", default=0)

    # The file; size in bytes
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    created_at = models.DateTimeField("ordered", auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField("file is deleted", null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["agency", "made_by", "-created_at"], name="export_by_maker")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=ExportStatus.values), name="export_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status=ExportStatus.DONE) | models.Q(size__isnull=False),
                name="export_done_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_resource_display()} of {self.created_at:%Y-%m-%d %H:%M}"
