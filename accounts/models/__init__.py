"""Agencies, their people, what those sign in with, the sessions they hold, and the rules for it."""

from accounts.models.agencies import Agency
from accounts.models.factors import ApiKey, Authenticator, Challenge, RecoveryCode, SecurityKey
from accounts.models.people import User
from accounts.models.profiles import Contact, Posting, Profile, Unit
from accounts.models.rules import HoursException, RoleRule, WorkingHours
from accounts.models.sessions import RefreshToken, SignInCounter, SignInEvent, UserSession

__all__ = [
    "Agency",
    "ApiKey",
    "Authenticator",
    "Challenge",
    "Contact",
    "HoursException",
    "Posting",
    "Profile",
    "RecoveryCode",
    "RefreshToken",
    "RoleRule",
    "SecurityKey",
    "SignInCounter",
    "SignInEvent",
    "Unit",
    "User",
    "UserSession",
    "WorkingHours",
]
