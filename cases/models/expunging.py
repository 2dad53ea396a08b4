"""Orders to expunge: who asked, who approved, what is proved of what is gone."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cases.choices import ExpungeKind
from cases.querysets import ExpungeOrderQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class ExpungeOrder(AgencyModel):
    """An order that takes a record's content away for good, approved by a second person.

    It refers to its subject by key alone: it outlives it, and is kept outside the database as well, to be applied
    again after a restore.
    """

    kind = models.CharField(max_length=20, choices=ExpungeKind)
    subject_id = models.UUIDField()
    number = models.CharField("record", max_length=60, help_text="The number that stays as the tombstone.")
    order_number = models.CharField(max_length=100)
    authority = models.CharField(max_length=200)
    asked_at = models.DateTimeField("asked", auto_now_add=True)
    asked_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    declined_at = models.DateTimeField("declined", null=True, blank=True)
    approved_at = models.DateTimeField("approved", null=True, blank=True)
    approved_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    executed_at = models.DateTimeField("executed", null=True, blank=True)
    # The proof: what was blanked and destroyed
    events_blanked = models.PositiveIntegerField(default=0)
    files_destroyed = models.JSONField(default=list, blank=True)

    objects = ExpungeOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = "order to expunge"
        verbose_name_plural = "orders to expunge"
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(asked_by=None) | ~Q(approved_by=F("asked_by")),
                name="expungeorder_two_people",
                violation_error_message="A second person approves an order to expunge.",
            ),
            models.CheckConstraint(condition=Q(kind__in=ExpungeKind.values), name="expungeorder_kind_known"),
        ]

    def __str__(self) -> str:
        return f"Order {self.order_number}"
