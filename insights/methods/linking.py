"""Density linking of points in space and time: DBSCAN on a grid, without holding pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Flags, Floats, Integers, MethodFault
from insights.methods.compiled import compiled

#: Two points of one cell are always near: its diagonal is the radius, less a hair for rounding.
SIDE = math.sqrt(0.5) * (1 - 1e-9)
#: Cells that a radius reaches to each side.
REACH = 2
MOST_CELLS = 2**62


@dataclass(frozen=True)
class _Cells:
    """Points sorted by cell: ``order`` sorts them, cell c of number ``keys[c]`` holds ``starts[c]`` to the next.

    ``shifts`` are the numbers of the first of each row of neighbouring cells, from the cell's own.
    """

    order: Integers
    keys: Integers
    starts: Integers
    shifts: Integers


def linked(x: Floats, y: Floats, t: Floats, radius: float, days: float, least: int) -> tuple[Integers, Flags]:
    """Return each point's cluster, -1 for noise, and whether it is a core point.

    A core point has at least ``least`` points, itself among them, within ``radius`` metres and ``days`` days
    (``math.inf``: time does not matter). Core points near each other are one cluster, and points near a core point
    belong to its cluster: to the first where there are several. Clusters are numbered by their first core point.
    Ester, Kriegel, Sander and Xu (1996); Birant and Kut (2007). Cells after Gunawan (2013).

    MethodFault: the points are too far apart for cells of this radius.
    """
    if not len(x):
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    # Whole numbers would have the kernels compiled once more.
    radius, days = float(radius), float(days)
    cells = _cells(x, y, t, radius, days)
    x, y, t = x[cells.order], y[cells.order], t[cells.order]
    core = np.zeros(len(x), np.bool_)
    parent = np.arange(len(x))
    _find_core(x, y, t, cells.keys, cells.starts, cells.shifts, radius**2, days, least, core)
    _join(x, y, t, cells.keys, cells.starts, cells.shifts, radius**2, days, core, parent)
    first = _numbers(cells.order, core, parent)
    _attach(x, y, t, cells.keys, cells.starts, cells.shifts, radius**2, days, core, first)
    labels, is_core = np.empty(len(x), np.int64), np.empty(len(x), np.bool_)
    labels[cells.order], is_core[cells.order] = first, core
    return labels, is_core


def _cells(x: Floats, y: Floats, t: Floats, radius: float, days: float) -> _Cells:
    side = radius * SIDE
    spans = [x - x.min(), y - y.min()]
    if max(float(span.max()) for span in spans) / side > 2**30:
        raise MethodFault("The incidents are too far apart for this radius; choose a larger one.", "radius")
    column, row = (np.floor(span / side).astype(np.int64) + REACH for span in spans)
    timed = math.isfinite(days)
    slot = np.floor((t - t.min()) / days).astype(np.int64) + 1 if timed else np.zeros(len(x), np.int64)
    wide, high = int(column.max()) + REACH + 1, int(row.max()) + REACH + 1
    if wide * high * (int(slot.max()) + 2) > MOST_CELLS:
        raise MethodFault("The incidents are too far apart for this radius; choose a larger one.", "radius")
    number = (slot * high + row) * wide + column
    order = np.argsort(number, kind="stable")
    keys, starts = np.unique(number[order], return_index=True)
    around = [
        (later * high + up) * wide - REACH
        for later in ((-1, 0, 1) if timed else (0,))
        for up in (0, -1, 1, -2, 2)
    ]
    return _Cells(order, keys, np.append(starts, len(x)), np.array(around, np.int64))


def _numbers(order: Integers, core: Flags, parent: Integers) -> Integers:
    """Return the cluster of each sorted core point, -1 for others, numbered by the first core point as given."""
    roots = _roots(parent)
    first = np.full(len(order), len(order), np.int64)
    np.minimum.at(first, roots[core], order[core])
    found = np.unique(first[roots[core]])
    return np.where(core, np.searchsorted(found, first[roots]), -1).astype(np.int64)


@compiled
def _root(parent: Integers, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _roots(parent: Integers) -> Integers:
    roots = np.empty_like(parent)
    for i in range(len(parent)):
        roots[i] = _root(parent, i)
    return roots


@compiled
def _near(x: Floats, y: Floats, t: Floats, i: int, j: int, squared: float, days: float) -> bool:
    across, up = x[i] - x[j], y[i] - y[j]
    # Not `and`: without a jump the compiler compares several points at once.
    near: bool = (across * across + up * up <= squared) & (abs(t[i] - t[j]) <= days)
    return near


@compiled
def _forward(keys: Integers, at: Integers, k: int, wanted: int) -> int:
    """Cells are visited in the order of their numbers, so each row of neighbours is walked once."""
    while at[k] < len(keys) and keys[at[k]] < wanted:
        at[k] += 1
    return int(at[k])


@compiled
def _rows(
    keys: Integers, starts: Integers, shifts: Integers, at: Integers, cell: int, low: Integers, high: Integers
) -> int:
    """Cells beside each other hold points beside each other: one stretch of points for each row of neighbours."""
    number = 0
    for k in range(len(shifts)):
        first = _forward(keys, at, k, keys[cell] + shifts[k])
        after = first
        while after < len(keys) and keys[after] <= keys[cell] + shifts[k] + 2 * REACH:
            after += 1
        low[k], high[k] = starts[first], starts[after]
        number += high[k] - low[k]
    return number


@compiled
def _find_core(
    x: Floats,
    y: Floats,
    t: Floats,
    keys: Integers,
    starts: Integers,
    shifts: Integers,
    squared: float,
    days: float,
    least: int,
    core: Flags,
) -> None:
    at, low, high = np.zeros((3, len(shifts)), np.int64)
    for cell in range(len(keys)):
        around = _rows(keys, starts, shifts, at, cell, low, high)
        first, after = starts[cell], starts[cell + 1]
        if after - first >= least:
            core[first:after] = True
        elif around >= least:
            for i in range(first, after):
                number = 0
                for k in range(len(shifts)):
                    if number < least:
                        for j in range(low[k], high[k]):
                            number += _near(x, y, t, i, j, squared, days)
                core[i] = number >= least


@compiled
def _join(
    x: Floats,
    y: Floats,
    t: Floats,
    keys: Integers,
    starts: Integers,
    shifts: Integers,
    squared: float,
    days: float,
    core: Flags,
    parent: Integers,
) -> None:
    at = np.zeros(len(shifts), np.int64)
    one = np.full(len(keys), -1)
    for cell in range(len(keys)):
        for i in range(starts[cell], starts[cell + 1]):
            if core[i]:
                if one[cell] < 0:
                    one[cell] = i
                parent[i] = one[cell]
    for cell in range(len(keys)):
        if one[cell] < 0:
            continue
        for k in range(len(shifts)):
            other = _forward(keys, at, k, keys[cell] + shifts[k])
            # Each pair of cells is looked at once, from the later of them.
            while other < cell and keys[other] <= keys[cell] + shifts[k] + 2 * REACH:
                if one[other] >= 0:
                    mine, theirs = _root(parent, one[cell]), _root(parent, one[other])
                    if mine != theirs and _touch(x, y, t, starts, cell, other, squared, days, core):
                        parent[max(mine, theirs)] = min(mine, theirs)
                other += 1


@compiled
def _touch(
    x: Floats,
    y: Floats,
    t: Floats,
    starts: Integers,
    cell: int,
    other: int,
    squared: float,
    days: float,
    core: Flags,
) -> bool:
    for i in range(starts[cell], starts[cell + 1]):
        if core[i]:
            for j in range(starts[other], starts[other + 1]):
                if core[j] and _near(x, y, t, i, j, squared, days):
                    return True
    return False


@compiled
def _attach(
    x: Floats,
    y: Floats,
    t: Floats,
    keys: Integers,
    starts: Integers,
    shifts: Integers,
    squared: float,
    days: float,
    core: Flags,
    label: Integers,
) -> None:
    at, low, high = np.zeros((3, len(shifts)), np.int64)
    for cell in range(len(keys)):
        _rows(keys, starts, shifts, at, cell, low, high)
        for i in range(starts[cell], starts[cell + 1]):
            if core[i]:
                continue
            for k in range(len(shifts)):
                for j in range(low[k], high[k]):
                    better = label[i] < 0 or label[j] < label[i]
                    if core[j] and better and _near(x, y, t, i, j, squared, days):
                        label[i] = label[j]
