"""What sign-ins, people and agencies are written with, and how tokens are described."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.choices import RoleChoice
from accounts.fields import USER
from nethra.core.capabilities import Capability
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


class RefreshWrite(StrictSerializer):
    """A refresh token, good for one use."""

    refresh_token = serializers.CharField(max_length=200)


class TokensRead(serializers.Serializer[Any]):
    """A pair of tokens and whose they are."""

    token = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    refresh_token = serializers.CharField(help_text="Good for one use; using it twice ends the session.")
    expires_at = serializers.DateTimeField()
    user = UserRead()


class MeRead(serializers.Serializer[Any]):
    """Who is asking, where, and what they may do."""

    user = UserRead()
    agency = serializers.UUIDField()
    is_visiting = serializers.BooleanField()
    capabilities = serializers.ListField(child=serializers.ChoiceField(choices=[str(c) for c in Capability]))


class UserWrite(StrictSerializer):
    """A person's facts."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=200)
    role = serializers.ChoiceField(choices=RoleChoice.choices)
    badge_number = serializers.CharField(required=False, allow_blank=True, max_length=40)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=100)


class UserCreate(UserWrite):
    """A new person."""

    password = password_field()


class PasswordWrite(StrictSerializer):
    """A new password; one's own is changed with the current one."""

    password = password_field()
    current_password = password_field(required=False)


class DeactivateWrite(StrictSerializer):
    """Why an account is closed."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class AgencyWrite(StrictSerializer):
    """An agency's facts."""

    name = serializers.CharField(max_length=200)
    ori = serializers.CharField(allow_blank=True, max_length=9)
    time_zone = serializers.CharField(max_length=64)
    incident_number_format = serializers.CharField(max_length=40)
