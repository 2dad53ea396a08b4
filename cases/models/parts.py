"""What hangs on a case: further incidents, the steps of its life, people, tasks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.choices import CaseStatus, Clearance, InvolvedRole, Priority, TaskStatus
from cases.models.cases import Case
from cases.querysets import (
    CaseIncidentQuerySet,
    CaseStatusChangeQuerySet,
    CaseTaskQuerySet,
    InvolvedPersonQuerySet,
)
from incidents.models import Incident
from nethra.core.models import AgencyForeignKey, AgencyModel


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
