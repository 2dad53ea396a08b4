"""What an agency shares with others: by reference, so that what is revoked is gone at once."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.choices import LeadState, ShareLevel
from cases.models.cases import Case
from cases.querysets import ShareQuerySet, ShareReadingQuerySet
from incidents.models import Incident
from nethra.core.models import AgencyForeignKey, AgencyModel


class Share(AgencyModel):
    """A case or an incident, some of its rows and fields, for one other agency until a time.

    It counts from when it is released, and not any more once it or what it was passed on from is revoked. The
    other agency reads it through functions of the database that return what is granted and nothing else.
    """

    case = AgencyForeignKey(Case, null=True, blank=True, related_name="shares", db_index=False)
    incident = AgencyForeignKey(Incident, null=True, blank=True, related_name="+", db_index=False)
    # Whom with. Their row is not ours to read, so the name is kept here.
    recipient_id = models.UUIDField()
    recipient_name = models.CharField("shared with", max_length=200)
    fields = ArrayField(models.CharField(max_length=40))
    level = models.CharField(max_length=10, choices=ShareLevel, default=ShareLevel.VIEW)
    until = models.DateTimeField()
    may_reshare = models.BooleanField("may pass it on", default=False)
    reason = models.CharField(max_length=1000, blank=True)
    #: Passed on from this share, by that agency.
    parent = AgencyForeignKey("self", null=True, blank=True, related_name="passed_on", db_index=False)
    passed_on_by_id = models.UUIDField(null=True, blank=True)
    passed_on_by = models.CharField(max_length=200, blank=True)
    lead_state = models.CharField(max_length=10, choices=LeadState, default=LeadState.NONE)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    released_at = models.DateTimeField("released", null=True, blank=True)
    revoked_at = models.DateTimeField("revoked", null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["agency", "case"], name="share_by_case"),
            models.Index(fields=["agency", "incident"], name="share_by_incident"),
            # Recipients look through a definer function, across agencies.
            models.Index(fields=["recipient_id", "until"], name="share_by_recipient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, incident=None) | Q(case=None, incident__isnull=False),
                name="share_of_one_record",
            ),
            models.CheckConstraint(condition=Q(level__in=ShareLevel.values), name="share_level_known"),
            models.CheckConstraint(condition=Q(lead_state__in=LeadState.values), name="share_lead_known"),
        ]

    def __str__(self) -> str:
        return f"Shared with {self.recipient_name}"


class ShareReading(AgencyModel):
    """Somebody of another agency read what is shared with it; in the rows of the agency whose record it is."""

    share = AgencyForeignKey(Share, related_name="readings", db_index=False)
    reader_id = models.UUIDField(null=True)
    reader_name = models.CharField("who", max_length=200)
    reader_agency = models.CharField("agency", max_length=200)
    what = models.CharField(max_length=200)
    read_at = models.DateTimeField("when", auto_now_add=True)

    objects = ShareReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-read_at", "-id"]
        verbose_name = "reading of a share"
        indexes = [models.Index(fields=["agency", "share", "-read_at"], name="sharereading_by_share")]

    def __str__(self) -> str:
        return f"Reading of {self.read_at:%Y-%m-%d %H:%M}"
