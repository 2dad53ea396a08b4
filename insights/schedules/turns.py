"""When a schedule has its turn, and which incidents it asks for that day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from insights.choices import Every
from insights.models import AnalysisSchedule
from insights.running.stored_forecasts import DAYS
from nethra.core.parameters import query_of

#: Everything of the night is in by then, and the result there when people begin.
FIVE = time(5)


def latest_turn(every: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the latest five in the morning of a zone, not after ``now``, on a day of the schedule."""
    local = now.astimezone(zone)
    day = local.date() if local.time() >= FIVE else local.date() - timedelta(days=1)
    if every == Every.WEEK:
        day -= timedelta(days=day.weekday())
    elif every == Every.MONTH:
        day = day.replace(day=1)
    return datetime.combine(day, FIVE, zone)


def is_due(schedule: AnalysisSchedule, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a turn came since it was made and last ordered; of several that were missed, the newest."""
    turn = latest_turn(schedule.every, now, zone)
    before = schedule.last_ordered_on
    return turn > schedule.created_at and (before is None or before < turn.date())


def filters_on(schedule: AnalysisSchedule, day: date, zone: ZoneInfo) -> str:
    """Return the filters of a run on a day: those of the schedule, from so many days before on."""
    if schedule.latest_days is None:
        return schedule.filters
    query = query_of(schedule.filters)
    first = day - timedelta(days=schedule.latest_days)
    query["occurred_after"] = datetime.combine(first, time(), zone).isoformat()
    return query.urlencode()


def without_days(filters: str) -> str:
    """Return filters without bounds of days, which the latest days take the place of."""
    query = query_of(filters)
    for name in DAYS:
        query.pop(name, None)
    return query.urlencode()
