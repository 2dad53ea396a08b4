"""Offences: the codes of NIBRS, and an agency's own words for them."""

from __future__ import annotations

from django.contrib.gis.db import models

from incidents.choices import OffenceGroup
from incidents.querysets import OffenceCategoryQuerySet
from nethra.core.models import AgencyModel


class OffenceCode(models.Model):
    """An offence of the FBI's NIBRS list, the same for every agency; changed by migrations only."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=100)
    group = models.CharField(max_length=1, choices=OffenceGroup)
    category = models.CharField(max_length=100)
    crime_against = models.CharField(max_length=20)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class OffenceCategory(AgencyModel):
    """A word of the agency's own for an offence, mapped onto NIBRS."""

    name = models.CharField(max_length=100)
    offence_code = models.ForeignKey(OffenceCode, on_delete=models.PROTECT, related_name="+")

    objects = OffenceCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "offence categories"
        constraints = [models.UniqueConstraint("agency", "name", name="offencecategory_name_once")]

    def __str__(self) -> str:
        return self.name
