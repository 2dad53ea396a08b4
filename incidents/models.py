"""Incidents with place and time, the offences in them, the areas they fall into, and imports."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import ExpressionWrapper, F, Func, Q

from accounts.models import User
from incidents.choices import (
    MAX_OFFENCES,
    AreaKind,
    Completion,
    ImportStatus,
    IncidentStatus,
    OffenceGroup,
    PlacingStatus,
    SealedPart,
)
from incidents.gazetteer.models import GazetteerLoad as GazetteerLoad
from incidents.gazetteer.models import HouseNumber as HouseNumber
from incidents.gazetteer.models import Place as Place
from incidents.querysets import (
    AreaPlacingQuerySet,
    AreaQuerySet,
    AreaSetQuerySet,
    ImportBatchQuerySet,
    ImportRejectQuerySet,
    IncidentOffenceQuerySet,
    IncidentQuerySet,
    IncidentReadingQuerySet,
    IncidentSealQuerySet,
    OffenceCategoryQuerySet,
)
from nethra.core.geo import STORAGE_SRID, WEB_MERCATOR_SRID
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.readings import Reading
from nethra.core.seals import Seal


class OffenceCode(models.Model):
    """An offence of the FBI's NIBRS list, the same for every agency; changed by migrations only."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=100)
    group = models.CharField(max_length=1, choices=OffenceGroup)
    category = models.CharField(max_length=100)
    crime_against = models.CharField(max_length=20)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class OffenceCategory(AgencyModel):
    """A word of the agency's own for an offence, mapped onto NIBRS."""

    name = models.CharField(max_length=100)
    offence_code = models.ForeignKey(OffenceCode, on_delete=models.PROTECT, related_name="+")

    objects = OffenceCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "offence categories"
        constraints = [models.UniqueConstraint("agency", "name", name="offencecategory_name_once")]

    def __str__(self) -> str:
        return self.name


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


class ImportBatch(AgencyModel):
    """One file of incidents, what became of its rows, and the way to undo it."""

    profile = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
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
            GistIndex(fields=["agency", "location"], name="incident_agency_location"),
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
