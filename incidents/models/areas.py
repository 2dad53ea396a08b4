"""Beats, districts and areas of an agency's own, in versions; and placing incidents in them anew."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Func, Q

from accounts.models import User
from incidents.choices import AreaKind, PlacingStatus
from incidents.querysets import AreaPlacingQuerySet, AreaQuerySet, AreaSetQuerySet
from nethra.core.geo import STORAGE_SRID
from nethra.core.models import AgencyForeignKey, AgencyModel


class AreaSet(AgencyModel):
    """One version of an agency's beats or districts. Redrawing makes a new version; the old stays.

    A version that has been in force from no time yet is a draft. Areas of the agency's own are one set, which is
    drawn over.
    """

    kind = models.CharField(max_length=10, choices=AreaKind)
    version = models.PositiveIntegerField()
    is_current = models.BooleanField("in force", default=True)
    in_force_from = models.DateTimeField(null=True, blank=True)
    in_force_until = models.DateTimeField(null=True, blank=True)
    source_name = models.CharField(max_length=200)
    loaded_at = models.DateTimeField(auto_now_add=True)
    loaded_by = AgencyForeignKey(User, null=True, blank=True, related_name="+")

    objects = AreaSetQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint("agency", "kind", "version", name="areaset_version_once"),
            models.UniqueConstraint(
                "agency", "kind", name="areaset_one_current", condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                condition=Q(is_current=False, in_force_from=None, in_force_until=None)
                | Q(is_current=False, in_force_from__isnull=False, in_force_until__isnull=False)
                | Q(is_current=True, in_force_from__isnull=False, in_force_until=None),
                name="areaset_period_fits",
            ),
            ExclusionConstraint(
                name="areaset_one_at_a_time",
                expressions=[
                    ("agency", "="),
                    ("kind", "="),
                    (
                        Func(
                            "in_force_from",
                            "in_force_until",
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                condition=Q(in_force_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}s, version {self.version}"

    @property
    def is_draft(self) -> bool:
        """Whether this version has never been in force."""
        return self.in_force_from is None


class Area(AgencyModel):
    """A beat or district of one version, or an area of the agency's own."""

    area_set = AgencyForeignKey(AreaSet, related_name="areas")
    kind = models.CharField(max_length=10, choices=AreaKind)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    note = models.CharField(max_length=500, blank=True)
    shape = models.MultiPolygonField(srid=STORAGE_SRID, spatial_index=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "code"]
        indexes = [GistIndex(fields=["agency", "shape"], name="area_agency_shape")]
        constraints = [models.UniqueConstraint("agency", "area_set", "code", name="area_code_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class AreaPlacing(AgencyModel):
    """Placing all incidents of an agency anew, because a version of its areas came into force."""

    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=PlacingStatus, default=PlacingStatus.WAITING)
    message = models.CharField(max_length=200, blank=True)
    cancel_requested = models.BooleanField(default=False)
    total = models.PositiveIntegerField("incidents", default=0)
    done = models.PositiveIntegerField("looked at", default=0)
    changed = models.PositiveIntegerField("placed elsewhere", default=0)
    ordered_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    ordered_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AreaPlacingQuerySet.as_manager()

    class Meta:
        ordering = ["-ordered_at", "-id"]
        verbose_name = "placing of incidents"
        verbose_name_plural = "placings of incidents"

    def __str__(self) -> str:
        return f"Placing of {self.ordered_at:%Y-%m-%d %H:%M}"
