"""Hexagon and square cells over web-mercator points: the arithmetic, in SQL and out.

Hexagons stand on a corner; neighbouring centres are one ``size`` apart. Cell (i, j) has its centre at
x = size * (i + j / 2), y = size * j * sqrt(3) / 2. Squares (i, j) begin at (i, j) * size.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = TypeVar("Numbers", float, NDArray[np.float64])
SQRT3 = math.sqrt(3.0)


class CellShape(StrEnum):
    """The shapes of cells."""

    HEX = "hex"
    SQUARE = "square"


# Cube rounding in float8 (numeric literals would be three times slower): the coordinate that was rounded
# farthest is recomputed from the other two. {points} selects x and y, and what goes {along}; the parameter is the
# size, three times.
# OFFSET 0: otherwise the planner writes each step into the next, and finds x of a point dozens of times.
_HEX = """
SELECT CASE WHEN dq > dr AND dq > ds THEN -rr - rs ELSE rq END AS i,
       CASE WHEN dr >= dq AND dr > ds THEN -rq - rs ELSE rr END AS j{along}
FROM (SELECT rq, rr, rs, abs(rq - q) AS dq, abs(rr - r) AS dr, abs(rs + q + r) AS ds{along}
      FROM (SELECT q, r, round(q) AS rq, round(r) AS rr, round(-q - r) AS rs{along}
            FROM (SELECT x / %s::float8 - y / (%s::float8 * 1.7320508075688772::float8) AS q,
                         y * 2::float8 / (%s::float8 * 1.7320508075688772::float8) AS r{along}
                  FROM ({points} OFFSET 0) AS points (x, y{along})
                  OFFSET 0) AS axial
            OFFSET 0) AS rounded
      OFFSET 0) AS cube
"""
_SQUARE = """
SELECT floor(x / %s::float8) AS i, floor(y / %s::float8) AS j{along} FROM ({points} OFFSET 0) AS points (x, y{along})
"""


def cells_sql(
    shape: CellShape, points: str, point_params: tuple[object, ...], size: object, *, along: str = ""
) -> tuple[str, list[object]]:
    """Return SQL and parameters that select the cell (i, j) of each point (x, y), in EPSG:3857.

    ``along`` names a third column of the points, which is selected beside the cell.
    """
    template, repeats = (_HEX, 3) if shape is CellShape.HEX else (_SQUARE, 2)
    # The sizes stand before the points in the statement.
    template = template.replace("{along}", f", {along}" if along else "")
    return template.replace("{points}", points), [*[size] * repeats, *point_params]


def centre_of(shape: CellShape, i: Numbers, j: Numbers, size: float) -> tuple[Numbers, Numbers]:
    """Return a cell's centre in EPSG:3857, or those of many cells."""
    if shape is CellShape.HEX:
        return size * (i + j / 2), size * j * SQRT3 / 2
    return size * (i + 0.5), size * (j + 0.5)


def corners_of(shape: CellShape, size: float) -> list[tuple[float, float]]:
    """Return the closed ring of a cell round (0, 0), anticlockwise."""
    if shape is CellShape.HEX:
        half, long, short = size / 2, size / SQRT3, size / (2 * SQRT3)
        ring = [(half, -short), (half, short), (0.0, long), (-half, short), (-half, -short), (0.0, -long)]
    else:
        half = size / 2
        ring = [(-half, -half), (half, -half), (half, half), (-half, half)]
    return [*ring, ring[0]]
