"""What the pages say of forecasts: the score of one, and which model a new one had better use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from unfold.widgets import UnfoldAdminSelectWidget

from incidents.filters import zone_of
from insights.choices import RunStatus
from insights.models import AnalysisRun
from insights.running.asked import FORECAST
from insights.running.gathering import day_of
from insights.running.stored_forecasts import done_forecasts, kept_of, periods_of
from insights.schedules.scores import SCORE, scores_of
from nethra.core.access import Access
from nethra.core.capabilities import Capability

COMPARISON = "forecast_comparison"
#: Forecasts that are offered to be scored, the newest.
OFFERED = 50


@dataclass(frozen=True)
class Advice:
    """Which model the newest comparison says to use, those that it found worse than counting, and those unscored.

    Without a comparison ``run`` is None, and nothing is advised.
    """

    run: AnalysisRun | None = None
    model: str = ""
    worse: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def advice_of(access: Access) -> Advice:
    """Return what the newest comparison of models that is done says to a new forecast."""
    # The libraries behind it take long to import: no other page should wait for them.
    from insights.answers.comparing import UNSCORED, WORSE

    done = AnalysisRun.objects.visible_to(access).filter(analysis=COMPARISON, status=RunStatus.DONE)
    run = done.order_by("-created_at", "-id").first()
    if run is None:
        return Advice()
    kept = kept_of(access, run.pk)
    verdicts = {name: told["verdict"] for name, told in kept["models"].items()}
    worse, without = (
        tuple(name for name, verdict in verdicts.items() if verdict == wanted) for wanted in (WORSE, UNSCORED)
    )
    return Advice(run, kept["default"], worse, without)


def advised(access: Access, key: str, form: forms.Form) -> Advice | None:
    """Return the advice for the form of a forecast, whose model is then chosen by it; None for another method's."""
    if key != FORECAST:
        return None
    advice = advice_of(access)
    field: Any = form.fields["model"]
    if advice.model in dict(field.choices):
        field.initial = advice.model
    return advice


def score_told(access: Access, run: AnalysisRun) -> dict[str, Any] | None:
    """Return what the page of a done forecast says of its score; None of any other run.

    ``score`` is the newest that is done, else ``under_way`` or ``failed`` the newest that is not; ``last_day`` is
    that of the period, ``address`` where a score is asked for once it can be told.
    """
    if run.analysis != FORECAST or run.status != RunStatus.DONE:
        return None
    scores = scores_of(access, run.pk)
    period = periods_of(access, [run.pk])[run.pk]
    newest = scores.first()
    has_ended = period.has_ended(day_of(datetime.now(UTC), zone_of(access)))
    told: dict[str, Any] = {
        "score": scores.filter(status=RunStatus.DONE).first(),
        "latest": newest,
        "last_day": period.last_day,
        "has_ended": has_ended,
        "repeats": run.repeats_id,
    }
    if has_ended and access.may(Capability.RUN_ANALYSES):
        told["address"] = f"{reverse('admin:analysis_ask', args=[SCORE])}?{urlencode({'forecast': run.pk})}"
    return told


def forecast_field(access: Access, query: QueryDict) -> forms.ChoiceField:
    """Return the field that asks which forecast is scored: the newest, and the one that somebody comes with."""
    newest = list(done_forecasts(access).order_by("-created_at", "-id")[:OFFERED])
    came = [run for run in done_forecasts(access) if str(run.pk) == query.get("forecast")]
    runs = [*newest, *(run for run in came if run not in newest)]
    zone = zone_of(access)
    return forms.ChoiceField(
        label="Forecast",
        choices=[
            ("", "Choose a forecast"),
            *(
                (str(run.pk), f"{date_format(run.created_at.astimezone(zone), 'j M Y, H:i')}: {run.words}")
                for run in runs
            ),
        ],
        initial=query.get("forecast", ""),
        widget=UnfoldAdminSelectWidget,
    )
