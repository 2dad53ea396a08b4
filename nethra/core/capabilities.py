"""The capability table: what each role may do. Rules are tables before they are ifs."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's role within one agency."""

    ADMIN = "admin"
    OFFICER = "officer"
    ANALYST = "analyst"
    AUDITOR = "auditor"


class Capability(StrEnum):
    """One thing a person may do; policies, field guards and console classes name these."""

    VIEW_AGENCY = "view_agency"
    CHANGE_AGENCY = "change_agency"
    VIEW_USERS = "view_users"
    MANAGE_USERS = "manage_users"
    VIEW_INCIDENTS = "view_incidents"
    ADD_INCIDENTS = "add_incidents"
    CHANGE_INCIDENTS = "change_incidents"
    READ_INCIDENT_NOTES = "read_incident_notes"
    VIEW_AREAS = "view_areas"
    MANAGE_AREAS = "manage_areas"
    VIEW_IMPORTS = "view_imports"
    RUN_IMPORTS = "run_imports"
    VIEW_INSIGHTS = "view_insights"
    VIEW_AUDIT = "view_audit"


_EVERYBODY = frozenset(
    {
        Capability.VIEW_AGENCY,
        Capability.VIEW_INCIDENTS,
        Capability.VIEW_AREAS,
        Capability.VIEW_INSIGHTS,
    }
)

ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ADMIN: frozenset(Capability),
    Role.OFFICER: _EVERYBODY
    | {Capability.ADD_INCIDENTS, Capability.CHANGE_INCIDENTS, Capability.READ_INCIDENT_NOTES},
    Role.ANALYST: _EVERYBODY | {Capability.VIEW_IMPORTS, Capability.RUN_IMPORTS, Capability.MANAGE_AREAS},
    Role.AUDITOR: _EVERYBODY
    | {
        Capability.READ_INCIDENT_NOTES,
        Capability.VIEW_USERS,
        Capability.VIEW_IMPORTS,
        Capability.VIEW_AUDIT,
    },
}


def capabilities_of(role: str) -> frozenset[Capability]:
    """Return what the role may do; an unknown role may do nothing."""
    return ROLE_CAPABILITIES.get(Role(role), frozenset()) if role in set(Role) else frozenset()
