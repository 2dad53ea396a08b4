"""Cylinders of the space-time scan: cells near a cell during some days, and which of them holds the most too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from insights.methods.base import Floats, Integers, MethodFault
from insights.methods.compiled import compiled

#: More cells near cells than these would not fit into memory; larger cells or a smaller radius are asked for.
MOST_NEAR = 20_000_000
Steps = NDArray[np.int32]
Plain = tuple[int, bool, bool, int, float]


@dataclass(frozen=True)
class Zones:
    """The cells near each cell, itself first, then by distance: those of cell i are near[first[i]:first[i + 1]]."""

    near: Integers
    first: Integers


@dataclass(frozen=True)
class Study:
    """Incidents as cell and step of time, sorted by cell: those of cell i are from first[i] to first[i + 1]."""

    first: Integers
    step: Steps
    steps: int


@dataclass(frozen=True)
class Searched:
    """Which cylinders are looked at: up to so many steps, ending at the last step only or anywhere, and how scored."""

    longest: int
    prospective: bool
    expectation: bool
    least: int
    most_share: float


@dataclass(frozen=True)
class Best:
    """The best cylinder round each cell: score (0 where none has too many), cells, first and last step."""

    score: Floats
    cells: Integers
    start: Integers
    end: Integers


def zones(column: Integers, row: Integers, radius: float, nearest: int) -> Zones:
    """Return the cells at most ``radius`` (in cells) from each, the ``nearest`` at most; ties go by row, then column.

    ``column`` and ``row`` must be sorted by row, then column. MethodFault: there are too many to hold.
    """
    tree = cKDTree(np.column_stack([column, row]))
    around = tree.query_ball_point(tree.data, radius + 1e-9, return_length=True)
    if int(np.minimum(around, nearest).sum()) > MOST_NEAR or int(around.max()) > MOST_NEAR // 10:
        raise MethodFault(
            "So many cells lie within the radius that they cannot be held; choose larger cells.", "cell"
        )
    chosen = []
    for here in range(len(column)):
        near = np.array(sorted(tree.query_ball_point(tree.data[here], radius + 1e-9)), dtype=np.int64)
        apart = (column[near] - column[here]) ** 2 + (row[near] - row[here]) ** 2
        chosen.append(near[np.argsort(apart, kind="stable")][:nearest])
    sizes = [len(near) for near in chosen]
    return Zones(np.concatenate(chosen), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def best_cylinders(study: Study, zones: Zones, searched: Searched) -> Best:
    """Return the best cylinder round each cell; of equals the one with fewer cells, then the one that starts first."""
    cells = len(zones.first) - 1
    score, where = np.zeros(cells), np.zeros((cells, 3), np.int64)
    _scan(
        study.first, study.step, *_prepared(study), (zones.near, zones.first), _plain(searched), score, where
    )
    return Best(score, where[:, 0], where[:, 1], where[:, 2])


def best_of_permuted(study: Study, zones: Zones, searched: Searched, permuted: Steps) -> Floats:
    """Return the best score anywhere under each permutation of the incidents' steps; rows of ``permuted`` are those."""
    totals, logs = _prepared(study)
    found = np.zeros(len(permuted))
    _scan_each(study.first, permuted, totals, logs, (zones.near, zones.first), _plain(searched), found)
    return found


def _prepared(study: Study) -> tuple[Integers, Floats]:
    """Return how many happened up to each step, and the logarithms of all counts there can be."""
    totals = np.concatenate([[0], np.cumsum(np.bincount(study.step, minlength=study.steps))]).astype(np.int64)
    return totals, np.log(np.maximum(np.arange(len(study.step) + 1), 1).astype(np.float64))


def _plain(searched: Searched) -> Plain:
    return searched.longest, searched.prospective, searched.expectation, searched.least, searched.most_share


@compiled
def _score(c: int, zone: int, window: int, logs: Floats, expectation: bool, best: float) -> float:
    """Return the score of a cylinder, or anything not above ``best`` where it cannot be."""
    every = len(logs) - 1
    if c * every <= zone * window:
        return 0.0
    part = float(c * (logs[c] - logs[zone] - logs[window] + logs[every]))
    if part <= best:
        return 0.0
    mean = zone * window / every
    if expectation:
        return part + mean - c
    # ln(1 - u) <= -u bounds the other part from above, which spares most logarithms.
    if part - (c - mean) * (every - c) / (every - mean) <= best:
        return 0.0
    if c == every:
        return part
    return float(part + (every - c) * np.log((every - c) / (every - mean)))


@compiled
def _best_of_zone(
    held: Integers,
    zone: int,
    totals: Integers,
    logs: Floats,
    searched: Plain,
    best: float,
    days: Integers,
    sums: Integers,
) -> tuple[float, int, int]:
    longest, prospective, expectation, least, _ = searched
    steps = len(held)
    low = steps - longest if prospective else 0
    many = 0
    sums[0] = 0
    # Widening a window by a step without incidents only raises what is expected: the ends that matter hold some.
    for step in range(max(low, 0), steps):
        if held[step] > 0:
            days[many] = step
            sums[many + 1] = sums[many] + held[step]
            many += 1
    start, end = -1, -1
    for first in range(many):
        for last in range(many - 1 if prospective else first, many):
            until = steps - 1 if prospective else days[last]
            if until - days[first] >= longest:
                break
            c = sums[last + 1] - sums[first]
            if c < least:
                continue
            score = _score(c, zone, totals[until + 1] - totals[days[first]], logs, expectation, best)
            if score > best + 1e-12:
                best, start, end = score, days[first], until
    return best, start, end


@compiled
def _scan(
    first: Integers,
    step: Steps,
    totals: Integers,
    logs: Floats,
    zones: tuple[Integers, Integers],
    searched: Plain,
    score: Floats,
    where: Integers,
) -> None:
    near, begins = zones
    anywhere = len(where) == 0
    steps = len(totals) - 1
    held, days, sums = np.zeros(steps, np.int64), np.zeros(steps, np.int64), np.zeros(steps + 1, np.int64)
    for centre in range(len(begins) - 1):
        held[:] = 0
        zone = 0
        # Where one number for all is asked for, a score below the best so far anywhere is never worked out.
        best = score[0] if anywhere else 0.0
        for position in range(begins[centre], begins[centre + 1]):
            cell = near[position]
            zone += first[cell + 1] - first[cell]
            if zone > searched[4] * len(step):
                break
            for incident in range(first[cell], first[cell + 1]):
                held[step[incident]] += 1
            found, start, end = _best_of_zone(held, zone, totals, logs, searched, best, days, sums)
            if start >= 0:
                best = found
                if not anywhere:
                    where[centre, 0] = position - begins[centre] + 1
                    where[centre, 1], where[centre, 2] = start, end
        score[0 if anywhere else centre] = best


@compiled
def _scan_each(
    first: Integers,
    permuted: Steps,
    totals: Integers,
    logs: Floats,
    zones: tuple[Integers, Integers],
    searched: Plain,
    found: Floats,
) -> None:
    where = np.zeros((0, 3), np.int64)
    for number in range(len(permuted)):
        _scan(first, permuted[number], totals, logs, zones, searched, found[number : number + 1], where)
