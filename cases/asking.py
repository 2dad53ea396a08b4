"""The verbs for asking to see a case, and for answering."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Agency
from cases.access import is_excluded, may_keep, owners_of, stub_of
from cases.choices import Decision, Level
from cases.jobs import mail_access_answered, mail_access_asked
from cases.models import AccessRequest, Case, CaseMember
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.jobs.queue import enqueue


@transaction.atomic
def ask_access(*, access: Access, case_id: Any, reason: str, level: str = Level.VIEW) -> AccessRequest:
    """Ask the owners of a case for access and return the request; they are mailed, and a clock runs.

    Raise NotFound where nothing of the case may be known, Conflict where a request waits already or the case is
    open to the person anyway, InvalidInput without a reason.
    """
    access.require(Capability.VIEW_CASES)
    stub = stub_of(access, case_id)
    if stub is None or access.author_id is None:
        raise NotFound()
    if Case.objects.visible_to(access).filter(pk=case_id).exists():
        raise Conflict("This case is open to you already.", code="open_already")
    errors: dict[str, list[str]] = {}
    if not reason.strip():
        errors["reason"] = ["Say why you need to see the case."]
    if level not in (Level.VIEW, Level.WRITE):
        errors["level"] = ["Ask to view or to write."]
    if errors:
        raise InvalidInput(errors=errors)
    mine = AccessRequest.objects.visible_to(access).filter(case_id=stub.pk, user_id=access.author_id)
    if mine.filter(decision=Decision.OPEN).exists():
        raise Conflict("Your request waits for its answer.", code="asked_already")
    hours = Agency.objects.visible_to(access).only("request_hours").get().request_hours
    asked = AccessRequest.objects.create(
        agency_id=access.agency_id,
        case_id=stub.pk,
        user_id=access.author_id,
        reason=reason.strip()[:1000],
        level=level,
        due_at=datetime.now(UTC) + timedelta(hours=hours),
    )
    case = Case._base_manager.select_related("unit").get(agency_id=access.agency_id, pk=stub.pk)
    for owner in owners_of(access, case):
        enqueue(mail_access_asked, agency_id=access.agency_id, user_id=owner, request_id=asked.pk)
    return asked


@transaction.atomic
def answer_request(
    *,
    access: Access,
    request: AccessRequest,
    decision: str,
    note: str = "",
    until: datetime | None = None,
) -> AccessRequest:
    """Grant what was asked for, until a time, or decline it; the one who asked is mailed.

    Raise NotFound, NotAllowed for others than the case's owners (after the clock ran out any supervisor answers,
    and nobody their own request), Conflict for one that is answered already, InvalidInput.
    """
    found = AccessRequest.objects.visible_to(access).filter(pk=request.pk)
    asked = found.select_for_update().first()
    if asked is None:
        raise NotFound()
    require_answering(access, asked)
    if asked.decision != Decision.OPEN:
        raise Conflict("This request is answered already.", code="answered_already")
    if decision not in (Decision.GRANTED, Decision.DECLINED):
        raise InvalidInput(errors={"decision": ["decision must be granted or declined."]})
    if until is not None and until <= datetime.now(UTC):
        raise InvalidInput(errors={"until": ["This time is over already."]})
    if decision == Decision.GRANTED:
        _grant(access, asked, until)
    return _close(access, asked, decision, note)


@transaction.atomic
def withdraw_request(*, access: Access, request: AccessRequest) -> AccessRequest:
    """Take one's own request back; raise NotFound, Conflict for one that is answered already."""
    mine = AccessRequest.objects.visible_to(access).filter(pk=request.pk, user=access.author_id)
    asked = mine.select_for_update().first()
    if asked is None or access.author_id is None:
        raise NotFound()
    if asked.decision != Decision.OPEN:
        raise Conflict("This request is answered already.", code="answered_already")
    return _close(access, asked, Decision.WITHDRAWN, "")


def require_answering(access: Access, asked: AccessRequest) -> None:
    """Raise NotAllowed unless this person may answer a request today."""
    if asked.user_id == access.author_id:
        raise NotAllowed("Somebody else answers your request.")
    case = Case._base_manager.get(agency_id=access.agency_id, pk=asked.case_id)
    is_theirs = Case.objects.visible_to(access).filter(pk=case.pk).exists()
    is_overdue = asked.due_at <= datetime.now(UTC)
    if not may_keep(access, case) or not (is_theirs or is_overdue):
        raise NotAllowed("The case's owners answer; a supervisor once the answer is overdue.")


def _grant(access: Access, asked: AccessRequest, until: datetime | None) -> None:
    case = Case._base_manager.get(agency_id=access.agency_id, pk=asked.case_id)
    if is_excluded(case, asked.user_id):
        raise Conflict("This person is excluded from the case.", code="person_excluded")
    CaseMember._base_manager.update_or_create(
        agency_id=access.agency_id,
        case_id=asked.case_id,
        user_id=asked.user_id,
        defaults={"level": asked.level, "expires_at": until, "added_by_id": access.author_id},
    )


def _close(access: Access, asked: AccessRequest, decision: str, note: str) -> AccessRequest:
    asked.decision, asked.note = decision, note.strip()[:1000]
    asked.decided_at, asked.decided_by_id = datetime.now(UTC), access.author_id
    asked.save(update_fields=["decision", "note", "decided_at", "decided_by"])
    if decision != Decision.WITHDRAWN:
        enqueue(mail_access_answered, agency_id=access.agency_id, request_id=asked.pk)
    return asked
