"""Journeys to crime: distances, quantiles, the buffered decay, and who is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize

from insights.methods.base import Events, Floats, MethodFault
from insights.methods.journeys import Decay, Journeys, buffered_decay, travelled


def _drawn(n: int, peak: float, scale: float, seed: int = 0) -> Floats:
    chance = np.random.default_rng(seed)
    rises = chance.random(n) < (peak / 2) / (peak / 2 + scale)
    return np.where(rises, peak * np.sqrt(chance.random(n)), peak + chance.exponential(scale, n))


def _crimes(metres: Floats) -> tuple[Events, Floats, Floats]:
    angle = np.linspace(0, 40, len(metres))
    home = np.linspace(0, 9_000, len(metres))
    x, y = home + metres * np.cos(angle), -home + metres * np.sin(angle)
    return Events.of(x, y, np.zeros(len(metres))), home, -home


def test_distances_and_quantiles() -> None:
    metres = np.arange(1.0, 101) * 10

    found = travelled(*_crimes(metres), Journeys(at_home=0))

    np.testing.assert_allclose(found.metres, metres, rtol=1e-9)
    np.testing.assert_allclose(found.quantiles, np.quantile(metres, [0.1, 0.25, 0.5, 0.75, 0.9]), rtol=1e-9)
    assert found.mean == pytest.approx(505)


def test_manhattan_metres() -> None:
    events = Events.of(np.arange(20) * 3.0 + 100, np.arange(20) * 4.0, np.zeros(20))

    found = travelled(events, np.zeros(20), np.zeros(20), Journeys(measure="manhattan"))

    np.testing.assert_allclose(found.metres, 100 + 7 * np.arange(20.0))


def test_the_decay_that_was_drawn_is_found() -> None:
    found = buffered_decay(_drawn(5_000, 800, 1_500))

    assert found.peak == pytest.approx(800, rel=0.1)
    assert found.scale == pytest.approx(1_500, rel=0.1)
    assert found.gain > 50


def test_without_a_buffer_hardly_any_is_found() -> None:
    found = buffered_decay(np.random.default_rng(2).exponential(1_000, 3_000))

    assert found.peak < 100
    assert found.gain < 4
    assert found.scale == pytest.approx(1_000, rel=0.1)


def test_no_other_peak_and_scale_are_likelier() -> None:
    metres = _drawn(300, 500, 900, seed=4)
    found = buffered_decay(metres)

    def worse(at: Floats) -> float:
        peak, scale = np.exp(at)
        return -float(np.log(Decay(peak, scale, 0, 0).density(metres)).sum())

    starts = [(np.log(p), np.log(s)) for p in (100, 400, 900) for s in (300, 1_500)]
    best = min(
        minimize(worse, start, method="Nelder-Mead", options={"maxiter": 4_000}).fun for start in starts
    )
    assert -found.log_likelihood <= best + 1e-4
    assert -found.log_likelihood == pytest.approx(worse(np.log([found.peak, found.scale])), rel=1e-9)


@pytest.mark.parametrize("decay", [Decay(700, 1_200, 0, 0), Decay(0, 300, 0, 0)])
def test_densities_hold_one_journey(decay: Decay) -> None:
    area = quad(lambda d: float(decay.density(np.array([d]))[0]), 0, 30_000, points=[700], limit=200)[0]

    assert area == pytest.approx(1, abs=1e-6)


def test_moving_the_map_and_the_rows_changes_nothing() -> None:
    events, x, y = _crimes(_drawn(60, 500, 900))
    order = np.random.default_rng(0).permutation(60)
    moved = replace(events, x=events.x + 4e5)

    one = travelled(events, x, y, Journeys())
    other = travelled(events.taken(order), x[order], y[order], Journeys())
    third = travelled(moved, x + 4e5, y, Journeys())

    assert np.array_equal(one.metres, other.metres)
    assert (one.decay, one.mean) == (other.decay, other.mean)
    assert third.decay.peak == pytest.approx(one.decay.peak, rel=1e-4)


def test_crimes_at_home_and_unknown_places_are_counted_apart() -> None:
    events, x, y = _crimes(np.r_[np.full(5, 3.0), np.arange(1, 31) * 100.0])
    x[7] = np.nan
    events.y[9] = np.nan

    found = travelled(events, x, y, Journeys())

    assert (found.at_home, found.left_out, len(found.metres)) == (5, 2, 28)
    assert 7 not in found.key


def test_too_few_and_all_alike_are_refused() -> None:
    for n in (0, 1, 19):
        with pytest.raises(MethodFault, match=f"Only {n} journeys"):
            travelled(*_crimes(np.full(n, 500.0)), Journeys())
    with pytest.raises(MethodFault, match="one length"):
        travelled(*_crimes(np.full(30, 500.0)), Journeys())
    with pytest.raises(MethodFault, match="Only 0"):
        travelled(*_crimes(np.zeros(30)), Journeys())
    with pytest.raises(MethodFault):
        Journeys(least=3)
