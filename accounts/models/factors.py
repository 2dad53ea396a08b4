"""What people confirm a sign-in with, and the keys their programs sign in with. No secret lies here in clear."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField

from accounts.models.people import User
from accounts.querysets import OwnedQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel


class Authenticator(AgencyModel):
    """An app that shows six digits (TOTP, RFC 6238); its secret is encrypted, each step is good for one use."""

    user = AgencyForeignKey(User, related_name="authenticators")
    name = models.CharField(max_length=60, default="Authenticator app")
    secret = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    last_step = models.BigIntegerField(default=0, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name


class SecurityKey(AgencyModel):
    """A security key or passkey (WebAuthn level 2): its public key, and how often it has signed."""

    user = AgencyForeignKey(User, related_name="security_keys")
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField()
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    host = models.CharField(max_length=255, help_text="The host name it was registered for.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["agency", "credential_id"], name="credential_once")]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(AgencyModel):
    """One of ten codes for the day the telephone is lost; only its SHA-256 is kept."""

    user = AgencyForeignKey(User, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Recovery code of {self.created_at:%Y-%m-%d}"


class Challenge(AgencyModel):
    """What a security key is asked to sign, once, within five minutes."""

    user = AgencyForeignKey(User, related_name="challenges")
    purpose = models.CharField(max_length=20)
    value = models.BinaryField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Challenge of {self.created_at:%Y-%m-%d %H:%M}"


class ApiKey(AgencyModel):
    """A program's way in, in a person's name and with part of what they may do. Its SHA-256 is kept."""

    user = AgencyForeignKey(User, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8)
    key_hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > datetime.now(UTC)
