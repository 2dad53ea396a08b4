"""The comparison of forecasts: the default is what is surely no worse than the best baseline, else that baseline."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from insights.answers import comparing
from insights.answers.base import Study
from insights.answers.comparing import NOT_BELOW, UNSCORED, WORSE, answer_comparison
from insights.methods.base import Events, Grid, MethodFault
from insights.methods.comparison import ComparisonParameters
from insights.methods.evaluation import evaluated
from insights.methods.forecasts import MODELS, model_of
from tests.insights.answers import studies
from tests.insights.answers.studies import column, figure, told
from tests.support import planted

END = float(planted.FIRST_DAY + 300)
ASKED = ComparisonParameters(models=("ProMap", "self-exciting"), periods=8)


def study(events: Events | None = None) -> Study:
    return Study(studies.whole().events if events is None else events, today=END - 0.5, until=END)


def test_rows_are_the_models_with_their_scores_over_the_periods() -> None:
    events = studies.whole().events
    answer = answer_comparison(study(), ASKED)
    names = column(answer, "model")
    models = [model_of(name) for name in names]
    first = END - 56
    past = events.taken(events.begin < first)
    grid = Grid.over(past.x, past.y, 250)

    direct = evaluated(events, grid, models, [first + 7 * n for n in range(8)], 7, [figure(answer, "cells")])

    assert set(names) == {model.name for model in MODELS if model.baseline} | set(ASKED.models)
    np.testing.assert_allclose(column(answer, "hits"), direct.hits.sum(axis=2)[:, 0])
    np.testing.assert_allclose(column(answer, "pai"), direct.pai[:, 0])
    np.testing.assert_allclose(column(answer, "pei"), direct.pei[:, 0])
    assert (np.diff(column(answer, "hits")) <= 0).all()
    best = direct.best_baseline(0)
    assert figure(answer, "best_baseline") == names[best]
    for at in range(len(names)):
        gain = direct.gain(at, 0, seed=0)
        assert (column(answer, "low")[at], column(answer, "high")[at]) == pytest.approx((gain.low, gain.high))
    assert (
        figure(answer, "total") + figure(answer, "left_out")
        == ((events.begin >= first) & (events.begin < END)).sum()
    )


def test_what_comes_after_the_last_period_changes_nothing() -> None:
    events = studies.whole().events
    chance = np.random.default_rng(1)
    future = events.begin >= END
    moved = replace(
        events,
        x=np.where(future, chance.uniform(-9_000, 30_000, len(events)), events.x),
        y=np.where(future, chance.uniform(-9_000, 30_000, len(events)), events.y),
    )

    assert told(answer_comparison(study(moved), ASKED)) == told(answer_comparison(study(), ASKED))
    mixed = studies.mixed(studies.whole()).events
    assert told(answer_comparison(study(mixed), ASKED)) == told(answer_comparison(study(), ASKED))


def test_the_default_is_kept_and_its_interval_is_not_below_the_baseline() -> None:
    answer = answer_comparison(study(), ASKED)
    kept = json.loads(json.dumps(answer.kept, allow_nan=False))
    chosen = kept["models"][kept["default"]]

    assert kept["default"] == figure(answer, "default")
    assert kept["default"] in answer.sentences[0]
    assert chosen["low"] is not None
    assert chosen["low"] >= 0
    verdicts = dict(zip(column(answer, "model"), column(answer, "verdict"), strict=True))
    for name in ASKED.models:
        assert (verdicts[name] == NOT_BELOW) == (kept["models"][name]["low"] >= 0)


def steady(days: int = 300) -> Events:
    """Return incidents of which each place has its own rate for ever, so that what is recent only misleads."""
    chance = np.random.default_rng(8)
    middles = chance.uniform(0, 6_000, (600, 2))
    drawn = chance.choice(600, 6 * days, p=(shares := 0.97 ** np.arange(600)) / shares.sum())
    x, y = middles[drawn].T
    return Events.of(x, y, planted.FIRST_DAY + chance.uniform(0, days, 6 * days))


def test_a_model_that_is_worse_than_its_baseline_is_marked_and_not_the_default() -> None:
    asked = ComparisonParameters(models=("ProMap",), cell=100, periods=16)
    answer = answer_comparison(study(steady()), asked)
    verdicts = dict(zip(column(answer, "model"), column(answer, "verdict"), strict=True))

    assert verdicts["ProMap"] == WORSE
    assert any(caution.startswith("ProMap is worse than the baseline") for caution in answer.cautions)
    assert "Worse than the baseline: ProMap." in answer.sentences
    assert model_of(answer.kept["default"]).baseline
    assert "this baseline" in answer.sentences[0]


def test_a_model_that_cannot_forecast_is_without_a_score_and_said_to_be() -> None:
    asked = ComparisonParameters(models=("boosted trees",), periods=4)
    short = study(steady(70))
    answer = answer_comparison(replace(short, until=float(planted.FIRST_DAY + 70)), asked)

    assert column(answer, "verdict")[-1] == UNSCORED
    assert np.isnan(column(answer, "pai")[-1])
    assert any("Boosted trees has no score" in caution for caution in answer.cautions)
    assert answer.kept["models"]["boosted trees"]["pai"] is None
    json.dumps(answer.kept, allow_nan=False)


def test_progress_is_told_and_may_stop_it() -> None:
    heard: list[float] = []
    answer_comparison(replace(study(), progress=heard.append), ASKED)

    assert heard == sorted(heard)
    assert 0 <= heard[0] < heard[-1] < 1

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_comparison(replace(study(), progress=stop), ASKED)


def test_too_little_history_and_no_known_model_are_refused() -> None:
    with pytest.raises(MethodFault, match="look further back"):
        answer_comparison(study(), ComparisonParameters(periods=104))
    with pytest.raises(MethodFault, match="Models must be one of"):
        ComparisonParameters(models=("crystal ball",))


def test_more_periods_cost_more() -> None:
    few, many = (comparing.cost(study(), ComparisonParameters(periods=periods)) for periods in (4, 52))

    assert few < many
