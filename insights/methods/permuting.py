"""Permutations of dates, many at a time, from a generator that needs a few machine instructions a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.methods.base import Integers
from insights.methods.compiled import compiled

Dates = NDArray[np.int32]


class Shuffler:
    """Permutations of one column of dates, each date moving only within its stratum.

    The same seed gives the same permutations in the same order, in blocks of any size. The generator is SplitMix64
    (Steele, Lea and Flood 2014).
    """

    def __init__(self, dates: Dates, seed: int, stratum: Integers | None = None) -> None:
        stratum = np.zeros(len(dates), np.int64) if stratum is None else stratum
        self._position = np.argsort(stratum, kind="stable")
        self._dates = np.ascontiguousarray(dates[self._position])
        ends = np.flatnonzero(np.diff(stratum[self._position])) + 1
        self._bounds = np.concatenate([[0], ends, [len(dates)]]).astype(np.int64)
        self._state = np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.uint64)

    def fill(self, rows: Dates) -> Dates:
        """Return the array, shape (permutations, n), with another permutation in each row."""
        _shuffle(self._dates, self._position, self._bounds, self._state, rows)
        return rows


@compiled
def _shuffle(
    dates: Dates, position: Integers, bounds: Integers, state: NDArray[np.uint64], out: Dates
) -> None:
    mixed = dates.copy()
    now = state[0]
    for row in range(out.shape[0]):
        mixed[:] = dates
        for group in range(len(bounds) - 1):
            low = bounds[group]
            for last in range(bounds[group + 1] - 1, low, -1):
                now += np.uint64(0x9E3779B97F4A7C15)
                word = now
                word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                word ^= word >> np.uint64(31)
                # The upper half times the choices, over 2^32, is one of them; below a million none is 0.03 % off.
                chosen = low + np.int64(
                    ((word >> np.uint64(32)) * np.uint64(last - low + 1)) >> np.uint64(32)
                )
                mixed[last], mixed[chosen] = mixed[chosen], mixed[last]
        for place in range(len(dates)):
            out[row, position[place]] = mixed[place]
    state[0] = now
