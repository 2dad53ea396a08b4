"""Who sees a case: people named, people excluded, seals, requests, emergencies, and who looked."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cases.choices import Basis, Decision, Level, Oddity, Verdict
from cases.models.cases import Case
from cases.querysets import (
    AccessRequestQuerySet,
    CaseExclusionQuerySet,
    CaseMemberQuerySet,
    CaseReadingQuerySet,
    CaseSealQuerySet,
    EmergencyQuerySet,
)
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.readings import Reading
from nethra.core.seals import Seal


class CaseMember(AgencyModel):
    """A person named in a case beside its lead: what they may do there, and until when."""

    case = AgencyForeignKey(Case, related_name="members", db_index=False)
    user = AgencyForeignKey(User, related_name="+", db_index=False, verbose_name="person")
    level = models.CharField(max_length=10, choices=Level, default=Level.WRITE)
    expires_at = models.DateTimeField("until", null=True, blank=True)
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
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="casemember_level_known"),
        ]

    def __str__(self) -> str:
        return f"Member {self.user_id} of {self.case_id}"


class CaseExclusion(AgencyModel):
    """A person who must not see a case, whatever else would let them: a conflict of interest."""

    case = AgencyForeignKey(Case, related_name="exclusions", db_index=False)
    user = AgencyForeignKey(User, related_name="+", db_index=False, verbose_name="person")
    reason = models.CharField(max_length=1000)
    expires_at = models.DateTimeField("until", null=True, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", editable=False, db_index=False)

    objects = CaseExclusionQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name = "exclusion"
        indexes = [models.Index(fields=["agency", "user"], name="caseexclusion_by_user")]
        constraints = [
            models.UniqueConstraint(
                "agency",
                "case",
                "user",
                name="caseexclusion_once",
                violation_error_message="This person is excluded already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} excluded from {self.case_id}"


class CaseSeal(Seal):
    """An order that seals a case or parts of it. The case's own columns repeat it."""

    case = AgencyForeignKey(Case, related_name="seals", db_index=False)

    objects = CaseSealQuerySet.as_manager()

    class Meta(Seal.Meta):
        verbose_name = "seal"
        constraints = [
            models.UniqueConstraint(
                "agency", "case", name="caseseal_one_in_force", condition=Q(removed_at=None)
            )
        ]


class AccessRequest(AgencyModel):
    """Somebody asks to see a case that is closed to them; its owners answer before the clock runs out."""

    case = AgencyForeignKey(Case, related_name="access_requests", db_index=False)
    user = AgencyForeignKey(User, related_name="+", db_index=False, verbose_name="who asks")
    reason = models.CharField(max_length=1000)
    level = models.CharField(max_length=10, choices=Level, default=Level.VIEW)
    asked_at = models.DateTimeField("asked", auto_now_add=True)
    due_at = models.DateTimeField("answer due")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    decided_at = models.DateTimeField("answered", null=True, blank=True)
    decided_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    note = models.CharField(max_length=1000, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = "request for access"
        verbose_name_plural = "requests for access"
        indexes = [
            models.Index(fields=["agency", "decision", "due_at"], name="accessrequest_waiting"),
            models.Index(fields=["agency", "user"], name="accessrequest_by_user"),
        ]
        constraints = [
            models.UniqueConstraint(
                "agency",
                "case",
                "user",
                name="accessrequest_one_waiting",
                condition=Q(decision=Decision.OPEN),
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="accessrequest_level_known"),
            models.CheckConstraint(
                condition=Q(decision=Decision.OPEN, decided_at=None)
                | ~Q(decision=Decision.OPEN) & Q(decided_at__isnull=False),
                name="accessrequest_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Request of {self.asked_at:%Y-%m-%d %H:%M}"


class Emergency(AgencyModel):
    """Somebody opened a case in an emergency: for a time, for a reason, reviewed afterwards."""

    case = AgencyForeignKey(Case, related_name="emergencies", db_index=False)
    user = AgencyForeignKey(User, related_name="+", db_index=False, verbose_name="who")
    reason = models.CharField(max_length=1000)
    opened_at = models.DateTimeField("opened", auto_now_add=True)
    expires_at = models.DateTimeField("until")
    review_task = AgencyForeignKey(
        "cases.CaseTask", null=True, related_name="+", db_index=False, editable=False
    )
    verdict = models.CharField(max_length=20, choices=Verdict, blank=True)
    reviewed_at = models.DateTimeField("reviewed", null=True, blank=True)
    reviewed_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    note = models.CharField(max_length=1000, blank=True)

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name_plural = "emergencies"
        indexes = [models.Index(fields=["agency", "user", "expires_at"], name="emergency_by_user")]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("opened_at")), name="emergency_in_order"),
            models.CheckConstraint(
                condition=Q(verdict="", reviewed_at=None)
                | Q(verdict__in=Verdict.values, reviewed_at__isnull=False),
                name="emergency_reviewed_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Emergency of {self.opened_at:%Y-%m-%d %H:%M}"


class CaseReading(Reading):
    """Who looked at a case in one session: why, on what basis, how often, and what was odd about it."""

    case = AgencyForeignKey(Case, related_name="readings", db_index=False)
    basis = models.CharField(max_length=10, choices=Basis)
    # What a weekly review looks at
    oddities = ArrayField(models.CharField(max_length=20, choices=Oddity), default=list, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True, editable=False)
    verdict = models.CharField(max_length=20, choices=Verdict, blank=True)
    reviewed_at = models.DateTimeField("reviewed", null=True, blank=True)
    reviewed_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    note = models.CharField(max_length=1000, blank=True)

    objects = CaseReadingQuerySet.as_manager()

    class Meta(Reading.Meta):
        indexes = [
            models.Index(fields=["agency", "case", "-last_at"], name="casereading_by_case"),
            models.Index(fields=["agency", "user", "-last_at"], name="casereading_by_user"),
            models.Index(
                fields=["agency", "first_at"], name="casereading_unjudged", condition=Q(judged_at=None)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "case", "user", "session_id"],
                name="casereading_once_a_session",
                nulls_distinct=False,
            )
        ]
