"""The people of an agency."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.gis.db import models
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection
from django.db.models.functions import Lower

from accounts.choices import RoleChoice
from accounts.models.agencies import validate_time_zone
from accounts.querysets import UserQuerySet
from nethra.core.capabilities import Capability, Reach, capabilities_of, reach_of
from nethra.core.errors import UnscopedRead
from nethra.core.models import AgencyForeignKey, AgencyModel

_RULE = """
SELECT app.agency_id(), r.granted, r.withdrawn, r.reach
FROM (VALUES (true)) one LEFT JOIN accounts_rolerule r ON r.agency_id = %s AND r.role = %s
"""


class User(AbstractBaseUser, AgencyModel):
    """A person who signs in. Deactivated, never deleted: their name stands in records for good."""

    last_login = None

    email = models.EmailField(
        "e-mail", unique=True, error_messages={"unique": "This e-mail address cannot be used."}
    )
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=RoleChoice)
    badge_number = models.CharField(max_length=40, blank=True)
    unit = AgencyForeignKey("accounts.Unit", null=True, blank=True, related_name="people")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="Where this person works, if not in the agency's zone; working hours are counted in it.",
    )
    is_active = models.BooleanField("active", default=True)
    is_platform_admin = models.BooleanField(default=False, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_login_at = models.DateTimeField("last sign-in", null=True, blank=True, editable=False)
    invited_at = models.DateTimeField("invited", null=True, blank=True, editable=False)
    #: When a password was asked for by mail, so that nobody's mailbox is flooded.
    reset_mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Until when an emergency opened something to them: each of their requests is recorded meanwhile.
    emergency_until = models.DateTimeField(null=True, blank=True, editable=False)
    locked_at = models.DateTimeField("locked", null=True, blank=True, editable=False)
    #: A password too short to stand alone: it opens nothing without a second factor.
    password_needs_factor = models.BooleanField(default=False, editable=False)

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
        """What this person's role may do in their agency; nothing once deactivated."""
        granted, withdrawn, _ = self.role_rule
        return capabilities_of(self.role, granted, withdrawn) if self.is_active else frozenset()

    @property
    def reach(self) -> Reach:
        """Which cases this person's role sees without being named in them."""
        return reach_of(self.role, self.role_rule[2])

    @property
    def role_rule(self) -> tuple[Collection[str], Collection[str], str]:
        """What the agency grants the role, withdraws from it, and its reach; read once unless it came along.

        Raise UnscopedRead in another agency's scope: there the row would be hidden, and the role pass for usual.
        """
        if "_role_rule" not in self.__dict__:
            with connection.cursor() as cursor:
                cursor.execute(_RULE, [self.agency_id, self.role])
                scope, granted, withdrawn, reach = cursor.fetchone()
            if scope != self.agency_id:
                raise UnscopedRead("A role is read in the scope of its agency.")
            self.__dict__["_role_rule"] = (granted or (), withdrawn or (), reach or "")
        return self.__dict__["_role_rule"]  # type: ignore[no-any-return]

    @role_rule.setter
    def role_rule(self, rule: tuple[Collection[str], Collection[str], str]) -> None:
        self.__dict__["_role_rule"] = rule

    @property
    def zone(self) -> ZoneInfo:
        """The person's own time zone, or else the agency's."""
        return ZoneInfo(self.time_zone or self.agency.time_zone)

    @property
    def is_locked(self) -> bool:
        """Whether wrong passwords locked the account and nobody, nor time, has opened it since."""
        release = settings.LOCK_RELEASE_SECONDS
        if self.locked_at is None or not release:
            return self.locked_at is not None
        return datetime.now(UTC) < self.locked_at + timedelta(seconds=release)

    @property
    def is_invited(self) -> bool:
        """Whether they have still to choose their first password."""
        return not self.has_usable_password()

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
