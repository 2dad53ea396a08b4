"""Kernel density of incidents: a smooth surface in incidents per km²."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Grid, Method, MethodFault, Parameters, parameter
from insights.methods.compiled import compiled
from insights.methods.needs import gridded, placed

QUARTIC, GAUSSIAN = "quartic", "gaussian"
#: Beyond this many bandwidths a Gaussian kernel is taken as nothing: less than 4 millionths of its peak.
REACH = 5.0
#: Seconds to add a kernel's value to one cell.
ONE_VALUE = {QUARTIC: 4.0e-9, GAUSSIAN: 1.5e-9}
BATCH = 50_000

Progress = Callable[[float], None]


@dataclass(frozen=True)
class DensityParameters(Parameters):
    """The kernel and the cells it is computed for."""

    kernel: str = parameter(
        QUARTIC,
        "Kernel",
        choices=(QUARTIC, GAUSSIAN),
        help="A quartic kernel ends at the bandwidth; a Gaussian has it as its standard deviation.",
    )
    bandwidth: float = parameter(500.0, "Bandwidth", unit="m", least=10, most=50_000)
    cell: float = parameter(200.0, "Cell", unit="m", least=5, most=10_000)
    correct_edges: bool = parameter(
        False,
        "Correct the edges",
        help="Divides by the share of the kernel that lies inside the area, as nothing is recorded outside.",
    )


@dataclass(frozen=True)
class Surface:
    """Density in the middle of each cell, incidents per km², shape (rows, columns); 0 outside of the area.

    ``counted`` incidents made it, ``outside`` lie outside of the area and ``unplaced`` have no place.
    """

    grid: Grid
    density: Floats
    counted: int
    outside: int
    unplaced: int


def density(
    events: Events,
    parameters: DensityParameters,
    grid: Grid | None = None,
    progress: Progress | None = None,
) -> Surface:
    """Return the density of the incidents that lie in the grid's area; without a grid, in the box of all of them.

    Quartic: sum over d < h of 3/(π h²) (1 - (d/h)²)²; Gaussian: sum of exp(-d²/2s²) / (2π s²), cut off at 5 s; d is
    the distance of an incident from the cell's middle, h and s are the bandwidth (Silverman, 1986). Edges may be
    corrected by the share of the kernel inside (Diggle, 1985). MethodFault: no incident lies in the area, or the
    bandwidth is less than the cell's half.
    """
    if parameters.bandwidth < parameters.cell / 2:
        raise MethodFault("The bandwidth must be at least half of a cell; choose smaller cells.", "bandwidth")
    found = placed(events, 1)
    grid = gridded(found, parameters.cell, grid)
    x, y = _inside(found, grid)
    sums = kernel_sums(x, y, np.ones(len(x)), grid, parameters, progress)
    if parameters.correct_edges:
        sums = sums / np.where(grid.inside, share_inside(grid, parameters), 1.0)
    return Surface(grid, sums * 1e6, len(x), len(found) - len(x), len(events) - len(found))


def _inside(found: Events, grid: Grid) -> tuple[Floats, Floats]:
    held = grid.cells(found.x, found.y) >= 0
    if not held.any():
        raise MethodFault("No incident lies in the area; choose another area or a longer period.")
    x, y = found.x[held], found.y[held]
    # Sums of floats depend on their order: by place, rows may come in any.
    order = np.lexsort((x, y))
    return x[order], y[order]


def cost(events: int, parameters: DensityParameters) -> float:
    """Return about how many seconds the density of so many incidents takes."""
    reach = parameters.bandwidth * (1.0 if parameters.kernel == QUARTIC else REACH)
    return events * math.pi * (reach / parameters.cell) ** 2 * ONE_VALUE[parameters.kernel]


def kernel_sums(
    x: Floats,
    y: Floats,
    weight: Floats,
    grid: Grid,
    parameters: DensityParameters,
    progress: Progress | None = None,
) -> Floats:
    """Return the weighted sum of kernels round the points in the middle of each inside cell, per m².

    Shape (rows, columns). ``progress`` hears the part that is done, and may raise to cancel.
    """
    sums = np.zeros(grid.shape)
    kernel = _quartic if parameters.kernel == QUARTIC else _gaussian
    # In cells, counted from the middle of the first one.
    across, upwards = x / grid.size - grid.first_column - 0.5, y / grid.size - grid.first_row - 0.5
    bandwidth = parameters.bandwidth / grid.size
    for start in range(0, len(x), BATCH):
        if progress:
            progress(start / len(x))
        part = slice(start, start + BATCH)
        kernel(across[part], upwards[part], weight[part], bandwidth, sums)
    if progress:
        progress(1.0)
    return np.where(grid.inside, sums, 0.0) / grid.size**2


def share_inside(grid: Grid, parameters: DensityParameters) -> Floats:
    """Return the share of a kernel in the middle of each cell that lies in the area, summed over cells.

    Shape (rows, columns), above 0 to 1 inside of the area and 0 outside.
    """
    rows, columns = np.nonzero(grid.inside)
    across, upwards = grid.centres()
    within = kernel_sums(across[columns], upwards[rows], np.ones(len(rows)), grid, parameters)
    return within / _whole(grid.size, parameters)


def _whole(size: float, parameters: DensityParameters) -> float:
    """Return the sum of one kernel over the cells of an endless grid, per m²."""
    reach = math.ceil(parameters.bandwidth * (1 if parameters.kernel == QUARTIC else REACH) / size) + 1
    endless = Grid(size, -reach, -reach, np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.bool_))
    middle = np.array([size / 2])
    return float(kernel_sums(middle, middle, np.ones(1), endless, parameters).sum())


@compiled
def _quartic(x: Floats, y: Floats, weight: Floats, bandwidth: float, sums: Floats) -> None:
    rows, columns = sums.shape
    squared = bandwidth * bandwidth
    scale = 3.0 / (math.pi * squared)
    for i in range(len(x)):
        for row in range(max(0, math.ceil(y[i] - bandwidth)), min(rows, math.floor(y[i] + bandwidth) + 1)):
            up = (row - y[i]) * (row - y[i])
            half = math.sqrt(max(0.0, squared - up))
            low, high = max(0, math.ceil(x[i] - half)), min(columns, math.floor(x[i] + half) + 1)
            for column in range(low, high):
                left = 1.0 - (up + (column - x[i]) * (column - x[i])) / squared
                # Rounding may let a cell on the very edge in, where the kernel is 0 anyway.
                sums[row, column] += weight[i] * scale * left * left


@compiled
def _gaussian(x: Floats, y: Floats, weight: Floats, bandwidth: float, sums: Floats) -> None:
    rows, columns = sums.shape
    reach = REACH * bandwidth
    scale = 1.0 / (2.0 * math.pi * bandwidth * bandwidth)
    falls = -0.5 / (bandwidth * bandwidth)
    across = np.empty(columns)
    for i in range(len(x)):
        left, right = max(0, math.ceil(x[i] - reach)), min(columns, math.floor(x[i] + reach) + 1)
        for column in range(left, right):
            across[column] = weight[i] * scale * math.exp(falls * (column - x[i]) * (column - x[i]))
        for row in range(max(0, math.ceil(y[i] - reach)), min(rows, math.floor(y[i] + reach) + 1)):
            up = (row - y[i]) * (row - y[i])
            half = math.sqrt(max(0.0, reach * reach - up))
            low, high = max(left, math.ceil(x[i] - half)), min(right, math.floor(x[i] + half) + 1)
            upwards = math.exp(falls * up)
            for column in range(low, high):
                sums[row, column] += upwards * across[column]


METHOD = Method(
    key="density",
    title="Kernel density",
    question="Where do incidents lie densely?",
    version="1",
    parameters=DensityParameters,
    run=density,
    minimum=1,
    assumes=(
        "Risk changes gradually over distances of about the bandwidth.",
        "Every incident of the area is recorded, and none outside of it counts.",
    ),
    fails=(
        "The surface crosses rivers, parks and railways where nobody could be a victim.",
        "A larger bandwidth merges hot spots and a smaller one breaks them up: show which was used.",
        "It shows where incidents lie, not where the risk per resident or per visitor is high.",
        "Without a correction the surface falls towards the edge of the area, because nothing outside is known.",
    ),
    sources=(
        "Silverman (1986): Density Estimation",
        "Diggle (1985): edge correction",
        "Chainey and Ratcliffe (2005)",
    ),
)
