"""The cells of a grid that an answer shows: in their order, as columns and squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from insights.answers.base import MOST_ROWS, squares
from insights.methods.base import Flags, Floats, Grid, Integers


@dataclass(frozen=True)
class Cells:
    """Cells by their row and column in the grid, in the order of the answer; ``cut`` more are not shown."""

    rows: Integers
    columns: Integers
    cut: int

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of these cells, of an array of the grid's shape."""
        shown: NDArray[Any] = values[self.rows, self.columns]
        return shown

    def drawn(self, grid: Grid) -> Sequence[shapely.Geometry]:
        """Return their squares, in metres."""
        return squares(grid, self.rows, self.columns)


def chosen(shown: Flags, *ranks: Floats | Integers | Flags) -> Cells:
    """Return the cells that are ``shown``, the highest of the first rank first, then of the next, then by place.

    All have the grid's shape (rows, columns).
    """
    rows, columns = np.nonzero(shown)
    falling = [-rank[rows, columns].astype(np.float64) for rank in ranks[::-1]]
    order = np.lexsort((columns, rows, *falling))[:MOST_ROWS]
    return Cells(rows[order], columns[order], max(0, len(rows) - MOST_ROWS))
