"""Cases: what an agency makes of incidents, who works them, and how they moved."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Unit, User
from cases.choices import CLOSED, CaseStatus, Clearance, Priority, SealedPart
from cases.querysets import CaseCounterQuerySet, CaseQuerySet
from incidents.models import Incident
from nethra.core.models import AgencyForeignKey, AgencyModel


class Case(AgencyModel):
    """An investigation that an incident began. It moves by cases.choices.TRANSITIONS, and never goes."""

    number = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    primary_incident = AgencyForeignKey(Incident, related_name="+", editable=False, db_index=False)
    lead = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)

    # Need to know
    unit = AgencyForeignKey(
        Unit, null=True, blank=True, related_name="+", db_index=False, help_text="The unit whose case it is."
    )
    is_restricted = models.BooleanField(
        "restricted", default=False, help_text="Only the lead and the people named see it."
    )
    hides_incidents = models.BooleanField(
        default=True, help_text="A restricted case hides its incidents from whoever does not see it."
    )
    informant_notes = models.TextField(blank=True, help_text="What could betray a source; few roles read it.")
    sealed_parts = ArrayField(
        models.CharField(max_length=20, choices=SealedPart), default=list, blank=True, editable=False
    )
    seal_lifted_until = models.DateTimeField(null=True, blank=True, editable=False)

    #: When an order took its content away: number and history of moves stay as a tombstone.
    expunged_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: The agency that leads the case instead of the one whose it is; its name, since its row is not ours to read.
    led_by_agency_id = models.UUIDField(null=True, blank=True, editable=False)
    led_by_agency = models.CharField(max_length=200, blank=True, editable=False)

    # Where it stands. The trigger keeps since when, and writes the reason into the history.
    status = models.CharField(max_length=20, choices=CaseStatus, default=CaseStatus.OPEN, editable=False)
    status_reason = models.CharField(max_length=1000, blank=True, editable=False)
    status_since = models.DateTimeField(auto_now_add=True)
    referred_to = models.CharField(max_length=200, blank=True, editable=False)
    clearance = models.CharField(max_length=20, choices=Clearance, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    opened_at = models.DateTimeField(auto_now_add=True)
    opened_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index("agency", F("opened_at").desc(), F("id").desc(), name="case_agency_opened"),
            models.Index(fields=["agency", "lead", "status"], name="case_agency_lead"),
            models.Index(fields=["agency"], name="case_restricted", condition=Q(is_restricted=True)),
            models.Index(fields=["agency"], name="case_sealed", condition=~Q(sealed_parts=[])),
        ]
        constraints = [
            models.UniqueConstraint("agency", "number", name="case_number_once"),
            models.UniqueConstraint(
                "agency",
                "primary_incident",
                name="case_incident_once",
                violation_error_message="This incident has a case already.",
            ),
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="case_status_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="case_priority_known"),
            models.CheckConstraint(
                condition=~Q(status=CaseStatus.UNDER_INVESTIGATION) | Q(lead__isnull=False),
                name="case_investigation_has_lead",
                violation_error_message="A case under investigation has a lead.",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.CLOSED_CLEARED, clearance__in=Clearance.values)
                | ~Q(status=CaseStatus.CLOSED_CLEARED) & Q(clearance=""),
                name="case_cleared_says_how",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.REFERRED) & ~Q(referred_to="")
                | ~Q(status=CaseStatus.REFERRED) & Q(referred_to=""),
                name="case_referred_says_where",
            ),
            models.CheckConstraint(
                condition=Q(status__in=CLOSED, closed_at__isnull=False)
                | ~Q(status__in=CLOSED) & Q(closed_at__isnull=True),
                name="case_closed_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_sealed(self) -> bool:
        """Whether the whole case is sealed today; then it can only be read, by few."""
        lifted = self.seal_lifted_until
        is_lifted = lifted is not None and lifted > datetime.now(UTC)
        return SealedPart.WHOLE in self.sealed_parts and not is_lifted

    @property
    def is_sensitive(self) -> bool:
        """Whether reading it asks for a reason."""
        return self.is_restricted or bool(self.sealed_parts)

    @property
    def is_closed(self) -> bool:
        """Whether it can only be read and reopened."""
        return self.status in CLOSED


class CaseCounter(AgencyModel):
    """The latest case number of an agency's year. The row is locked until its case commits: no gaps."""

    year = models.PositiveSmallIntegerField()
    latest = models.PositiveIntegerField()

    objects = CaseCounterQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["agency", "year"], name="casecounter_year_once")]

    def __str__(self) -> str:
        return f"{self.latest} cases of {self.year}"
