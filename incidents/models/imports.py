"""Files of incidents, and the rows of them that were refused."""

from __future__ import annotations

from django.contrib.gis.db import models

from accounts.models import User
from incidents.choices import ImportStatus
from incidents.querysets import ImportBatchQuerySet, ImportRejectQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class ImportBatch(AgencyModel):
    """One file of incidents, what became of its rows, and the way to undo it."""

    profile = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    look_up_addresses = models.BooleanField("addresses are looked up", default=False, editable=False)
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.UPLOADED)
    message = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)

    # What became of the rows: read = stored + known + repeated + rejected
    rows_total = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_stored = models.PositiveIntegerField(default=0)
    rows_known = models.PositiveIntegerField("rows stored by an earlier import", default=0)
    rows_repeated = models.PositiveIntegerField("identical rows in the file", default=0)
    rows_rejected = models.PositiveIntegerField(default=0)

    # Of the rows stored without coordinates, what the gazetteer said of their address
    addresses_found = models.PositiveIntegerField("rows placed by their address", default=0)
    addresses_ambiguous = models.PositiveIntegerField("rows whose address may be several places", default=0)
    addresses_unknown = models.PositiveIntegerField("rows whose address is not known", default=0)

    # Paths below UPLOAD_DIR
    upload_path = models.CharField(max_length=255, blank=True, editable=False)
    rejects_path = models.CharField(max_length=255, blank=True, editable=False)

    created_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "import"

    def __str__(self) -> str:
        return f"{self.file_name} of {self.created_at:%Y-%m-%d %H:%M}"


class ImportReject(AgencyModel):
    """A row of a file that was not stored, with its line number and a plain reason."""

    batch = AgencyForeignKey(ImportBatch, related_name="rejects")
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    raw = models.TextField()

    objects = ImportRejectQuerySet.as_manager()

    class Meta:
        ordering = ["batch", "line"]
        indexes = [models.Index(fields=["agency", "batch", "line"], name="importreject_batch_line")]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"
