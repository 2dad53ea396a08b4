"""Counts and rates of incidents on squares and hexagons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.stats import chi2

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.needs import placed

SQRT3 = math.sqrt(3.0)
SQUARES, FLAT, POINTY = "squares", "flat hexagons", "pointy hexagons"


@dataclass(frozen=True)
class CountParameters(Parameters):
    """The cells to count on."""

    shape: str = parameter(SQUARES, "Shape of the cells", choices=(SQUARES, FLAT, POINTY))
    size: float = parameter(
        250.0,
        "Size of the cells",
        unit="m",
        least=10,
        most=100_000,
        help="The side of a square, or the edge of a hexagon, which is also its radius.",
    )


@dataclass(frozen=True)
class CellCounts:
    """Cells that hold incidents, the fullest first: columns of one length.

    Cell (``column``, ``row``) is the one of that number from the origin of the projected system. ``x``, ``y`` are the
    metres of its centre, ``per_km2`` is its count by its area. ``unplaced`` incidents had no place.
    """

    column: Integers
    row: Integers
    count: Integers
    x: Floats
    y: Floats
    per_km2: Floats
    area_km2: float
    unplaced: int


def count_cells(events: Events, parameters: CountParameters) -> CellCounts:
    """Return how many incidents each cell holds; MethodFault where none has a place."""
    found = placed(events, 1)
    size = parameters.size
    column, row = cells_of(found.x, found.y, parameters.shape, size)
    column, row, count = _fullest(column, row)
    x, y = centres_of(column, row, parameters.shape, size)
    area = area_of(parameters.shape, size)
    return CellCounts(column, row, count, x, y, count / area, area, len(events) - len(found))


def _fullest(column: Integers, row: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the distinct cells and how often each occurs, by falling count, column and row."""
    # One number for each cell: sorting pairs would take ten times as long.
    first_column, first_row = column.min(), row.min()
    high = int(row.max() - first_row) + 1
    cells, count = np.unique((column - first_column) * high + (row - first_row), return_counts=True)
    order = np.argsort(-count, kind="stable")
    cells = cells[order]
    return cells // high + first_column, cells % high + first_row, count[order].astype(np.int64)


def cells_of(x: Floats, y: Floats, shape: str, size: float) -> tuple[Integers, Integers]:
    """Return each point's column and row among cells anchored at the origin.

    Hexagons number as PostGIS numbers those of ST_HexagonGrid: flat ones stand in columns 1.5 sizes apart, and odd
    columns lie half a cell higher; pointy ones are the same with x and y exchanged.
    """
    if shape == SQUARES:
        return np.floor(x / size).astype(np.int64), np.floor(y / size).astype(np.int64)
    if shape == FLAT:
        return _hexagons(x, y, size)
    row, column = _hexagons(y, x, size)
    return column, row


def _hexagons(x: Floats, y: Floats, size: float) -> tuple[Integers, Integers]:
    """Cube rounding: the coordinate that was rounded farthest is recomputed from the other two."""
    q = x * (2.0 / 3.0) / size
    r = (y * (SQRT3 / 3.0) - x / 3.0) / size
    rounded_q, rounded_r, rounded_s = np.rint(q), np.rint(r), np.rint(-q - r)
    off_q, off_r, off_s = np.abs(rounded_q - q), np.abs(rounded_r - r), np.abs(rounded_s + q + r)
    farthest_q = (off_q > off_r) & (off_q > off_s)
    farthest_r = ~farthest_q & (off_r > off_s)
    column = np.where(farthest_q, -rounded_r - rounded_s, rounded_q).astype(np.int64)
    axial = np.where(farthest_r, -rounded_q - rounded_s, rounded_r).astype(np.int64)
    return column, axial + (column - (column & 1)) // 2


def centres_of(column: Integers, row: Integers, shape: str, size: float) -> tuple[Floats, Floats]:
    """Return the metres of the cells' centres."""
    across, upwards = column.astype(np.float64), row.astype(np.float64)
    if shape == SQUARES:
        return (across + 0.5) * size, (upwards + 0.5) * size
    if shape == FLAT:
        return across * (1.5 * size), (upwards + (column & 1) / 2) * (SQRT3 * size)
    return (across + (row & 1) / 2) * (SQRT3 * size), upwards * (1.5 * size)


def outlines(column: Integers, row: Integers, shape: str, size: float) -> Sequence[shapely.Geometry]:
    """Return the cells as polygons, in metres."""
    x, y = centres_of(column, row, shape, size)
    turns = np.arange(4) * 90.0 + 45.0 if shape == SQUARES else np.arange(6) * 60.0
    if shape == POINTY:
        turns = turns + 30.0
    reach = size / math.sqrt(2.0) if shape == SQUARES else size
    angle = np.radians(turns)
    corners = np.stack((x[:, None] + reach * np.cos(angle), y[:, None] + reach * np.sin(angle)), axis=-1)
    drawn: Sequence[shapely.Geometry] = shapely.polygons(corners)
    return drawn


def area_of(shape: str, size: float) -> float:
    """Return the area of one cell in km²."""
    return (1.0 if shape == SQUARES else 1.5 * SQRT3) * size * size / 1e6


@dataclass(frozen=True)
class Rates:
    """Rates of cells: ``rate`` with its 95 % interval ``low`` to ``high``, of the cells ``known`` names.

    A cell whose base is 0 has no rate and is left out; ``known`` holds the positions of the others.
    """

    rate: Floats
    low: Floats
    high: Floats
    known: Integers


def rates(counts: Integers, base: Floats, per: float = 1000.0) -> Rates:
    """Return incidents per ``per`` of the base (residents, households, vehicles).

    The interval is the exact one of a Poisson count (Garwood, 1936). MethodFault: shapes differ, or a base is negative
    or missing.
    """
    if counts.shape != base.shape:
        raise MethodFault("Counts and their base must be of the same cells.")
    if not (np.isfinite(base).all() and (base >= 0).all()):
        raise MethodFault("The base of a rate must be a number of at least 0 in every cell.", "base")
    known = np.flatnonzero(base > 0)
    low, high = poisson_interval(counts.ravel()[known])
    scale = per / base.ravel()[known]
    return Rates(counts.ravel()[known] * scale, low * scale, high * scale, known)


def poisson_interval(counts: Any, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return the exact interval of the mean behind each Poisson count (Garwood, 1936)."""
    counted = np.asarray(counts, dtype=np.float64)
    tail = (1.0 - confidence) / 2.0
    # The quantile has no value for 0 degrees of freedom, where the bound is 0.
    low = np.where(counted > 0, chi2.ppf(tail, 2 * np.maximum(counted, 1)) / 2, 0.0)
    return low, chi2.ppf(1 - tail, 2 * counted + 2) / 2


def top_share(counts: Integers, share: float) -> float:
    """Return the part of all incidents that the fullest ``share`` of the cells holds, both 0 to 1.

    Give the empty cells of the area too. A cell that is only partly within the share counts by that part, and cells
    that tie at the cut count by their mean, so no draw decides.
    """
    if not 0 < share <= 1:
        raise MethodFault("The share of cells must be above 0 and at most 1.", "share")
    if counts.sum() == 0:
        raise MethodFault("No incident lies in these cells; choose a larger area or a longer period.")
    ordered = np.sort(counts.ravel())[::-1]
    wanted = share * len(ordered)
    whole = int(wanted)
    part = (wanted - whole) * ordered[whole] if whole < len(ordered) else 0.0
    return float((ordered[:whole].sum() + part) / ordered.sum())


METHOD = Method(
    key="counts",
    title="Counts per cell",
    question="How many incidents lie in each cell, and which cells are the fullest?",
    version="1",
    parameters=CountParameters,
    run=count_cells,
    minimum=1,
    assumes=(
        "Every incident is recorded at the place where it happened.",
        "Cells of one size are compared with each other; a rate needs a base that fits the offence.",
    ),
    fails=(
        "Other cells give other counts: a hot spot on the border of two cells is split between them.",
        "Addresses that stand for unknown places, such as the station, look like hot spots.",
    ),
    sources=("Openshaw (1984): the modifiable areal unit problem", "Garwood (1936): exact Poisson intervals"),
)
