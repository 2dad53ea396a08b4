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
    """Beats and districts, in which incidents are placed, and areas of the agency's own, which may overlap."""

    DISTRICT = "district", "District"
    BEAT = "beat", "Beat"
    OWN = "own", "Own area"


#: The kinds whose areas come in versions that must not overlap, so that a place lies in one of each.
PLACED_KINDS = (AreaKind.DISTRICT, AreaKind.BEAT)


class PlacingStatus(models.TextChoices):
    """The life of placing an agency's incidents anew."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


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
#: Letters of one value of modus operandi.
MAX_HABIT = 60


class HabitField(models.TextChoices):
    """What is told of how an offence was done, by the names that crime linkage compares; never who somebody is."""

    PREMISES = "premises", "Premises"
    ENTRY_POINT = "entry point", "Entry point"
    ENTRY_METHOD = "entry method", "Entry method"
    TOOL = "tool", "Tool"
    WEAPON = "weapon", "Weapon"
    VEHICLE = "vehicle", "Vehicle used"
    APPROACH = "approach", "Approach"
    TARGET = "target", "Target"
    PROPERTY = "property", "Property taken"


class SealedPart(models.TextChoices):
    """What an order seals of an incident."""

    WHOLE = "whole", "The whole incident"
    NARRATIVE = "narrative", "Description, notes and modus operandi"
    PLACE = "place", "Place and address"
