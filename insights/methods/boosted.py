"""Counts learned by gradient-boosted trees: what happened at several ages and distances tells what happens next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from sklearn.ensemble import HistGradientBoostingRegressor

from insights.methods.base import Events, Floats, Grid, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.forecast_surfaces import YEAR, History, history, smoothed
from insights.methods.threads import one_thread

#: Days back over which a cell's incidents are counted, and the widths in cells of the squares around it.
AGES = (14, 30, 91, 182, 365, 1096)
WIDTHS = (3, 7)
BANDWIDTHS = (150.0, 400.0)


@dataclass(frozen=True)
class BoostedParameters(Parameters):
    """How much is learned from, and how finely."""

    periods: int = parameter(12, "Training periods", least=2, most=120)
    horizon: int = parameter(
        91,
        "Days of a training period",
        unit="days",
        least=1,
        most=366,
        help="At least those that are forecast.",
    )
    step: int = parameter(28, "Days between them", unit="days", least=1, most=366)
    trees: int = parameter(60, "Trees", least=5, most=1000)
    leaves: int = parameter(8, "Leaves of a tree", least=2, most=63)
    learning_rate: float = parameter(0.1, "Learning rate", least=0.005, most=1)
    least_cells: int = parameter(1000, "Least cells of a leaf", least=5, most=100_000)


def features(before: History, grid: Grid, start_day: float) -> Floats:
    """Return what is known of each cell inside before a forecast, shape (cells inside, features).

    Counts per year of the cell and of squares around it over the last 14 to 1,096 days and over all; two densities of
    a year and of all; the days since its last incident; the month as sine and cosine.
    """
    layers = []
    for age in (*AGES, np.inf):
        recent = before.age <= age
        counts = before.counts(grid, recent.astype(np.float64)) * (YEAR / min(age, before.span))
        layers.append(counts)
        layers.extend(ndimage.uniform_filter(counts, width, mode="constant") for width in WIDTHS)
        if age in (365, np.inf):
            layers.extend(smoothed(counts, grid, bandwidth) for bandwidth in BANDWIDTHS)
    latest = np.full(grid.inside.size, 2 * before.span)
    np.minimum.at(latest, before.cell, before.age)
    layers.append(latest.reshape(grid.shape))
    turn = 2 * np.pi * start_day / YEAR
    layers.extend(np.full(grid.shape, value) for value in (np.sin(turn), np.cos(turn)))
    return np.stack([layer[grid.inside] for layer in layers], axis=1)


@one_thread
def boosted(
    events_before: Events,
    grid: Grid,
    start_day: float,
    days: int,
    parameters: BoostedParameters,
    seed: int = 0,
) -> Floats:
    """Return the expected events of each cell, by trees with the Poisson loss (Friedman 2001).

    Learned from periods that ended by ``start_day``, each told only what came before it; they may be longer than the
    days ahead, so that more happened in them to learn from.
    MethodFault: the history is shorter than two such periods, or nothing happened in them.
    """
    before = history(events_before, grid, start_day, days)
    horizon = max(days, parameters.horizon)
    known, happened = _learned_from(before.events, grid, start_day, horizon, parameters)
    model = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=parameters.trees,
        max_leaf_nodes=parameters.leaves,
        learning_rate=parameters.learning_rate,
        min_samples_leaf=parameters.least_cells,
        early_stopping=False,
        random_state=seed,
    )
    model.fit(known, happened * (days / horizon))
    surface = np.zeros(grid.shape)
    surface[grid.inside] = model.predict(features(before, grid, start_day))
    return surface


def _learned_from(
    events: Events, grid: Grid, start_day: float, horizon: int, parameters: BoostedParameters
) -> tuple[Floats, Integers]:
    origins = start_day - horizon - parameters.step * np.arange(parameters.periods)
    # An origin needs something before it to be told of; the oldest incident is where knowledge starts.
    origins = origins[origins >= events.begin[0] + horizon]
    if len(origins) < 2:
        raise MethodFault(
            "There is too little history to learn from; use a model of counts, or add earlier years."
        )
    known, happened = [], []
    for origin in origins:
        known.append(features(history(events, grid, origin, horizon), grid, float(origin)))
        ahead = events.taken((events.begin >= origin) & (events.begin < origin + horizon))
        happened.append(grid.counts(ahead.x, ahead.y)[grid.inside])
    counts = np.concatenate(happened)
    if not counts.any():
        raise MethodFault("Nothing happened in the periods to learn from; use a model of counts.")
    return np.concatenate(known), counts


METHOD = Method(
    key="forecast_boosted",
    title="Forecast by boosted trees",
    question="Where will most happen, by what came before it in earlier months?",
    version="1",
    parameters=BoostedParameters,
    run=boosted,
    minimum=100,
    assumes=(
        "What tells where incidents happen is the same as in the training periods.",
        "Nothing but places and times of incidents is learned from: no person, no trait of residents.",
    ),
    fails=(
        "With few incidents it learns chance; compare it with prior counts before it is used.",
        "It cannot say why a cell is named.",
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
    ),
    sources=(
        "Friedman, J. H. (2001): Greedy function approximation: a gradient boosting machine. Annals of Statistics 29.",
        "Ke, G. and others (2017): LightGBM: a highly efficient gradient boosting decision tree. NeurIPS 30.",
    ),
)
