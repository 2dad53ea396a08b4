"""The words people, sessions and sign-ins are described with."""

from __future__ import annotations

from django.db import models

from nethra.core.capabilities import Reach, Role


class RoleChoice(models.TextChoices):
    """The roles of the capability table, with their labels."""

    ADMIN = Role.ADMIN.value, "Administrator"
    SUPERVISOR = Role.SUPERVISOR.value, "Supervisor"
    OFFICER = Role.OFFICER.value, "Officer"
    ANALYST = Role.ANALYST.value, "Analyst"
    AUDITOR = Role.AUDITOR.value, "Auditor (read only)"
    CUSTODIAN = Role.CUSTODIAN.value, "Evidence custodian"
    PROSECUTOR = Role.PROSECUTOR.value, "Prosecutor (guest of a case)"


class ReachChoice(models.TextChoices):
    """Which open cases a role sees without being named in them, as an agency may set it."""

    AGENCY = Reach.AGENCY.value, "All cases of the agency"
    UNIT = Reach.UNIT.value, "Cases of one's own unit and its parts"
    NAMED = Reach.NAMED.value, "Only cases one leads or is named in"


class HiddenAnswer(models.TextChoices):
    """What is said of a case that somebody may not open."""

    STUB = "stub", "Its number and unit, and the way to ask for access"
    ABSENT = "absent", "Nothing: it looks as if it were not there"


class SessionKind(models.TextChoices):
    """Where a session was opened."""

    CONSOLE = "console", "Console"
    API = "api", "API"


class EndReason(models.TextChoices):
    """Why a session ended, in words for the one who held it."""

    SIGNED_OUT = "signed_out", "You signed out"
    LOGOUT = "logout", "You signed out"
    BY_OWNER = "ended_by_owner", "You ended it from another device"
    BY_ADMIN = "ended_by_admin", "An administrator of your agency ended it; ask them why"
    BY_OPERATOR = "ended_by_operator", "An operator of this server ended it; ask your administrator why"
    LIMIT = "limit", "You signed in on another device, and no more sessions than these are allowed at once"
    DEACTIVATED = "deactivated", "Your account was deactivated; ask an administrator of your agency"
    PASSWORD = "password_changed", "The password of your account was changed; sign in with the new one"
    ROLE = "role_changed", "Your role was changed; sign in again to work in it"
    FACTOR = "factor_changed", "The ways to confirm your sign-in were changed; sign in again"
    REUSE = (
        "refresh_reuse",
        "One of its refresh tokens was used twice, as a thief would; tell an administrator",
    )
    HOURS = "hours", "Your working hours ended; an administrator of your agency can allow an exception"
    IDLE = "idle", "Nothing happened in it for too long"
    EXPIRED = "expired", "It had lasted as long as a session may"


class ContactKind(models.TextChoices):
    """How somebody can be reached."""

    MOBILE = "mobile", "Mobile telephone"
    PHONE = "phone", "Telephone"
    EMAIL = "email", "E-mail"
    RADIO = "radio", "Radio"
    ADDRESS = "address", "Postal address"
    EMERGENCY = "emergency", "Emergency contact"


class Weekday(models.IntegerChoices):
    """Days as ISO 8601 counts them."""

    MONDAY = 1, "Monday"
    TUESDAY = 2, "Tuesday"
    WEDNESDAY = 3, "Wednesday"
    THURSDAY = 4, "Thursday"
    FRIDAY = 5, "Friday"
    SATURDAY = 6, "Saturday"
    SUNDAY = 7, "Sunday"
