"""How good a forecast was: hits among the cells it named, against area, against the best possible, against another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Floats, Integers, MethodFault

SQUARE_FEET_PER_MILE = 5280.0**2
#: Bounds of the forecasting challenge of the National Institute of Justice (2016): square feet of a cell, square miles.
NIJ_CELL = (62_500.0, 360_000.0)
NIJ_TOTAL = (0.25, 0.75)
#: Predictions below this count as this, since a deviance has no value where 0 were predicted and one happened.
LEAST_PREDICTED = 1e-6


@dataclass(frozen=True)
class Scores:
    """One forecast of one period at one area: ``hits`` of ``total`` incidents in ``cells`` of ``area`` cells.

    ``hits`` is a mean where cells tie at the cut. ``most_hits`` is what the best choice of as many cells would have
    caught. ``pai`` = (n/N)/(a/A) (Chainey and others 2008), ``pei`` = n/n* (Hunt 2016), ``hit_rate`` = n/N.
    """

    hits: float
    total: int
    cells: int
    area: int
    most_hits: float

    @property
    def hit_rate(self) -> float:
        """Share of the incidents that lay in the cells named; MethodFault where nothing happened."""
        if not self.total:
            raise MethodFault("Nothing happened in the period, so it has no hit rate; take a longer one.")
        return self.hits / self.total

    @property
    def pai(self) -> float:
        """Hit rate over share of the area; 1 is no better than chance."""
        return self.hit_rate * self.area / self.cells

    @property
    def pei(self) -> float:
        """Hits over the most that as many cells could have caught, 0 to 1."""
        return self.hit_rate * self.total / self.most_hits


@dataclass(frozen=True)
class Calibration:
    """Cells in groups of rising prediction, and what happened in them; equal predictions are of one group."""

    cells: Integers
    predicted: Floats
    happened: Integers


@dataclass(frozen=True)
class Interval:
    """A difference and the interval that holds it at the level asked for."""

    difference: float
    low: float
    high: float


def expected_hits(predicted: Floats, happened: Integers, cells: int) -> float:
    """Return the hits in the ``cells`` highest predictions, both of one shape; ties at the cut are averaged.

    Of cells that tie, each is as likely to be named, so their hits count by the share of them that has room.
    MethodFault: no cell or more cells than there are, other shapes, or a prediction that is no number.
    """
    predicted, happened = _checked(predicted, happened)
    if not 1 <= cells <= len(predicted):
        raise MethodFault(f"From 1 to {len(predicted):,} cells can be named, not {cells:,}.")
    cut = np.partition(predicted, len(predicted) - cells)[len(predicted) - cells]
    above, tied = predicted > cut, predicted == cut
    room = cells - int(above.sum())
    return float(happened[above].sum() + happened[tied].sum() * room / tied.sum())


def scored(predicted: Floats, happened: Integers, cells: int) -> Scores:
    """Return the scores of predictions per cell against the counts of the same cells; faults as of expected_hits."""
    hits = expected_hits(predicted, happened, cells)
    most = float(np.sort(happened.ravel())[::-1][:cells].sum())
    return Scores(hits, int(happened.sum()), cells, happened.size, most)


def cells_of_share(share: float, cells: int) -> int:
    """Return how many of all cells are a share of the area, to the nearest, at least one."""
    if not 0 < share <= 1:
        raise MethodFault("The share of the area must lie above 0 and be at most 1.", "share")
    return max(1, round(share * cells))


def nij_cells(cell_square_feet: float, square_miles: float) -> int:
    """Return how many cells come nearest to a forecast area and keep to the NIJ's rules of 2016.

    MethodFault: the cell is not of 62,500 to 360,000 ft², or the area is not of 0.25 to 0.75 square miles.
    """
    if not NIJ_CELL[0] <= cell_square_feet <= NIJ_CELL[1]:
        raise MethodFault("A cell must have from 62,500 to 360,000 square feet.")
    if not NIJ_TOTAL[0] <= square_miles <= NIJ_TOTAL[1]:
        raise MethodFault("The area of a forecast must be from 0.25 to 0.75 square miles.")
    least, most = (total * SQUARE_FEET_PER_MILE / cell_square_feet for total in NIJ_TOTAL)
    wanted = round(square_miles * SQUARE_FEET_PER_MILE / cell_square_feet)
    return min(max(wanted, math.ceil(least)), math.floor(most))


def recapture_rate(hits: float, total: int, hits_before: float, total_before: int) -> float:
    """Return the recapture rate index (n/n_before)/(N/N_before) of the same cells (Levine 2008); 1 is stable.

    MethodFault: nothing happened in one of the periods, or nothing in these cells before.
    """
    if not (total and total_before and hits_before):
        raise MethodFault(
            "The index needs incidents in both periods and in the cells before; take longer periods."
        )
    return (hits / hits_before) / (total / total_before)


def calibration(predicted: Floats, happened: Integers, groups: int = 10) -> Calibration:
    """Return cells by quantile of their prediction (deciles), with the sums of what was predicted and happened.

    Fewer groups come back where many predictions are equal. Faults as of expected_hits.
    """
    predicted, happened = _checked(predicted, happened)
    edges = np.unique(np.quantile(predicted, np.arange(1, groups) / groups, method="inverted_cdf"))
    _, group = np.unique(np.searchsorted(edges, predicted), return_inverse=True)
    cells = np.bincount(group).astype(np.int64)
    seen = np.bincount(group, weights=happened).astype(np.int64)
    return Calibration(cells, np.bincount(group, weights=predicted).astype(np.float64), seen)


def poisson_deviance(predicted: Floats, happened: Integers) -> float:
    """Return the mean deviance per cell, 2 (o ln(o/p) - (o - p)); predictions below 1e-6 count as that."""
    predicted, happened = _checked(predicted, happened)
    mean = np.maximum(predicted, LEAST_PREDICTED)
    logs = np.log(np.where(happened > 0, happened, 1) / mean)
    return float(np.mean(2 * (happened * logs - (happened - mean))))


def paired_interval(
    first: Floats | Integers,
    second: Floats | Integers,
    weights: Floats | Integers,
    *,
    block: int = 4,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 1,
) -> Interval:
    """Return by how much the first model's hits per incident exceed the second's over the same periods.

    ``first``, ``second``: hits by period; ``weights``: incidents (times a/A, and it is a difference of PAI) by period,
    all of one length. Blocks of periods that follow one another are drawn anew, round the end (Politis and Romano
    1992), since periods near each other are alike. MethodFault: fewer than two periods, or nothing happened.
    """
    periods = len(weights)
    if periods < 2 or not np.sum(weights) > 0:
        raise MethodFault("A comparison needs at least two periods in which something happened.")
    if block < 1 or resamples < 100 or not 0 < level < 1:
        raise MethodFault(
            "A block is at least one period, resamples at least 100, the level between 0 and 1."
        )
    gain = np.asarray(first, dtype=np.float64) - second
    starts = np.random.default_rng(seed).integers(0, periods, (resamples, math.ceil(periods / block)))
    drawn = ((starts[:, :, None] + np.arange(block)) % periods).reshape(resamples, -1)[:, :periods]
    happened = np.asarray(weights, dtype=np.float64)[drawn].sum(axis=1)
    filled = happened > 0
    differences = gain[drawn].sum(axis=1)[filled] / happened[filled]
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(gain.sum() / np.sum(weights)), float(low), float(high))


def _checked(predicted: Floats, happened: Integers) -> tuple[Floats, Integers]:
    predicted, happened = np.ravel(predicted), np.ravel(happened)
    if len(predicted) != len(happened) or not len(predicted):
        raise MethodFault("Predictions and counts must be of the same cells, at least one.")
    if not np.isfinite(predicted).all():
        raise MethodFault("A prediction is not a number; fit the model again.")
    return predicted, happened
