"""The verbs for analyses: run one, stop it, pin it, run it again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.filters import wanted_by
from insights.answers.base import Answer
from insights.choices import UNDER_WAY, RunStatus
from insights.jobs import run_analysis_job
from insights.methods.base import MethodFault
from insights.models import AnalysisResult, AnalysisRun
from insights.running.asked import (
    Asked,
    asked_of,
    check_about,
    checked_why,
    of_fault,
    parameters_json,
    words_of,
)
from insights.running.documents import digest_of, document_of
from insights.running.gathering import Gathered, gather
from insights.running.stored_forecasts import of_its_forecast
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.jobs.queue import enqueue, is_under_way

#: What is thought to take no longer is answered at once.
AT_ONCE_SECONDS = 1.0
#: Of more incidents nothing is read before a worker does.
AT_ONCE_INCIDENTS = 50_000
#: What would take longer is refused.
MOST_SECONDS = 4 * 3600.0
#: Analyses of one person that wait or run.
MOST_UNDER_WAY = 5
LOST = "The worker was stopped before the analysis was done: run it again."


@dataclass(frozen=True)
class Found:
    """What a run read and what it answered."""

    gathered: Gathered
    answer: Answer


@transaction.atomic
def order_run(
    *,
    access: Access,
    analysis: str,
    parameters: Mapping[str, Any] | None = None,
    filters: str = "",
    about: Mapping[str, Any] | None = None,
    why: str,
    is_dry: bool = False,
    at_once: bool = True,
    is_left: bool = True,
    schedule_id: UUID | None = None,
) -> AnalysisRun:
    """Run an analysis and return its run: done where it takes about a second, else waiting for a worker.

    Not ``at_once``, as it is ordered by the clock, it waits in any case; unless it ``is_left`` to a worker, the caller
    runs it. ``schedule_id``: the schedule that orders it.

    ``parameters`` are those of the method by name, ``filters`` as in the query of the API's list of incidents. Dry,
    nothing is kept, and a long one is only thought over. Raise NotAllowed, NotFound, InvalidInput for what is wrong
    or what the method cannot work with, and at once Conflict (code
    too_many_analyses) while five of the person's are under way.
    """
    _check_may(access, counts=at_once)
    asked = asked_of(analysis, parameters or {}, filters, about or {})
    check_about(access, asked.about)
    asked = of_its_forecast(access, asked)
    run = _new_run(access, asked, checked_why(why), datetime.now(UTC))
    run.schedule_id = schedule_id
    is_done = at_once and _is_answered(access, run, asked, is_dry)
    if not is_done and not is_dry:
        _keep_waiting(run, is_left)
    return run


@transaction.atomic
def repeat_run(*, access: Access, run_id: UUID, why: str, now: bool = False) -> AnalysisRun:
    """Run what a run asked for again, on the records of today, and return the new run.

    What counts as today stays the first run's moment, unless ``now``; so records that did not change give the same
    digests. Raise as ``order_run``, and NotFound for a run that is not visible.
    """
    _check_may(access)
    first = find_run(access, run_id)
    asked = asked_of(first.analysis, first.parameters, first.filters, first.about)
    check_about(access, asked.about)
    asked = of_its_forecast(access, asked)
    run = _new_run(access, asked, checked_why(why), datetime.now(UTC) if now else first.as_of)
    run.repeats_id = first.pk
    if not _is_answered(access, run, asked, is_dry=False):
        _keep_waiting(run, is_left=True)
    return run


def _check_may(access: Access, *, counts: bool = True) -> None:
    access.require(Capability.RUN_ANALYSES)
    if access.user_id is not None and access.author_id is None:
        raise NotAllowed("Only the agency's own people run its analyses.")
    if access.author_id is None or not counts:
        return
    mine = AnalysisRun.objects.visible_to(access).filter(made_by_id=access.author_id, status__in=UNDER_WAY)
    if mine.count() >= MOST_UNDER_WAY:
        raise Conflict(
            f"{MOST_UNDER_WAY} of your analyses are under way: wait for one, or cancel it.",
            code="too_many_analyses",
        )


def _new_run(access: Access, asked: Asked, why: str, as_of: datetime) -> AnalysisRun:
    return AnalysisRun(
        agency_id=access.agency_id,
        analysis=asked.analysis.key,
        version=asked.analysis.method.version,
        parameters=parameters_json(asked.parameters),
        filters=asked.query,
        words=words_of(access, asked),
        about=asked.about.as_json(),
        why=why,
        made_by_id=access.author_id,
        capabilities=sorted(access.capabilities),
        as_of=as_of,
    )


def _is_answered(access: Access, run: AnalysisRun, asked: Asked, is_dry: bool) -> bool:
    """Answer at once what takes about a second, and return whether it was."""
    wanted = wanted_by(access, asked.filters)
    if wanted.order_by()[: AT_ONCE_INCIDENTS + 1].count() > AT_ONCE_INCIDENTS:
        return False
    started = datetime.now(UTC)
    try:
        gathered = gather(access, asked, run.as_of)
        seconds = seconds_of(asked, gathered)
        run.seconds_expected = math.ceil(seconds)
        if seconds > AT_ONCE_SECONDS:
            return False
        answer = asked.analysis.answer(gathered.study, asked.parameters)
    except MethodFault as fault:
        raise of_fault(fault) from None
    body = fill(run, Found(gathered, answer), started)
    if not is_dry:
        run.save(force_insert=True)
        keep_result(run, body)
    return True


def seconds_of(asked: Asked, gathered: Gathered) -> float:
    """Return about how many seconds the method takes; raise InvalidInput where nobody would wait for it."""
    cost = asked.analysis.cost
    seconds = 0.0 if cost is None else float(cost(gathered.study, asked.parameters))
    if seconds > MOST_SECONDS:
        hours = seconds / 3600
        raise InvalidInput(
            f"This would take about {hours:,.0f} hours; take a shorter period, fewer permutations or a smaller"
            " distance.",
            code="analysis_too_long",
        )
    return seconds


def _keep_waiting(run: AnalysisRun, is_left: bool) -> None:
    run.save(force_insert=True)
    if is_left:
        enqueue(run_analysis_job, agency_id=run.agency_id, run_id=run.pk)


def fill(run: AnalysisRun, found: Found, started: datetime) -> str:
    """Set on a run what was read and found, its end too; return the document of the result."""
    taken = found.gathered.taken
    body = document_of(found.answer, found.gathered)
    run.zone, run.srid = taken.zone, taken.srid
    run.input_rows, run.input_digest = len(taken.events), found.gathered.digest
    run.headline, run.result_rows = found.answer.sentences[0], found.answer.rows
    run.result_digest = digest_of(body)
    run.status, run.percent = RunStatus.DONE, 100
    run.started_at, run.finished_at = started, datetime.now(UTC)
    return body


def keep_result(run: AnalysisRun, body: str) -> None:
    """Store what a run found."""
    AnalysisResult(agency_id=run.agency_id, run=run, body=body).save(force_insert=True)


def find_run(access: Access, run_id: UUID) -> AnalysisRun:
    """Return a run that the access may see; raise NotFound."""
    found: AnalysisRun | None = AnalysisRun.objects.visible_to(access).filter(pk=run_id).first()
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def cancel_run(*, access: Access, run_id: UUID) -> AnalysisRun:
    """Stop a run that is not done and return it; raise NotFound, NotAllowed, or Conflict where it has ended.

    Whoever ordered it may, and who closes cases.
    """
    run = find_run(access, run_id)
    access.require(Capability.RUN_ANALYSES)
    if not access.is_whole and run.made_by_id != access.author_id and not access.may(Capability.CLOSE_CASES):
        raise NotAllowed("Only whoever ordered an analysis, or a supervisor, stops it.")
    stored = AnalysisRun.objects.visible_to(access).filter(pk=run.pk)
    # One that waits has nobody yet who would hear of it.
    if stored.filter(status=RunStatus.WAITING).update(
        status=RunStatus.CANCELLED, cancel_requested=True, finished_at=datetime.now(UTC)
    ):
        return find_run(access, run_id)
    if not stored.filter(status=RunStatus.RUNNING).update(cancel_requested=True):
        raise Conflict("This analysis has ended already.", code="not_under_way")
    return find_run(access, run_id)


@transaction.atomic
def pin_run(*, access: Access, run_id: UUID, is_pinned: bool) -> AnalysisRun:
    """Pin a done run for everybody, or let it go; return it.

    Raise NotFound, NotAllowed, Conflict (code not_done) where it is not done.
    """
    access.require(Capability.RUN_ANALYSES)
    run = find_run(access, run_id)
    if run.status != RunStatus.DONE:
        raise Conflict("Only an analysis that is done can be pinned.", code="not_done")
    AnalysisRun.objects.visible_to(access).filter(pk=run.pk).update(is_pinned=is_pinned)
    return find_run(access, run_id)


@transaction.atomic
def end_lost_runs(*, access: Access) -> int:
    """End the runs that no worker is at any more; return how many."""
    runs = AnalysisRun.objects.visible_to(access).filter(status__in=UNDER_WAY)
    lost = [
        run.pk for run in runs if not is_under_way(run_analysis_job, agency_id=run.agency_id, run_id=run.pk)
    ]
    return runs.filter(pk__in=lost).update(
        status=RunStatus.FAILED, message=LOST, finished_at=datetime.now(UTC)
    )
