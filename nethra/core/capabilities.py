"""The capability table: what each role may do. Rules are tables before they are ifs."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """A person's role within one agency."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OFFICER = "officer"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    CUSTODIAN = "custodian"
    PROSECUTOR = "prosecutor"


class Reach(StrEnum):
    """Which cases that are neither restricted nor sealed a role sees without being named in them."""

    AGENCY = "agency"
    UNIT = "unit"
    NAMED = "named"
    #: Named cases only, and of incidents only those of these cases.
    GUEST = "guest"


class Capability(StrEnum):
    """One thing a person may do; policies, field guards and console classes name these."""

    VIEW_AGENCY = "view_agency"
    CHANGE_AGENCY = "change_agency"
    VIEW_USERS = "view_users"
    MANAGE_USERS = "manage_users"
    READ_PRIVATE_CONTACTS = "read_private_contacts"
    MANAGE_ROLES = "manage_roles"
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
    READ_INFORMANT_NOTES = "read_informant_notes"
    VIEW_CASE_PEOPLE = "view_case_people"
    READ_VICTIMS = "read_victims"
    READ_VICTIM_ADDRESSES = "read_victim_addresses"
    READ_JUVENILES = "read_juveniles"
    MANAGE_CASE_ACCESS = "manage_case_access"
    READ_RESTRICTED = "read_restricted"
    BREAK_GLASS = "break_glass"
    REVIEW_READINGS = "review_readings"
    SEAL_RECORDS = "seal_records"
    READ_SEALED = "read_sealed"
    EXPUNGE_RECORDS = "expunge_records"
    SHARE_RECORDS = "share_records"
    VIEW_SHARED = "view_shared"
    VIEW_EVIDENCE = "view_evidence"
    ADD_EVIDENCE = "add_evidence"
    MANAGE_EVIDENCE = "manage_evidence"
    VIEW_INSIGHTS = "view_insights"
    RUN_ANALYSES = "run_analyses"
    VIEW_AUDIT = "view_audit"


#: As programs spell them.
CAPABILITY_NAMES = [str(capability) for capability in Capability]

#: What changes nothing: an auditor is never given more, whatever an agency adjusts.
READING = frozenset(
    {
        Capability.VIEW_AGENCY,
        Capability.VIEW_USERS,
        Capability.READ_PRIVATE_CONTACTS,
        Capability.VIEW_INCIDENTS,
        Capability.READ_INCIDENT_NOTES,
        Capability.VIEW_AREAS,
        Capability.VIEW_IMPORTS,
        Capability.VIEW_CASES,
        Capability.READ_CASE_NOTES,
        Capability.READ_INFORMANT_NOTES,
        Capability.VIEW_CASE_PEOPLE,
        Capability.READ_VICTIMS,
        Capability.READ_VICTIM_ADDRESSES,
        Capability.READ_JUVENILES,
        Capability.READ_RESTRICTED,
        Capability.READ_SEALED,
        Capability.VIEW_SHARED,
        Capability.VIEW_EVIDENCE,
        Capability.VIEW_INSIGHTS,
        Capability.VIEW_AUDIT,
    }
)

_EVERYBODY = frozenset(
    {
        Capability.VIEW_AGENCY,
        Capability.VIEW_INCIDENTS,
        Capability.VIEW_AREAS,
        Capability.VIEW_CASES,
        Capability.VIEW_INSIGHTS,
        Capability.RUN_ANALYSES,
    }
)

#: What investigators read beyond the facts: narratives, names, files.
_INVESTIGATION = frozenset(
    {
        Capability.READ_INCIDENT_NOTES,
        Capability.READ_CASE_NOTES,
        Capability.VIEW_CASE_PEOPLE,
        Capability.READ_VICTIMS,
        Capability.READ_VICTIM_ADDRESSES,
        Capability.READ_JUVENILES,
        Capability.VIEW_EVIDENCE,
        Capability.VIEW_SHARED,
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
        Capability.BREAK_GLASS,
    }
)

#: What an administrator has no need to know: they run the agency, they do not work its cases.
_NOT_FOR_ADMINS = frozenset({Capability.READ_RESTRICTED, Capability.READ_INFORMANT_NOTES})

ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ADMIN: frozenset(Capability) - _NOT_FOR_ADMINS,
    Role.SUPERVISOR: _OFFICER
    | {
        Capability.CLOSE_CASES,
        Capability.VIEW_USERS,
        Capability.READ_PRIVATE_CONTACTS,
        Capability.READ_INFORMANT_NOTES,
        Capability.MANAGE_CASE_ACCESS,
        Capability.REVIEW_READINGS,
        Capability.EXPUNGE_RECORDS,
        Capability.SHARE_RECORDS,
        Capability.MANAGE_EVIDENCE,
    },
    Role.OFFICER: _OFFICER,
    Role.ANALYST: _EVERYBODY | {Capability.VIEW_IMPORTS, Capability.RUN_IMPORTS, Capability.MANAGE_AREAS},
    Role.AUDITOR: READING,
    Role.CUSTODIAN: frozenset(
        {
            Capability.VIEW_AGENCY,
            Capability.VIEW_INCIDENTS,
            Capability.VIEW_AREAS,
            Capability.VIEW_CASES,
            Capability.VIEW_EVIDENCE,
            Capability.ADD_EVIDENCE,
            Capability.MANAGE_EVIDENCE,
        }
    ),
    Role.PROSECUTOR: frozenset(
        {
            Capability.VIEW_AGENCY,
            Capability.VIEW_INCIDENTS,
            Capability.READ_INCIDENT_NOTES,
            Capability.VIEW_CASES,
            Capability.READ_CASE_NOTES,
            Capability.VIEW_CASE_PEOPLE,
            Capability.READ_VICTIMS,
            Capability.READ_JUVENILES,
            Capability.VIEW_EVIDENCE,
        }
    ),
}
ROLE_REACH: dict[Role, Reach] = {
    **dict.fromkeys(Role, Reach.AGENCY),
    Role.PROSECUTOR: Reach.GUEST,
}

#: What an agency can never give a role, and what it can never take from one.
NEVER: dict[Role, frozenset[Capability]] = {
    Role.AUDITOR: frozenset(Capability) - READING,
    Role.PROSECUTOR: frozenset(Capability) - READING
    | {Capability.VIEW_AUDIT, Capability.VIEW_USERS, Capability.READ_RESTRICTED, Capability.READ_SEALED}
    | {Capability.READ_PRIVATE_CONTACTS, Capability.VIEW_INSIGHTS, Capability.VIEW_SHARED}
    | {Capability.VIEW_IMPORTS},
}
ALWAYS: dict[Role, frozenset[Capability]] = {
    Role.ADMIN: frozenset({Capability.VIEW_AGENCY, Capability.MANAGE_USERS, Capability.MANAGE_ROLES})
    | {Capability.VIEW_USERS},
    Role.AUDITOR: frozenset({Capability.VIEW_AUDIT}),
}


def capabilities_of(
    role: str, granted: Collection[str] = (), withdrawn: Collection[str] = ()
) -> frozenset[Capability]:
    """Return what the role may do, as the agency adjusts it; an unknown role may do nothing."""
    if role not in set(Role):
        return frozenset()
    known = Role(role)
    adjusted = (ROLE_CAPABILITIES[known] | _known(granted)) - _known(withdrawn)
    return (adjusted | ALWAYS.get(known, frozenset())) - NEVER.get(known, frozenset())


def reach_of(role: str, adjusted: str = "") -> Reach:
    """Return which cases the role sees unnamed, as the agency adjusts it; a guest stays a guest."""
    if role not in set(Role):
        return Reach.GUEST
    usual = ROLE_REACH[Role(role)]
    return usual if usual is Reach.GUEST or not adjusted else Reach(adjusted)


def _known(names: Collection[str]) -> frozenset[Capability]:
    return frozenset(Capability(name) for name in names if name in set(Capability))
