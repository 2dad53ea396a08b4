"""Hot spots over time: which are new, which stay, which are over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from insights.methods.base import (
    Events,
    Flags,
    Floats,
    Grid,
    Integers,
    Method,
    MethodFault,
    Parameters,
    parameter,
)
from insights.methods.hotspots import LEVELS
from insights.methods.needs import gridded, placed_and_dated
from insights.methods.neighbours import box_sums, check_counts
from insights.methods.trends import LEAST, mann_kendall

CATEGORIES = (
    "none",
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
NONE, NEW, CONSECUTIVE, INTENSIFYING, PERSISTENT, DIMINISHING, SPORADIC, OSCILLATING, HISTORICAL = range(9)
#: A cell that is hot in this share of the periods is hot nearly always.
NEARLY_ALWAYS = 0.9
MOST_BINS = 20_000_000


@dataclass(frozen=True)
class EmergingParameters(Parameters):
    """Cells, periods, and when a cell is hot or a trend is one."""

    cell: float = parameter(500.0, "Cell", unit="m", least=50, most=10_000)
    days: int = parameter(28, "Period", unit="d", least=1, most=366)
    periods: int = parameter(13, "Periods", least=LEAST, most=260)
    confidence: str = parameter("95", "Confidence of a hot spot", unit="%", choices=("90", "95", "99"))
    trend_level: float = parameter(0.05, "Level of a trend", least=0.001, most=0.2)


@dataclass(frozen=True)
class Spots:
    """Hot spots that keep their number: columns by spot, numbered from 1 in the order they appeared.

    ``first`` and ``last`` period (0 is the oldest), ``cells`` that ever belonged to it, ``incidents`` within it while
    it was hot.
    """

    number: Integers
    first: Integers
    last: Integers
    cells: Integers
    incidents: Integers


@dataclass(frozen=True)
class Emerging:
    """Hot spots over time, on ``grid``.

    ``begins``: the first day of each period. ``counts``, ``z``, ``spot``: shape (periods, rows, columns); ``spot`` is
    the number of the spot a cell belongs to, 0 for none. ``category``: shape (rows, columns), positions in
    ``CATEGORIES``; ``trend_z`` and ``trend_p``: Mann-Kendall's of each cell's z, 0 and 1 outside of the area.
    ``left_out`` incidents have no place or time or lie outside of the area or the periods.
    """

    grid: Grid
    begins: Integers
    counts: Integers
    z: Floats
    category: NDArray[np.int8]
    trend_z: Floats
    trend_p: Floats
    spot: Integers
    spots: Spots
    left_out: int


def emerging(
    events: Events, parameters: EmergingParameters, grid: Grid | None = None, until: float | None = None
) -> Emerging:
    """Return how hot spots developed over periods that end before the day ``until``, by default after the last.

    Each cell of each period is compared, by Gi*, with all cells of all periods; its neighbours are the cells that
    touch it, in its period and the one before, and itself in the one before. Categories, in terms of a cell's periods:

    - new: hot in the last period, and never before;
    - consecutive: hot without a break in the last two or more, never before them, in less than 90 %;
    - intensifying, persistent, diminishing: hot in 90 % or more and in the last, while z rises, shows no trend, falls;
    - sporadic: hot in the last and, with breaks, earlier, in less than 90 %, and never cold;
    - oscillating: the same, but cold in some period;
    - historical: hot in 90 % or more, but not in the last;
    - none: all others.

    The kinds are those of emerging hot spot analysis (Esri, 2013); Gi* of Ord and Getis (1995), trends of Mann (1945).
    MethodFault: the incidents do not reach back to the first period, or cells cannot be compared.
    """
    found = placed_and_dated(events, 1)
    grid = gridded(found, parameters.cell, grid)
    if parameters.periods * grid.inside.size > MOST_BINS:
        raise MethodFault("Cells times periods are too many; choose larger cells or fewer periods.", "cell")
    end = int(np.floor(until)) if until is not None else int(np.floor(found.begin.max())) + 1
    begins = end - parameters.days * np.arange(parameters.periods, 0, -1)
    _check_reach(found.begin, begins, parameters.days)
    counts = cube(found, grid, begins, parameters.days)
    z = space_time_gi(counts, grid.inside)
    bound = LEVELS[int(parameters.confidence)]
    trend = mann_kendall(z[:, grid.inside])
    category = np.zeros(grid.shape, np.int8)
    rising = np.where(trend.p <= parameters.trend_level, np.sign(trend.z), 0.0)
    category[grid.inside] = categories(z[:, grid.inside] >= bound, z[:, grid.inside] <= -bound, rising)
    trend_z, trend_p = np.zeros(grid.shape), np.ones(grid.shape)
    trend_z[grid.inside], trend_p[grid.inside] = trend.z, trend.p
    spot = numbered(z >= bound)
    left_out = len(events) - int(counts.sum())
    summary = _summary(spot, counts)
    return Emerging(grid, begins, counts, z, category, trend_z, trend_p, spot, summary, left_out)


def _check_reach(begin: Floats, begins: Integers, days: int) -> None:
    reached = int((begins + days > begin.min()).sum())
    if reached < len(begins):
        raise MethodFault(
            f"The incidents cover {reached} of {len(begins)} periods; choose fewer or shorter ones.",
            "periods",
        )


def cube(events: Events, grid: Grid, begins: Integers, days: int) -> Integers:
    """Return the counts per period and cell, shape (periods, rows, columns); events outside are left out."""
    period = (np.floor(events.begin).astype(np.int64) - begins[0]) // days
    cell = grid.cells(events.x, events.y)
    held = (cell >= 0) & (period >= 0) & (period < len(begins))
    size = grid.inside.size
    flat = np.bincount(period[held] * size + cell[held], minlength=len(begins) * size)
    return flat.astype(np.int64).reshape(len(begins), *grid.shape)


def space_time_gi(counts: Integers, inside: Flags) -> Floats:
    """Return Gi* of each inside cell of each period, shape (periods, rows, columns), 0 outside.

    As ``hotspots.gi_star``, with all cells of all periods for n, x̄ and S, and with the neighbours of ``emerging``.
    """
    check_counts(counts.sum(axis=0).astype(np.float64), inside)
    values = counts[:, inside]
    n, mean, deviation = values.size, values.mean(), values.std()
    sums = np.stack([box_sums(period.astype(np.float64), inside) for period in counts])
    weights = np.broadcast_to(box_sums(np.ones(inside.shape), inside), counts.shape).copy()
    # The oldest period has none before it.
    sums[1:], weights[1:] = sums[1:] + sums[:-1], 2 * weights[1:]
    spread = deviation * np.sqrt((n * weights - weights**2) / (n - 1))
    where = np.broadcast_to(inside, counts.shape)
    z: Floats = np.divide(sums - mean * weights, spread, out=np.zeros(counts.shape), where=where)
    return z


def categories(hot: Flags, cold: Flags, trend: Floats) -> NDArray[np.int8]:
    """Return the category of each cell, positions in ``CATEGORIES``.

    ``hot``, ``cold``: shape (periods, cells); ``trend``: 1 where z rises, -1 where it falls, else 0.
    """
    number, now = hot.sum(axis=0), hot[-1]
    run = np.cumprod(hot[::-1], axis=0).sum(axis=0)
    often = number >= NEARLY_ALWAYS * len(hot)
    unbroken = run == number
    kinds = [
        (NEW, now & (number == 1)),
        (HISTORICAL, often & ~now),
        (INTENSIFYING, often & (trend > 0)),
        (DIMINISHING, often & (trend < 0)),
        (PERSISTENT, often),
        (CONSECUTIVE, now & unbroken),
        (OSCILLATING, now & cold.any(axis=0)),
        (SPORADIC, now),
    ]
    found = np.select([held for _, held in kinds], [kind for kind, _ in kinds], default=NONE)
    return found.astype(np.int8)


def numbered(hot: Flags) -> Integers:
    """Return the number of the spot each hot cell belongs to, 0 for others; shape (periods, rows, columns).

    Hot cells that touch, at a side or a corner, are one spot of a period. It keeps the number of the spot it overlaps
    in the period before. Where spots part or join, the pair with most cells in common goes first, then the older
    number; each number lives on in one spot only, and the others get new ones.
    """
    spot = np.zeros(hot.shape, np.int64)
    before = np.zeros(hot.shape[1:], np.int64)
    used = 0
    for period, cells in enumerate(hot):
        parts, number = ndimage.label(cells, structure=np.ones((3, 3)))
        names = _inherited(parts, before)
        for part in range(1, number + 1):
            if part not in names:
                used += 1
                names[part] = used
        lookup = np.array([0, *(names[part] for part in range(1, number + 1))], np.int64)
        before = spot[period] = lookup[parts]
    return spot


def _inherited(parts: Integers, before: Integers) -> dict[int, int]:
    common = (parts > 0) & (before > 0)
    pairs, shared = np.unique(np.stack((before[common], parts[common])), axis=1, return_counts=True)
    names: dict[int, int] = {}
    for at in np.lexsort((pairs[1], pairs[0], -shared)):
        name, part = int(pairs[0, at]), int(pairs[1, at])
        if part not in names and name not in names.values():
            names[part] = name
    return names


def _summary(spot: Integers, counts: Integers) -> Spots:
    period, *cell = np.nonzero(spot)
    name = spot[period, *cell]
    number = int(name.max()) if len(name) else 0
    first, last = np.full(number, len(spot)), np.full(number, -1)
    np.minimum.at(first, name - 1, period)
    np.maximum.at(last, name - 1, period)
    incidents, cells = np.zeros(number, np.int64), np.zeros(number, np.int64)
    np.add.at(incidents, name - 1, counts[period, *cell])
    ever = np.unique(np.stack((name, *cell)), axis=1)[0]
    np.add.at(cells, ever - 1, 1)
    return Spots(np.arange(1, number + 1), first, last, cells, incidents)


METHOD = Method(
    key="emerging",
    title="Emerging hot spots",
    question="Which hot spots are new, growing, lasting, fading or over?",
    version="1",
    parameters=EmergingParameters,
    run=emerging,
    minimum=1,
    assumes=(
        "Incidents were recorded alike in all periods, and periods are long enough for several in a hot cell.",
        "Periods of whole weeks hold the same weekdays; other lengths mix weekdays and trend.",
    ),
    fails=(
        "A season makes spots new or intensifying every year: cover whole years.",
        "Cells are compared with all periods, so after a general fall old periods look hotter than they were.",
        "z of neighbouring periods shares incidents, so trends look a little surer than they are.",
        "Cells are not corrected for their number: some are hot by chance, and most of those are sporadic.",
    ),
    sources=(
        "Ord and Getis (1995)",
        "Mann (1945)",
        "Kendall (1975)",
        "Esri (2013): emerging hot spot analysis",
    ),
)
