"""Inventories: which exhibits were drawn by lot, and what was found of each."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import Finding
from media_evidence.models.evidence import Evidence
from media_evidence.models.locations import StorageLocation
from media_evidence.querysets import InventoryLineQuerySet, InventoryQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel

MOST_DRAWN = 1_000


class Inventory(AgencyModel):
    """One count of the evidence room: which exhibits were there to be drawn, the seed, and what it drew.

    From these whoever audits it draws again and must get the same.
    """

    location = AgencyForeignKey(StorageLocation, null=True, blank=True, related_name="+", db_index=False)
    size = models.PositiveIntegerField("exhibits to draw")
    high_value_share = models.PositiveIntegerField("of them high value, percent")
    seed = models.CharField(max_length=64)
    high_value = ArrayField(models.UUIDField(), editable=False)
    others = ArrayField(models.UUIDField(), editable=False)
    drawn = ArrayField(models.UUIDField(), editable=False)
    opened_at = models.DateTimeField(auto_now_add=True)
    opened_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = AgencyForeignKey(
        User, null=True, blank=True, related_name="+", editable=False, db_index=False
    )

    objects = InventoryQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name_plural = "inventories"
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=MOST_DRAWN),
                name="inventory_size",
                violation_error_message=f"Draw from 1 to {MOST_DRAWN:,} exhibits.",
            ),
            models.CheckConstraint(
                condition=Q(high_value_share__lte=100),
                name="inventory_share",
                violation_error_message="A share is at most 100 percent.",
            ),
            models.CheckConstraint(condition=~Q(seed=""), name="inventory_seed"),
        ]

    def __str__(self) -> str:
        return f"Inventory of {self.opened_at:%Y-%m-%d}"

    @property
    def population(self) -> int:
        """How many exhibits could have been drawn."""
        return len(self.high_value) + len(self.others)


class InventoryLine(AgencyModel):
    """One exhibit that was drawn: where it should be and, once and for all, what was found."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="+", editable=False, db_index=False)
    inventory = AgencyForeignKey(Inventory, related_name="lines", editable=False, db_index=False)
    position = models.PositiveIntegerField(editable=False)
    bag_number = models.CharField(max_length=40, editable=False)
    expected_place = models.CharField(max_length=200, blank=True, editable=False)
    expected_seal = models.CharField(max_length=100, blank=True, editable=False)

    finding = models.CharField(max_length=20, choices=Finding, blank=True)
    found_at = models.DateTimeField(null=True, editable=False)
    found_by = AgencyForeignKey(User, null=True, related_name="+", editable=False, db_index=False)
    found_place = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=1000, blank=True)

    # What came of a discrepancy
    settled_at = models.DateTimeField(null=True, editable=False)
    settled_by = AgencyForeignKey(User, null=True, related_name="+", editable=False, db_index=False)
    settlement = models.CharField(max_length=1000, blank=True)

    objects = InventoryLineQuerySet.as_manager()

    class Meta:
        ordering = ["inventory", "position"]
        verbose_name = "line of an inventory"
        verbose_name_plural = "lines of inventories"
        constraints = [
            models.UniqueConstraint("agency", "inventory", "evidence", name="inventoryline_once"),
            models.UniqueConstraint("agency", "inventory", "position", name="inventoryline_position"),
            models.CheckConstraint(
                condition=Q(finding__in=["", *Finding.values]), name="inventoryline_finding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.bag_number}"
