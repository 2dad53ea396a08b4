"""Who people are beside their accounts: profile, contacts, units, and where they were posted."""

from __future__ import annotations

from django.contrib.gis.db import models

from accounts.choices import ContactKind
from accounts.models.people import User
from accounts.querysets import ContactQuerySet, PersonalQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.querysets import ScopedQuerySet


class Unit(AgencyModel):
    """A part of the agency: a division, a station, a squad. Closed, never deleted."""

    name = models.CharField(max_length=100)
    parent = AgencyForeignKey(
        "self", null=True, blank=True, related_name="parts", verbose_name="part of", db_index=False
    )
    supervisor = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField("closed", null=True, blank=True, editable=False)

    objects = ScopedQuerySet["Unit"].as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "name"],
                name="unit_name_once",
                violation_error_message="There is a unit of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Profile(AgencyModel):
    """What stands about a person beside the account: one row each, made when first filled in."""

    user = AgencyForeignKey(User, related_name="profiles")
    # The personal part
    preferred_name = models.CharField(max_length=100, blank=True)
    pronouns = models.CharField(max_length=40, blank=True)
    spoken_languages = models.CharField(
        max_length=200, blank=True, help_text="Who can interpret is asked for at night: Spanish, Tamil."
    )
    # The professional part
    job_title = models.CharField(max_length=100, blank=True)
    call_sign = models.CharField("radio call sign", max_length=40, blank=True)
    qualifications = models.TextField(max_length=2000, blank=True)
    joined_on = models.DateField("joined the agency", null=True, blank=True)
    #: A JPEG of at most 480 by 480 pixels, made anew from what was sent.
    picture = models.BinaryField(null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "user"], name="profile_once")]

    def __str__(self) -> str:
        return self.preferred_name or "Profile"


class Contact(AgencyModel):
    """One way to reach a person. Closed, never deleted."""

    user = AgencyForeignKey(User, related_name="contacts")
    kind = models.CharField(max_length=20, choices=ContactKind)
    value = models.CharField(max_length=200)
    is_primary = models.BooleanField("primary", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-is_primary", "value", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "user", "kind"],
                condition=models.Q(is_primary=True, deactivated_at=None),
                name="contact_one_primary",
                violation_error_message="Only one contact of each kind can be the primary one.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ContactKind.values), name="contact_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.value}"


class Posting(AgencyModel):
    """Where a person serves or served: the unit, the rank, from when to when, and the place."""

    user = AgencyForeignKey(User, related_name="postings")
    unit = AgencyForeignKey(Unit, related_name="postings")
    rank = models.CharField(max_length=60, blank=True)
    starts_on = models.DateField("from")
    ends_on = models.DateField(
        "to", null=True, blank=True, help_text="The last day; empty: until further notice."
    )
    place_name = models.CharField("place", max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField("withdrawn", null=True, blank=True, editable=False)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="posting_in_order",
                violation_error_message="A posting ends on or after the day it begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.unit}".strip()
