"""The verbs for opening a closed case in an emergency, and for reviewing that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Agency, User
from cases.access import is_excluded, may_keep, owners_of
from cases.choices import Priority, TaskStatus, Verdict
from cases.jobs import mail_emergency
from cases.models import Case, CaseTask, Emergency
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.jobs.queue import enqueue

LEAST_REASON = 20
REVIEW_DAYS = 3


@transaction.atomic
def break_glass(*, access: Access, case_id: Any, reason: str) -> Emergency:
    """Open a case to this person at once, for reading and for a time, and return the emergency.

    Its owners are mailed, a task asks for the review, and each of the person's requests is recorded meanwhile.
    Raise NotAllowed, ProofNeeded, NotFound also for whoever is excluded, Conflict where the case is open to them,
    InvalidInput for a reason of fewer than 20 characters.
    """
    access.require(Capability.BREAK_GLASS)
    access.require_proof()
    case = Case._base_manager.select_related("unit").filter(agency_id=access.agency_id, pk=case_id).first()
    if case is None or access.author_id is None or access.reach is Reach.GUEST:
        raise NotFound()
    if is_excluded(case, access.author_id):
        raise NotFound()
    if Case.objects.visible_to(access).filter(pk=case_id).exists():
        raise Conflict("This case is open to you already.", code="open_already")
    if len(reason.strip()) < LEAST_REASON:
        sentence = f"Describe the emergency in at least {LEAST_REASON} characters; it will be reviewed."
        raise InvalidInput(errors={"reason": [sentence]})
    minutes = Agency.objects.visible_to(access).only("emergency_minutes").get().emergency_minutes
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    emergency = Emergency(
        agency_id=access.agency_id,
        case=case,
        user_id=access.author_id,
        reason=reason.strip()[:1000],
        expires_at=until,
    )
    owners = owners_of(access, case)
    emergency.review_task = _review_task(access, case, owners[0] if owners else None)
    emergency.save(force_insert=True)
    User.objects.colleagues_of(access).filter(pk=access.author_id).update(emergency_until=until)
    record_event(
        action="glass_broken", entity="cases_case", object_id=case.pk, body={"until": until.isoformat()}
    )
    for owner in owners:
        enqueue(mail_emergency, agency_id=access.agency_id, user_id=owner, emergency_id=emergency.pk)
    return emergency


def _review_task(access: Access, case: Case, owner: Any) -> CaseTask:
    now = datetime.now(UTC)
    return CaseTask.objects.create(
        agency_id=access.agency_id,
        case=case,
        title="Review an emergency access",
        priority=Priority.URGENT,
        assignee_id=owner,
        due_on=(now + timedelta(days=REVIEW_DAYS)).date(),
        created_by_id=access.author_id,
    )


@transaction.atomic
def end_emergency(*, access: Access, emergency: Emergency) -> Emergency:
    """Close the case again before the time is over; raise NotFound for another person's emergency."""
    stored = _emergency(access, emergency)
    if stored.user_id != access.author_id:
        raise NotFound()
    now = datetime.now(UTC)
    if stored.expires_at > now:
        stored.expires_at = now
        stored.save(update_fields=["expires_at"])
        others = Emergency.objects.visible_to(access).filter(user_id=stored.user_id, expires_at__gt=now)
        last = others.order_by("-expires_at").values_list("expires_at", flat=True).first()
        User.objects.colleagues_of(access).filter(pk=stored.user_id).update(emergency_until=last)
    return stored


@transaction.atomic
def review_emergency(*, access: Access, emergency: Emergency, verdict: str, note: str = "") -> Emergency:
    """Say whether an emergency was one; its task is done with it.

    Raise NotFound, NotAllowed for others than the case's owners and reviewers and for the one who broke the
    glass, Conflict for one that is reviewed already, InvalidInput.
    """
    stored = _emergency(access, emergency)
    require_reviewing(access, stored)
    if stored.verdict:
        raise Conflict("This emergency is reviewed already.", code="reviewed_already")
    errors: dict[str, list[str]] = {}
    if verdict not in Verdict.values:
        errors["verdict"] = [f"verdict must be one of {', '.join(Verdict.values)}."]
    elif verdict == Verdict.NOT_JUSTIFIED and not note.strip():
        errors["note"] = ["Say what was not justified."]
    if errors:
        raise InvalidInput(errors=errors)
    now = datetime.now(UTC)
    stored.verdict, stored.note = verdict, note.strip()[:1000]
    stored.reviewed_at, stored.reviewed_by_id = now, access.author_id
    stored.save(update_fields=["verdict", "note", "reviewed_at", "reviewed_by"])
    if stored.review_task_id is not None:
        tasks = CaseTask._base_manager.filter(agency_id=access.agency_id, pk=stored.review_task_id)
        tasks.update(status=TaskStatus.DONE, ended_at=now)
    return stored


def require_reviewing(access: Access, emergency: Emergency) -> None:
    """Raise NotAllowed unless this person may review the emergency."""
    if emergency.user_id == access.author_id:
        raise NotAllowed("Somebody else reviews your emergency.")
    case = Case._base_manager.get(agency_id=access.agency_id, pk=emergency.case_id)
    if not (may_keep(access, case) or access.may(Capability.REVIEW_READINGS)):
        raise NotAllowed("The case's owners and reviewers judge an emergency.")


def _emergency(access: Access, emergency: Emergency) -> Emergency:
    found = Emergency.objects.visible_to(access).filter(pk=emergency.pk)
    stored: Any = found.select_for_update(of=("self",)).first()
    if stored is None:
        raise NotFound()
    return stored  # type: ignore[no-any-return]
