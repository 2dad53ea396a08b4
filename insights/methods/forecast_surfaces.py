"""What every forecast is made of: the events before its first day, their cells, and surfaces of expected events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import ndimage

from insights.methods.base import Events, Floats, Grid, Integers, MethodFault

YEAR = 365.25
KERNELS = ("gaussian", "quartic")


class Forecaster(Protocol):
    """A model of where incidents happen next.

    It returns the expected events of each cell, shape of the grid, 0 outside its area, in [start_day, start_day +
    days). Events at ``start_day`` or later are never looked at. MethodFault: nothing happened before.
    """

    def __call__(
        self, events_before: Events, grid: Grid, start_day: float, days: int, parameters: Any, seed: int = 0
    ) -> Floats: ...


@dataclass(frozen=True)
class History:
    """Events before a forecast that lie in its area, the oldest first: ``cell`` is flat, ``age`` in days, both n.

    ``span``: days from the first event looked at, or from the start of the years asked for, to the forecast.
    """

    events: Events
    cell: Integers
    age: Floats
    span: float

    def counts(self, grid: Grid, weights: Floats | None = None) -> Floats:
        """Return the events of each cell, or the sum of their weights, shape of the grid."""
        counted = np.bincount(self.cell, weights=weights, minlength=grid.inside.size)
        return counted.astype(np.float64).reshape(grid.shape)

    def since(self, years: float) -> History:
        """Return the history of the last years; MethodFault where nothing happened in them."""
        recent = self.age <= years * YEAR
        if not recent.any():
            raise MethodFault(
                f"Nothing happened in the {years:g} years before the forecast; look further back."
            )
        kept = self.events.taken(recent)
        return History(kept, self.cell[recent], self.age[recent], min(self.span, years * YEAR))


def history(events: Events, grid: Grid, start_day: float, days: int, years: float = 0) -> History:
    """Return the events of the last ``years`` (0: of all) before ``start_day`` that lie in the grid's area.

    Those without a place or a time are left out.
    MethodFault: none do, the forecast is for less than a day, or its start is no number.
    """
    if not np.isfinite(start_day) or days < 1:
        raise MethodFault("A forecast needs a first day and at least one day.", "days")
    placed = events.placed()
    placed = placed.taken(np.isfinite(placed.begin) & (placed.begin < start_day))
    cell = grid.cells(placed.x, placed.y)
    held = np.flatnonzero(cell >= 0)
    if not len(held):
        raise MethodFault("Nothing happened in the area before the forecast; look further back.")
    # One order whatever that of the rows is, so that sums are the same to the last bit.
    held = held[np.lexsort((placed.kind[held], placed.y[held], placed.x[held], placed.begin[held]))]
    placed = placed.taken(held)
    found = History(
        placed, cell[held], start_day - placed.begin, start_day - float(np.floor(placed.begin[0]))
    )
    return found.since(years) if years else found


def quartic(size: float, bandwidth: float) -> Floats:
    """Return the weights (1-(d/h)²)² of cells by the distance d of their middles, below h; at least the own cell's."""
    reach = int(bandwidth // size)
    step = np.arange(-reach, reach + 1) * size
    squared = (step[:, None] ** 2 + step[None, :] ** 2) / bandwidth**2
    return np.asarray(np.where(squared < 1, (1 - squared) ** 2, 0.0))


def smoothed(counts: Floats, grid: Grid, bandwidth: float, kernel: str = "gaussian") -> Floats:
    """Return counts spread over the cells around, with the same sum; what falls outside of the area comes back in.

    ``bandwidth``: metres, the standard deviation of the Gaussian or the radius of the quartic kernel.
    """
    if kernel == "gaussian":
        spread = ndimage.gaussian_filter(counts, bandwidth / grid.size, mode="constant")
    else:
        spread = ndimage.convolve(counts, quartic(grid.size, bandwidth), mode="constant")
    return scaled(spread, grid, float(counts.sum()))


def scaled(surface: Floats, grid: Grid, total: float) -> Floats:
    """Return a surface, 0 outside of the area, that sums to ``total``; even over the area where it was 0 throughout."""
    inside = np.where(grid.inside, surface, 0.0)
    summed = inside.sum()
    if not summed > 0:
        inside, summed = grid.inside.astype(np.float64), grid.inside.sum()
    return np.asarray(inside * (total / summed))
