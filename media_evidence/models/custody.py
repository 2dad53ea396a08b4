"""Custody: who had an exhibit, from whom, since when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import CustodyKind, Purpose, SealCondition
from media_evidence.models.evidence import Evidence
from media_evidence.models.locations import StorageLocation
from media_evidence.querysets import CustodyEventQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class CustodyEvent(AgencyModel):
    """One link of an exhibit's chain of custody. It is written once, and its hash covers the link before it.

    The database fills position, clock, author, lateness, ``record`` (what is hashed, word for word) and both hashes.
    """

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="custody_chain", editable=False, db_index=False)
    position = models.PositiveIntegerField(editable=False, default=0)
    kind = models.CharField(max_length=20, choices=CustodyKind)

    happened_at = models.DateTimeField("when it happened")
    recorded_at = models.DateTimeField(editable=False, null=True)
    is_late = models.BooleanField("entered late", editable=False, default=False)
    recorded_by = AgencyForeignKey(User, null=True, related_name="+", editable=False, db_index=False)
    recorded_by_name = models.CharField(max_length=250, blank=True, editable=False)

    # Names stand beside the keys: the chain is read where nobody can look a key up.
    from_person = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    from_name = models.CharField(max_length=250, blank=True)
    to_person = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)
    to_name = models.CharField(max_length=250, blank=True)
    place = models.CharField(max_length=200, blank=True)
    seal_number = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=2000, blank=True)
    # Of things: where a move leads, the seal before, what was seen of it on return, what it is out for, until when.
    location = AgencyForeignKey(StorageLocation, null=True, blank=True, related_name="+", db_index=False)
    previous_seal = models.CharField(max_length=100, blank=True, editable=False)
    seal_condition = models.CharField(max_length=10, choices=SealCondition, blank=True)
    purpose = models.CharField(max_length=20, choices=Purpose, blank=True)
    due_back_on = models.DateField(null=True, blank=True)
    answers = AgencyForeignKey(
        "self", null=True, blank=True, related_name="+", editable=False, db_index=False
    )

    record = models.TextField(editable=False)
    #: Random, part of the record: once an entry is expunged, its hash confirms no guess of what it said.
    salt = models.CharField(max_length=32, editable=False)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    objects = CustodyEventQuerySet.as_manager()

    class Meta:
        ordering = ["evidence", "position"]
        verbose_name = "custody event"
        constraints = [
            models.UniqueConstraint("agency", "evidence", "position", name="custodyevent_position_once"),
            models.CheckConstraint(condition=Q(kind__in=CustodyKind.values), name="custodyevent_kind_known"),
            models.CheckConstraint(
                condition=Q(seal_condition__in=["", *SealCondition.values]),
                name="custodyevent_seal_condition",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["", *Purpose.values]), name="custodyevent_purpose"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"
