"""Cases: what an agency makes of incidents, who works them, and how they moved."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cases.choices import CLOSED, CaseStatus, Clearance, InvolvedRole, Priority, TaskStatus
from cases.querysets import (
    CaseCounterQuerySet,
    CaseIncidentQuerySet,
    CaseMemberQuerySet,
    CaseQuerySet,
    CaseStatusChangeQuerySet,
    CaseTaskQuerySet,
    InvolvedPersonQuerySet,
)
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
    def is_closed(self) -> bool:
        """Whether it can only be read and reopened."""
        return self.status in CLOSED


class CaseIncident(AgencyModel):
    """A further incident of a case."""

    case = AgencyForeignKey(Case, related_name="incident_links", db_index=False)
    incident = AgencyForeignKey(Incident, related_name="+", db_index=False)
    linked_at = models.DateTimeField(auto_now_add=True)
    linked_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )

    objects = CaseIncidentQuerySet.as_manager()

    class Meta:
        ordering = ["linked_at", "id"]
        verbose_name = "further incident"
        indexes = [models.Index(fields=["agency", "incident"], name="caseincident_by_incident")]
        constraints = [
            models.UniqueConstraint(
                "agency",
                "case",
                "incident",
                name="caseincident_once",
                violation_error_message="This incident is linked already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} and {self.incident_id}"


class CaseMember(AgencyModel):
    """A person who works on a case beside its lead."""

    case = AgencyForeignKey(Case, related_name="members", db_index=False)
    user = AgencyForeignKey(User, related_name="+", db_index=False, verbose_name="person")
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", editable=False, db_index=False)

    objects = CaseMemberQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name = "member"
        indexes = [models.Index(fields=["agency", "user"], name="casemember_by_user")]
        constraints = [
            models.UniqueConstraint(
                "agency",
                "case",
                "user",
                name="casemember_once",
                violation_error_message="This person is a member already.",
            )
        ]

    def __str__(self) -> str:
        return f"Member {self.user_id} of {self.case_id}"


class CaseStatusChange(AgencyModel):
    """One step in a case's life, written by the trigger alone and never changed."""

    case = AgencyForeignKey(Case, related_name="status_changes", db_index=False)
    from_status = models.CharField(max_length=20, choices=CaseStatus, blank=True)
    to_status = models.CharField(max_length=20, choices=CaseStatus)
    reason = models.CharField(max_length=1000, blank=True)
    lead = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    referred_to = models.CharField(max_length=200, blank=True)
    clearance = models.CharField(max_length=20, choices=Clearance, blank=True)
    changed_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField()

    objects = CaseStatusChangeQuerySet.as_manager()

    class Meta:
        ordering = ["changed_at", "id"]
        verbose_name = "status change"
        indexes = [models.Index(fields=["agency", "case", "changed_at"], name="casestatuschange_by_case")]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} to {self.to_status}"


class InvolvedPerson(AgencyModel):
    """A person with a part in a case, as the case's papers name them."""

    case = AgencyForeignKey(Case, related_name="people", db_index=False)
    role = models.CharField(max_length=20, choices=InvolvedRole)
    name = models.CharField(max_length=200)
    born_on = models.DateField("born on", null=True, blank=True)
    contact = models.CharField(max_length=300, blank=True, help_text="Address, telephone, e-mail.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = InvolvedPersonQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = "involved person"
        verbose_name_plural = "people involved"
        indexes = [models.Index(fields=["agency", "case"], name="involvedperson_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=InvolvedRole.values), name="involvedperson_role_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.name}"


class CaseTask(AgencyModel):
    """Something to be done in a case."""

    case = AgencyForeignKey(Case, related_name="tasks", db_index=False)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=TaskStatus, default=TaskStatus.OPEN)
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    assignee = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    due_on = models.DateField("due on", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = CaseTaskQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = "task"
        indexes = [
            models.Index(fields=["agency", "case"], name="casetask_by_case"),
            models.Index(fields=["agency", "assignee", "status"], name="casetask_by_assignee"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TaskStatus.values), name="casetask_status_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="casetask_priority_known"),
        ]

    def __str__(self) -> str:
        return self.title


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
