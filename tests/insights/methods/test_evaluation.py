from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from insights.methods.base import Events, Floats, Grid, MethodFault
from insights.methods.evaluation import Evaluation, evaluated, rolling_starts
from insights.methods.forecasts import MODELS, Model
from insights.methods.prior_counts import CountParameters, prior_counts
from insights.methods.scores import scored

SIZE = 100.0
COUNTS = MODELS[0]
DENSITY = next(model for model in MODELS if model.name == "density, 3 years")


def oracle(
    events_before: Events, grid: Grid, start_day: float, days: int, parameters: Any, seed: int = 0
) -> Floats:
    """Return what happens: it looks ahead, as no model may."""
    ahead = events_before.taken((events_before.begin >= start_day) & (events_before.begin < start_day + days))
    return grid.counts(ahead.x, ahead.y).astype(np.float64)


def contrary(
    events_before: Events, grid: Grid, start_day: float, days: int, parameters: Any, seed: int = 0
) -> Floats:
    """Return the prior counts turned round."""
    found = prior_counts(events_before, grid, start_day, days, CountParameters(), seed)
    return np.asarray(found.max() - found)


ORACLE, CONTRARY = (Model(one.__name__, one, CountParameters(), baseline=False) for one in (oracle, contrary))


@pytest.fixture(scope="module")
def city() -> Events:
    rng = np.random.default_rng(1)
    x, y = np.clip(rng.normal(1000, 350, (2, 3000)), 0, 1999)
    return Events.of(x, y, rng.uniform(0, 400, 3000))


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid(SIZE, 0, 0, np.ones((20, 20), dtype=np.bool_))


@pytest.fixture(scope="module")
def found(city: Events, grid: Grid) -> Evaluation:
    starts = rolling_starts(200, 400, 14)
    return evaluated(city, grid, (COUNTS, DENSITY, ORACLE, CONTRARY), starts, 14, (4, 20))


def test_periods_follow_one_another_and_end_in_time() -> None:
    assert rolling_starts(200, 242, 14) == [200, 214, 228]
    assert rolling_starts(200, 213, 14) == []
    with pytest.raises(MethodFault, match="at least one day"):
        rolling_starts(0, 10, 0)


def test_every_score_is_that_of_its_own_forecast(city: Events, grid: Grid, found: Evaluation) -> None:
    start = found.starts[3]
    ahead = city.taken((city.begin >= start) & (city.begin < start + 14))

    one = scored(DENSITY.forecast(city, grid, start, 14), grid.counts(ahead.x, ahead.y), 20)

    assert found.hits[1, 1, 3] == one.hits
    assert found.most_hits[1, 3] == one.most_hits
    assert found.totals[3] == one.total
    assert found.pai_by_period()[1, 1, 3] == pytest.approx(one.pai)


def test_rates_are_of_all_periods_together(found: Evaluation) -> None:
    assert found.hits.shape == (4, 2, 14)
    np.testing.assert_allclose(found.hit_rate, found.hits.sum(axis=2) / found.totals.sum())
    np.testing.assert_allclose(found.pai, found.hit_rate * 400 / np.array([4, 20]))
    assert found.pei[2].tolist() == [1, 1]
    assert found.deviance[2].sum() < found.deviance[0].sum()
    assert found.predicted[0].sum() == pytest.approx(found.totals.sum(), rel=0.1)


def test_a_model_that_knows_more_is_chosen_and_one_that_knows_less_is_not(found: Evaluation) -> None:
    assert found.gain(2, 0).low > 0
    assert found.gain(3, 0).high < 0
    assert found.chosen(0) == 2


def test_without_a_better_model_the_best_baseline_is_chosen(city: Events, grid: Grid) -> None:
    found = evaluated(city, grid, (COUNTS, DENSITY, CONTRARY), rolling_starts(200, 400, 14), 14, (20,))

    best = found.best_baseline(0)

    assert found.chosen(0) == best
    assert found.models[best].baseline
    assert found.gain(best, 0).difference == 0


def test_gains_are_differences_of_pai(found: Evaluation) -> None:
    best = found.best_baseline(1)

    assert found.gain(2, 1).difference == pytest.approx(found.pai[2, 1] - found.pai[best, 1])


def test_what_happens_after_a_period_changes_nothing_of_it(city: Events, grid: Grid) -> None:
    later = city.taken(city.begin < 242)

    here, there = (
        evaluated(rows, grid, (COUNTS, DENSITY), (214, 228), 14, (20,), seed=3) for rows in (city, later)
    )

    for name, value in asdict(replace(here, models=())).items():
        np.testing.assert_array_equal(value, asdict(replace(there, models=()))[name])


def test_progress_rises_to_the_last_model_of_the_last_period(city: Events, grid: Grid) -> None:
    told: list[float] = []

    evaluated(city, grid, (COUNTS, DENSITY), (214, 228), 14, (20,), progress=told.append)

    assert told == [0, 0.25, 0.5, 0.75]


def test_an_area_whose_border_cuts_cells_may_be_given(city: Events, grid: Grid) -> None:
    whole, cut = (evaluated(city, grid, (COUNTS,), (214,), 14, (20,), area=area) for area in (None, 380.0))

    assert cut.pai[0, 0] == pytest.approx(whole.pai[0, 0] * 380 / 400)


def test_periods_without_incidents_count_for_nothing(city: Events, grid: Grid) -> None:
    gone = city.taken((city.begin < 214) | (city.begin >= 228))

    found = evaluated(gone, grid, (COUNTS,), (214, 228), 14, (20,))

    assert found.totals[0] == 0
    assert found.pai_by_period()[0, 0, 0] == 0
    assert np.isfinite(found.pai).all()


@pytest.mark.parametrize(
    ("models", "starts", "cells", "words"),
    [
        ((), (214,), (20,), "at least one model"),
        ((COUNTS,), (), (20,), "at least one model"),
        ((COUNTS,), (214,), (), "at least one model"),
        ((COUNTS,), (214,), (401,), "From 1 to 400"),
        ((COUNTS,), (900,), (20,), "Nothing happened in any"),
        ((COUNTS,), (0,), (20,), "before the forecast"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_words(
    city: Events,
    grid: Grid,
    models: tuple[Model, ...],
    starts: tuple[float, ...],
    cells: tuple[int, ...],
    words: str,
) -> None:
    with pytest.raises(MethodFault, match=words):
        evaluated(city, grid, models, starts, 14, cells)


def test_a_comparison_without_a_baseline_is_refused(city: Events, grid: Grid) -> None:
    found = evaluated(city, grid, (ORACLE,), (214, 228), 14, (20,))

    with pytest.raises(MethodFault, match="needs a baseline"):
        found.chosen(0)
