"""Forecasts by densities: of past incidents, and of past incidents that count the less the older they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Grid, Method, Parameters, parameter
from insights.methods.forecast_surfaces import KERNELS, history, smoothed


@dataclass(frozen=True)
class DensityParameters(Parameters):
    """How far back is looked, and how wide incidents spread."""

    years: float = parameter(1.0, "Years back", unit="years", least=0, most=30, help="0 takes all there are.")
    bandwidth: float = parameter(250.0, "Bandwidth", unit="m", least=25, most=5000)
    kernel: str = parameter(
        "gaussian", "Kernel", choices=KERNELS, help="A quartic one ends at its bandwidth."
    )


@dataclass(frozen=True)
class SpaceTimeParameters(Parameters):
    """How fast incidents lose weight, and how wide they spread."""

    half_life: float = parameter(
        120.0, "Half-life", unit="days", least=1, most=3650, help="From 90 to 180 is usual."
    )
    bandwidth: float = parameter(200.0, "Bandwidth", unit="m", least=25, most=5000)


def density(
    events_before: Events,
    grid: Grid,
    start_day: float,
    days: int,
    parameters: DensityParameters,
    seed: int = 0,
) -> Floats:
    """Return the expected events of each cell: prior counts, spread by a kernel (Chainey and others 2008)."""
    before = history(events_before, grid, start_day, days, parameters.years)
    spread = smoothed(before.counts(grid), grid, parameters.bandwidth, parameters.kernel)
    return spread * (days / before.span)


def space_time_density(
    events_before: Events,
    grid: Grid,
    start_day: float,
    days: int,
    parameters: SpaceTimeParameters,
    seed: int = 0,
) -> Floats:
    """Return the expected events of each cell: counts weighted 2^(-age/half-life), spread by a Gaussian.

    Over the days of the same weight, h (1 - 2^(-span/h)) / ln 2, and times the days ahead.
    """
    before = history(events_before, grid, start_day, days)
    half = parameters.half_life
    weighted_days = half / np.log(2) * (1 - 2 ** (-before.span / half))
    spread = smoothed(before.counts(grid, 2 ** (-before.age / half)), grid, parameters.bandwidth)
    return np.asarray(spread * (days / weighted_days))


_FAILS = (
    "Roads, water and parks are not known to it: density spreads over them.",
    "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
)
METHOD = Method(
    key="forecast_density",
    title="Forecast by density",
    question="Where will most happen, if risk is alike nearby?",
    version="1",
    parameters=DensityParameters,
    run=density,
    minimum=1,
    assumes=("Places keep the risk they had.", "Risk is alike within the bandwidth."),
    fails=_FAILS,
    sources=(
        "Chainey, S., Tompson, L. and Uhlig, S. (2008): The utility of hotspot mapping. Security Journal 21.",
    ),
)
SPACE_TIME = Method(
    key="forecast_space_time_density",
    title="Forecast by density in space and time",
    question="Where will most happen, if what is recent tells more?",
    version="1",
    parameters=SpaceTimeParameters,
    run=space_time_density,
    minimum=1,
    assumes=("Risk fades at one rate everywhere.", "Risk is alike within the bandwidth."),
    fails=(*_FAILS, "A season that returns each year is forgotten between its times."),
    sources=(
        "Brunsdon, C., Corcoran, J. and Higgs, G. (2007): Visualising space and time in crime patterns. Computers, "
        "Environment and Urban Systems 31.",
    ),
)
