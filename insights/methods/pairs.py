"""Pairs of points that lie near each other, found by cells and handed out one at a time, so that none are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.methods.base import Events, Floats, Integers, MethodFault
from insights.methods.compiled import compiled

#: Share of the pairs looked at that are nearer than the reach, were points spread evenly: area over 3 x 3 cells.
NEAR_SHARE = {"manhattan": 2 / 9, "euclidean": np.pi / 9}
METRICS = tuple(NEAR_SHARE)


@dataclass(frozen=True)
class Neighbours:
    """Where the pairs of points of one reach are found, for points in the order of ``order``.

    Those that may lie nearer to point i than the reach, each pair once, are i+1 .. same[i] and above[i] .. beyond[i]
    (ends not included). All have the length n.
    """

    order: Integers
    same: Integers
    above: Integers
    beyond: Integers

    @property
    def candidates(self) -> int:
        """How many pairs are looked at."""
        later = self.same - np.arange(len(self.same)) - 1
        return int((later + self.beyond - self.above).sum())


def neighbours(x: Floats, y: Floats, reach: float, ties: tuple[Floats, ...] = ()) -> Neighbours:
    """Return where pairs of points nearer than ``reach`` metres are found; coordinates must be finite.

    Points come sorted by cell, then by place, then by ``ties``, so that results do not depend on the order of rows.
    """
    column, row = (np.floor(axis / reach).astype(np.int64) for axis in (x, y))
    width = int(column.max() - column.min()) + 3 if len(x) else 3
    code = (row - row.min()) * width + column - column.min() if len(x) else row
    order = np.lexsort((*ties[::-1], y, x, code))
    code = code[order]
    # The cell to the right, and the three of the row above, are next to each other in the order of codes.
    same = np.searchsorted(code, code + 1, side="right")
    above = np.searchsorted(code, code + width - 1, side="left")
    beyond = np.searchsorted(code, code + width + 1, side="right")
    return Neighbours(order, same, above, beyond)


def estimated_pairs(x: Floats, y: Floats, reach: float, metric: str) -> int:
    """Return about how many pairs are nearer than ``reach`` metres, in the time it takes to sort the points."""
    return round(neighbours(x, y, reach).candidates * NEAR_SHARE[metric]) if len(x) else 0


def whole_days(events: Events) -> Integers:
    """Return the day on which each begins, shape n; MethodFault where one has no time."""
    if not np.isfinite(events.begin).all():
        raise MethodFault("An incident has no time; leave out those without one.")
    return np.floor(events.begin).astype(np.int64)


@compiled
def distance(dx: float, dy: float, manhattan: bool) -> float:
    """Return the metres between two points: along both axes added up, or as the crow flies."""
    if manhattan:
        return abs(dx) + abs(dy)
    return float(np.sqrt(dx * dx + dy * dy))


@compiled
def _near(
    x: Floats,
    y: Floats,
    day: Floats,
    ends: tuple[Integers, Integers, Integers],
    limits: tuple[float, float, float],
    manhattan: bool,
    out: NDArray[np.int32],
) -> int:
    found = 0
    same, above, beyond = ends
    reach, least, most = limits
    for i in range(len(x)):
        for part in range(2):
            first, last = (i + 1, same[i]) if part == 0 else (above[i], beyond[i])
            for j in range(first, last):
                apart = abs(day[i] - day[j])
                if least <= apart <= most and distance(x[i] - x[j], y[i] - y[j], manhattan) <= reach:
                    if found < len(out):
                        out[found, 0], out[found, 1] = i, j
                    found += 1
    return found


def near_pairs(
    x: Floats, y: Floats, day: Floats, limits: tuple[float, float, float], metric: str, most: int
) -> Integers:
    """Return the pairs at most ``limits[0]`` metres and from ``limits[1]`` to ``limits[2]`` days apart, shape (m, 2).

    Rows name positions in ``x``. MethodFault: they are more than ``most``.
    """
    if not len(x):
        return np.zeros((0, 2), np.int64)
    around = neighbours(x, y, float(np.nextafter(limits[0], np.inf)), (day,))
    order = around.order
    columns = (x[order], y[order], day[order].astype(np.float64))
    ends = (around.same, around.above, around.beyond)
    found = _near(*columns, ends, limits, metric == "manhattan", np.zeros((0, 2), np.int32))
    if found > most:
        raise MethodFault(
            f"{found:,} pairs of incidents are near each other, more than {most:,}; choose less distance or time."
        )
    pairs = np.zeros((found, 2), np.int32)
    _near(*columns, ends, limits, metric == "manhattan", pairs)
    return order[pairs]
