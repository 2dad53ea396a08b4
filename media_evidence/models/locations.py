"""Storage locations: rooms, shelves and bins."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.models import User
from media_evidence.querysets import StorageLocationQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel

#: Room, shelf, bin: up to four names of letters, digits and dashes.
PATH = r"^[A-Z0-9-]{1,20}(/[A-Z0-9-]{1,20}){0,3}$"


class StorageLocation(AgencyModel):
    """One place of the evidence room. Its path says what it lies in: PR1/S3/B12 is a bin on the shelf PR1/S3."""

    path = models.CharField(
        max_length=83,
        validators=[
            RegexValidator(PATH, "Room, shelf and bin are letters, digits and dashes, parted by a slash.")
        ],
    )
    label = models.CharField(max_length=100, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", editable=False, db_index=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StorageLocationQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        verbose_name = "storage location"
        constraints = [
            models.UniqueConstraint(
                "agency",
                "path",
                name="storagelocation_path_once",
            ),
            models.CheckConstraint(condition=Q(path__regex=PATH), name="storagelocation_path_form"),
        ]

    def __str__(self) -> str:
        return f"{self.path}, {self.label}" if self.label else self.path
