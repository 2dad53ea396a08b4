"""The sessions that people hold, and the refresh tokens of each."""

from __future__ import annotations

from django.contrib.gis.db import models

from accounts.choices import SessionKind
from accounts.models.people import User
from accounts.querysets import UserSessionQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.querysets import ScopedQuerySet


class UserSession(AgencyModel):
    """A sign-in, on the console or the API. This row decides on every request, so ending it acts at once."""

    user = AgencyForeignKey(User, related_name="sessions")
    kind = models.CharField(max_length=10, choices=SessionKind)
    address = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=40, blank=True)
    # A platform superadmin enters one other agency at a time, for a stated reason.
    entered_agency_id = models.UUIDField(null=True, blank=True)
    entered_reason = models.CharField(max_length=200, blank=True)

    objects = UserSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} session of {self.created_at:%Y-%m-%d %H:%M}"


class RefreshToken(AgencyModel):
    """One spent or unspent refresh token of a session's family; only its SHA-256 is kept."""

    session = AgencyForeignKey(UserSession, related_name="refresh_tokens")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["RefreshToken"].as_manager()

    def __str__(self) -> str:
        return f"Refresh token of {self.created_at:%Y-%m-%d %H:%M}"
