"""The verbs for working hours: rules, exceptions, and what they mean for sessions that are open."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from accounts.choices import EndReason
from accounts.hours import OutsideHours, session_end
from accounts.models import HoursException, User, UserSession, WorkingHours
from accounts.rows import clean
from accounts.sessions import end_session
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.querysets import unscoped


@transaction.atomic
def add_hours(*, access: Access, **values: object) -> WorkingHours:
    """Bind a role to hours; sessions that are open beyond them end at once."""
    access.require(Capability.MANAGE_USERS)
    access.require_proof()
    rule = WorkingHours(agency_id=access.agency_id, **values)
    _save(rule)
    apply_hours(access)
    return rule


@transaction.atomic
def remove_hours(*, access: Access, rule: WorkingHours) -> None:
    """Withdraw a rule; open sessions may last longer from now on."""
    access.require(Capability.MANAGE_USERS)
    access.require_proof()
    with unscoped("a rule at hand"):
        rule.delete()
    apply_hours(access)


@transaction.atomic
def allow_exception(
    *, access: Access, user: User, starts_at: datetime, ends_at: datetime, reason: str
) -> HoursException:
    """Let one named person work beyond their hours, for a reason."""
    access.require(Capability.MANAGE_USERS)
    access.require_proof()
    if not reason.strip():
        raise InvalidInput(
            errors={"reason": ["State why: the exception is read by those who review access."]}
        )
    exception = HoursException(
        agency_id=access.agency_id, user=user, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()
    )
    _save(exception)
    apply_hours(access)
    return exception


def _save(row: WorkingHours | HoursException) -> None:
    clean(row)
    row.save(force_insert=True)


def apply_hours(access: Access) -> int:
    """Bring open sessions in line with the rules; return how many ended."""
    now, ended = datetime.now(UTC), 0
    with unscoped("all open sessions of the agency whose rules changed"):
        open_ = UserSession.objects.select_related("user__agency").filter(
            agency_id=access.agency_id, revoked_at=None, expires_at__gt=now
        )
        for session in open_:
            try:
                expires_at, because = session_end(session.user, session.created_at, now)
            except OutsideHours:
                end_session(session, because=EndReason.HOURS)
                ended += 1
                continue
            if expires_at != session.expires_at:
                UserSession.objects.filter(pk=session.pk).update(
                    expires_at=expires_at, expires_because=because
                )
    return ended
