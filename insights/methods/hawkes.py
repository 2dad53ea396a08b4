"""A self-exciting process (Hawkes): risk of the place itself, and risk that each incident adds for a while nearby."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from insights.methods.base import Events, Floats, Grid, Integers, Method, Parameters, parameter
from insights.methods.forecast_surfaces import History, history, scaled, smoothed
from insights.methods.pairs import near_pairs

MOST_PAIRS = 10_000_000
#: A process whose incidents each bring about one more or above never dies out; no forecast could be made of it.
MOST_OFFSPRING = 0.99


@dataclass(frozen=True)
class HawkesParameters(Parameters):
    """How wide the background is, and how far an incident may reach."""

    years: float = parameter(3.0, "Years back", unit="years", least=0, most=30, help="0 takes all there are.")
    bandwidth: float = parameter(300.0, "Bandwidth of the background", unit="m", least=50, most=5000)
    reach: float = parameter(600.0, "Farthest reach", unit="m", least=100, most=3000)
    window: int = parameter(90, "Longest after-effect", unit="days", least=7, most=365)
    least_sigma: float = parameter(
        45.0,
        "Least spread",
        unit="m",
        least=45,
        most=1000,
        help="Incidents set to addresses would shrink it to nothing.",
    )
    iterations: int = parameter(60, "Most iterations", least=5, most=1000)


@dataclass(frozen=True)
class Hawkes:
    """What was fitted: lambda(x,y,t) = mu(x,y) + sum theta omega exp(-omega(t-ti)) N(x-xi, y-yi; sigma²).

    ``theta``: incidents that one brings about; ``omega``: per day; ``sigma``: metres along each axis. ``background``:
    events per cell and day, shape of the grid. ``own``: chance of each event, oldest first, that it is of the
    background.
    """

    theta: float
    omega: float
    sigma: float
    background: Floats
    own: Floats
    iterations: int


@dataclass(frozen=True)
class _Pairs:
    earlier: Integers
    later: Integers
    days: Floats
    squared: Floats


def fit(before: History, grid: Grid, parameters: HawkesParameters) -> Hawkes:
    """Return the process fitted by expectation and maximisation (Mohler and others 2011).

    An event is left out of its own background: else each would explain itself. MethodFault: too many near pairs.
    """
    pairs = _pairs(before, parameters)
    left = np.minimum(before.age, parameters.window)
    theta, omega, sigma = 0.2, 0.1, max(150.0, parameters.least_sigma)
    own = np.full(len(before.age), 0.8)
    steps = 0
    for _ in range(parameters.iterations):
        steps += 1
        background = _background(before, grid, own, parameters.bandwidth)
        rate = (
            theta
            * omega
            * np.exp(-omega * pairs.days - pairs.squared / (2 * sigma**2))
            / (2 * np.pi * sigma**2)
        )
        whole = background + np.bincount(pairs.later, weights=rate, minlength=len(own))
        caused = np.divide(rate, whole[pairs.later], out=np.zeros_like(rate), where=whole[pairs.later] > 0)
        own = np.divide(background, whole, out=np.ones_like(whole), where=whole > 0)
        last = np.array([theta, omega, sigma])
        theta, omega, sigma = _maximised(caused, pairs, left, omega, parameters.least_sigma)
        if np.allclose(last, [theta, omega, sigma], rtol=1e-4):
            break
    surface = smoothed(before.counts(grid, own), grid, parameters.bandwidth) / before.span
    return Hawkes(theta, omega, sigma, surface, own, steps)


def hawkes(
    events_before: Events,
    grid: Grid,
    start_day: float,
    days: int,
    parameters: HawkesParameters,
    seed: int = 0,
) -> Floats:
    """Return the expected events of each cell: background, and what earlier events bring about directly.

    Events that those of the forecast's own days would bring about are not added. Faults as of ``fit``.
    """
    before = history(events_before, grid, start_day, days, parameters.years)
    found = fit(before, grid, parameters)
    fading = np.exp(-found.omega * before.age) * (1 - np.exp(-found.omega * days))
    brought = before.counts(grid, found.theta * fading)
    spread = ndimage.gaussian_filter(brought, found.sigma / grid.size, mode="constant")
    return np.asarray(found.background * days + scaled(spread, grid, float(brought.sum())))


def _pairs(before: History, parameters: HawkesParameters) -> _Pairs:
    events = before.events
    limits = (parameters.reach, 0.0, float(parameters.window))
    found = near_pairs(events.x, events.y, events.begin, limits, "euclidean", MOST_PAIRS)
    first, second = found[:, 0], found[:, 1]
    apart = events.begin[second] - events.begin[first]
    earlier, later = np.where(apart > 0, first, second), np.where(apart > 0, second, first)
    # Of two at one moment neither can have brought about the other.
    kept = np.flatnonzero(apart != 0)
    kept = kept[np.lexsort((earlier[kept], later[kept]))]
    earlier, later = earlier[kept], later[kept]
    squared = (events.x[later] - events.x[earlier]) ** 2 + (events.y[later] - events.y[earlier]) ** 2
    return _Pairs(earlier, later, events.begin[later] - events.begin[earlier], squared)


def _background(before: History, grid: Grid, own: Floats, bandwidth: float) -> Floats:
    """Return mu at each event, per m² and day, without its own part of it."""
    sigma = bandwidth / grid.size
    spread = ndimage.gaussian_filter(before.counts(grid, own), sigma, mode="constant").ravel()
    single = np.zeros(2 * int(4 * sigma + 1) + 1)
    single[len(single) // 2] = 1
    itself = ndimage.gaussian_filter1d(single, sigma, mode="constant").max() ** 2
    # A place that no other event is near keeps a little, so that every event has something it can be from.
    least = own.sum() * 1e-9
    return np.asarray(np.maximum(spread[before.cell] - own * itself, least) / (grid.size**2 * before.span))


def _maximised(
    caused: Floats, pairs: _Pairs, left: Floats, omega: float, least_sigma: float
) -> tuple[float, float, float]:
    many = float(caused.sum())
    if not many > 1e-9:
        return 0.0, omega, least_sigma
    # Of the after-effects of recent events only the part up to the forecast was seen.
    seen = float((1 - np.exp(-omega * left)).sum())
    theta = min(many / max(seen, 1e-9), MOST_OFFSPRING)
    unseen = float((theta * left * np.exp(-omega * left)).sum())
    omega = many / max(float((caused * pairs.days).sum()) + unseen, many / 24)
    sigma = float(np.sqrt((caused * pairs.squared).sum() / (2 * many)))
    return theta, omega, max(sigma, least_sigma)


METHOD = Method(
    key="forecast_hawkes",
    title="Forecast by a self-exciting process",
    question="Where will most happen, if incidents bring about others nearby?",
    version="1",
    parameters=HawkesParameters,
    run=hawkes,
    minimum=50,
    assumes=(
        "Risk of a place itself does not change over the years looked at.",
        "After an incident risk is raised most at once and nearest, and fades at one rate everywhere.",
    ),
    fails=(
        "Moments known by the day only hide what happens within a day.",
        "What changes with the season is taken for incidents that bring about others.",
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
    ),
    sources=(
        "Mohler, G. O. and others (2011): Self-exciting point process modeling of crime. Journal of the American "
        "Statistical Association 106.",
        "Reinhart, A. (2018): A review of self-exciting spatio-temporal point processes. Statistical Science 33.",
    ),
)
