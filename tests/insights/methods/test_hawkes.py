from __future__ import annotations

import numpy as np
import pytest

from insights.methods.base import Events, Grid, MethodFault
from insights.methods.forecast_surfaces import history
from insights.methods.hawkes import Hawkes, HawkesParameters, fit, hawkes
from tests.insights.methods.data import ROOT

DAYS = 730.0
TRUTH = (0.35, 0.1, 120.0)


def simulated(seed: int, theta: float = 0.35, omega: float = 0.1, sigma: float = 120.0) -> Events:
    """Return a process of two background events a day on 10 by 10 km, each with its offspring, by generations."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(2 * DAYS)
    kin = np.column_stack([rng.uniform(0, 10_000, (n, 2)), rng.uniform(0, DAYS, n)])
    every = [kin]
    while len(kin):
        kin = np.repeat(kin, rng.poisson(theta, len(kin)), axis=0)
        kin = kin + np.column_stack(
            [rng.normal(0, sigma, (len(kin), 2)), rng.exponential(1 / omega, len(kin))]
        )
        kin = kin[kin[:, 2] < DAYS]
        every.append(kin)
    x, y, t = np.concatenate(every).T
    return Events.of(x, y, t)


def fitted(events: Events, **asked: float) -> Hawkes:
    grid = Grid.over(events.x, events.y, 200)
    parameters = HawkesParameters(iterations=300, **asked)  # type: ignore[arg-type]
    return fit(history(events, grid, DAYS, 7), grid, parameters)


def test_the_simulated_events_of_the_reference_give_back_their_truth() -> None:
    path = ROOT.parent / "reference" / "sepp_simulated_events.csv"
    if not path.exists():
        pytest.skip("sepp_simulated_events.csv of the references is absent.")
    t, x, y, _ = np.loadtxt(path, delimiter=",", skiprows=1).T

    found = fitted(Events.of(x, y, t))

    assert len(t) == 2193
    assert (found.theta, found.omega, found.sigma) == pytest.approx((0.35, 0.096, 113), rel=0.15)
    assert (found.theta, found.omega, found.sigma) == pytest.approx(TRUTH, rel=0.15)


def test_processes_simulated_here_give_back_their_truth() -> None:
    found = [fitted(simulated(seed)) for seed in range(5)]

    means = np.mean([(one.theta, one.omega, one.sigma) for one in found], axis=0)
    np.testing.assert_allclose(means, TRUTH, rtol=0.15)


def test_events_that_bring_about_none_are_of_the_background() -> None:
    found = fitted(simulated(1, theta=0.0))

    assert found.theta < 0.1
    assert found.own.mean() > 0.9


def test_more_offspring_is_fitted_as_more() -> None:
    thetas = [fitted(simulated(2, theta=theta)).theta for theta in (0.1, 0.3, 0.5)]

    assert thetas == sorted(thetas)


def test_incidents_at_one_address_do_not_shrink_the_spread_to_nothing() -> None:
    found = fitted(simulated(3, sigma=1.0))

    assert found.sigma == 45


def test_background_and_own_chances_add_up() -> None:
    events = simulated(4)

    found = fitted(events)

    assert found.background.sum() * DAYS == pytest.approx(found.own.sum(), rel=1e-9)
    assert ((found.own >= 0) & (found.own <= 1)).all()
    assert found.own.sum() == pytest.approx(len(events) * (1 - found.theta), rel=0.1)


def test_a_forecast_raises_the_cell_of_what_just_happened() -> None:
    events = simulated(5)
    grid = Grid.over(events.x, events.y, 200)
    more = Events.of(
        np.append(events.x, [5100] * 4), np.append(events.y, [5100] * 4), np.append(events.begin, [729.0] * 4)
    )
    column, row = 25 - grid.first_column, 25 - grid.first_row

    before, after = (hawkes(rows, grid, DAYS, 7, HawkesParameters()) for rows in (events, more))

    assert after[row, column] > 3 * before[row, column]


def test_events_of_one_moment_bring_about_none_of_each_other() -> None:
    rng = np.random.default_rng(6)
    events = Events.of(rng.uniform(0, 900, 60), rng.uniform(0, 900, 60), [700.0] * 60)

    assert fitted(events).theta == 0


def test_too_many_near_pairs_are_refused() -> None:
    rng = np.random.default_rng(6)
    n = 4600
    events = Events.of(rng.uniform(0, 50, n), rng.uniform(0, 50, n), rng.uniform(650, 730, n))

    with pytest.raises(MethodFault, match="choose less distance or time"):
        fitted(events)
