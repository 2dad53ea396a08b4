from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import mean_poisson_deviance

from insights.methods.base import MethodFault
from insights.methods.scores import (
    Scores,
    calibration,
    cells_of_share,
    expected_hits,
    nij_cells,
    paired_interval,
    poisson_deviance,
    recapture_rate,
    scored,
)


def test_scores_are_those_of_their_formulas() -> None:
    found = scored(np.array([[5.0, 4], [3, 1]]), np.array([[6, 0], [2, 2]]), 2)

    assert (found.hits, found.total, found.most_hits) == (6, 10, 8)
    assert found.hit_rate == 0.6
    assert found.pai == pytest.approx(0.6 / 0.5)
    assert found.pei == 0.75


def test_ties_at_the_cut_are_the_mean_over_every_choice_of_them() -> None:
    predicted = np.array([9.0, 5, 5, 5, 5, 1])
    happened = np.array([1, 7, 0, 2, 0, 9])

    choices = [happened[0] + sum(happened[list(tied)]) for tied in combinations(range(1, 5), 2)]

    assert expected_hits(predicted, happened, 3) == pytest.approx(np.mean(choices))


def test_a_forecast_of_one_value_is_no_better_than_chance() -> None:
    happened = np.random.default_rng(1).poisson(1, 400)

    assert scored(np.ones(400), happened, 20).pai == pytest.approx(1)


def test_what_happened_is_its_own_best_forecast_and_more_cells_never_catch_less() -> None:
    happened = np.random.default_rng(1).poisson(0.5, 400)
    predicted = np.random.default_rng(2).normal(size=400)

    hits = [expected_hits(predicted, happened, cells) for cells in range(1, 401)]

    assert scored(happened.astype(float), happened, 30).pei == 1
    assert hits == sorted(hits)
    assert hits[-1] == happened.sum()


def test_the_order_of_cells_and_a_rising_function_of_predictions_change_nothing() -> None:
    rng = np.random.default_rng(3)
    predicted, happened = rng.integers(0, 5, 200).astype(float), rng.poisson(1, 200)
    mixed = rng.permutation(200)

    hits = expected_hits(predicted, happened, 17)

    assert expected_hits(predicted[mixed], happened[mixed], 17) == hits
    assert expected_hits(np.exp(predicted), happened, 17) == hits


def test_a_period_without_incidents_has_no_rates() -> None:
    with pytest.raises(MethodFault, match="Nothing happened"):
        _ = scored(np.ones(4), np.zeros(4, int), 1).pai


@pytest.mark.parametrize(
    ("predicted", "happened", "cells", "words"),
    [
        ([1.0, 2], [1, 2], 0, "From 1 to 2 cells"),
        ([1.0, 2], [1, 2], 3, "From 1 to 2 cells"),
        ([1.0, 2], [1], 1, "same cells"),
        ([], [], 1, "same cells"),
        ([1.0, np.nan], [1, 2], 1, "not a number"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_words(
    predicted: Any, happened: Any, cells: int, words: str
) -> None:
    with pytest.raises(MethodFault, match=words):
        expected_hits(np.array(predicted), np.array(happened, dtype=np.int64), cells)


def test_cells_of_600_feet_keep_to_the_rules_of_the_nij() -> None:
    assert nij_cells(360_000, 0.25) == 20
    assert nij_cells(360_000, 0.75) == 58
    assert nij_cells(62_500, 0.25) == 112
    assert nij_cells(360_000, 0.5) == 39


@pytest.mark.parametrize(("feet", "miles"), [(62_499, 0.5), (360_001, 0.5), (90_000, 0.24), (90_000, 0.76)])
def test_cells_and_areas_beyond_the_rules_are_refused(feet: float, miles: float) -> None:
    with pytest.raises(MethodFault, match="must"):
        nij_cells(feet, miles)


def test_a_share_of_the_area_is_at_least_one_cell() -> None:
    assert cells_of_share(0.01, 1985) == 20
    assert cells_of_share(0.0001, 100) == 1
    with pytest.raises(MethodFault, match="share"):
        cells_of_share(0, 100)


def test_the_recapture_rate_compares_shares() -> None:
    assert recapture_rate(20, 100, 40, 200) == 1
    assert recapture_rate(10, 100, 40, 200) == 0.5
    with pytest.raises(MethodFault, match="both periods"):
        recapture_rate(1, 1, 0, 5)


def test_calibration_keeps_all_cells_and_equal_predictions_together() -> None:
    rng = np.random.default_rng(4)
    predicted = np.round(rng.gamma(0.5, 1, 5000), 2)
    happened = rng.poisson(predicted)

    found = calibration(predicted, happened)

    assert found.cells.sum() == 5000
    assert found.happened.sum() == happened.sum()
    assert len(found.cells) <= 10
    assert (np.diff(found.predicted / found.cells) > 0).all()
    np.testing.assert_allclose(found.happened, found.predicted, atol=4 * np.sqrt(found.predicted.max()))


def test_calibration_of_one_value_is_one_group() -> None:
    assert calibration(np.ones(50), np.ones(50, int)).cells.tolist() == [50]


def test_the_deviance_equals_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    predicted = rng.gamma(1, 1, 300)
    happened = rng.poisson(predicted)

    assert poisson_deviance(predicted, happened) == pytest.approx(mean_poisson_deviance(happened, predicted))
    assert np.isfinite(poisson_deviance(np.zeros(3), np.array([0, 1, 2])))


def test_a_model_against_itself_is_no_better() -> None:
    hits = np.arange(20.0)
    found = paired_interval(hits, hits, np.full(20, 30))

    assert (found.difference, found.low, found.high) == (0, 0, 0)


def test_the_paired_interval_holds_the_difference_and_knows_a_clear_one() -> None:
    rng = np.random.default_rng(6)
    totals = rng.poisson(40, 52)
    worse = rng.binomial(totals, 0.2).astype(float)
    better = worse + rng.binomial(totals, 0.1)

    found = paired_interval(better, worse, totals, seed=3)
    turned = paired_interval(worse, better, totals, seed=3)

    assert found.difference == pytest.approx((better.sum() - worse.sum()) / totals.sum())
    assert 0 < found.low < found.difference < found.high
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    assert paired_interval(better, worse, totals, seed=3) == found


def test_the_interval_covers_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for seed in range(200):
        gains = rng.normal(0.5, 1, 60)
        found = paired_interval(gains, np.zeros(60), np.ones(60), resamples=300, seed=seed)
        covered += found.low <= 0.5 <= found.high
    assert covered >= 170


def test_longer_blocks_widen_the_interval_of_periods_that_are_alike() -> None:
    gains = np.repeat(np.random.default_rng(8).normal(0, 1, 12), 5)

    short, long = (paired_interval(gains, np.zeros(60), np.ones(60), block=block) for block in (1, 5))

    assert long.high - long.low > 1.5 * (short.high - short.low)


@pytest.mark.parametrize("weights", [[], [3], [0, 0]])
def test_too_few_periods_are_refused(weights: list[int]) -> None:
    hits = np.zeros(len(weights))
    with pytest.raises(MethodFault, match="two periods"):
        paired_interval(hits, hits, np.array(weights))


def test_a_block_of_nothing_is_refused() -> None:
    with pytest.raises(MethodFault, match="at least one period"):
        paired_interval(np.ones(3), np.ones(3), np.ones(3), block=0)


def test_scores_are_plain_values() -> None:
    assert Scores(1.5, 3, 2, 100, 3.0).pai == 25
