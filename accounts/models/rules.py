"""Rules of an agency as rows: when which role works, and who may beyond it."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField

from accounts.choices import ReachChoice, RoleChoice, Weekday
from accounts.models.people import User
from accounts.querysets import PersonalQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.querysets import ScopedQuerySet


class RoleRule(AgencyModel):
    """How an agency adjusts one role: what it grants beside the table, what it withdraws, how far it reaches.

    A role without a row is as nethra.core.capabilities has it.
    """

    role = models.CharField(max_length=20, choices=RoleChoice)
    granted = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    withdrawn = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    reach = models.CharField(max_length=10, choices=ReachChoice, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedQuerySet["RoleRule"].as_manager()

    class Meta:
        ordering = ["role"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "role"], name="rolerule_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=RoleChoice.values), name="rolerule_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(reach__in=["", *ReachChoice.values]), name="rolerule_reach_known"
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class WorkingHours(AgencyModel):
    """A role works on this weekday from here to there, in each person's own time zone.

    A role without a row may sign in at any time. Hours that end before or when they begin run into the next day.
    """

    role = models.CharField(max_length=20, choices=RoleChoice)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens = models.TimeField("from")
    closes = models.TimeField(
        "to", help_text="Not later than the beginning: on the next day; the same hour: all day."
    )

    objects = ScopedQuerySet["WorkingHours"].as_manager()

    class Meta:
        ordering = ["role", "weekday", "opens"]
        verbose_name = verbose_name_plural = "working hours"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "role", "weekday", "opens"],
                name="hours_once",
                violation_error_message="These hours are there already.",
            ),
            models.CheckConstraint(condition=models.Q(role__in=RoleChoice.values), name="hours_role_known"),
            models.CheckConstraint(
                condition=models.Q(weekday__gte=1, weekday__lte=7), name="hours_weekday_known"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_role_display()}, {self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"
        )


class HoursException(AgencyModel):
    """A named person may sign in outside the hours of their role, for a reason."""

    user = AgencyForeignKey(User, related_name="hours_exceptions", verbose_name="person")
    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("to")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = "exception from working hours"
        verbose_name_plural = "exceptions from working hours"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="exception_in_order",
                violation_error_message="The exception ends after it begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M} UTC"
