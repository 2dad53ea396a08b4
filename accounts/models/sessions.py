"""The sessions that people hold, the refresh tokens of each, and failures to open one."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField

from accounts.choices import EndReason, SessionKind
from accounts.models.people import User
from accounts.querysets import SessionQuerySet
from nethra.audit.models import AuditEvent, AuditEventQuerySet
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
    expires_because = models.CharField(max_length=40, choices=EndReason, default=EndReason.EXPIRED)
    #: When the person last proved who they are; sealing, exporting and the like ask for a recent proof.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    #: When a second factor was shown in this session.
    second_factor_at = models.DateTimeField(null=True, blank=True)
    #: How often its refresh token was renewed.
    rotation = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=40, blank=True, choices=EndReason)
    # A platform superadmin enters one other agency at a time, for a stated reason.
    entered_agency_id = models.UUIDField(null=True, blank=True)
    entered_reason = models.CharField(max_length=200, blank=True)

    objects = SessionQuerySet.as_manager()

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
    #: With the spent token itself and the server's key it makes the next one, so that a repeated request whose
    #: answer was lost gets the same successor.
    successor_salt = models.BinaryField(max_length=32, null=True)

    objects = ScopedQuerySet["RefreshToken"].as_manager()

    def __str__(self) -> str:
        return f"Refresh token of {self.created_at:%Y-%m-%d %H:%M}"


class SignInCounter(models.Model):
    """How often somebody failed to sign in as an address, whether anybody has that address or not.

    The key is a keyed hash of the address: the table names nobody. Rows belong to no agency, since they are
    read before one is known.
    """

    key = models.BinaryField(primary_key=True, max_length=32)
    is_known = models.BooleanField(default=False)
    recent = ArrayField(models.DateTimeField(), default=list)
    total = models.PositiveIntegerField(default=0)
    locked_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["tried_at"], condition=models.Q(is_known=False), name="counter_strangers")
        ]

    def __str__(self) -> str:
        return f"{self.total} failures"


class SignInEventManager(models.Manager.from_queryset(AuditEventQuerySet)):  # type: ignore[misc]
    """The audit's events about getting in, and no others."""

    def get_queryset(self) -> AuditEventQuerySet:
        return super().get_queryset().filter(action__in=SignInEvent.ACTIONS)  # type: ignore[no-any-return]


class SignInEvent(AuditEvent):
    """The audit's events about getting in, as a log of their own."""

    ACTIONS = (
        "sign_in",
        "session_ended",
        "session_unlocked",
        "identity_confirmed",
        "account_locked",
        "account_released",
        "password_changed",
        "password_link_asked",
        "password_link_sent",
        "factor_added",
        "factor_removed",
        "factors_reset",
        "recovery_codes_made",
        "key_used",
    )

    objects = SignInEventManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = "sign-in event"
        verbose_name_plural = "sign-in log"
