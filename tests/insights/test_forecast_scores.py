"""A forecast is scored after its period by what happened in it, and knows nothing of it before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import time_machine
from django.contrib.gis.geos import Point

from accounts.people import deactivate_user
from incidents.filters import IncidentFilters
from incidents.models import Incident
from incidents.services import change_incident
from insights.answers.stored import grid_of, surface_of
from insights.choices import RunStatus
from insights.jobs import order_scores_job, run_analysis_job
from insights.methods.forecast import counted
from insights.methods.scores import scored
from insights.models import AnalysisRun
from insights.running.reading import read_result
from insights.running.services import find_run, order_run, repeat_run
from insights.running.stored_forecasts import kept_of
from insights.schedules import scores
from insights.schedules.scores import MOST_TRIES, scores_of
from insights.taking import take_events
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Los_Angeles")
TODAY = datetime(2026, 4, 20, 12, 0, tzinfo=ZONE)
START, UNTIL = datetime(2026, 4, 21, tzinfo=ZONE), datetime(2026, 4, 28, tzinfo=ZONE)
LATER = datetime(2026, 4, 28, 5, 20, tzinfo=ZONE)
ASKED: dict[str, Any] = {
    "analysis": "forecast",
    "filters": "offence=220&occurred_after=2026-01-01T00%3A00%3A00-08%3A00",
    "about": {"ground": "box"},
    "parameters": {"model": "density, 1 year", "days": 7, "share": 0.1},
    "why": "Next week",
}


def plant_at(access: Access, begins: list[datetime], seed: int) -> list[Incident]:
    """Return burglaries round the middle of the town at these moments."""
    chance = np.random.default_rng(seed)
    places = chance.normal((-122.42, 37.77), 0.006, (len(begins), 2))
    return [
        make_incident(
            access,
            "220",
            location=Point(float(x), float(y), srid=4326),
            occurred_from=begin.astimezone(UTC),
            occurred_until=begin.astimezone(UTC),
            reported_at=begin.astimezone(UTC),
        )
        for begin, (x, y) in zip(begins, places, strict=True)
    ]


@pytest.fixture
def forecast(cast: Cast) -> AnalysisRun:
    """Return a forecast of the week from 21 April 2026, made the day before."""
    with time_machine.travel(TODAY, tick=False):
        plant_at(access_for(cast.officer), [TODAY - timedelta(hours=17 * n) for n in range(1, 66)], 1)
        return asked(access_for(cast.analyst), **ASKED)


def asked(access: Access, **values: Any) -> AnalysisRun:
    with agency_scope(access):
        return order_run(access=access, **values)


def plant_period(cast: Cast, *others: datetime) -> list[Incident]:
    """Return fourteen incidents of the period, and such of other moments."""
    with time_machine.travel(LATER + timedelta(days=1), tick=False):
        begins = [START + timedelta(hours=11 * n) for n in range(14)]
        return plant_at(access_for(cast.officer), [*begins, *others], 2)


def score(access: Access, forecast: AnalysisRun, **values: Any) -> AnalysisRun:
    about = {"forecast": str(forecast.pk)}
    return asked(access, **{"analysis": "forecast_score", "about": about, "why": "Was it right?", **values})


def figures(access: Access, run: AnalysisRun) -> dict[str, Any]:
    with agency_scope(access):
        body = read_result(access, find_run(access, run.pk)).body
    return {figure["name"]: figure["value"] for figure in body["figures"]}


def test_a_score_is_that_of_the_arrays_and_of_the_period_alone(cast: Cast, forecast: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    plant_period(cast, START - timedelta(minutes=1), UNTIL)
    with time_machine.travel(LATER, tick=False):
        run = score(access, forecast)

    assert run.filters == (
        "offence=220&occurred_after=2026-04-21T00%3A00%3A00-07%3A00"
        "&occurred_before=2026-04-28T00%3A00%3A00-07%3A00"
    )
    with agency_scope(access):
        kept, taken = kept_of(access, forecast.pk), take_events(access, IncidentFilters())
    start = kept["start_day"]
    assert (start, kept["days"]) == ((START.date() - datetime(1970, 1, 1).date()).days, 7)
    happened = counted(taken.events, grid_of(kept), start, start + 7)
    found = figures(access, run)
    for name, surface in (("", "expected"), ("counts_", "expected_of_baseline")):
        expected = scored(surface_of(kept, surface), happened, kept["cells"])
        assert (found[f"{name}hits"], found["total"]) == (pytest.approx(expected.hits), expected.total)
        assert found[f"{name}pai"] == pytest.approx(expected.pai)
        assert found[f"{name}pei"] == pytest.approx(expected.pei)
    assert 0 < found["total"] == happened.sum() <= 14
    assert found["total"] + found["left_out"] == 14 == run.input_rows


def test_a_forecast_knows_nothing_of_its_future(cast: Cast, forecast: AnalysisRun) -> None:
    access, officer = access_for(cast.analyst), access_for(cast.officer)
    future = plant_period(cast, UNTIL)
    with agency_scope(access):
        before = repeat_run(access=access, run_id=forecast.pk, why="Future is there")
    chance = np.random.default_rng(5)
    for incident in future:
        with agency_scope(officer):
            x, y = chance.uniform((-122.44, 37.75), (-122.40, 37.79))
            place = Point(float(x), float(y), srid=4326)
            change_incident(access=officer, incident=incident, location=place)
    with agency_scope(access):
        after = repeat_run(access=access, run_id=forecast.pk, why="Future is another")
        kept = [kept_of(access, run.pk) for run in (forecast, before, after)]

    assert after.result_digest == before.result_digest
    assert after.input_digest != before.input_digest
    assert kept[0] == kept[1] == kept[2]


def test_a_score_repeated_is_the_same(cast: Cast, forecast: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    plant_period(cast)
    with time_machine.travel(LATER, tick=False):
        first = score(access, forecast)
        with agency_scope(access):
            second = repeat_run(access=access, run_id=first.pk, why="Again")
    assert (second.input_digest, second.result_digest) == (first.input_digest, first.result_digest)


def test_before_the_period_ended_there_is_no_score(cast: Cast, forecast: AnalysisRun) -> None:
    plant_period(cast)
    with time_machine.travel(UNTIL - timedelta(minutes=1), tick=False), pytest.raises(InvalidInput) as caught:
        score(access_for(cast.analyst), forecast)
    assert "its score can be told from then on" in caught.value.message


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"about": {}}, "forecast", "Name the forecast that is to be scored."),
        ({"about": {"forecast": "seven"}}, "forecast", "forecast must be a key."),
        (
            {"about": {"forecast": "019a0000-0000-7000-8000-000000000000"}},
            "forecast",
            "There is no such forecast, or it is not done.",
        ),
        ({"filters": "offence=120"}, "filters", "The incidents are those of the forecast"),
    ],
)
def test_what_is_wrong_is_named(
    cast: Cast, forecast: AnalysisRun, values: dict[str, Any], name: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        score(access_for(cast.analyst), forecast, **values)
    assert caught.value.errors[name][0].startswith(sentence)


def test_no_other_run_is_scored(cast: Cast, forecast: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    counts = asked(access, analysis="counts", why="No forecast")
    with pytest.raises(InvalidInput):
        score(access, counts)


def ordered(cast: Cast, forecast: AnalysisRun, moment: datetime) -> list[AnalysisRun]:
    access = access_for(cast.supervisor)
    with time_machine.travel(moment, tick=False):
        order_scores_job(agency_id=access.agency_id)
        with agency_scope(access):
            return list(scores_of(access, forecast.pk))


def test_a_score_is_ordered_by_itself_once_and_not_for_a_repetition(
    cast: Cast, forecast: AnalysisRun
) -> None:
    access = access_for(cast.analyst)
    plant_period(cast)
    with agency_scope(access):
        repetition = repeat_run(access=access, run_id=forecast.pk, why="Again")
    assert ordered(cast, forecast, LATER - timedelta(days=1)) == []
    assert ordered(cast, forecast, LATER.replace(hour=12)) == []

    (run,) = ordered(cast, forecast, LATER)
    assert (run.status, run.made_by_id) == (RunStatus.WAITING, cast.analyst.pk)
    with time_machine.travel(LATER, tick=False):
        run_analysis_job(agency_id=run.agency_id, run_id=run.pk)

    (done,) = ordered(cast, forecast, LATER + timedelta(days=1))
    assert done.status == RunStatus.DONE
    assert "the cells named by density, 1 year caught" in done.headline
    assert ordered(cast, repetition, LATER + timedelta(days=1)) == []


def test_a_period_in_which_nothing_was_recorded_is_tried_some_days(cast: Cast, forecast: AnalysisRun) -> None:
    for day in range(MOST_TRIES + 2):
        for run in ordered(cast, forecast, LATER + timedelta(days=day)):
            if run.status == RunStatus.WAITING:
                with time_machine.travel(LATER + timedelta(days=day), tick=False):
                    run_analysis_job(agency_id=run.agency_id, run_id=run.pk)
    tries = ordered(cast, forecast, LATER + timedelta(days=MOST_TRIES + 2))
    assert [run.status for run in tries] == [RunStatus.FAILED] * MOST_TRIES
    assert tries[0].message.startswith("Nothing happened in the area in the period")


def test_a_score_comes_though_whoever_made_the_forecast_left(cast: Cast, forecast: AnalysisRun) -> None:
    admin = access_for(cast.admin)
    plant_period(cast)
    with agency_scope(admin):
        deactivate_user(access=admin, user=cast.analyst)
    (run,) = ordered(cast, forecast, LATER)
    with time_machine.travel(LATER, tick=False):
        run_analysis_job(agency_id=run.agency_id, run_id=run.pk)
    with agency_scope(admin):
        done = find_run(admin, run.pk)
    assert (done.status, done.made_by_id) == (RunStatus.DONE, None)


def test_one_that_is_refused_keeps_no_other_from_its_score(
    cast: Cast, forecast: AnalysisRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_period(cast)
    order = order_run
    refused: list[Any] = []

    def refuse_first(**asked: Any) -> AnalysisRun:
        if not refused:
            refused.append(asked)
            raise InvalidInput("Too many filters.")
        return order(**asked)

    monkeypatch.setattr(scores, "order_run", refuse_first)
    monkeypatch.setattr(scores, "_without_score", lambda access: [forecast, forecast])

    with time_machine.travel(LATER, tick=False):
        assert scores.order_scores(access=operator_access(cast.north.pk)) == 1
