"""Trends without a model: the Mann-Kendall test of many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from insights.methods.base import Floats, Integers, MethodFault
from insights.methods.compiled import compiled

#: With fewer values the normal distribution of the test is too rough.
LEAST = 10


@dataclass(frozen=True)
class Trends:
    """One entry for each series: ``score`` S, its ``z`` and two-sided ``p``; z above 0 rises. Constant series: 0, 1."""

    score: Integers
    z: Floats
    p: Floats


def mann_kendall(series: Floats) -> Trends:
    """Return the trend of each column of ``series``, shape (periods, series).

    S = Σ over i < j of sign(x_j - x_i); z = (S - sign S) / √V with V = (n (n-1) (2n+5) - Σ t (t-1) (2t+5)) / 18 over
    groups of t tied values (Mann, 1945; Kendall, 1975). MethodFault: fewer than ten periods.
    """
    periods = len(series)
    if periods < LEAST:
        raise MethodFault(
            f"At least {LEAST} periods are needed for a trend and there are {periods}.", "periods"
        )
    score = _scores(np.ascontiguousarray(series.T))
    variance = (periods * (periods - 1) * (2 * periods + 5) - _ties(series)) / 18.0
    moved = variance > 0
    z = np.divide(score - np.sign(score), np.sqrt(variance), out=np.zeros(len(score)), where=moved)
    return Trends(score, z, 2.0 * norm.sf(np.abs(z)))


def _ties(series: Floats) -> Floats:
    """Return Σ t (t-1) (2t+5) over the groups of equal values of each column."""
    ordered = np.sort(series, axis=0)
    group = np.ones(series.shape[1])
    total = np.zeros(series.shape[1])
    for same in ordered[1:] == ordered[:-1]:
        total += np.where(same, 0.0, group * (group - 1) * (2 * group + 5))
        group = np.where(same, group + 1, 1.0)
    last: Floats = total + group * (group - 1) * (2 * group + 5)
    return last


@compiled
def _scores(rows: Floats) -> Integers:
    score = np.zeros(len(rows), np.int64)
    for k in range(len(rows)):
        values = rows[k]
        for i in range(len(values)):
            for j in range(i + 1, len(values)):
                score[k] += (values[j] > values[i]) - (values[j] < values[i])
    return score
