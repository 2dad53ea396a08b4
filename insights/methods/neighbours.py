"""Queen neighbours on a grid: sums over the eight cells round each, and what such sums are by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from insights.methods.base import Flags, Floats, Grid, Integers, MethodFault
from insights.methods.compiled import compiled

#: Cells round a cell on a square grid.
QUEEN = 8
#: Fewer cells than this make z scores of neighbourhoods unreliable.
LEAST_CELLS = 30
BATCH = 50

Progress = Callable[[float], None]


def box_sums(values: Floats, inside: Flags) -> Floats:
    """Return for each cell the sum of itself and its queen neighbours that are inside; shape (rows, columns)."""
    padded = np.pad(np.where(inside, values, 0.0), 1)
    rows, columns = inside.shape
    sums = np.zeros((rows, columns))
    for down in range(3):
        for right in range(3):
            sums += padded[down : down + rows, right : right + columns]
    return np.where(inside, sums, 0.0)


def counted(x: Floats, y: Floats, grid: Grid) -> Floats:
    """Return the counts of the points per cell as floats, which neighbourhoods can be compared by.

    MethodFault: fewer than 30 cells are inside, no point is, or all cells hold the same count.
    """
    counts = np.where(grid.inside, grid.counts(x, y), 0).astype(np.float64)
    check_counts(counts, grid.inside)
    return counts


def check_counts(counts: Floats, inside: Flags) -> None:
    """Raise MethodFault where cells cannot be compared with each other."""
    values = counts[inside]
    if len(values) < LEAST_CELLS:
        raise MethodFault(
            f"At least {LEAST_CELLS} cells are needed and the area has {len(values)}; choose smaller cells.",
            "cell",
        )
    if not values.any():
        raise MethodFault("No incident lies in the area; choose another area or a longer period.")
    if values.min() == values.max():
        raise MethodFault("All cells hold the same count, so none stands out; choose other cells.", "cell")


def permuted_ranks(
    counts: Floats,
    inside: Flags,
    sign: Floats,
    permutations: int,
    seed: int,
    progress: Progress | None = None,
) -> Floats:
    """Return one-sided pseudo p-values of the neighbours' sum of each inside cell, in the order of ``counts[inside]``.

    Conditional permutations (Anselin, 1995): a cell keeps its count, and its neighbours draw theirs from all other
    cells without replacement. All cells share the draws, so memory does not grow with the cells.
    p = (min(number of sums ≥ observed, number ≤ observed) + 1) / (permutations + 1), of sums times ``sign``.
    """
    values = counts[inside].astype(np.int64)
    held = (box_sums(np.ones(inside.shape), inside) - 1.0)[inside].astype(np.int64)
    need = (box_sums(counts, inside) - counts)[inside].astype(np.int64)
    draws = _draws(len(values) - 1, permutations, seed)
    above, below = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    for start in range(0, permutations, BATCH):
        if progress:
            progress(start / permutations)
        part = draws[start : start + BATCH]
        _compare(values, held, need, sign[inside].astype(np.int64), part, np.sort(part, axis=1), above, below)
    if progress:
        progress(1.0)
    return (np.minimum(above, below) + 1.0) / (permutations + 1.0)


def _draws(cells: int, permutations: int, seed: int) -> Integers:
    """Return rows of eight different numbers below ``cells``."""
    random = np.random.default_rng(seed)
    draws = random.integers(0, cells, (permutations, QUEEN))
    while True:
        ordered = np.sort(draws, axis=1)
        twice = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(twice):
            return draws
        draws[twice] = random.integers(0, cells, (len(twice), QUEEN))


@compiled
def _compare(
    values: Integers,
    held: Integers,
    need: Integers,
    sign: Integers,
    draws: Integers,
    ordered: Integers,
    above: Integers,
    below: Integers,
) -> None:
    sums = np.zeros(QUEEN + 1, np.int64)
    for permutation in range(len(draws)):
        start = 0
        # The draw j means cell j among all but i: cell j + 1 for i ≤ j. So sums change only where i passes a draw.
        for stretch in range(QUEEN + 1):
            end = ordered[permutation, stretch] + 1 if stretch < QUEEN else len(values)
            for k in range(QUEEN):
                drawn = draws[permutation, k]
                sums[k + 1] = sums[k] + values[drawn + 1 if start <= drawn else drawn]
            for i in range(start, end):
                apart = sign[i] * (sums[held[i]] - need[i])
                above[i] += apart >= 0
                below[i] += apart <= 0
            start = end
