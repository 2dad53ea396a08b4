"""What sign-ins, people and agencies are written with, and how tokens are described."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.api_keys import MOST_DAYS
from accounts.choices import HiddenAnswer, RoleChoice
from accounts.fields import API_KEY, USER
from nethra.core.capabilities import CAPABILITY_NAMES
from nethra.core.schema import StrictSerializer, read_serializer

UserRead = read_serializer(USER)
MAX_PASSWORD = 1000


def password_field(**options: Any) -> serializers.CharField:
    """Return a field for a password, taken as it is typed."""
    return serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False, write_only=True, **options)


class LoginWrite(StrictSerializer):
    """A sign-in."""

    email = serializers.CharField(max_length=254)
    password = password_field()
    code = serializers.CharField(
        required=False, max_length=40, help_text="Of the authenticator app, or a recovery code."
    )
    refresh_in_cookie = serializers.BooleanField(
        required=False,
        default=False,
        help_text="For browsers: the refresh token comes as a cookie that no script can read.",
    )


class RefreshWrite(StrictSerializer):
    """A refresh token, good for one use; browsers leave it out and send the cookie."""

    refresh_token = serializers.CharField(required=False, max_length=200)


class StepUpWrite(StrictSerializer):
    """A proof that it is still the same person: the second factor where there is one, else the password."""

    password = password_field(required=False, default="")
    code = serializers.CharField(required=False, default="", max_length=40)


class PasswordLinkWrite(StrictSerializer):
    """The address of somebody who forgot their password."""

    email = serializers.CharField(max_length=254)


class TokensRead(serializers.Serializer[Any]):
    """A pair of tokens and whose they are."""

    token = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    refresh_token = serializers.CharField(
        allow_null=True,
        help_text="Good for one use; using it twice ends the session. null: it is in the cookie.",
    )
    expires_at = serializers.DateTimeField()
    user = UserRead()


class EndedRead(serializers.Serializer[Any]):
    """How many sessions ended."""

    ended = serializers.IntegerField()


class KeyWrite(StrictSerializer):
    """A key for a program."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=CAPABILITY_NAMES),
        min_length=1,
        error_messages={"min_length": "Choose what the key may do."},
    )
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=90)


class KeyMade(read_serializer(API_KEY)):  # type: ignore[misc]
    """A new key with its secret, which is told this once."""

    key = serializers.CharField(help_text="As `Authorization: Bearer …`, or as the password of Basic.")


class MeRead(serializers.Serializer[Any]):
    """Who is asking, where, and what they may do."""

    user = UserRead()
    agency = serializers.UUIDField()
    is_visiting = serializers.BooleanField()
    capabilities = serializers.ListField(child=serializers.ChoiceField(choices=CAPABILITY_NAMES))


class UserWrite(StrictSerializer):
    """A person's facts."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=200)
    role = serializers.ChoiceField(choices=RoleChoice.choices)
    badge_number = serializers.CharField(required=False, allow_blank=True, max_length=40)
    unit = serializers.UUIDField(required=False, allow_null=True)
    language = serializers.ChoiceField(required=False, choices=settings.LANGUAGES)
    time_zone = serializers.CharField(required=False, allow_blank=True, max_length=64)


class UserCreate(UserWrite):
    """A new person, who is invited by mail and chooses their own password."""


class PasswordWrite(StrictSerializer):
    """A new password of one's own; a token that was left behind must not be enough to take an account over."""

    password = password_field()
    current_password = password_field()


class ReasonWrite(StrictSerializer):
    """Why something is done to an account; the audit keeps it."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class AgencyWrite(StrictSerializer):
    """An agency's facts."""

    name = serializers.CharField(max_length=200)
    ori = serializers.CharField(allow_blank=True, max_length=9)
    time_zone = serializers.CharField(max_length=64)
    incident_number_format = serializers.CharField(max_length=40)
    second_factor_roles = serializers.ListField(child=serializers.ChoiceField(choices=RoleChoice.choices))
    hidden_answer = serializers.ChoiceField(choices=HiddenAnswer.choices)
    juvenile_age = serializers.IntegerField(min_value=10, max_value=25)
    request_hours = serializers.IntegerField(min_value=1, max_value=720)
    emergency_minutes = serializers.IntegerField(min_value=10, max_value=1440)
    audit_keep_days = serializers.IntegerField(min_value=365, max_value=36_500, allow_null=True)


class UnitWrite(StrictSerializer):
    """A unit of the agency."""

    name = serializers.CharField(max_length=100)
    parent = serializers.UUIDField(  # type: ignore[assignment]
        required=False, allow_null=True
    )
    supervisor = serializers.UUIDField(required=False, allow_null=True)
