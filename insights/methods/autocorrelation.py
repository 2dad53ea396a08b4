"""Spatial autocorrelation on a grid: Moran's I of the whole and of each cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from insights.methods.base import Events, Flags, Floats, Grid, Method, Parameters, parameter
from insights.methods.needs import gridded, placed
from insights.methods.neighbours import Progress, box_sums, check_counts, counted, permuted_ranks

HIGH_HIGH, LOW_HIGH, LOW_LOW, HIGH_LOW = 1, 2, 3, 4


@dataclass(frozen=True)
class MoranParameters(Parameters):
    """The cells, and the permutations that judge each of them."""

    cell: float = parameter(250.0, "Cell", unit="m", least=10, most=10_000)
    permutations: int = parameter(999, "Permutations", least=99, most=9999)
    seed: int = parameter(1, "Seed", least=0, most=2**31)


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I with what is expected without autocorrelation; z and two-sided p under randomisation."""

    value: float
    expected: float
    variance: float
    z: float
    p: float


@dataclass(frozen=True)
class Moran:
    """Moran's I of the area and of each cell, shape (rows, columns).

    ``quarter``: 1 high among high, 2 low among high, 3 low among low, 4 high among low; 0 outside of the area. ``p``:
    one-sided, by conditional permutation; 1 outside.
    """

    grid: Grid
    whole: GlobalMoran
    local: Floats
    quarter: NDArray[np.int8]
    p: Floats
    outside: int
    unplaced: int


def moran(
    events: Events, parameters: MoranParameters, grid: Grid | None = None, progress: Progress | None = None
) -> Moran:
    """Return whether counts resemble their neighbours', in the whole area and at each cell.

    MethodFault: no incident lies in the area, it has fewer than 30 cells, or all hold the same count.
    """
    found = placed(events, 1)
    grid = gridded(found, parameters.cell, grid)
    counts = counted(found.x, found.y, grid)
    local, quarter = local_moran(counts, grid.inside)
    p = np.ones(grid.shape)
    # Counts below the mean make I high where their neighbours' sum is low.
    sign = np.sign(counts * grid.inside.sum() - counts.sum())
    p[grid.inside] = permuted_ranks(
        counts, grid.inside, sign, parameters.permutations, parameters.seed, progress
    )
    outside = len(found) - int(counts.sum())
    whole = global_moran(counts, grid.inside)
    return Moran(grid, whole, local, quarter, p, outside, len(events) - len(found))


def global_moran(counts: Floats, inside: Flags) -> GlobalMoran:
    """Return Moran's I with row-standardised queen weights: n / S0 · Σ w z z / Σ z², z the deviation from the mean.

    The variance is that under randomisation, from S0, S1, S2 and the kurtosis (Cliff and Ord, 1981). A cell without
    neighbours weighs nothing. MethodFault: fewer than 30 cells, no incident, or all cells alike.
    """
    check_counts(counts, inside)
    n = int(inside.sum())
    z, lag, share = _parts(counts, inside)
    s0, s1, s2 = _weights(share, inside)
    squares = float((z**2).sum())
    value = n / s0 * float((z * lag).sum()) / squares
    kurtosis = float((z**4).sum()) / n / (squares / n) ** 2
    expected = -1.0 / (n - 1)
    even = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    peaked = kurtosis * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0**2)
    variance = (even - peaked) / ((n - 1.0) * (n - 2) * (n - 3) * s0**2) - expected**2
    score = (value - expected) / math.sqrt(variance)
    return GlobalMoran(value, expected, variance, score, float(2 * norm.sf(abs(score))))


def local_moran(counts: Floats, inside: Flags) -> tuple[Floats, NDArray[np.int8]]:
    """Return the local I of each cell, (n - 1) z lag(z) / Σ z² (Anselin, 1995), and its quarter of the Moran plot.

    Shapes (rows, columns), 0 outside; the quarters are those of ``Moran``. MethodFault as of ``global_moran``.
    """
    check_counts(counts, inside)
    z, lag, _ = _parts(counts, inside)
    local = (int(inside.sum()) - 1) * z * lag / float((z**2).sum())
    high, among_high = z > 0, lag > 0
    quarter = np.select(
        [high & among_high, ~high & among_high, ~high & ~among_high],
        [HIGH_HIGH, LOW_HIGH, LOW_LOW],
        default=HIGH_LOW,
    )
    return local, np.where(inside, quarter, 0).astype(np.int8)


def _parts(counts: Floats, inside: Flags) -> tuple[Floats, Floats, Floats]:
    """Deviations from the mean, the mean deviation of neighbours, and one by the number of neighbours."""
    z = np.where(inside, counts - counts[inside].mean(), 0.0)
    held = box_sums(np.ones(inside.shape), inside) - 1.0
    share = np.divide(1.0, held, out=np.zeros(inside.shape), where=held > 0)
    return z, (box_sums(z, inside) - z) * share, share


def _weights(share: Floats, inside: Flags) -> tuple[float, float, float]:
    """S0, S1 and S2 of the row-standardised weights, from sums over neighbours."""
    linked = share > 0
    around = box_sums(share, inside) - share
    squared = box_sums(share**2, inside) - share**2
    s1 = 0.5 * float((share + 2 * share * around + squared)[linked].sum())
    s2 = float(((1.0 + around) ** 2)[linked].sum())
    return float(linked.sum()), s1, s2


METHOD = Method(
    key="autocorrelation",
    title="Spatial autocorrelation (Moran's I)",
    question="Do counts resemble those of their neighbours, and which cells stick out among theirs?",
    version="1",
    parameters=MoranParameters,
    run=moran,
    minimum=1,
    assumes=(
        "Under chance every cell of the area could have had any of the counts.",
        "Neighbours are the cells that touch, at a side or a corner.",
    ),
    fails=(
        "Residents and visitors are clustered themselves, so a high I need not be of the risk.",
        "Local p-values are many: about one in twenty is below .05 by chance.",
        "A low cell among high ones may be a park, not a safe place.",
    ),
    sources=("Moran (1950)", "Cliff and Ord (1981)", "Anselin (1995)"),
)
