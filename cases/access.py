"""Finding a case for somebody, what they may do in it, and the verbs that decide who sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.choices import HiddenAnswer
from accounts.models import Agency, User
from accounts.roles import roles_with
from cases.choices import LEVELS, Level
from cases.models import Case, CaseExclusion, CaseMember
from cases.policies import EXCLUDED, among, within_reach
from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
from nethra.core.errors import AccessRequired, Conflict, InvalidInput, NotAllowed, NotFound

TABLE = "cases_case"


def find_case(access: Access, case_id: Any) -> Case:
    """Return a case that this access sees; raise NotAllowed, NotFound, or AccessRequired where a stub may be told."""
    access.require(Capability.VIEW_CASES)
    case: Case | None = Case.objects.visible_to(access).filter(pk=case_id).first()
    if case is None:
        refuse_hidden_case(access, case_id)
        raise NotFound()
    return case


def refuse_hidden_case(access: Access, case_id: Any) -> None:
    """Raise AccessRequired where the case is there and the agency lets this person know that much."""
    stub = stub_of(access, case_id)
    if stub is None:
        return
    unit = stub.unit.name if stub.unit else ""
    raise AccessRequired(
        f"The case {stub.number} is closed to you; you can ask for access.",
        facts={"case": {"id": str(stub.pk), "number": stub.number, "unit": unit}},
    )


def stub_of(access: Access, case_id: Any) -> Case | None:
    """Return of a case that this access does not see what it may know: number and unit, nothing else is read.

    None for what is not there, for a case that excludes them, for guests, and where the agency says nothing.
    """
    if access.reach is Reach.GUEST or access.is_whole:
        return None
    hidden = Case._base_manager.filter(agency_id=access.agency_id, pk=case_id)
    hidden = hidden.exclude(among(EXCLUDED, access))
    found = hidden.select_related("unit").only("number", "agency_id", "unit__name").first()
    if found is None:
        return None
    agency = Agency.objects.visible_to(access).only("hidden_answer").get()
    return found if agency.hidden_answer == HiddenAnswer.STUB else None


# What somebody may do in a case they see


def level_of(access: Access, case: Case) -> Level:
    """Return the most that the access may do in a case it sees: view, write or close.

    Roles decide as well: writing asks for the capability, which no level replaces; closing asks for either.
    """
    if access.is_whole:
        return Level.CLOSE
    if case.is_sealed:
        return Level.VIEW
    levels = {Level.VIEW}
    reached = within_reach(access)
    is_lead = case.lead_id is not None and case.lead_id == access.author_id
    if is_lead or (
        reached is not None and Case.objects.visible_to(access).filter(reached, pk=case.pk).exists()
    ):
        levels.add(Level.WRITE)
    named = CaseMember.objects.visible_to(access).filter(case_id=case.pk, user=access.user_id)
    member = named.first()
    if member is not None and (member.expires_at is None or member.expires_at > datetime.now(UTC)):
        levels.add(Level(member.level))
    return max(levels, key=LEVELS.index)


def may_write(access: Access, case: Case) -> bool:
    """Return whether the access may work on a case it sees; asked once for each object, since pages ask often."""
    known = case.__dict__.setdefault("_may_write", {})
    if access not in known:
        stands_still = case.is_sealed or case.led_by_agency_id or case.expunged_at
        known[access] = not stands_still and level_of(access, case) != Level.VIEW
    return known[access]  # type: ignore[no-any-return]


def refuse_unworkable(case: Case) -> None:
    """Raise Conflict for a case that nobody here works on: sealed, or led by another agency."""
    if case.expunged_at is not None:
        raise Conflict("The case was expunged by order.", code="expunged")
    if case.is_sealed:
        raise Conflict("The case is sealed: it can only be read.", code="case_sealed")
    if case.led_by_agency_id is not None:
        raise Conflict(f"{case.led_by_agency} leads this case; it is worked on there.", code="led_elsewhere")


def require_level(access: Access, case: Case, level: Level) -> None:
    """Raise NotAllowed unless the access may do as much in a case that it sees."""
    is_lead = case.lead_id is not None and case.lead_id == access.author_id
    if level == Level.WRITE and is_lead and not case.is_sealed:
        return
    if LEVELS.index(level_of(access, case)) < LEVELS.index(level):
        raise NotAllowed("This case is open to you for reading only.", code="reading_only")


def may_keep(access: Access, case: Case) -> bool:
    """Return whether this person decides who sees the case: its lead, or whoever manages access by role."""
    if access.is_whole or access.may(Capability.MANAGE_CASE_ACCESS):
        return True
    return case.lead_id is not None and case.lead_id == access.author_id


def require_keeping(access: Access, case: Case) -> None:
    """Raise NotAllowed unless this person decides who sees the case."""
    if not may_keep(access, case):
        raise NotAllowed("The case's lead and its supervisors decide who sees it.")


def locked_for_keeping(access: Access, case_id: UUID) -> Case:
    """Return a case, locked, whose access this person decides; raise NotFound, AccessRequired, NotAllowed."""
    find_case(access, case_id)
    case: Case = Case._base_manager.select_for_update().get(agency_id=access.agency_id, pk=case_id)
    require_keeping(access, case)
    return case


def is_excluded(case: Case, user_id: UUID) -> bool:
    """Return whether this person is kept from the case today."""
    barred = CaseExclusion._base_manager.filter(agency_id=case.agency_id, case_id=case.pk, user_id=user_id)
    return barred.filter(Q(expires_at=None) | Q(expires_at__gt=datetime.now(UTC))).exists()


@transaction.atomic
def set_restriction(
    *, access: Access, case: Case, is_restricted: bool | None = None, hides_incidents: bool | None = None
) -> Case:
    """Restrict a case to its lead and the people named, or open it again; what is None stays.

    Raise NotAllowed, NotFound, ProofNeeded for opening, Conflict for a case that nobody would see.
    """
    stored = locked_for_keeping(access, case.pk)
    if is_restricted and stored.lead_id is None:
        raise Conflict("Name a lead first: somebody must see a restricted case.", code="lead_needed")
    if is_restricted is False and stored.is_restricted:
        access.require_proof()
    if is_restricted is not None:
        stored.is_restricted = is_restricted
    if hides_incidents is not None:
        stored.hides_incidents = hides_incidents
    stored.save(update_fields=["is_restricted", "hides_incidents", "updated_at"])
    return stored


@transaction.atomic
def exclude_person(
    *, access: Access, case: Case, user_id: UUID, reason: str, expires_at: datetime | None = None
) -> CaseExclusion:
    """Keep a person from a case and its incidents, whatever else lets them see it; who was named is no longer.

    Raise NotAllowed, NotFound, Conflict for the lead, InvalidInput without a reason.
    """
    stored = locked_for_keeping(access, case.pk)
    if not reason.strip():
        raise InvalidInput(errors={"reason": ["Say what the conflict is; few will read it."]})
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidInput(errors={"expires_at": ["This time is over already."]})
    if not User.objects.colleagues_of(access).filter(pk=user_id).exists():
        raise InvalidInput(errors={"user": ["There is no such person in your agency."]})
    if user_id == stored.lead_id:
        raise Conflict("Give the case another lead first.", code="lead_excluded")
    if CaseExclusion._base_manager.filter(
        agency_id=access.agency_id, case_id=stored.pk, user_id=user_id
    ).exists():
        raise Conflict("This person is excluded already.", code="already_excluded")
    CaseMember._base_manager.filter(agency_id=access.agency_id, case_id=stored.pk, user_id=user_id).delete()
    return CaseExclusion.objects.create(
        agency_id=access.agency_id,
        case=stored,
        user_id=user_id,
        reason=reason.strip()[:1000],
        expires_at=expires_at,
        added_by_id=access.author_id,
    )


@transaction.atomic
def end_exclusion(*, access: Access, case: Case, user_id: UUID) -> None:
    """Let a person see a case again, as far as anything else does; raise NotAllowed, NotFound, ProofNeeded."""
    stored = locked_for_keeping(access, case.pk)
    access.require_proof()
    found = CaseExclusion.objects.visible_to(access).filter(case_id=stored.pk, user_id=user_id)
    if not found.delete()[0]:
        raise NotFound()


def owners_of(access: Access, case: Case) -> list[UUID]:
    """Return the people who answer for a case: its lead, else its unit's supervisor, else whoever manages access."""
    people = User.objects.colleagues_of(access).filter(is_active=True)
    barred = CaseExclusion._base_manager.filter(agency_id=access.agency_id, case_id=case.pk).values("user_id")
    people = people.exclude(pk__in=barred)
    supervisor = case.unit.supervisor_id if case.unit else None
    for one in (case.lead_id, supervisor):
        if one is not None and people.filter(pk=one).exists():
            return [one]
    managers = people.filter(role__in=roles_with(access, Capability.MANAGE_CASE_ACCESS))
    return list(managers.order_by("name", "id").values_list("pk", flat=True)[:5])
