"""Change points of a series of counts: where its rate became another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Floats, Integers, MethodFault
from insights.methods.compiled import compiled


@dataclass(frozen=True)
class Stretches:
    """Stretches of one rate: each starts at position ``start`` of the series and has ``rate`` per period.

    ``start[0]`` is 0; every other start is a change point. ``spread``: variance by mean of the series about its own
    neighbours, at least 1, by which evidence was divided.
    """

    start: Integers
    rate: Floats
    spread: float


def change_points(counts: Integers, penalty: float = 3.0, shortest: int = 4) -> Stretches:
    """Return the stretches of constant rate that explain the counts best, exactly.

    Least sum over stretches of -2 S ln(S/m) / φ, S the incidents and m the periods of a stretch, plus ``penalty`` ·
    2 ln n for each change; found by dynamic programming over all partitions (Jackson and others, 2005; penalty as of
    Killick, Fearnhead and Eckley, 2012). φ is the mean of (x - y)² / (x + y) over neighbours x, y, at least 1: more
    than Poisson's spread must not look like change. Of equal partitions that with the earlier last change is taken.

    MethodFault: the series is shorter than two stretches, or a parameter is out of its bounds.
    """
    if shortest < 1 or not penalty > 0:
        raise MethodFault("Stretches must be at least 1 period long and the penalty above 0.", "penalty")
    if len(counts) < 2 * shortest:
        raise MethodFault(
            f"At least {2 * shortest} periods are needed to find a change and there are {len(counts)}."
        )
    spread = spread_of(counts)
    sums = np.concatenate(([0.0], np.cumsum(counts, dtype=np.float64)))
    last = _best_starts(sums, spread, penalty * 2 * math.log(len(counts)), shortest)
    starts, end = [], len(counts)
    while end > 0:
        starts.append(int(last[end]))
        end = int(last[end])
    start = np.array(starts[::-1], dtype=np.int64)
    ends = np.append(start[1:], len(counts))
    return Stretches(start, (sums[ends] - sums[start]) / (ends - start), spread)


def spread_of(counts: Integers) -> float:
    """Return variance by mean from neighbours' differences, at least 1 (Poisson's); shifts of level hardly count."""
    before, after = counts[:-1].astype(np.float64), counts[1:].astype(np.float64)
    held = before + after > 0
    if not held.any():
        return 1.0
    return max(1.0, float(((after - before)[held] ** 2 / (after + before)[held]).mean()))


@compiled
def _best_starts(sums: Floats, spread: float, penalty: float, shortest: int) -> Integers:
    number = len(sums) - 1
    best = np.full(number + 1, np.inf)
    last = np.zeros(number + 1, np.int64)
    best[0] = -penalty
    for end in range(shortest, number + 1):
        for start in range(end - shortest + 1):
            incidents = sums[end] - sums[start]
            cost = 0.0
            if incidents > 0:
                cost = -2.0 * incidents * math.log(incidents / (end - start)) / spread
            if best[start] + cost + penalty < best[end]:
                best[end] = best[start] + cost + penalty
                last[end] = start
    return last
