"""Hot and cold spots: Getis-Ord Gi* on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from insights.methods.base import Events, Flags, Floats, Grid, Integers, Method, Parameters, parameter
from insights.methods.needs import gridded, placed
from insights.methods.neighbours import Progress, box_sums, check_counts, counted, permuted_ranks

#: The z beyond which a cell is hot or cold, by percent of confidence, two-sided.
LEVELS = {90: 1.645, 95: 1.96, 99: 2.576}
#: Seconds to judge one cell by one permutation.
ONE_PERMUTATION = 3.0e-9


@dataclass(frozen=True)
class HotspotParameters(Parameters):
    """The cells, and how chance is judged."""

    cell: float = parameter(250.0, "Cell", unit="m", least=10, most=10_000)
    false_discovery: float = parameter(
        0.05,
        "False discovery rate",
        least=0.001,
        most=0.2,
        help="Of the cells that are told to be significant, at most this share is expected to be chance.",
    )
    permutations: int = parameter(
        0, "Permutations", least=0, most=9999, help="0 judges by the normal distribution alone."
    )
    seed: int = parameter(1, "Seed", least=0, most=2**31)


@dataclass(frozen=True)
class Hotspots:
    """Gi* per cell, shape (rows, columns).

    ``confidence``: 90, 95 or 99 where hot, the same below 0 where cold, 0 elsewhere. ``p``: two-sided, of the normal
    distribution. ``significant``: after the correction for many cells (Benjamini and Hochberg, 1995). ``permuted_p``:
    one-sided, None without permutations. Outside of the area z is 0 and p is 1. ``outside`` and ``unplaced`` incidents
    were left out.
    """

    grid: Grid
    counts: Integers
    z: Floats
    confidence: NDArray[np.int8]
    p: Floats
    significant: Flags
    permuted_p: Floats | None
    outside: int
    unplaced: int


def hotspots(
    events: Events,
    parameters: HotspotParameters,
    grid: Grid | None = None,
    progress: Progress | None = None,
) -> Hotspots:
    """Return where counts are higher or lower together with their neighbours' than chance would make them.

    MethodFault: no incident lies in the area, it has fewer than 30 cells, or all hold the same count.
    """
    found = placed(events, 1)
    grid = gridded(found, parameters.cell, grid)
    counts = counted(found.x, found.y, grid)
    z = gi_star(counts, grid.inside)
    p = np.where(grid.inside, 2.0 * norm.sf(np.abs(z)), 1.0)
    significant = np.zeros(grid.shape, dtype=np.bool_)
    significant[grid.inside] = discoveries(p[grid.inside], parameters.false_discovery)
    permuted = _permuted(counts, grid.inside, parameters, progress) if parameters.permutations else None
    outside = len(found) - int(counts.sum())
    whole = counts.astype(np.int64)
    return Hotspots(
        grid, whole, z, confidence_of(z), p, significant, permuted, outside, len(events) - len(found)
    )


def cost(cells: int, parameters: HotspotParameters) -> float:
    """Return about how many seconds the permutations of so many cells take; all else is milliseconds."""
    return cells * parameters.permutations * ONE_PERMUTATION


def gi_star(counts: Floats, inside: Flags) -> Floats:
    """Return Gi* of each inside cell as a z score, shape (rows, columns), 0 outside.

    z = (sum of x over the cell and its queen neighbours - x̄ W) / (S √((n W - W²) / (n - 1))), with W the number of
    those cells, n of all inside cells, x̄ their mean and S their population standard deviation; empty cells count
    (Ord and Getis, 1995). MethodFault: fewer than 30 cells, no incident, or all cells alike.
    """
    check_counts(counts, inside)
    values = counts[inside]
    n, mean, deviation = len(values), values.mean(), values.std()
    weights = box_sums(np.ones(inside.shape), inside)
    above = box_sums(counts, inside) - mean * weights
    spread = deviation * np.sqrt((n * weights - weights**2) / (n - 1))
    z: Floats = np.divide(above, spread, out=np.zeros(inside.shape), where=inside)
    return z


def confidence_of(z: Floats) -> NDArray[np.int8]:
    """Return 90, 95 or 99 where z is beyond 1.645, 1.96 or 2.576, the same below 0 for cold, else 0."""
    confidence = np.zeros(z.shape, dtype=np.int8)
    for percent, bound in LEVELS.items():
        confidence[np.abs(z) >= bound] = percent
    return np.where(z < 0, -confidence, confidence).astype(np.int8)


def discoveries(p: Floats, rate: float) -> Flags:
    """Return which of the p-values are significant at a false discovery rate (Benjamini and Hochberg, 1995)."""
    ordered = np.sort(p.ravel())
    passed = np.flatnonzero(ordered <= rate * np.arange(1, p.size + 1) / p.size)
    if not len(passed):
        return np.zeros(p.shape, dtype=np.bool_)
    found: Flags = p <= ordered[passed[-1]]
    return found


def _permuted(
    counts: Floats, inside: Flags, parameters: HotspotParameters, progress: Progress | None
) -> Floats:
    p = np.ones(inside.shape)
    sign = np.ones(inside.shape)
    p[inside] = permuted_ranks(counts, inside, sign, parameters.permutations, parameters.seed, progress)
    return p


METHOD = Method(
    key="hotspots",
    title="Hot spots (Gi*)",
    question="Where do high counts lie next to high counts, more than chance would put them?",
    version="1",
    parameters=HotspotParameters,
    run=hotspots,
    minimum=1,
    assumes=(
        "Under chance every cell of the area could have had any of the counts.",
        "The area is bounded to where incidents could be; lakes and fields inside make the rest look hot.",
    ),
    fails=(
        "It finds where many people are as well as where risk is high; divide by a base to tell them apart.",
        "With counts that are mostly 0 the normal distribution is a rough guide: use permutations.",
        "Without the correction for many cells one in twenty is significant at 95 % by chance.",
        "It says nothing of when: a hot spot may be long over.",
    ),
    sources=(
        "Getis and Ord (1992)",
        "Ord and Getis (1995)",
        "Anselin (1995): conditional permutation",
        "Benjamini and Hochberg (1995)",
    ),
)
