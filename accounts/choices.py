"""The words people and sessions are described with."""

from __future__ import annotations

from django.db import models

from nethra.core.capabilities import Role


class RoleChoice(models.TextChoices):
    """The roles of the capability table, with their labels."""

    ADMIN = Role.ADMIN.value, "Administrator"
    SUPERVISOR = Role.SUPERVISOR.value, "Supervisor"
    OFFICER = Role.OFFICER.value, "Officer"
    ANALYST = Role.ANALYST.value, "Analyst"
    AUDITOR = Role.AUDITOR.value, "Auditor (read only)"


class SessionKind(models.TextChoices):
    """Where a session was opened."""

    CONSOLE = "console", "Console"
    API = "api", "API"
