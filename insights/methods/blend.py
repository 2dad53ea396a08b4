"""A blend of forecasts, weighed by how well each did in periods before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Grid, Method, MethodFault, Parameters, parameter
from insights.methods.forecast_densities import (
    DensityParameters,
    SpaceTimeParameters,
    density,
    space_time_density,
)
from insights.methods.forecast_surfaces import Forecaster, history, scaled
from insights.methods.hawkes import HawkesParameters, hawkes
from insights.methods.prior_counts import CountParameters, prior_counts
from insights.methods.promap import ProMapParameters, promap

COMPONENTS: dict[str, tuple[Forecaster, Parameters]] = {
    "counts, all years": (prior_counts, CountParameters()),
    "counts, 1 year": (prior_counts, CountParameters(1.0)),
    "density, 1 year": (density, DensityParameters()),
    "density, 3 years": (density, DensityParameters(3.0)),
    "density in space and time": (space_time_density, SpaceTimeParameters()),
    "ProMap": (promap, ProMapParameters()),
    "self-exciting": (hawkes, HawkesParameters()),
}
#: Share of every component that is spread evenly, so that an incident where none was expected has a likelihood.
EVEN = 0.01
ROUNDS = 200


@dataclass(frozen=True)
class BlendParameters(Parameters):
    """What is blended, and over how many periods the weights are chosen."""

    components: tuple[str, ...] = parameter(
        ("counts, all years", "density, 3 years", "density in space and time", "self-exciting"),
        "Components",
        choices=tuple(COMPONENTS),
    )
    periods: int = parameter(20, "Training periods", least=1, most=104)


@dataclass(frozen=True)
class Blended:
    """Expected events of each cell, shape of the grid, and the weight of each component; weights sum to 1."""

    expected: Floats
    weights: Floats


def blend(
    events_before: Events, grid: Grid, start_day: float, days: int, parameters: BlendParameters, seed: int = 0
) -> Floats:
    """Return the expected events of each cell; see ``blended``."""
    return blended(events_before, grid, start_day, days, parameters, seed).expected


def blended(
    events_before: Events, grid: Grid, start_day: float, days: int, parameters: BlendParameters, seed: int = 0
) -> Blended:
    """Return the weighted mean of the components' surfaces, each of sum 1, times their mean of expected events.

    The weights have the greatest likelihood for the events of the training periods, which ended by ``start_day``;
    each surface knew only what came before its period. Periods that a component cannot forecast are left out; without
    any the weights are equal. MethodFault: no component is named, or one cannot forecast ``start_day``.
    """
    if not parameters.components:
        raise MethodFault("A blend needs at least one component.", "components")
    before = history(events_before, grid, start_day, days).events
    told = [
        _at_events(before, grid, start_day - days * back, days, parameters, seed)
        for back in range(1, parameters.periods + 1)
    ]
    weights = mixture_weights(np.concatenate(told))
    surfaces = _surfaces(before, grid, start_day, days, parameters, seed)
    mixed = sum(
        weight * scaled(surface, grid, 1.0) for weight, surface in zip(weights, surfaces, strict=True)
    )
    total = sum(weight * surface.sum() for weight, surface in zip(weights, surfaces, strict=True))
    return Blended(np.asarray(mixed * total), weights)


def mixture_weights(likelihood: Floats) -> Floats:
    """Return the weights of a mixture with the greatest likelihood, by expectation and maximisation, shape k.

    ``likelihood``: of each event (row) under each component (column), above 0; without a row the weights are equal.
    """
    weights = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(ROUNDS if len(likelihood) else 0):
        share = likelihood * weights
        weights = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
    return weights


def _surfaces(
    events: Events, grid: Grid, start_day: float, days: int, parameters: BlendParameters, seed: int
) -> list[Floats]:
    chosen = (COMPONENTS[name] for name in parameters.components)
    return [model(events, grid, start_day, days, own, seed) for model, own in chosen]


def _at_events(
    events: Events, grid: Grid, start_day: float, days: int, parameters: BlendParameters, seed: int
) -> Floats:
    try:
        surfaces = _surfaces(events, grid, start_day, days, parameters, seed)
    except MethodFault:
        return np.zeros((0, len(parameters.components)))
    ahead = events.taken((events.begin >= start_day) & (events.begin < start_day + days))
    cells = grid.cells(ahead.x, ahead.y)
    even = EVEN / grid.inside.sum()
    return np.stack([(1 - EVEN) * scaled(one, grid, 1.0).ravel()[cells] + even for one in surfaces], axis=1)


METHOD = Method(
    key="forecast_blend",
    title="Forecast by a blend",
    question="Where will most happen, by several models weighed by how well they did?",
    version="1",
    parameters=BlendParameters,
    run=blend,
    minimum=50,
    assumes=("What weighed well in the training periods weighs well in the next.",),
    fails=(
        "With few incidents in the training periods the weights are mostly chance.",
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
    ),
    sources=(
        "Bates, J. M. and Granger, C. W. J. (1969): The combination of forecasts. Operational Research Quarterly 20.",
        "Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977): Maximum likelihood from incomplete data via the EM "
        "algorithm. Journal of the Royal Statistical Society B 39.",
    ),
)
