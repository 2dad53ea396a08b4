"""Scores of forecasts, ordered by themselves once the period of each has ended."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from incidents.filters import zone_of
from insights.choices import UNDER_WAY, RunStatus
from insights.models import AnalysisRun
from insights.querysets import AnalysisRunQuerySet
from insights.running.gathering import day_of
from insights.running.services import order_run
from insights.running.stored_forecasts import done_forecasts, periods_of
from nethra.core.access import Access
from nethra.core.scope import agency_scope

SCORE = "forecast_score"
WHY = "Score of a forecast whose period has ended"
#: The hour of the agency's clock in which scores are ordered.
HOUR = 5
#: Orders that may fail, as where nothing was recorded yet, before people have to ask for one.
MOST_TRIES = 3


def scores_of(access: Access, forecast_id: UUID) -> AnalysisRunQuerySet:
    """Return the runs that score a forecast, the newest first."""
    found: AnalysisRunQuerySet = (
        AnalysisRun.objects.visible_to(access)
        .filter(analysis=SCORE, about__forecast=str(forecast_id))
        .order_by("-created_at", "-id")
    )
    return found


def order_scores(*, access: Access) -> int:
    """Order a score of each forecast, but no repetition, whose period has ended; return how many.

    The agency orders them itself, so that a score comes though an analyst left. Those that have one or get one are
    left out, as is what failed ``MOST_TRIES`` times. Opens its own transactions, so call it outside one.
    """
    with agency_scope(access):
        keys = _without_score(access)
    for key in keys:
        with agency_scope(access, reason="scores"):
            order_run(access=access, analysis=SCORE, about={"forecast": key}, why=WHY, at_once=False)
    return len(keys)


def _without_score(access: Access) -> list[UUID]:
    today = day_of(datetime.now(UTC), zone_of(access))
    scores = (
        AnalysisRun.objects.visible_to(access)
        .annotate(scored=KeyTextTransform("forecast", "about"))
        .filter(analysis=SCORE, scored=Cast(OuterRef("pk"), CharField()))
    )
    waiting = done_forecasts(access).filter(
        ~Exists(scores.filter(status__in=(RunStatus.DONE, *UNDER_WAY))), repeats=None
    )
    ended = [
        key
        for key, period in periods_of(access, waiting.values_list("pk", flat=True)).items()
        if period.has_ended(today)
    ]
    return sorted(key for key in ended if scores_of(access, key).count() < MOST_TRIES)
