"""Modus operandi: how the offences of an incident were done."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.db.models.functions import Trim

from incidents.choices import MAX_HABIT, HabitField
from incidents.models.incidents import Incident
from incidents.querysets import IncidentHabitQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class IncidentHabit(AgencyModel):
    """One thing about how it was done; never anything about who did it."""

    incident = AgencyForeignKey(Incident, related_name="habits", on_delete=models.CASCADE, db_index=False)
    field = models.CharField(max_length=20, choices=HabitField)
    value = models.CharField(
        max_length=MAX_HABIT,
        help_text="A few words, the same each time: capitals do not matter. How it was done, never who did it.",
    )

    objects = IncidentHabitQuerySet.as_manager()

    class Meta:
        ordering = ["incident", "field"]
        verbose_name = "modus operandi"
        verbose_name_plural = "modus operandi"
        constraints = [
            models.UniqueConstraint("agency", "incident", "field", name="incidenthabit_field_once"),
            models.CheckConstraint(
                condition=Q(field__in=HabitField.values), name="incidenthabit_field_known"
            ),
            # A line break or a control character would make two equal values differ unseen.
            models.CheckConstraint(
                condition=Q(value=Trim(F("value"))) & ~Q(value="") & ~Q(value__regex="[[:cntrl:]]"),
                name="incidenthabit_value_clean",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.value}"
