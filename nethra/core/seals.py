"""A seal by order: what every app's seals have in common. No table of its own."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nethra.core.models import AgencyForeignKey, AgencyModel


class Seal(AgencyModel):
    """An order that seals a record or parts of it. Lifted for a time or removed by another order, never deleted."""

    parts = ArrayField(models.CharField(max_length=20))
    order_number = models.CharField(max_length=100)
    authority = models.CharField(max_length=200, help_text="The court or office that ordered it.")
    reason = models.CharField(max_length=1000, blank=True)
    placed_at = models.DateTimeField(auto_now_add=True)
    placed_by = AgencyForeignKey("accounts.User", null=True, related_name="+", db_index=False)
    lifted_until = models.DateTimeField(null=True, blank=True)
    lift_order = models.CharField(max_length=100, blank=True)
    lifted_by = AgencyForeignKey("accounts.User", null=True, related_name="+", db_index=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    removal_order = models.CharField(max_length=100, blank=True)
    removed_by = AgencyForeignKey("accounts.User", null=True, related_name="+", db_index=False)

    class Meta:
        abstract = True
        ordering = ["-placed_at", "-id"]

    def __str__(self) -> str:
        return f"Order {self.order_number}"
