"""The Mann-Kendall test against scipy's Kendall and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from insights.methods.base import MethodFault
from insights.methods.trends import mann_kendall


def test_scores_are_those_of_kendall() -> None:
    series = np.random.default_rng(3).normal(size=(20, 30))

    found = mann_kendall(series)

    for k in range(30):
        tau = kendalltau(np.arange(20), series[:, k]).statistic
        assert found.score[k] == pytest.approx(tau * 190)


def test_a_rising_series_by_hand() -> None:
    found = mann_kendall(np.arange(10.0)[:, None])

    # V = 10 · 9 · 25 / 18 = 125.
    assert found.score.tolist() == [45]
    assert found.z[0] == pytest.approx(44 / 125**0.5)


def test_ties_lower_the_variance() -> None:
    values = np.array([1.0, 1, 2, 2, 2, 3, 4, 5, 5, 6])[:, None]

    found = mann_kendall(values)

    # Groups of 2, 3 and 2: V = (2250 - 18 - 66 - 18) / 18; 45 pairs less 5 tied.
    assert found.score.tolist() == [40]
    assert found.z[0] == pytest.approx(39 / (2148 / 18) ** 0.5)


def test_constant_series_have_no_trend() -> None:
    found = mann_kendall(np.full((12, 2), 3.0))

    assert (found.score.tolist(), found.z.tolist(), found.p.tolist()) == ([0, 0], [0.0, 0.0], [1.0, 1.0])


def test_turning_time_turns_the_trend_and_growing_values_keep_it() -> None:
    series = np.random.default_rng(1).normal(size=(15, 8))

    assert np.array_equal(mann_kendall(series[::-1]).z, -mann_kendall(series).z)
    assert np.array_equal(mann_kendall(np.exp(series)).z, mann_kendall(series).z)


def test_chance_is_below_five_percent_one_time_in_twenty() -> None:
    found = mann_kendall(np.random.default_rng(2).normal(size=(26, 4000)))

    assert (found.p <= 0.05).mean() == pytest.approx(0.05, abs=0.012)


def test_short_series_are_a_fault() -> None:
    with pytest.raises(MethodFault, match="At least 10 periods"):
        mann_kendall(np.zeros((9, 1)))
