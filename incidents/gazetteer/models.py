"""The gazetteer's tables: loads of files, what has a name, and the house numbers along streets."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.db.models import Q

from accounts.models import User
from incidents.gazetteer.choices import PlaceKind, PlaceSource
from incidents.gazetteer.querysets import GazetteerLoadQuerySet, HouseNumberQuerySet, PlaceQuerySet
from nethra.core.geo import STORAGE_SRID
from nethra.core.models import AgencyForeignKey, AgencyModel


class GazetteerLoad(AgencyModel):
    """One file that was loaded into the gazetteer. Of each source one load is current; the others are history."""

    source = models.CharField(max_length=10, choices=PlaceSource)
    version = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    #: The agency's own short forms, long word -> short word, besides those of the house.
    abbreviations = models.JSONField(default=dict, blank=True)
    places = models.PositiveIntegerField(default=0)
    house_numbers = models.PositiveIntegerField(default=0)
    loaded_at = models.DateTimeField(auto_now_add=True)
    loaded_by = AgencyForeignKey(User, null=True, blank=True, related_name="+")

    objects = GazetteerLoadQuerySet.as_manager()

    class Meta:
        ordering = ["source", "-version"]
        constraints = [
            models.UniqueConstraint("agency", "source", "version", name="gazetteerload_version_once"),
            models.UniqueConstraint(
                "agency", "source", name="gazetteerload_one_current", condition=Q(is_current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()}, version {self.version}"


class Place(AgencyModel):
    """A street, a place or a landmark. Streets of one name that lie apart are several."""

    load = AgencyForeignKey(GazetteerLoad, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=PlaceKind)
    name = models.CharField(max_length=200)
    #: The name as it is searched: lower case, without accents, in short forms.
    words = models.CharField(max_length=200)
    locality = models.CharField(max_length=100, blank=True)
    #: The lines of a street, or a point.
    shape = models.GeometryField(srid=STORAGE_SRID, spatial_index=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        # place_words, behind app.find_places(), comes by a migration.
        indexes = [models.Index(fields=["agency", "load"], name="place_by_load")]

    def __str__(self) -> str:
        return f"{self.name}, {self.locality}" if self.locality else self.name


class HouseNumber(AgencyModel):
    """A house number at a point, or the numbers along one side of a piece of street."""

    load = AgencyForeignKey(GazetteerLoad, related_name="+", db_index=False)
    street = AgencyForeignKey(Place, related_name="house_numbers", db_index=False)
    first = models.PositiveIntegerField()
    latest = models.PositiveIntegerField()
    #: As written, with its letter: 12a.
    text = models.CharField(max_length=20, blank=True)
    locality = models.CharField(max_length=100, blank=True)
    #: A point, or a line that runs from the first number to the latest.
    shape = models.GeometryField(srid=STORAGE_SRID, spatial_index=False)

    objects = HouseNumberQuerySet.as_manager()

    class Meta:
        ordering = ["street", "first", "id"]
        indexes = [
            models.Index(fields=["agency", "street", "first"], name="housenumber_by_street"),
            models.Index(fields=["agency", "load"], name="housenumber_by_load"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=models.F("latest")), name="housenumber_ascends")
        ]

    def __str__(self) -> str:
        return self.text or f"{self.first}-{self.latest}"
