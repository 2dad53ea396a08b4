"""Mails about who sees a case, which name its number and nothing of what stands in it; and the look at readings."""

from __future__ import annotations

from uuid import UUID

from accounts.jobs import send
from nethra.core.access import Access
from nethra.jobs.queue import job


@job(once=True)
def mail_access_asked(*, access: Access, user_id: UUID, request_id: UUID) -> None:
    """Tell an owner that somebody asks for access."""
    from cases.models import AccessRequest

    asked = AccessRequest.objects.visible_to(access).select_related("case", "user").get(pk=request_id)
    send(access, user_id, "cases/mail/access_asked", "Somebody asks to see a case", asked=asked)


@job(once=True)
def mail_access_answered(*, access: Access, request_id: UUID) -> None:
    """Tell the one who asked what was decided."""
    from cases.models import AccessRequest

    asked = AccessRequest.objects.visible_to(access).select_related("case").get(pk=request_id)
    send(access, asked.user_id, "cases/mail/access_answered", "Your request for access", asked=asked)


@job(once=True)
def mail_emergency(*, access: Access, user_id: UUID, emergency_id: UUID) -> None:
    """Tell an owner that somebody broke the glass."""
    from cases.models import Emergency

    emergency = Emergency.objects.visible_to(access).select_related("case", "user").get(pk=emergency_id)
    send(access, user_id, "cases/mail/emergency", "A case was opened in an emergency", emergency=emergency)


@job(once=True, cron="13 * * * *")
def look_at_readings(*, access: Access) -> None:
    """Queue odd readings for the weekly review, every hour: somebody finds them while they are warm."""
    from cases.reviewing import judge_readings

    judge_readings(access=access)
