"""Running an ordered analysis: in the name of whoever ordered it, with progress, until somebody stops it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from insights.choices import UNDER_WAY, RunStatus
from insights.methods.base import MethodFault
from insights.models import AnalysisRun
from insights.running import gathering
from insights.running.asked import Asked, asked_of, of_fault
from insights.running.makers import access_of_maker
from insights.running.services import Found, fill, find_run, keep_result, seconds_of
from nethra.core.access import Access
from nethra.core.errors import DomainError
from nethra.core.scope import agency_scope

#: Progress is written no more often.
TELL_SECONDS = 1.0
WHY = "analysis"
UNEXPECTED = "The analysis stopped on an unexpected error; the log says more."


class Cancelled(Exception):
    """Somebody wants the analysis no more."""


def run_ordered(*, access: Access, run_id: UUID) -> None:
    """Run an ordered analysis; why it cannot be done is kept on it.

    Opens its own transactions, so call it outside one. A run whose worker was killed begins anew.
    """
    with agency_scope(access):
        run = find_run(access, run_id)
    with suppress(Cancelled):
        try:
            _change(access, run, status=RunStatus.RUNNING, started_at=datetime.now(UTC), percent=0)
            _run(access, run)
        except DomainError as refusal:
            _end(access, run, RunStatus.FAILED, refusal.message)
        except Cancelled:
            _end(access, run, RunStatus.CANCELLED, "")
        except BaseException:
            _end(access, run, RunStatus.FAILED, UNEXPECTED)
            raise


def _run(access: Access, run: AnalysisRun) -> None:
    started = datetime.now(UTC)
    asked = asked_of(run.analysis, run.parameters, run.filters, run.about)
    tell = _teller(access, run)
    try:
        with agency_scope(access):
            gathered = gathering.gather(_maker(access, run), asked, run.as_of)
        seconds = seconds_of(asked, gathered)
        _change(access, run, seconds_expected=math.ceil(seconds), input_rows=len(gathered.taken.events))
        study = replace(gathered.study, progress=tell)
        answer = asked.analysis.answer(study, asked.parameters)
    except MethodFault as fault:
        raise of_fault(fault) from None
    _store(access, run, asked, Found(gathered, answer), started)


def _store(access: Access, run: AnalysisRun, asked: Asked, found: Found, started: datetime) -> None:
    del asked
    with agency_scope(access, reason=WHY):
        body = fill(run, found, started)
        told = ("zone", "srid", "input_rows", "input_digest", "headline", "result_rows", "result_digest")
        ended = ("status", "percent", "finished_at")
        stored = AnalysisRun.objects.visible_to(access).filter(pk=run.pk, status__in=UNDER_WAY)
        values = {name: getattr(run, name) for name in (*told, *ended)}
        if not stored.filter(cancel_requested=False).update(**values):
            raise Cancelled
        keep_result(run, body)


def _maker(access: Access, run: AnalysisRun) -> Access:
    """Return the access of whoever ordered a run, as it is today; raise NotAllowed where there is none."""
    return access if run.made_by_id is None else access_of_maker(access, run.made_by_id, run.capabilities)


def _teller(access: Access, run: AnalysisRun) -> Callable[[float], None]:
    """Return what a method tells its progress, and what raises Cancelled where somebody asked to stop."""
    last = time.monotonic()

    def tell(part: float) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_SECONDS:
            last = time.monotonic()
            _change(access, run, percent=min(max(int(100 * part), 0), 99))

    return tell


def _change(access: Access, run: AnalysisRun, **values: Any) -> None:
    """Write to a run that is under way; raise Cancelled where it is no more, or somebody asked to stop."""
    with agency_scope(access, reason=WHY):
        stored = AnalysisRun.objects.visible_to(access).filter(pk=run.pk, status__in=UNDER_WAY)
        if not stored.filter(cancel_requested=False).update(**values):
            raise Cancelled


def _end(access: Access, run: AnalysisRun, status: RunStatus, message: str) -> None:
    with agency_scope(access, reason=WHY):
        stored = AnalysisRun.objects.visible_to(access).filter(pk=run.pk, status__in=UNDER_WAY)
        stored.update(status=status, message=message, finished_at=datetime.now(UTC))
