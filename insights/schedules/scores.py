"""Scores of forecasts, ordered by themselves once the period of each has ended."""

from __future__ import annotations

import logging
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
from insights.running.makers import access_of_maker
from insights.running.services import order_run
from insights.running.stored_forecasts import done_forecasts, periods_of
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import DomainError, NotAllowed
from nethra.core.scope import agency_scope

logger = logging.getLogger(__name__)
SCORE = "forecast_score"
WHY = "Score of a forecast whose period has ended"
#: The hour of the agency's clock in which scores are ordered.
HOUR = 5
#: Orders that may fail, as where nothing was recorded yet, before people have to ask for one.
MOST_TRIES = 3
NEEDED = frozenset({Capability.RUN_ANALYSES, Capability.VIEW_INSIGHTS, Capability.VIEW_INCIDENTS})


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

    Those that have one or get one are left out, as is what failed ``MOST_TRIES`` times. Opens its own transactions,
    so call it outside one.
    """
    with agency_scope(access):
        forecasts = _without_score(access)
    return sum(_order_score(access, forecast) for forecast in forecasts)


def _order_score(access: Access, forecast: AnalysisRun) -> bool:
    try:
        with agency_scope(access, reason="scores"):
            order_run(
                access=_orderer(access, forecast),
                analysis=SCORE,
                about={"forecast": forecast.pk},
                why=WHY,
                at_once=False,
            )
    except DomainError as refusal:
        # One that cannot be scored must not keep the others from it.
        logger.warning("No score was ordered for forecast %s: %s", forecast.pk, refusal.message)
        return False
    return True


def _orderer(access: Access, forecast: AnalysisRun) -> Access:
    """Return whoever made a forecast; the agency itself where they left or may no more, so that a score comes yet."""
    if forecast.made_by_id is None:
        return access
    try:
        maker = access_of_maker(access, forecast.made_by_id, forecast.capabilities)
    except NotAllowed:
        return access
    return maker if maker.capabilities >= NEEDED else access


def _without_score(access: Access) -> list[AnalysisRun]:
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
    tried = [key for key in ended if scores_of(access, key).count() >= MOST_TRIES]
    return list(waiting.filter(pk__in=ended).exclude(pk__in=tried).order_by("created_at", "id"))
