"""The words incidents, areas and imports are described with."""

from __future__ import annotations

from django.db import models


class IncidentStatus(models.TextChoices):
    """Where an incident stands."""

    REPORTED = "reported", "Reported"
    VERIFIED = "verified", "Verified"
    UNFOUNDED = "unfounded", "Unfounded"
    CLEARED = "cleared", "Cleared"
    CLOSED = "closed", "Closed"


class Completion(models.TextChoices):
    """Whether an offence was carried out."""

    ATTEMPTED = "attempted", "Attempted"
    COMPLETED = "completed", "Completed"


class AreaKind(models.TextChoices):
    """The kinds of area an incident is placed in."""

    DISTRICT = "district", "District"
    BEAT = "beat", "Beat"


class OffenceGroup(models.TextChoices):
    """NIBRS groups: A is reported in full, B on arrest only; N is what an agency records besides."""

    A = "A", "Group A"
    B = "B", "Group B"
    N = "N", "Not reported to NIBRS"


class ImportStatus(models.TextChoices):
    """The life of an import."""

    UPLOADED = "uploaded", "Uploaded"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNDONE = "undone", "Undone"


MAX_OFFENCES = 10


class SealedPart(models.TextChoices):
    """What an order seals of an incident."""

    WHOLE = "whole", "The whole incident"
    NARRATIVE = "narrative", "Description and notes"
    PLACE = "place", "Place and address"
