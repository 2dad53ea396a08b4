"""Working hours as data: whether somebody may work now, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings

from accounts.choices import EndReason
from accounts.models import HoursException, User, WorkingHours
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped

Window = tuple[datetime, datetime]


class OutsideHours(NotSignedIn):
    """The person is who they say, but their role does not work now."""

    code = "outside_hours"
    message = (
        "Your role does not work at this hour. An administrator of your agency can allow you an exception."
    )


def closing_time(user: User, now: datetime) -> datetime | None:
    """Return until when the person may work, None where no rule binds their role; raise OutsideHours.

    Hours are counted on the wall clock of the person's own zone, so a shift over a clock change is as long as
    the clocks say.
    """
    with unscoped("the rules for whoever is signing in"):
        rules = list(WorkingHours.objects.filter(agency_id=user.agency_id, role=user.role))
        if not rules:
            return None
        exceptions = HoursException.objects.filter(user_id=user.pk, starts_at__lte=now + timedelta(days=2))
        windows = [*_windows(rules, user, now), *exceptions.values_list("starts_at", "ends_at")]
    closes = _until(windows, now)
    if closes is None:
        raise OutsideHours()
    return closes


def _windows(rules: Iterable[WorkingHours], user: User, now: datetime) -> list[Window]:
    today = now.astimezone(user.zone).date()
    found = []
    for day in (today + timedelta(days=offset) for offset in (-1, 0, 1)):
        for rule in rules:
            if rule.weekday == day.isoweekday():
                last = day if rule.closes > rule.opens else day + timedelta(days=1)
                begins = datetime.combine(day, rule.opens, user.zone)
                ends = datetime.combine(last, rule.closes, user.zone)
                found.append((begins.astimezone(UTC), ends.astimezone(UTC)))
    return found


def _until(windows: Iterable[Window], now: datetime) -> datetime | None:
    """Return the end of the windows that follow each other without a gap from now on."""
    until = now
    for begins, ends in sorted(windows):
        if begins <= until < ends:
            until = ends
    return until if until > now else None


def session_end(user: User, began: datetime, now: datetime) -> tuple[datetime, EndReason]:
    """Return when a session of the person must end, and why; raise OutsideHours."""
    absolute = began + timedelta(seconds=settings.SESSION_SECONDS)
    closes = closing_time(user, now)
    return (
        (absolute, EndReason.EXPIRED) if closes is None or closes >= absolute else (closes, EndReason.HOURS)
    )
