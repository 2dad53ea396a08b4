"""Which forecast to trust: every model on the same periods in turn, each told only what came before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Grid, Integers, MethodFault
from insights.methods.forecasts import Model
from insights.methods.scores import Interval, paired_interval, poisson_deviance, scored


@dataclass(frozen=True)
class Evaluation:
    """Hits of models over periods: axes are model, area (how many cells are named) and period.

    ``hits``: shape (models, areas, periods), means where cells tie. ``most_hits``: (areas, periods), of the best choice
    of as many cells. ``totals``: incidents by period. ``predicted``: expected by model and period. ``deviance``: mean
    Poisson deviance per cell, by model and period. ``area``: cells of the whole area, which may be a fraction.
    """

    models: tuple[Model, ...]
    cells: Integers
    area: float
    starts: Floats
    days: int
    totals: Integers
    hits: Floats
    most_hits: Floats
    predicted: Floats
    deviance: Floats

    @property
    def hit_rate(self) -> Floats:
        """n/N over all periods, shape (models, areas)."""
        return np.asarray(self.hits.sum(axis=2) / self.totals.sum())

    @property
    def pai(self) -> Floats:
        """Hit rate over share of the area, over all periods, shape (models, areas)."""
        return np.asarray(self.hit_rate * self.area / self.cells)

    @property
    def pei(self) -> Floats:
        """Hits over the most that there could have been, over all periods, shape (models, areas)."""
        return np.asarray(self.hits.sum(axis=2) / self.most_hits.sum(axis=1))

    def pai_by_period(self) -> Floats:
        """Return the PAI of each period, shape of ``hits``; 0 where nothing happened, as there was nothing to hit."""
        rate = np.divide(self.hits, self.totals, out=np.zeros_like(self.hits), where=self.totals > 0)
        return np.asarray(rate * (self.area / self.cells)[None, :, None])

    def best_baseline(self, area: int) -> int:
        """Return the baseline with the most hits at an area (its position); the first of those that tie.

        MethodFault: no model is a baseline.
        """
        baselines = [number for number, model in enumerate(self.models) if model.baseline]
        if not baselines:
            raise MethodFault("A comparison needs a baseline; add prior counts to the models.")
        return max(baselines, key=lambda number: (self.hits[number, area].sum(), -number))

    def gain(self, model: int, area: int, *, seed: int = 1) -> Interval:
        """Return by how much a model's PAI exceeds that of the best baseline at an area, with its 95 % interval."""
        base = self.hits[self.best_baseline(area), area]
        weights = self.totals * (self.cells[area] / self.area)
        return paired_interval(self.hits[model, area], base, weights, seed=seed)

    def chosen(self, area: int, *, seed: int = 1) -> int:
        """Return the model to use at an area: the best of those that are surely no worse than the best baseline.

        That is, the lower end of its gain's interval is at least 0; without any it is the baseline.
        """
        best = self.best_baseline(area)
        sure = [n for n in range(len(self.models)) if n != best and self.gain(n, area, seed=seed).low >= 0]
        return max([best, *sure], key=lambda number: (self.hits[number, area].sum(), number == best))


def evaluated(
    events: Events,
    grid: Grid,
    models: Sequence[Model],
    starts: Sequence[float],
    days: int,
    cells: Sequence[int],
    *,
    area: float | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Evaluation:
    """Return how each model did in each period of ``days`` from each start, naming so many ``cells``.

    The origin rolls: a period is forecast from all events before it, and only those (Tashman 2000). ``area``: cells of
    the whole area where borders cut some; otherwise those inside the grid.
    MethodFault: no model, no period, more cells than there are, nothing happened in any, or as of a model.
    """
    _check(models, starts, cells, int(grid.inside.sum()))
    shape = (len(models), len(cells), len(starts))
    hits, most = np.zeros(shape), np.zeros(shape[1:])
    predicted, deviance = np.zeros((shape[0], shape[2])), np.zeros((shape[0], shape[2]))
    totals = np.zeros(shape[2], np.int64)
    for period, start in enumerate(starts):
        happened = _happened(events, grid, start, days)
        totals[period] = happened.sum()
        for number, model in enumerate(models):
            if progress:
                progress((period * shape[0] + number) / (shape[0] * shape[2]))
            surface = model.forecast(events, grid, start, days, seed)[grid.inside]
            predicted[number, period] = surface.sum()
            deviance[number, period] = poisson_deviance(surface, happened)
            for place, named in enumerate(cells):
                scores = scored(surface, happened, named)
                hits[number, place, period], most[place, period] = scores.hits, scores.most_hits
    if not totals.any():
        raise MethodFault("Nothing happened in any of the periods; evaluate others.")
    return Evaluation(
        models=tuple(models),
        cells=np.array(cells, dtype=np.int64),
        area=float(grid.inside.sum()) if area is None else area,
        starts=np.array(starts, dtype=np.float64),
        days=days,
        totals=totals,
        hits=hits,
        most_hits=most,
        predicted=predicted,
        deviance=deviance,
    )


def rolling_starts(first: float, last: float, days: int) -> list[float]:
    """Return the first days of whole periods that follow one another and end by ``last``; none may be."""
    if days < 1:
        raise MethodFault("A period has at least one day.", "days")
    return [first + days * number for number in range(max(0, int((last - first) // days)))]


def _check(models: Sequence[Model], starts: Sequence[float], cells: Sequence[int], inside: int) -> None:
    if not models or not starts or not cells:
        raise MethodFault("An evaluation needs at least one model, one period and one area.")
    if min(cells) < 1 or max(cells) > inside:
        raise MethodFault(f"From 1 to {inside:,} cells can be named; choose another share of the area.")


def _happened(events: Events, grid: Grid, start: float, days: int) -> Integers:
    placed = events.placed()
    ahead = placed.taken((placed.begin >= start) & (placed.begin < start + days))
    return np.asarray(grid.counts(ahead.x, ahead.y)[grid.inside])
