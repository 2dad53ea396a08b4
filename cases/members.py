"""The verbs for the people named in a case: what they may do there, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.access import is_excluded, require_keeping
from cases.choices import Level
from cases.models import Case, CaseMember
from cases.services import assign, check, check_person, locked_case
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound

MEMBER_FIELDS = frozenset({"level", "expires_at"})


@transaction.atomic
def add_member(*, access: Access, case: Case, user_id: UUID, **values: Any) -> CaseMember:
    """Name a person in a case, by default to work on it until further notice.

    Raise NotAllowed, NotFound, Conflict, InvalidInput. Into a restricted case its keepers alone let people.
    """
    stored = _case(access, case, values.get("level"))
    if is_excluded(stored, user_id):
        raise Conflict("This person is excluded from the case.", code="person_excluded")
    check_person(access, user_id, "user", Capability.VIEW_CASES)
    named = CaseMember.objects.visible_to(access).filter(case_id=stored.pk, user_id=user_id)
    # Whose time is over is named anew.
    named.filter(expires_at__lte=datetime.now(UTC)).delete()
    if named.exists():
        raise Conflict("This person is a member already.", code="already_member")
    member = CaseMember(
        agency_id=access.agency_id, case=stored, user_id=user_id, added_by_id=access.author_id
    )
    _fill(member, values)
    member.save(force_insert=True)
    return member


@transaction.atomic
def change_member(*, access: Access, case: Case, user_id: UUID, **values: Any) -> CaseMember:
    """Change what a named person may do, or until when; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = _case(access, case, values.get("level"))
    member = CaseMember.objects.visible_to(access).filter(case_id=stored.pk, user_id=user_id).first()
    if member is None:
        raise NotFound()
    _fill(member, values)
    member.save(update_fields=[*MEMBER_FIELDS])
    return member


@transaction.atomic
def remove_member(*, access: Access, case: Case, user_id: UUID) -> None:
    """Take a person from those named in a case; raise NotAllowed, NotFound, Conflict."""
    stored = _case(access, case, None)
    members = CaseMember.objects.visible_to(access).filter(case_id=stored.pk, user_id=user_id)
    if not members.delete()[0]:
        raise NotFound()


def _case(access: Access, case: Case, level: str | None) -> Case:
    stored = locked_case(access, case.pk)
    if stored.is_restricted or level == Level.CLOSE:
        require_keeping(access, stored)
    return stored


def _fill(member: CaseMember, values: dict[str, Any]) -> None:
    assign(member, values, MEMBER_FIELDS)
    if member.expires_at is not None and member.expires_at <= datetime.now(UTC):
        raise InvalidInput(errors={"expires_at": ["This time is over already."]})
    check(member)
