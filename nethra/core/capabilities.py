"""The capability table: what each role may do. Rules are tables before they are ifs."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's role within one agency."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
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
    VIEW_CASES = "view_cases"
    ADD_CASES = "add_cases"
    CHANGE_CASES = "change_cases"
    CLOSE_CASES = "close_cases"
    READ_CASE_NOTES = "read_case_notes"
    VIEW_CASE_PEOPLE = "view_case_people"
    VIEW_EVIDENCE = "view_evidence"
    ADD_EVIDENCE = "add_evidence"
    VIEW_INSIGHTS = "view_insights"
    VIEW_AUDIT = "view_audit"


#: As programs spell them.
CAPABILITY_NAMES = [str(capability) for capability in Capability]

_EVERYBODY = frozenset(
    {
        Capability.VIEW_AGENCY,
        Capability.VIEW_INCIDENTS,
        Capability.VIEW_AREAS,
        Capability.VIEW_CASES,
        Capability.VIEW_INSIGHTS,
    }
)

#: What investigators read beyond the facts: narratives, names, files.
_INVESTIGATION = frozenset(
    {
        Capability.READ_INCIDENT_NOTES,
        Capability.READ_CASE_NOTES,
        Capability.VIEW_CASE_PEOPLE,
        Capability.VIEW_EVIDENCE,
    }
)

_OFFICER = (
    _EVERYBODY
    | _INVESTIGATION
    | {
        Capability.ADD_INCIDENTS,
        Capability.CHANGE_INCIDENTS,
        Capability.ADD_CASES,
        Capability.CHANGE_CASES,
        Capability.ADD_EVIDENCE,
    }
)

ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ADMIN: frozenset(Capability),
    Role.SUPERVISOR: _OFFICER | {Capability.CLOSE_CASES, Capability.VIEW_USERS},
    Role.OFFICER: _OFFICER,
    Role.ANALYST: _EVERYBODY | {Capability.VIEW_IMPORTS, Capability.RUN_IMPORTS, Capability.MANAGE_AREAS},
    Role.AUDITOR: _EVERYBODY
    | _INVESTIGATION
    | {Capability.VIEW_USERS, Capability.VIEW_IMPORTS, Capability.VIEW_AUDIT},
}


def capabilities_of(role: str) -> frozenset[Capability]:
    """Return what the role may do; an unknown role may do nothing."""
    return ROLE_CAPABILITIES.get(Role(role), frozenset()) if role in set(Role) else frozenset()
