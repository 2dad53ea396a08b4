"""Agencies, their people, and the sessions those people hold."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import RegexValidator
from django.db.models.functions import Lower

from accounts.choices import RoleChoice, SessionKind
from accounts.querysets import AgencyQuerySet, UserQuerySet, UserSessionQuerySet
from nethra.core.capabilities import Capability, capabilities_of
from nethra.core.geo import STORAGE_SRID
from nethra.core.models import AgencyForeignKey, AgencyModel, ScopedModel, uuid7
from nethra.core.querysets import ScopedQuerySet


def validate_time_zone(value: str) -> None:
    """Refuse anything that is not an IANA zone name."""
    if value not in available_timezones():
        raise ValidationError(f"'{value}' is not a time zone such as America/Los_Angeles.")


def validate_number_format(value: str) -> None:
    """Refuse a format that would not number anything."""
    if value.count("{sequence}") != 1 or value.replace("{year}", "").replace("{sequence}", "").count("{"):
        raise ValidationError("The number format needs {sequence} once and may hold {year}.")


class Agency(ScopedModel):
    """A police agency: the wall that row security builds runs round it. Its policy is on its own id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40, unique=True, help_text="Short name used in commands.")
    name = models.CharField(max_length=200)
    ori = models.CharField(
        "ORI",
        max_length=9,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9]{9}$", "An ORI has nine capital letters and digits.")],
        help_text="Originating agency identifier, nine characters.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])

    # The jurisdiction
    boundary = models.MultiPolygonField(srid=STORAGE_SRID, null=True, blank=True, spatial_index=False)
    boundary_version = models.PositiveIntegerField(default=0, editable=False)

    incident_number_format = models.CharField(
        max_length=40, default="I{year}-{sequence}", validators=[validate_number_format]
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "agencies"
        indexes = [GistIndex(fields=["boundary"], name="agency_boundary")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone: its year, weekday and hour are those of this zone."""
        return ZoneInfo(self.time_zone)


class User(AbstractBaseUser, AgencyModel):
    """A person who signs in. Deactivated, never deleted: their name stands in records for good."""

    last_login = None

    email = models.EmailField(
        "e-mail", unique=True, error_messages={"unique": "This e-mail address cannot be used."}
    )
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=RoleChoice)
    badge_number = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField("active", default=True)
    is_platform_admin = models.BooleanField(default=False, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_login_at = models.DateTimeField("last sign-in", null=True, blank=True, editable=False)

    objects = UserQuerySet.as_manager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_code="unique",
                violation_error_message="This e-mail address cannot be used.",
            ),
            models.CheckConstraint(condition=models.Q(role__in=RoleChoice.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(is_active=True, deactivated_at=None)
                | models.Q(is_active=False, deactivated_at__isnull=False),
                name="user_inactive_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.badge_number})" if self.badge_number else self.name

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        try:
            super().validate_constraints(exclude)
        except ValidationError as problem:
            # A constraint on lower(email) belongs to no field in Django's eyes.
            errors = dict(problem.error_dict)
            taken = [error for error in errors.get(NON_FIELD_ERRORS, ()) if error.code == "unique"]
            if taken:
                errors["email"] = taken
                errors[NON_FIELD_ERRORS] = [e for e in errors[NON_FIELD_ERRORS] if e not in taken]
            raise ValidationError({name: found for name, found in errors.items() if found}) from None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this person's role may do; nothing once deactivated."""
        return capabilities_of(self.role) if self.is_active else frozenset()

    @property
    def is_staff(self) -> bool:
        """Everybody active may enter the console; what they find there is up to their capabilities."""
        return self.is_active

    def get_full_name(self) -> str:
        """Return the name, for the console's header."""
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's permission names mean nothing here: console classes ask for capabilities."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active


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
