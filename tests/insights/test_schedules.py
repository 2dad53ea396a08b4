"""What is scheduled is ordered once at five by the agency's clock, in its owner's name, until it is stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, transaction

from accounts.people import deactivate_user
from accounts.roles import adjust_role
from insights.choices import Every, RunStatus
from insights.jobs import order_due_job, run_analysis_job
from insights.models import AnalysisRun, AnalysisSchedule
from insights.running import services
from insights.running.services import find_run, order_run
from insights.schedules import services as schedules
from insights.schedules.services import add_schedule, find_schedule, stop_schedule
from insights.schedules.turns import latest_turn
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.insights.test_runs import plant
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
#: A Wednesday.
MADE = datetime(2026, 3, 4, 10, 0, tzinfo=LOS_ANGELES)
ASKED: dict[str, Any] = {
    "name": "Morning counts",
    "analysis": "counts",
    "filters": "offence=220",
    "latest_days": 28,
    "every": "day",
    "why": "Morning briefing",
}


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> time_machine.travel:
    return time_machine.travel(datetime(2026, month, day, hour, minute, tzinfo=LOS_ANGELES), tick=False)


def scheduled(access: Access, **values: Any) -> AnalysisSchedule:
    with time_machine.travel(MADE, tick=False), agency_scope(access):
        return add_schedule(access=access, **{**ASKED, **values})


def stored(access: Access, schedule: AnalysisSchedule) -> AnalysisSchedule:
    with agency_scope(access):
        return find_schedule(access, schedule.pk)


def runs(access: Access) -> list[AnalysisRun]:
    with agency_scope(access):
        return list(AnalysisRun.objects.visible_to(access).order_by("created_at", "id"))


def tick(access: Access) -> None:
    order_due_job(agency_id=access.agency_id)


def test_what_is_due_is_ordered_once_in_its_owners_name_and_done(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))
    schedule = scheduled(access)
    with at(4, 23):
        tick(access)
    assert runs(access) == []

    with at(5, 5):
        tick(access)
        tick(access)
    with at(5, 20):
        tick(access)

    (run,) = runs(access)
    assert (run.made_by_id, run.why, run.schedule_id) == (cast.analyst.pk, "Morning briefing", schedule.pk)
    assert run.status == RunStatus.WAITING
    assert run.filters == "offence=220&occurred_after=2026-02-05T00%3A00%3A00-08%3A00"
    kept = stored(access, schedule)
    assert (kept.last_run_id, kept.last_ordered_on, kept.problem) == (run.pk, date(2026, 3, 5), "")
    run_analysis_job(agency_id=run.agency_id, run_id=run.pk)
    with agency_scope(access):
        done = find_run(access, run.pk)
    assert (done.status, done.input_rows) == (RunStatus.DONE, 12)


def test_days_that_were_missed_are_not_made_up(cast: Cast) -> None:
    access = access_for(cast.analyst)
    schedule = scheduled(access, latest_days=None)
    for day in (5, 9):
        with at(day, 6):
            tick(access)
    assert [run.filters for run in runs(access)] == ["offence=220"] * 2
    assert stored(access, schedule).last_ordered_on == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("every", "now", "turn"),
    [
        (Every.DAY, datetime(2026, 3, 4, 4, 59), date(2026, 3, 3)),
        (Every.DAY, datetime(2026, 3, 4, 5, 0), date(2026, 3, 4)),
        (Every.WEEK, datetime(2026, 3, 9, 4, 59), date(2026, 3, 2)),
        (Every.WEEK, datetime(2026, 3, 9, 5, 0), date(2026, 3, 9)),
        (Every.WEEK, datetime(2026, 3, 15, 23, 0), date(2026, 3, 9)),
        (Every.MONTH, datetime(2026, 3, 1, 4, 59), date(2026, 2, 1)),
        (Every.MONTH, datetime(2026, 3, 31, 5, 0), date(2026, 3, 1)),
    ],
)
def test_turns_come_at_five_by_the_agencys_clock(every: str, now: datetime, turn: date) -> None:
    moment = now.replace(tzinfo=LOS_ANGELES).astimezone(UTC)
    found = latest_turn(every, moment, LOS_ANGELES)
    assert (found.date(), found.hour, found.tzinfo) == (turn, 5, LOS_ANGELES)


def test_a_week_and_a_month_begin_with_the_next_turn(cast: Cast) -> None:
    access = access_for(cast.analyst)
    week, month = scheduled(access, every="week"), scheduled(access, every="month")
    for day, expected in ((8, []), (9, [week.pk]), (15, [week.pk]), (16, [week.pk, week.pk])):
        with at(day, 12):
            tick(access)
        assert [run.schedule_id for run in runs(access)] == expected
    with at(1, 5, month=4):
        tick(access)
    assert month.pk in [run.schedule_id for run in runs(access)]


def test_an_owner_who_is_gone_or_may_no_more_ends_the_schedule_with_a_sentence(cast: Cast) -> None:
    admin, analyst, supervisor = (access_for(one) for one in (cast.admin, cast.analyst, cast.supervisor))
    gone = scheduled(analyst)
    with agency_scope(admin):
        deactivate_user(access=admin, user=cast.analyst)
    with at(5, 6):
        tick(admin)
    ended = stored(admin, gone)
    assert (ended.is_active, ended.problem) == (
        False,
        "Whoever ordered the analysis does not work here any more.",
    )

    withdrawn = scheduled(supervisor)
    with agency_scope(admin):
        kept = cast.supervisor.capabilities - {"run_analyses"}
        adjust_role(access=admin, role="supervisor", capabilities=kept)
    with at(5, 7):
        tick(admin)
    ended = stored(admin, withdrawn)
    assert (ended.is_active, ended.problem) == (False, schedules.NO_RIGHT)
    assert runs(admin) == []


def test_what_a_person_has_under_way_holds_back_no_schedule(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(cast.analyst)
    for _ in range(2):
        scheduled(access)
    monkeypatch.setattr(services, "MOST_UNDER_WAY", 1)
    with at(5, 5):
        tick(access)
    assert len(runs(access)) == 2


def test_what_can_be_asked_no_more_is_told_and_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(cast.analyst)
    schedule = scheduled(access)
    monkeypatch.setattr("insights.running.asked.analyses", dict)
    with at(5, 5):
        tick(access)
    troubled = stored(access, schedule)
    assert (troubled.is_active, troubled.last_run_id) == (True, None)
    assert troubled.problem.startswith("There is no analysis 'counts'")

    monkeypatch.undo()
    with at(6, 5):
        tick(access)
    assert stored(access, schedule).problem == ""


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"latest_days": 0}, "latest_days", "Ensure this value is greater than or equal to 1."),
        ({"latest_days": 3661}, "latest_days", "Ensure this value is less than or equal to 3660."),
        ({"every": "hour"}, "every", "Value 'hour' is not a valid choice."),
        ({"name": " "}, "name", "This field cannot be blank."),
        ({"why": ""}, "why", "Say in up to 200 characters what the analysis is for."),
        ({"filters": "offence=999"}, "offence", ""),
        ({"parameters": {"size": 0}}, "size", "Size of the cells must be at least 10 m."),
        (
            {"filters": "occurred_after=2026-01-01T00:00:00Z"},
            "latest_days",
            "Give either the days of the incidents or the latest days.",
        ),
        (
            {"analysis": "forecast_score", "about": {}},
            "forecast",
            "Name the forecast that is to be scored.",
        ),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(
    cast: Cast, values: dict[str, Any], name: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        scheduled(access_for(cast.analyst), **values)
    assert caught.value.errors[name][0].startswith(sentence)


def test_an_unknown_analysis_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        scheduled(access_for(cast.analyst), analysis="palmistry")


def test_only_who_may_analyse_schedules_and_no_more_than_twenty(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (cast.auditor, cast.prosecutor):
        with pytest.raises(NotAllowed):
            scheduled(access_for(person))
    monkeypatch.setattr(schedules, "MOST_ACTIVE", 1)
    scheduled(access_for(cast.analyst))
    with pytest.raises(Conflict):
        scheduled(access_for(cast.analyst))


def test_its_owner_or_a_supervisor_stops_it_once(cast: Cast) -> None:
    access, officer, supervisor = (access_for(one) for one in (cast.analyst, cast.officer, cast.supervisor))
    schedule = scheduled(access)
    with agency_scope(officer), pytest.raises(NotAllowed):
        stop_schedule(access=officer, schedule_id=schedule.pk)
    with agency_scope(supervisor):
        assert not stop_schedule(access=supervisor, schedule_id=schedule.pk).is_active
    with agency_scope(access), pytest.raises(Conflict):
        stop_schedule(access=access, schedule_id=schedule.pk)
    with at(5, 6):
        tick(access)
    assert runs(access) == []


def test_another_agency_knows_nothing_of_it(cast: Cast) -> None:
    schedule = scheduled(access_for(cast.analyst))
    south = access_for(cast.south_admin)
    with agency_scope(south), pytest.raises(NotFound):
        stop_schedule(access=south, schedule_id=schedule.pk)
    with at(5, 6):
        tick(south)
    assert runs(access_for(cast.analyst)) == []


@pytest.mark.parametrize("field", ["filters", "why", "every", "analysis", "latest_days"])
def test_what_it_asks_never_changes_and_it_is_never_deleted(cast: Cast, field: str) -> None:
    access = access_for(cast.analyst)
    schedule = scheduled(access)
    value = 7 if field == "latest_days" else "week"
    rows = AnalysisSchedule.objects
    with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
        rows.visible_to(access).filter(pk=schedule.pk).update(**{field: value})
    with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
        rows.visible_to(access).filter(pk=schedule.pk).delete()
    with agency_scope(access):
        assert rows.visible_to(access).filter(pk=schedule.pk).update(name="Counts") == 1


def test_nobody_says_later_that_a_schedule_ordered_a_run(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer), 4)
    schedule = scheduled(access)
    with agency_scope(access):
        run = order_run(access=access, analysis="counts", why="By hand", at_once=False)
    with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
        AnalysisRun.objects.visible_to(access).filter(pk=run.pk).update(schedule_id=schedule.pk)
