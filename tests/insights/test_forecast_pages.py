"""A forecast's page tells its score or warns that there is none; its form chooses the model that did best."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.urls import reverse

from insights.models import AnalysisResult, AnalysisRun
from insights.pages.forecasts import advice_of
from insights.running.documents import digest_of
from insights.running.services import keep_result
from nethra.core.scope import agency_scope
from tests.insights.test_forecast_scores import LATER, TODAY, asked, forecast, plant_period, score
from tests.support.people import Cast, access_for, console_client

__all__ = ["forecast"]
pytestmark = pytest.mark.django_db
FORM = "/console/analyses/forecast/"


def page(cast: Cast, run: AnalysisRun, moment: Any) -> str:
    with time_machine.travel(moment, tick=False):
        client = console_client(cast.analyst)
        return str(client.get(reverse("admin:insights_analysisrun_change", args=[run.pk])).content.decode())


def test_a_forecast_without_a_score_warns_until_it_has_one(cast: Cast, forecast: AnalysisRun) -> None:
    ask = f"{reverse('admin:analysis_ask', args=['forecast_score'])}?forecast={forecast.pk}"
    before = page(cast, forecast, TODAY)
    assert "No score yet: its period ends with 27 Apr 2026." in before
    assert "A forecast without a score is untested" in before
    assert ask not in before
    plant_period(cast)
    ended = page(cast, forecast, LATER)
    assert "No score yet: its period ended with 27 Apr 2026." in ended
    assert ask in ended

    with time_machine.travel(LATER, tick=False):
        answer = console_client(cast.analyst).post(
            ask, {"forecast": str(forecast.pk), "why": "Was it right?"}
        )
    assert answer.status_code == 302, answer.content.decode()

    scored = page(cast, forecast, LATER + timedelta(hours=1))
    assert "the cells named by density, 1 year caught" in scored
    assert answer["Location"] in scored
    assert "A forecast without a score" not in scored


def test_too_early_the_form_of_a_score_says_so(cast: Cast, forecast: AnalysisRun) -> None:
    with time_machine.travel(TODAY, tick=False):
        answer = console_client(cast.analyst).post(
            "/console/analyses/forecast_score/", {"forecast": str(forecast.pk), "why": "Now"}
        )
    assert "its score can be told from then on" in answer.content.decode()


def test_another_runs_page_says_nothing_of_scores(cast: Cast, forecast: AnalysisRun) -> None:
    plant_period(cast)
    with time_machine.travel(LATER, tick=False):
        run = score(access_for(cast.analyst), forecast)
    assert 'id="score"' not in page(cast, run, LATER)


def compared(cast: Cast) -> AnalysisRun:
    """Return a comparison of the prior weeks by counts and the densities."""
    with time_machine.travel(TODAY, tick=False):
        return asked(
            access_for(cast.analyst),
            analysis="forecast_comparison",
            parameters={"days": 2, "periods": 4, "models": ["ProMap"]},
            about={"ground": "box"},
            why="Which model",
        )


def verdicts(cast: Cast, run: AnalysisRun, default: str, **verdict: str) -> None:
    """Keep another comparison, of a day later, with these verdicts."""
    access = access_for(cast.analyst)
    with agency_scope(access):
        body = orjson.loads(AnalysisResult.objects.visible_to(access).get(run_id=run.pk).body)
        body["kept"] |= {"default": default}
        body["kept"]["models"] = {name: {"verdict": told} for name, told in verdict.items()}
        text = orjson.dumps(body).decode()
        values = {field.attname: getattr(run, field.attname) for field in run._meta.concrete_fields}
        del values["id"]
        other = AnalysisRun(**{**values, "result_digest": digest_of(text)})
        other.save(force_insert=True)
        keep_result(other, text)


def test_the_form_says_that_nothing_has_been_compared(cast: Cast) -> None:
    shown = console_client(cast.analyst).get(FORM)
    assert "No comparison of models has been done" in shown.content.decode()
    assert shown.context["form"]["model"].value() == "counts, all years"


def test_the_form_chooses_what_the_newest_comparison_says(cast: Cast, forecast: AnalysisRun) -> None:
    run = compared(cast)
    access = access_for(cast.analyst)
    with agency_scope(access):
        assert advice_of(access).run == run
    verdicts(cast, run, "self-exciting", ProMap="worse than the baseline", blend="without a score")

    shown = console_client(cast.analyst).get(FORM)

    text = shown.content.decode()
    assert shown.context["form"]["model"].value() == "self-exciting"
    assert "“self-exciting” is chosen by the newest comparison" in text
    assert (
        '<strong class="text-red-700 dark:text-red-400">Worse than counting there, so do not use: ProMap.'
        in text
    )
    assert "Without a score there: blend." in text
    other = console_client(cast.analyst).get("/console/analyses/density/").content.decode()
    assert "newest comparison" not in other
