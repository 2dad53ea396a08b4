"""Recorded runs of analyses, schedules of them, and what people made of proposed series."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime

from accounts.models import User
from cases.models import Case
from insights.choices import Every, RunStatus, Verdict
from insights.querysets import (
    AnalysisResultQuerySet,
    AnalysisRunQuerySet,
    AnalysisScheduleQuerySet,
    SeriesDecisionQuerySet,
)
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.parameters import MOST_FILTERS

MOST_WHY = 200
MOST_NAME = 40
#: Days that a schedule looks back at most: ten years.
MOST_DAYS = 3660


class AnalysisRun(AgencyModel):
    """One run of a method: once it is done nothing of it changes but whether it is pinned."""

    # What was asked for, by whom and why
    analysis = models.CharField(max_length=MOST_NAME)
    version = models.CharField("version of the method", max_length=20)
    parameters = models.JSONField(default=dict, blank=True)
    #: As the API's list of incidents takes them, such as offence=220&status=reported.
    filters = models.CharField(max_length=MOST_FILTERS, blank=True)
    words = models.TextField("incidents", blank=True, editable=False)
    #: What else the method was asked about: an incident, areas, the ground.
    about = models.JSONField(default=dict, blank=True)
    why = models.CharField("what for", max_length=MOST_WHY)
    made_by = AgencyForeignKey(
        User, related_name="+", null=True, blank=True, editable=False, verbose_name="ordered by"
    )
    # What the session or key could do that ordered it: the job may do no more.
    capabilities = ArrayField(models.CharField(max_length=40), default=list, editable=False)
    repeats = AgencyForeignKey("self", related_name="repetitions", null=True, blank=True, editable=False)
    #: What ordered it by the clock.
    schedule = AgencyForeignKey(
        "AnalysisSchedule", related_name="runs", null=True, blank=True, editable=False
    )

    # Where it is; seconds that it was thought to take
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.WAITING)
    message = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False, editable=False)
    percent = models.PositiveSmallIntegerField("% done", default=0)
    seconds_expected = models.PositiveIntegerField(null=True)
    is_pinned = models.BooleanField("pinned", default=False)

    # What was read: the moment, the days' clock, metres' system, and the digest of the rows
    as_of = models.DateTimeField("as of")
    zone = models.CharField(max_length=64, blank=True)
    srid = models.IntegerField(null=True)
    input_rows = models.PositiveIntegerField("incidents read", null=True)
    input_digest = models.CharField(max_length=64, blank=True)

    # What was found
    headline = models.TextField("result", blank=True)
    result_rows = models.PositiveIntegerField("rows", null=True)
    result_digest = models.CharField(max_length=64, blank=True)

    created_at = models.DateTimeField("ordered", auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = AnalysisRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "analysis"
        verbose_name_plural = "analyses"
        indexes = [
            models.Index(fields=["agency", "-created_at", "-id"], name="analysisrun_newest"),
            models.Index(fields=["agency", "analysis", "-created_at"], name="analysisrun_by_method"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="analysisrun_status_known"),
            models.CheckConstraint(
                condition=~Q(status=RunStatus.DONE) | (~Q(result_digest="") & ~Q(input_digest="")),
                name="analysisrun_done_has_digests",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="analysisrun_percent_range"),
        ]

    def __str__(self) -> str:
        if self.created_at is None:
            return "New analysis"
        return f"Analysis of {localtime(self.created_at):%Y-%m-%d %H:%M}"


class AnalysisResult(AgencyModel):
    """What a run found, as one JSON document; written once with the run's end, and never changed."""

    run = AgencyForeignKey(AnalysisRun, related_name="results", editable=False, db_index=False)
    #: Text and not JSON: its SHA-256 is the run's digest, to the last byte.
    body = models.TextField(editable=False)

    objects = AnalysisResultQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("agency", "run", name="analysisresult_once")]

    def __str__(self) -> str:
        return f"Result of {self.run_id}"


class SeriesDecision(AgencyModel):
    """What somebody thinks of a proposed series; who changes their mind writes a further one, the newest counts."""

    # Which proposal: its rank in the run's result
    run = AgencyForeignKey(AnalysisRun, related_name="decisions", editable=False, db_index=False)
    series = models.PositiveIntegerField(editable=False)
    #: The crimes of the series that the decider saw; of the others nothing was decided.
    incidents = ArrayField(models.UUIDField(), editable=False)

    # What was decided
    verdict = models.CharField(max_length=10, choices=Verdict, editable=False)
    why = models.CharField(max_length=MOST_WHY, editable=False)
    case = AgencyForeignKey(
        Case,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        help_text="The case that the series became.",
    )

    decided_by = AgencyForeignKey(
        User, related_name="+", null=True, blank=True, editable=False, db_index=False
    )
    decided_at = models.DateTimeField(auto_now_add=True)

    objects = SeriesDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        verbose_name = "decision about a series"
        verbose_name_plural = "decisions about series"
        indexes = [
            models.Index(
                fields=["agency", "run", "series", "-decided_at", "-id"], name="seriesdecision_newest"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="seriesdecision_verdict_known"
            ),
            models.CheckConstraint(condition=Q(series__gte=1), name="seriesdecision_rank_from_one"),
            models.CheckConstraint(condition=~Q(why=""), name="seriesdecision_says_why"),
            models.CheckConstraint(condition=~Q(incidents=[]), name="seriesdecision_names_crimes"),
            models.CheckConstraint(
                condition=Q(case__isnull=True) | Q(verdict=Verdict.ACCEPTED),
                name="seriesdecision_case_of_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"Series {self.series} of {self.run_id}: {self.verdict}"


class AnalysisSchedule(AgencyModel):
    """An analysis that is ordered by the clock: what it asks never changes, it is stopped or renamed."""

    # What is asked for, by whom and why: as in a run
    name = models.CharField(max_length=100)
    analysis = models.CharField(max_length=MOST_NAME)
    parameters = models.JSONField(default=dict, blank=True)
    filters = models.CharField(max_length=MOST_FILTERS, blank=True)
    words = models.TextField("incidents", blank=True, editable=False)
    about = models.JSONField(default=dict, blank=True)
    why = models.CharField("what for", max_length=MOST_WHY)
    owner = AgencyForeignKey(User, related_name="+", editable=False)
    # What the session or key could do that ordered it: no run of it may do more.
    capabilities = ArrayField(models.CharField(max_length=40), default=list, editable=False)

    # When it is ordered, and how many days up to that day it looks at
    every = models.CharField("every", max_length=10, choices=Every)
    latest_days = models.PositiveSmallIntegerField(
        "latest days",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )

    # What became of it; the day of the last order is one by the agency's clock
    is_active = models.BooleanField("active", default=True)
    last_run = AgencyForeignKey(AnalysisRun, related_name="+", null=True, blank=True, editable=False)
    last_ordered_on = models.DateField("ordered last", null=True, blank=True, editable=False)
    problem = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField("scheduled", auto_now_add=True)

    objects = AnalysisScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "schedule"
        verbose_name_plural = "schedules"
        indexes = [
            models.Index(fields=["agency", "name", "id"], name="analysisschedule_by_name"),
            models.Index(fields=["agency"], name="analysisschedule_active", condition=Q(is_active=True)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(every__in=Every.values), name="analysisschedule_every_known"),
            models.CheckConstraint(
                condition=Q(latest_days=None) | Q(latest_days__gte=1, latest_days__lte=MOST_DAYS),
                name="analysisschedule_days_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name
