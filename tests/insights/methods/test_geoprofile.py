"""Geographic profiles: the formula by hand, what must not change them, the centre beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from insights.methods.base import Events, MethodFault
from insights.methods.geoprofile import (
    Profile,
    centre_of_minimum_distance,
    exponential,
    half_nearest,
    profiled,
    rossmo,
)

X = np.array([100.0, 900, 1500, 400, 1200, 700])
Y = np.array([200.0, 100, 800, 1300, 1500, 650])


def _series(x: object = X, y: object = Y) -> Events:
    return Events.of(x, y, np.zeros(len(X)))


def test_rossmo_by_hand() -> None:
    x, y = np.array([0.0, 10.0]), np.array([0.0, 0.0])

    found = rossmo(np.array([0.0, 4.0]), np.array([0.0, 3.0]), x, y, 5.0, 1.2, 0.8)

    def inside(away: float) -> float:
        return float(5**-0.4 / (10 - away) ** 0.8)

    def beyond(away: float) -> float:
        return float(away**-1.2)

    expected = [
        [inside(0) + beyond(10), inside(4) + beyond(6)],
        [inside(3) + beyond(13), beyond(7) + beyond(9)],
    ]
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-12)


def test_the_two_halves_meet_at_the_buffer() -> None:
    x = y = np.zeros(1)
    within, without = rossmo(np.array([5 - 1e-9, 5 + 1e-9]), np.zeros(1), x, y, 5.0, 1.2, 0.7)[0]

    assert within == pytest.approx(without, rel=1e-6)


def test_the_exponential_by_hand() -> None:
    found = exponential(np.array([3.0]), np.array([4.0]), np.array([0.0, 3.0]), np.array([0.0, 4.0]), 10.0)

    assert found[0, 0] == pytest.approx(np.exp(-0.5) + 1)


def test_the_buffer_is_half_the_mean_way_to_the_nearest() -> None:
    assert half_nearest(np.array([0.0, 10, 10]), np.array([0.0, 0, 4])) == pytest.approx((10 + 4 + 4) / 6)
    with pytest.raises(MethodFault, match="give the buffer"):
        half_nearest(np.array([0.0, 0]), np.array([0.0, 0]))


@pytest.mark.parametrize("decay", ["rossmo", "exponential"])
def test_scores_sum_to_one_and_peak_at_the_best_cell(decay: str) -> None:
    found = profiled(_series(), Profile(decay=decay, cell=50))

    assert found.scores.sum() == pytest.approx(1)
    assert found.scores.shape == found.grid.shape
    assert found.hit_score(*found.peak) == 0
    assert found.places == 6


@pytest.mark.parametrize("decay", ["rossmo", "exponential"])
def test_moving_by_whole_cells_moves_the_profile(decay: str) -> None:
    asked = Profile(decay=decay, cell=50)
    here, there = profiled(_series(), asked), profiled(_series(X + 500_000, Y - 20_000), asked)

    np.testing.assert_allclose(here.scores, there.scores, atol=1e-12)
    assert there.peak == pytest.approx((here.peak[0] + 500_000, here.peak[1] - 20_000))
    assert there.centre == pytest.approx((here.centre[0] + 500_000, here.centre[1] - 20_000), abs=1e-3)


def test_the_order_of_crimes_and_a_turned_map_change_nothing() -> None:
    order = np.array([3, 0, 5, 1, 4, 2])
    asked = Profile(cell=50)
    found, turned = profiled(_series(), asked), profiled(_series(Y, X), asked)

    assert np.array_equal(found.scores, profiled(_series(X[order], Y[order]), asked).scores)
    np.testing.assert_allclose(found.scores.T, turned.scores, rtol=1e-12)


def test_doubling_all_lengths_keeps_the_ranks() -> None:
    one = profiled(_series(), Profile(cell=50))
    two = profiled(_series(2 * X, 2 * Y), Profile(cell=100))

    assert two.buffer == pytest.approx(2 * one.buffer)
    np.testing.assert_allclose(one.scores, two.scores, rtol=1e-9)


def test_an_anchor_amid_the_crimes_is_found_sooner_than_by_chance() -> None:
    angle = np.linspace(0, 2 * np.pi, 9)[:-1]
    found = profiled(Events.of(1000 * np.cos(angle), 1000 * np.sin(angle), np.zeros(8)), Profile(cell=50))

    assert found.hit_score(10, 10) < 0.3
    assert found.hit_score(1900, -1900) > 0.9
    assert found.centre == pytest.approx((0, 0), abs=1e-3)


def test_top_shares_hold_that_much_area_and_the_best_cells() -> None:
    found = profiled(_series(), Profile(cell=50))

    for share in (0.01, 0.05, 0.2, 1.0):
        mask = found.top(share)
        assert mask.mean() <= share + 1e-12
        assert mask.sum() >= int(share * mask.size) - 8
        assert mask.all() or found.scores[mask].min() > found.scores[~mask].max()
    assert found.top(1e-9).sum() >= 1
    for share in (0, 1.2, float("nan")):
        with pytest.raises(MethodFault, match="share of the area"):
            found.top(share)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=9))
def test_the_centre_is_nowhere_bettered(points: list[tuple[int, int]]) -> None:
    at = np.array(points, np.float64) * 100

    def total(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(np.hypot(at[:, 0] - point[0], at[:, 1] - point[1]).sum())

    found = centre_of_minimum_distance(at[:, 0], at[:, 1])

    oracle = minimize(total, at.mean(axis=0), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    assert total(np.array(found)) <= oracle.fun + 1e-3


def test_too_few_places_are_refused_and_missing_ones_left_out() -> None:
    x = X.copy()
    x[5] = np.nan
    assert profiled(_series(x), Profile()).places == 5
    x[4] = np.nan
    for few in (_series(x), Events.of([], [], []), Events.of([5.0] * 9, [5.0] * 9, [0.0] * 9)):
        with pytest.raises(MethodFault, match="5 or more different places"):
            profiled(few, Profile())


def test_too_many_cells_and_an_anchor_outside_are_refused() -> None:
    with pytest.raises(MethodFault, match="larger ones"):
        profiled(_series(X * 100, Y * 100), Profile(cell=10))
    with pytest.raises(MethodFault, match="wider margin"):
        profiled(_series(), Profile()).hit_score(1e6, 0)
    many = np.arange(1_001.0)
    with pytest.raises(MethodFault, match="of one series"):
        profiled(Events.of(many, many, many), Profile())


@pytest.mark.parametrize("asked", [{"decay": "guess"}, {"f": 0}, {"cell": -1}, {"margin": float("inf")}])
def test_parameters_out_of_bounds_are_refused(asked: dict[str, float]) -> None:
    with pytest.raises(MethodFault):
        Profile(**asked)  # type: ignore[arg-type]
