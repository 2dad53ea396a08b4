"""The verbs of schedules: add one, stop it, order what is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from cases.services import check
from incidents.filters import zone_of
from insights.answers.base import Need
from insights.models import AnalysisRun, AnalysisSchedule
from insights.running.asked import Asked, asked_of, check_about, checked_why, parameters_json, words_of
from insights.running.makers import access_of_maker
from insights.running.services import order_run
from insights.running.stored_forecasts import DAYS
from insights.schedules.turns import filters_on, is_due, latest_turn
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from nethra.core.parameters import query_of, refusal
from nethra.core.scope import agency_scope

#: Active schedules of one person.
MOST_ACTIVE = 20
WHY = "schedules"
NO_RIGHT = "Whoever scheduled the analysis may not run analyses any more."


@transaction.atomic
def add_schedule(
    *,
    access: Access,
    name: str,
    analysis: str,
    parameters: Mapping[str, Any] | None = None,
    filters: str = "",
    about: Mapping[str, Any] | None = None,
    latest_days: int | None = None,
    every: str,
    why: str,
) -> AnalysisSchedule:
    """Have an analysis ordered by the clock, at five in the morning by the agency's, and return its schedule.

    What is asked for is given as to ``order_run``. With ``latest_days`` a run looks at the incidents from so many
    days before its own day on. Raise NotAllowed, NotFound, InvalidInput naming what is wrong, Conflict (code
    too_many_schedules) beyond 20 active ones of a person.
    """
    access.require(Capability.RUN_ANALYSES)
    if access.author_id is None:
        raise NotAllowed("Only the agency's own people schedule analyses.")
    asked = asked_of(analysis, parameters or {}, filters, about or {})
    check_about(access, asked.about)
    _check_can_recur(asked, latest_days)
    schedule = AnalysisSchedule(
        agency_id=access.agency_id,
        name=name.strip(),
        analysis=asked.analysis.key,
        parameters=parameters_json(asked.parameters),
        filters=asked.query,
        words=words_of(access, asked),
        about=asked.about.as_json(),
        why=checked_why(why),
        owner_id=access.author_id,
        capabilities=sorted(access.capabilities),
        every=every,
        latest_days=latest_days,
    )
    check(schedule)
    mine = AnalysisSchedule.objects.visible_to(access).filter(owner_id=access.author_id, is_active=True)
    if mine.count() >= MOST_ACTIVE:
        raise Conflict(f"You have {MOST_ACTIVE} active schedules: stop one first.", code="too_many_schedules")
    schedule.save(force_insert=True)
    return schedule


def _check_can_recur(asked: Asked, latest_days: int | None) -> None:
    if Need.FORECAST in asked.analysis.needs:
        raise refusal("analysis", "A score is ordered by itself once the forecast's period has ended.")
    if latest_days is not None and set(DAYS) & set(query_of(asked.query)):
        raise refusal("latest_days", "Give either the days of the incidents or the latest days.")


def find_schedule(access: Access, schedule_id: UUID) -> AnalysisSchedule:
    """Return a schedule that the access may see; raise NotFound."""
    found: AnalysisSchedule | None = (
        AnalysisSchedule.objects.visible_to(access).filter(pk=schedule_id).first()
    )
    if found is None:
        raise NotFound()
    return found


def may_stop(access: Access, schedule: AnalysisSchedule) -> bool:
    """Return whether the access may stop a schedule: its owner's may, and who closes cases."""
    is_own = access.is_whole or schedule.owner_id == access.author_id
    return access.may(Capability.RUN_ANALYSES) and (is_own or access.may(Capability.CLOSE_CASES))


@transaction.atomic
def stop_schedule(*, access: Access, schedule_id: UUID) -> AnalysisSchedule:
    """Stop a schedule for good and return it; its runs stay.

    Raise NotFound, NotAllowed, Conflict (code not_active) where it has been stopped.
    """
    schedule = find_schedule(access, schedule_id)
    access.require(Capability.RUN_ANALYSES)
    if not may_stop(access, schedule):
        raise NotAllowed("Only whoever scheduled an analysis, or a supervisor, stops it.")
    stored = AnalysisSchedule.objects.visible_to(access).filter(pk=schedule.pk, is_active=True)
    # None is left where somebody else was first.
    if not stored.update(is_active=False):
        raise Conflict("This schedule has been stopped already.", code="not_active")
    return find_schedule(access, schedule_id)


def order_due(*, access: Access) -> int:
    """Order what is due of every schedule, each once, and return how many runs that are.

    Opens its own transactions, so call it outside one: what fails of one schedule undoes nothing of another.
    """
    now = datetime.now(UTC)
    with agency_scope(access):
        zone = zone_of(access)
        active = AnalysisSchedule.objects.visible_to(access).filter(is_active=True)
        due = [schedule.pk for schedule in active.order_by("created_at", "id") if is_due(schedule, now, zone)]
    return sum(_order(access, key, now, zone) for key in due)


def _order(access: Access, key: UUID, now: datetime, zone: ZoneInfo) -> bool:
    """Order one schedule's run where nobody did so meanwhile; whatever comes of it, its turn is over."""
    with agency_scope(access, reason=WHY):
        stored = AnalysisSchedule.objects.visible_to(access).filter(pk=key, is_active=True)
        schedule = stored.select_for_update(of=("self",)).first()
        if schedule is None or not is_due(schedule, now, zone):
            return False
        run, values = _ordered(access, schedule, now, zone)
        stored.update(last_ordered_on=latest_turn(schedule.every, now, zone).date(), **values)
    return run is not None


def _ordered(
    access: Access, schedule: AnalysisSchedule, now: datetime, zone: ZoneInfo
) -> tuple[AnalysisRun | None, dict[str, Any]]:
    """Return the run that was ordered, if one was, and what the schedule keeps of it."""
    try:
        maker = access_of_maker(access, schedule.owner_id, schedule.capabilities)
        if not maker.may(Capability.RUN_ANALYSES):
            raise NotAllowed(NO_RIGHT)
        run = order_run(
            access=maker,
            analysis=schedule.analysis,
            parameters=schedule.parameters,
            filters=filters_on(schedule, now.astimezone(zone).date(), zone),
            about=schedule.about,
            why=schedule.why,
            at_once=False,
            schedule_id=schedule.pk,
        )
    except NotAllowed as refused:
        return None, {"is_active": False, "problem": refused.message}
    except (InvalidInput, NotFound) as refused:
        return None, {"problem": _sentence(refused)}
    return run, {"last_run_id": run.pk, "problem": ""}


def _sentence(refused: DomainError) -> str:
    return next((sentences[0] for sentences in refused.errors.values()), refused.message)
