"""The audit: one append-only table, written by triggers and by definer functions, never by the ORM."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from nethra.core.access import Access
from nethra.core.models import AgencyModel, uuid7
from nethra.core.querysets import ScopedQuerySet

#: Given an access, says which events it sees; None: this rule hides none from it.
Rule = Callable[[Access], Q | None]
_RULES: list[Rule] = []


def hang_rule(rule: Rule) -> None:
    """Let an app hide the events about records that it hides."""
    _RULES.append(rule)


class AuditEventQuerySet(ScopedQuerySet["AuditEvent"]):
    """Events of one agency, but for those about records that are hidden from the access."""

    def bounded_to(self, access: Access) -> AuditEventQuerySet:
        if access.is_whole:
            return self
        found = self
        for rule in _RULES:
            where = rule(access)
            found = found if where is None else found.filter(where)
        return found

    def about(self, entity: str, object_id: UUID) -> AuditEventQuerySet:
        """Return what happened to one row, newest first."""
        return self.filter(entity=entity, object_id=object_id).order_by("-recorded_at", "-id")


class AuditEvent(models.Model):
    """One change, reading, refusal or sign-in. It outlives its subject, so it refers to nothing by key.

    ``body`` is the public part as JSON text, ``guarded`` the part an expunge order can blank; ``leaf``
    commits to the public part and to ``guarded_hash``, which stays when ``guarded`` is gone.
    """

    class Result(models.TextChoices):
        DONE = "done", "Done"
        DENIED = "denied", "Denied"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField("time")
    xid = models.BigIntegerField()
    actor_id = models.UUIDField("who", null=True)
    action = models.CharField(max_length=40)
    entity = models.CharField("record type", max_length=63)
    object_id = models.UUIDField("record", null=True)
    source = models.CharField(max_length=20)
    request_id = models.CharField("request", max_length=64)
    address = models.CharField(max_length=64)
    reason = models.TextField()
    result = models.CharField(max_length=10, choices=Result)
    body = models.TextField()
    guarded = models.TextField(null=True)
    salt = models.BinaryField(null=True)
    guarded_hash = models.BinaryField(null=True)
    leaf = models.BinaryField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("agency_id", F("recorded_at").desc(), F("id").desc(), name="audit_agency_time"),
            models.Index(fields=["agency_id", "object_id"], name="audit_agency_object"),
            models.Index(
                "agency_id",
                "actor_id",
                F("recorded_at").desc(),
                F("id").desc(),
                name="audit_agency_actor",
            ),
            # In this order events are sealed.
            models.Index(fields=["xid", "id"], name="audit_xid"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.entity} {self.object_id or ''}".strip()


class AuditLeaf(models.Model):
    """The place of an event in the tree that its leaf was sealed into. Written by the sealer alone."""

    seq = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    leaf = models.BinaryField()

    def __str__(self) -> str:
        return f"Leaf {self.seq}"


class AuditCheckpoint(models.Model):
    """A signed note over the first ``size`` leaves; the same lies in files outside the database."""

    size = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"Checkpoint of {self.size} leaves"


class AuditVerification(models.Model):
    """What a check of the whole audit found. Written by the sealer's login alone."""

    id = models.BigAutoField(primary_key=True)
    verified_at = models.DateTimeField()
    is_sound = models.BooleanField()
    with_state = models.BooleanField()
    events = models.BigIntegerField()
    findings = models.BigIntegerField()

    def __str__(self) -> str:
        return f"Verification of {self.verified_at:%Y-%m-%d %H:%M}"


class AuditHold(AgencyModel):
    """An order that events be kept whatever the agency's rule says: all of them, or those about one record.

    Operators place and lift it; the audit says who and when.
    """

    object_id = models.UUIDField("record", null=True)
    order_number = models.CharField(max_length=100)
    reason = models.CharField(max_length=300)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["AuditHold"].as_manager()

    class Meta:
        ordering = ["-placed_at", "-id"]
        verbose_name = "hold of the audit"
        verbose_name_plural = "holds of the audit"

    def __str__(self) -> str:
        return f"Hold {self.order_number}"
