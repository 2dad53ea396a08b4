"""A run is kept as it was asked and found: the same again has the same digests, and nobody rewrites it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import DatabaseError, connection, transaction

from accounts.people import deactivate_user
from incidents.sealing import seal_incident
from incidents.services import change_incident
from insights.choices import RunStatus
from insights.jobs import run_analysis_job
from insights.models import AnalysisResult, AnalysisRun
from insights.running import gathering, services
from insights.running.asked import asked_of
from insights.running.reading import compare_runs, read_result
from insights.running.services import cancel_run, end_lost_runs, find_run, order_run, pin_run, repeat_run
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
WHY = "Weekly briefing"
BEGIN = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


def plant(access: Access, count: int = 12, **values: Any) -> list[Any]:
    """Return incidents in two places, most of them in the first."""
    return [
        make_incident(
            access,
            "220",
            location=Point(-122.42 + (0.02 if n % 4 == 3 else 0.0), 37.77, srid=4326),
            occurred_from=BEGIN + timedelta(hours=n),
            occurred_until=BEGIN + timedelta(hours=n),
            reported_at=BEGIN + timedelta(hours=n),
            **values,
        )
        for n in range(count)
    ]


def counts(access: Access, **values: Any) -> AnalysisRun:
    with agency_scope(access):
        return order_run(**{"access": access, "analysis": "counts", "why": WHY, **values})


def result_of(access: Access, run: AnalysisRun) -> Any:
    with agency_scope(access):
        return read_result(access, find_run(access, run.pk))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave every analysis to a worker."""
    monkeypatch.setattr(services, "AT_ONCE_INCIDENTS", -1)


def test_a_small_analysis_is_answered_at_once(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))

    run = counts(access, parameters={"size": "500"}, filters="offence=220")

    assert run.status == RunStatus.DONE
    assert run.parameters == {"shape": "squares", "size": 500.0}
    assert (run.words, run.why, run.made_by_id) == (
        "offence: Burglary/Breaking & Entering",
        WHY,
        cast.analyst.pk,
    )
    assert (run.input_rows, run.srid, run.zone) == (12, 32610, "America/Los_Angeles")
    result = result_of(access, run)
    assert result.is_whole
    assert [column["values"] for column in result.columns if column["name"] == "count"] == [[9, 3]]
    shape = result.body["shapes"][0]
    assert shape["type"] == "Polygon"
    west, east = min(x for x, _ in shape["coordinates"][0]), max(x for x, _ in shape["coordinates"][0])
    assert west <= -122.42 <= east


def test_the_same_again_has_the_same_digests_until_a_record_is_corrected(cast: Cast) -> None:
    access, officer = access_for(cast.analyst), access_for(cast.officer)
    first_incident = plant(officer)[0]
    first = counts(access)
    with agency_scope(access):
        second = repeat_run(access=access, run_id=first.pk, why="Check")
    with agency_scope(officer):
        change_incident(access=officer, incident=first_incident, location=Point(-122.38, 37.77, srid=4326))
    with agency_scope(access):
        third = repeat_run(access=access, run_id=first.pk, why="Place corrected")
        same, other = compare_runs(access, first.pk, second.pk), compare_runs(access, first.pk, third.pk)

    assert (second.input_digest, second.result_digest) == (first.input_digest, first.result_digest)
    assert second.repeats_id == first.pk
    assert second.as_of == first.as_of
    assert same.same_input
    assert same.same_result
    assert not other.same_input
    assert not other.same_result
    assert ("Cells that hold any", 2, 3) in other.figures


@pytest.mark.parametrize("analysis", ["compstat_beats", "briefing", "narratives", "series", "linkage"])
def test_statements_take_no_more_parameters_for_more_incidents(cast: Cast, analysis: str) -> None:
    """PostgreSQL takes 65,535, and a city has more incidents."""
    access, officer = access_for(cast.analyst), access_for(cast.officer)
    first = plant(officer)[0]
    about = {"subject": str(first.pk)} if analysis == "narratives" else {}
    taken: list[list[int]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        taken[-1].append(len(params or ()))
        return execute(sql, params, many, context)

    for _ in range(2):
        taken.append([])
        with agency_scope(access), connection.execute_wrapper(note):
            asked = asked_of(analysis, {}, "", about)
            gathering.gather(access, asked, datetime.now(UTC))
        plant(officer, 30)

    assert taken[0] == taken[1]


def test_nobody_rewrites_or_deletes_a_run(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))
    run = counts(access)
    changes: list[Callable[[], object]] = [
        lambda: AnalysisRun.objects.visible_to(access).filter(pk=run.pk).update(headline="Nothing"),
        lambda: AnalysisRun.objects.visible_to(access).filter(pk=run.pk).update(why="Else"),
        lambda: AnalysisResult.objects.visible_to(access).filter(run_id=run.pk).update(body="{}"),
        lambda: AnalysisResult.objects.visible_to(access).filter(run_id=run.pk).delete(),
        lambda: AnalysisRun.objects.visible_to(access).filter(pk=run.pk).delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
            change()
    assert result_of(access, run).is_whole


def test_a_pin_is_all_that_changes(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))
    run = counts(access)
    with agency_scope(access):
        assert pin_run(access=access, run_id=run.pk, is_pinned=True).is_pinned
        assert not pin_run(access=access, run_id=run.pk, is_pinned=False).is_pinned


def test_guarded_incidents_are_in_nobodys_analysis(cast: Cast) -> None:
    admin, officer = access_for(cast.admin), access_for(cast.officer)
    incident = plant(officer)[0]
    with agency_scope(admin):
        seal_incident(access=admin, incident=incident, parts=["narrative"], **ORDER)

    assert counts(admin).input_rows == 11


def test_runs_are_the_agencys_own(cast: Cast) -> None:
    plant(access_for(cast.officer))
    run = counts(access_for(cast.analyst))
    for stranger in (access_for(cast.south_officer), access_for(cast.prosecutor)):
        with agency_scope(stranger), pytest.raises(NotFound):
            find_run(stranger, run.pk)
    colleague = access_for(cast.supervisor)
    assert result_of(colleague, run).body["rows"] == 2


@pytest.mark.parametrize(
    "missing", [Capability.RUN_ANALYSES, Capability.VIEW_INSIGHTS, Capability.VIEW_INCIDENTS]
)
def test_whoever_may_not_analyse_gets_nothing(cast: Cast, missing: Capability) -> None:
    access = access_for(cast.analyst)
    with pytest.raises(NotAllowed):
        counts(replace(access, capabilities=access.capabilities - {missing}))


@pytest.mark.parametrize(
    ("asked", "name", "sentence"),
    [
        ({"parameters": {"size": 0}}, "size", "Size of the cells must be at least 10 m."),
        ({"parameters": {"size": "wide"}}, "size", "Size of the cells must be a number."),
        ({"parameters": {"size": "nan"}}, "size", "Size of the cells must be a number."),
        ({"parameters": {"shape": "circles"}}, "shape", "Shape of the cells must be one of"),
        ({"parameters": {"cells": 3}}, "cells", "The parameter 'cells' is not known."),
        ({"filters": "offence=999"}, "offence", ""),
        ({"filters": "ordering=-occurred_from"}, "ordering", "An analysis has its own order"),
        ({"about": {"subject": "seven"}}, "subject", "subject must be a key."),
        ({"about": {"age": "7"}}, "age", "The parameter 'age' is not known."),
        ({"why": " "}, "why", "Say in up to 200 characters what the analysis is for."),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(
    cast: Cast, asked: dict[str, Any], name: str, sentence: str
) -> None:
    plant(access_for(cast.officer), 4)
    with pytest.raises(InvalidInput) as caught:
        counts(access_for(cast.analyst), **asked)
    assert caught.value.errors[name][0].startswith(sentence)
    with agency_scope(access_for(cast.analyst)):
        assert not AnalysisRun.objects.visible_to(access_for(cast.analyst)).exists()


def test_a_period_without_incidents_says_so(cast: Cast) -> None:
    plant(access_for(cast.officer), 4)
    with pytest.raises(InvalidInput) as caught:
        counts(access_for(cast.analyst), filters="occurred_before=2020-01-01T00:00:00Z")
    assert caught.value.code == "analysis_refused"
    assert str(caught.value).endswith(".")


def test_an_unknown_method_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        counts(access_for(cast.analyst), analysis="palmistry")


def test_dry_keeps_nothing(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer), 4)
    assert counts(access, is_dry=True).result_digest
    with agency_scope(access):
        assert not AnalysisRun.objects.visible_to(access).exists()


@pytest.mark.usefixtures("slow")
def test_a_worker_finds_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))
    waiting = counts(access)
    assert waiting.status == RunStatus.WAITING

    run_analysis_job(agency_id=waiting.agency_id, run_id=waiting.pk)

    with agency_scope(access):
        done = find_run(access, waiting.pk)
    assert (done.status, done.percent, done.input_rows) == (RunStatus.DONE, 100, 12)
    monkeypatch.setattr(services, "AT_ONCE_INCIDENTS", 50_000)
    with agency_scope(access):
        again = repeat_run(access=access, run_id=waiting.pk, why="Check")
    assert (again.input_digest, again.result_digest) == (done.input_digest, done.result_digest)


@pytest.mark.usefixtures("slow")
def test_a_run_can_be_stopped_before_and_while_it_is_at_work(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))
    before, running = counts(access), counts(access)
    with agency_scope(access):
        cancel_run(access=access, run_id=before.pk)
    gather = gathering.gather

    def stopped(*args: Any) -> Any:
        gathered = gather(*args)
        cancel_run(access=access, run_id=running.pk)
        return gathered

    monkeypatch.setattr(gathering, "gather", stopped)
    for run in (before, running):
        run_analysis_job(agency_id=run.agency_id, run_id=run.pk)

    with agency_scope(access):
        ended = [find_run(access, run.pk) for run in (before, running)]
        assert [run.status for run in ended] == [RunStatus.CANCELLED] * 2
        assert not AnalysisResult.objects.visible_to(access).exists()
        with pytest.raises(Conflict):
            cancel_run(access=access, run_id=running.pk)
        with pytest.raises(Conflict):
            read_result(access, ended[0])


@pytest.mark.usefixtures("slow")
def test_a_refusal_of_the_method_is_kept_on_the_run(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer), 3)
    run = counts(access, filters="occurred_before=2020-01-01T00:00:00Z")

    run_analysis_job(agency_id=run.agency_id, run_id=run.pk)

    with agency_scope(access):
        failed = find_run(access, run.pk)
    assert failed.status == RunStatus.FAILED
    assert failed.message.endswith(".")


@pytest.mark.usefixtures("slow")
def test_the_worker_does_no_more_than_whoever_ordered_it_may(cast: Cast) -> None:
    admin, access = access_for(cast.admin), access_for(cast.analyst)
    plant(access_for(cast.officer))
    run = counts(access)
    with agency_scope(admin):
        deactivate_user(access=admin, user=cast.analyst)

    run_analysis_job(agency_id=run.agency_id, run_id=run.pk)

    with agency_scope(admin):
        failed = find_run(admin, run.pk)
    assert (failed.status, failed.message) == (
        RunStatus.FAILED,
        "Whoever ordered the analysis does not work here any more.",
    )


@pytest.mark.usefixtures("slow")
def test_only_its_orderer_or_a_supervisor_stops_a_run(cast: Cast) -> None:
    run = counts(access_for(cast.analyst))
    officer, supervisor = access_for(cast.officer), access_for(cast.supervisor)
    with agency_scope(officer), pytest.raises(NotAllowed):
        cancel_run(access=officer, run_id=run.pk)
    with agency_scope(supervisor):
        assert cancel_run(access=supervisor, run_id=run.pk).status == RunStatus.CANCELLED


@pytest.mark.usefixtures("slow")
def test_five_at_a_time(cast: Cast) -> None:
    access = access_for(cast.analyst)
    for _ in range(services.MOST_UNDER_WAY):
        counts(access)
    with pytest.raises(Conflict):
        counts(access)


@pytest.mark.usefixtures("slow")
def test_runs_whose_worker_was_killed_end(cast: Cast) -> None:
    access = access_for(cast.analyst)
    lost, waiting = counts(access), counts(access)
    agency = operator_access(lost.agency_id, "job")
    with agency_scope(agency):
        AnalysisRun.objects.visible_to(agency).filter(pk=lost.pk).update(status=RunStatus.RUNNING)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'failed' WHERE queueing_lock LIKE %s", [f"%{lost.pk}"]
            )
        assert end_lost_runs(access=agency) == 1
        assert find_run(agency, lost.pk).status == RunStatus.FAILED
        assert find_run(agency, waiting.pk).status == RunStatus.WAITING
