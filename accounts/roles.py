"""Roles as an agency adjusts them: who may what, and how far each role reaches without being named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.choices import ReachChoice, RoleChoice
from accounts.models import RoleRule, User
from nethra.core.access import Access
from nethra.core.capabilities import (
    ALWAYS,
    NEVER,
    ROLE_CAPABILITIES,
    Capability,
    Reach,
    Role,
    capabilities_of,
    reach_of,
)
from nethra.core.errors import InvalidInput

#: Grants and withdrawals of one role, and its reach.
Rule = tuple[Collection[str], Collection[str], str]
UNADJUSTED: Rule = ((), (), "")


@dataclass(frozen=True)
class RoleStanding:
    """What a role may do in an agency, and what of it the agency decided."""

    role: Role
    label: str
    capabilities: frozenset[Capability]
    granted: frozenset[Capability]
    withdrawn: frozenset[Capability]
    fixed: frozenset[Capability]
    reach: Reach

    @property
    def is_adjusted(self) -> bool:
        """Whether the agency decided anything about it."""
        return bool(self.granted or self.withdrawn or self.reach is not reach_of(self.role))


def access_of_person(
    user: User,
    source: str,
    *,
    capabilities: frozenset[Capability] | None = None,
    session_id: UUID | None = None,
    confirmed_at: datetime | None = None,
) -> Access:
    """Return the access of a person in their own agency; ``capabilities`` narrows it, as a key does."""
    return Access(
        user.agency_id,
        user.pk,
        user.capabilities if capabilities is None else capabilities,
        source,
        session_id,
        confirmed_at=confirmed_at,
        reach=user.reach,
        unit_id=user.unit_id,
        emergency_until=user.emergency_until,
    )


def rules_of(agency_id: UUID) -> dict[str, Rule]:
    """Return role -> rule of an agency's adjusted roles. One query."""
    rows = RoleRule._base_manager.filter(agency_id=agency_id)
    return {
        role: (granted, withdrawn, reach)
        for role, granted, withdrawn, reach in rows.values_list("role", "granted", "withdrawn", "reach")
    }


def roles_with(access: Access, capability: Capability) -> list[str]:
    """Return the roles that have the capability in the access's agency. One query."""
    rules = rules_of(access.agency_id)
    return [role for role in Role if capability in capabilities_of(role, *rules.get(role, UNADJUSTED)[:2])]


def standings(access: Access) -> list[RoleStanding]:
    """Return every role as it stands in the access's agency; raise NotAllowed without the right to see people."""
    access.require(Capability.VIEW_AGENCY)
    rules = rules_of(access.agency_id)
    return [_standing(role, rules.get(role, UNADJUSTED)) for role in Role]


@transaction.atomic
def adjust_role(
    *,
    access: Access,
    role: str,
    capabilities: Collection[str] | None = None,
    reach: str | None = None,
) -> RoleStanding:
    """Set what a role may do in the access's agency and how far it reaches; what is not named stays as it is.

    Raise NotAllowed, ProofNeeded, InvalidInput for what no agency may grant or withdraw.
    """
    access.require(Capability.MANAGE_ROLES)
    access.require_proof()
    if role not in set(Role):
        raise InvalidInput(errors={"role": ["There is no such role."]})
    known = Role(role)
    rule = RoleRule.objects.visible_to(access).select_for_update().filter(role=known).first()
    rule = rule or RoleRule(agency_id=access.agency_id, role=known)
    if capabilities is not None:
        wanted = _wanted(known, capabilities)
        rule.granted = sorted(wanted - ROLE_CAPABILITIES[known])
        rule.withdrawn = sorted(ROLE_CAPABILITIES[known] - wanted)
    if reach is not None:
        rule.reach = _reach(known, reach)
    rule.save()
    return _standing(known, (rule.granted, rule.withdrawn, rule.reach))


def _wanted(role: Role, names: Collection[str]) -> frozenset[Capability]:
    unknown = sorted(set(names) - set(Capability))
    if unknown:
        raise InvalidInput(errors={"capabilities": [f"There is no capability {', '.join(unknown)}."]})
    wanted = frozenset(Capability(name) for name in names)
    label = RoleChoice(role).label
    refused = wanted & NEVER.get(role, frozenset())
    if refused:
        sentence = f"No agency gives the role {label} this: {', '.join(sorted(refused))}."
        raise InvalidInput(errors={"capabilities": [sentence]}, code="never_granted")
    missing = ALWAYS.get(role, frozenset()) - wanted
    if missing:
        sentence = f"The role {label} keeps this: {', '.join(sorted(missing))}."
        raise InvalidInput(errors={"capabilities": [sentence]}, code="always_kept")
    return wanted


def _reach(role: Role, reach: str) -> str:
    if reach_of(role) is Reach.GUEST:
        raise InvalidInput(errors={"reach": ["A guest sees the cases they are named in, and no others."]})
    if reach not in ReachChoice.values:
        raise InvalidInput(errors={"reach": [f"reach must be one of {', '.join(ReachChoice.values)}."]})
    return "" if reach == reach_of(role) else reach


def _standing(role: Role, rule: Rule) -> RoleStanding:
    granted, withdrawn, reach = rule
    held = capabilities_of(role, granted, withdrawn)
    usual = capabilities_of(role)
    return RoleStanding(
        role=role,
        label=str(RoleChoice(role).label),
        capabilities=held,
        granted=held - usual,
        withdrawn=usual - held,
        fixed=ALWAYS.get(role, frozenset()) | NEVER.get(role, frozenset()),
        reach=reach_of(role, reach),
    )
