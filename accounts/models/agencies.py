"""Agencies: the walls that row security builds run round them."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator

from accounts.choices import HiddenAnswer, RoleChoice
from accounts.querysets import AgencyQuerySet
from nethra.core.geo import STORAGE_SRID
from nethra.core.models import ScopedModel, uuid7


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all zones; to find them takes the reading of a folder with 600 files."""
    return frozenset(available_timezones())


def validate_time_zone(value: str) -> None:
    """Refuse anything that is not an IANA zone name."""
    if value not in time_zones():
        raise ValidationError(f"'{value}' is not a time zone such as America/Los_Angeles.")


def validate_number_format(value: str) -> None:
    """Refuse a format that would not number anything."""
    if value.count("{sequence}") != 1 or value.replace("{year}", "").replace("{sequence}", "").count("{"):
        raise ValidationError("The number format needs {sequence} once and may hold {year}.")


def every_role() -> list[str]:
    """Return all roles: a stolen password alone opens nothing unless an agency decides otherwise."""
    return list(RoleChoice.values)


class Agency(ScopedModel):
    """A police agency: the wall that row security builds runs round it. Its policy is on its own id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40, unique=True, help_text="Short name used in commands.")
    name = models.CharField(max_length=200)
    ori = models.CharField(
        "ORI",
        max_length=9,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9]{9}$", "An ORI has nine capital letters and digits.")],
        help_text="Originating agency identifier, nine characters.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])

    # The jurisdiction
    boundary = models.MultiPolygonField(srid=STORAGE_SRID, null=True, blank=True, spatial_index=False)
    boundary_version = models.PositiveIntegerField(default=0, editable=False)

    incident_number_format = models.CharField(
        max_length=40, default="I{year}-{sequence}", validators=[validate_number_format]
    )

    second_factor_roles = ArrayField(
        models.CharField(max_length=20, choices=RoleChoice),
        default=every_role,
        blank=True,
        verbose_name="roles that need a second factor",
    )

    # Need to know
    hidden_answer = models.CharField(
        "what is said of a case that somebody may not open",
        max_length=10,
        choices=HiddenAnswer,
        default=HiddenAnswer.STUB,
    )
    juvenile_age = models.PositiveSmallIntegerField(
        "juveniles are younger than",
        default=18,
        validators=[MinValueValidator(10), MaxValueValidator(25)],
        help_text="In years, on the day of the case's incident.",
    )
    request_hours = models.PositiveSmallIntegerField(
        "hours to answer a request for access",
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )
    emergency_minutes = models.PositiveSmallIntegerField(
        "minutes that an emergency opens a case",
        default=240,
        validators=[MinValueValidator(10), MaxValueValidator(1440)],
    )

    audit_keep_days = models.PositiveIntegerField(
        "days that the audit is kept",
        null=True,
        blank=True,
        validators=[MinValueValidator(365), MaxValueValidator(36_500)],
        help_text="At least 365; empty keeps it for good. Orders hold events beyond that.",
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "agencies"
        indexes = [GistIndex(fields=["boundary"], name="agency_boundary")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone: its year, weekday and hour are those of this zone."""
        return ZoneInfo(self.time_zone)
