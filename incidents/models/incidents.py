"""Incidents with their offences, what seals them, and who read what is sealed."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import ExpressionWrapper, F, Func, Q

from accounts.models import User
from incidents.choices import MAX_OFFENCES, Completion, IncidentStatus, SealedPart
from incidents.gazetteer.choices import FOUND_BY_ADDRESS
from incidents.models.areas import Area
from incidents.models.imports import ImportBatch
from incidents.models.offences import OffenceCategory, OffenceCode
from incidents.querysets import (
    IncidentOffenceQuerySet,
    IncidentQuerySet,
    IncidentReadingQuerySet,
    IncidentSealQuerySet,
)
from nethra.core.geo import STORAGE_SRID, WEB_MERCATOR_SRID
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.readings import Reading
from nethra.core.seals import Seal


class Incident(AgencyModel):
    """Something that happened at a place and time and was reported to the agency."""

    number = models.CharField(max_length=40, editable=False)
    status = models.CharField(max_length=10, choices=IncidentStatus, default=IncidentStatus.REPORTED)
    reported_by = AgencyForeignKey(User, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField()

    # A point in time is from = until.
    occurred_from = models.DateTimeField()
    occurred_until = models.DateTimeField()

    description = models.TextField(blank=True)
    notes = models.TextField(blank=True)

    # Where, and in which version of beats and districts
    location = models.PointField(srid=STORAGE_SRID, null=True, blank=True, spatial_index=False)
    address = models.CharField(max_length=200, blank=True)
    #: How well the location is known that an import looked up by the address; a trigger empties it when it moves.
    found_by_address = models.CharField(
        "place found by its address",
        max_length=20,
        blank=True,
        default="",
        db_default="",
        choices=FOUND_BY_ADDRESS,
        editable=False,
    )
    beat = AgencyForeignKey(Area, null=True, blank=True, related_name="+", editable=False, db_index=False)
    district = AgencyForeignKey(Area, null=True, blank=True, related_name="+", editable=False, db_index=False)

    # Where the record came from
    source = models.CharField(max_length=40, default="console", editable=False)
    external_id = models.CharField(max_length=100, null=True, blank=True, editable=False)
    content_hash = models.BinaryField(max_length=32, null=True, editable=False)
    import_batch = AgencyForeignKey(
        ImportBatch, null=True, blank=True, related_name="incidents", editable=False, db_index=False
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # For tiles and bins
    g3857 = models.GeneratedField(
        expression=Transform("location", WEB_MERCATOR_SRID),
        output_field=models.PointField(srid=WEB_MERCATOR_SRID, null=True, spatial_index=False),
        db_persist=True,
    )

    # For GEO_INDEX=lonlat, where nobody may mark a function LEAKPROOF, and for reading points without PostGIS
    lon = models.GeneratedField(
        expression=Func("location", function="ST_X"),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )
    lat = models.GeneratedField(
        expression=Func("location", function="ST_Y"),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )

    # The rows of IncidentOffence as answers say them, for reads of many. Triggers keep it, whoever writes what.
    stated_offences = models.TextField(default="[]", db_default="[]", blank=True, editable=False)

    # Need to know: the parts that an order seals, and whether a case hides it from some. Triggers keep the latter.
    sealed_parts = ArrayField(
        models.CharField(max_length=20, choices=SealedPart), default=list, blank=True, editable=False
    )
    seal_lifted_until = models.DateTimeField(null=True, blank=True, editable=False)
    expunged_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_behind_case = models.BooleanField(default=False, editable=False)
    is_guarded = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(is_behind_case=True) | ~Q(sealed_parts=[]), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_from", "-id"]
        indexes = [
            # The time is tested in the index: of a box only what is of the period is fetched.
            GistIndex(fields=["agency", "location", "occurred_from"], name="incident_agency_place_time"),
            models.Index(fields=["agency", "lon", "lat"], name="incident_agency_lonlat"),
            models.Index(
                "agency",
                F("occurred_from").desc(),
                F("id").desc(),
                name="incident_agency_occurred",
                include=["is_guarded"],
            ),
            models.Index(fields=["agency"], name="incident_guarded", condition=Q(is_guarded=True)),
            models.Index(
                fields=["agency", "import_batch"],
                name="incident_agency_batch",
                condition=Q(import_batch__isnull=False),
            ),
            # incident_words and incident_number_prefix, behind app.search_incidents(), come by migrations.
        ]
        constraints = [
            models.UniqueConstraint("agency", "number", name="incident_number_once"),
            models.UniqueConstraint(
                "agency",
                "source",
                "external_id",
                name="incident_external_once",
                condition=Q(external_id__isnull=False),
            ),
            models.UniqueConstraint(
                "agency",
                "source",
                "content_hash",
                name="incident_content_once",
                condition=Q(content_hash__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(occurred_until__gte=F("occurred_from")),
                name="incident_ends_after_start",
                violation_error_message="The end must not be before the start.",
                violation_error_code="end_before_start",
            ),
            models.CheckConstraint(
                condition=Q(status__in=IncidentStatus.values), name="incident_status_known"
            ),
            models.CheckConstraint(
                condition=Q(found_by_address="")
                | Q(found_by_address__in=[value for value, _ in FOUND_BY_ADDRESS], location__isnull=False),
                name="incident_found_has_place",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class IncidentOffence(AgencyModel):
    """One offence of an incident; exactly one of them is the primary."""

    incident = AgencyForeignKey(Incident, related_name="offences", on_delete=models.CASCADE, db_index=False)
    position = models.PositiveSmallIntegerField(default=1)
    offence_code = models.ForeignKey(OffenceCode, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = AgencyForeignKey(OffenceCategory, null=True, blank=True, related_name="+", db_index=False)
    is_primary = models.BooleanField(default=False)
    completion = models.CharField(max_length=10, choices=Completion, default=Completion.COMPLETED)

    objects = IncidentOffenceQuerySet.as_manager()

    class Meta:
        ordering = ["incident", "position"]
        indexes = [
            models.Index(fields=["agency", "offence_code", "incident"], name="incidentoffence_by_code")
        ]
        constraints = [
            models.UniqueConstraint("agency", "incident", "position", name="incidentoffence_position_once"),
            models.UniqueConstraint(
                "agency", "incident", name="incidentoffence_one_primary", condition=Q(is_primary=True)
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MAX_OFFENCES),
                name="incidentoffence_position_range",
            ),
            models.CheckConstraint(
                condition=Q(completion__in=Completion.values), name="incidentoffence_completion"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offence_code_id} ({self.get_completion_display()})"


class IncidentSeal(Seal):
    """An order that seals an incident, its narrative or its place. The incident's own columns repeat it."""

    incident = AgencyForeignKey(Incident, related_name="seals", db_index=False)

    objects = IncidentSealQuerySet.as_manager()

    class Meta(Seal.Meta):
        verbose_name = "seal of an incident"
        verbose_name_plural = "seals of incidents"
        constraints = [
            models.UniqueConstraint(
                "agency", "incident", name="incidentseal_one_in_force", condition=Q(removed_at=None)
            )
        ]


class IncidentReading(Reading):
    """Who read a sealed incident in one session: why, and how often."""

    incident = AgencyForeignKey(Incident, related_name="readings", db_index=False)

    objects = IncidentReadingQuerySet.as_manager()

    class Meta(Reading.Meta):
        verbose_name = "reading of an incident"
        verbose_name_plural = "readings of incidents"
        indexes = [
            models.Index(fields=["agency", "incident", "-last_at"], name="incidentreading_by_incident")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "incident", "user", "session_id"],
                name="incidentreading_once_a_session",
                nulls_distinct=False,
            )
        ]
