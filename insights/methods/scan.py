"""Space-time scan: where and when did more happen than space and time by themselves lead one to expect?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.cylinders import Best, Searched, Study, Zones, best_cylinders, best_of_permuted, zones
from insights.methods.pairs import whole_days
from insights.methods.permuting import Shuffler

#: Measured on one core of 2024: a step of a zone that is read, a window of it, an incident of it, a date that moves.
SECONDS_PER_STEP, SECONDS_PER_WINDOW, SECONDS_PER_INCIDENT, SECONDS_PER_DATE = 0.7e-9, 3.5e-9, 2e-9, 7e-9
BLOCK = 16


@dataclass(frozen=True)
class ScanParameters(Parameters):
    """What cylinders are looked at, and how chance is asked."""

    cell: float = parameter(500.0, "Cell", unit="m", least=25, most=20_000)
    radius: float = parameter(
        2000.0, "Largest radius", unit="m", least=0, most=100_000, help="From 1 to 5 km is usual."
    )
    nearest: int = parameter(1000, "Most cells", least=1, most=10_000)
    study: int = parameter(365, "Days that are compared", unit="days", least=7, most=3660)
    longest: int = parameter(60, "Longest window", unit="days", least=1, most=366)
    step: int = parameter(1, "Step of time", unit="days", least=1, most=31)
    windows: str = parameter(
        "prospective",
        "Windows",
        choices=("prospective", "retrospective"),
        help="Prospective ones last until the end.",
    )
    score: str = parameter("permutation", "Score", choices=("permutation", "expectation"))
    most_share: float = parameter(0.5, "Most of all incidents", least=0.01, most=1)
    least_incidents: int = parameter(2, "Least incidents", least=2, most=1000)
    clusters: int = parameter(10, "Most clusters shown", least=1, most=100)
    replications: int = parameter(999, "Replications", least=99, most=9999)
    seed: int = parameter(1, "Seed", least=0)


@dataclass(frozen=True)
class ScanCost:
    """What a run would take: cylinders looked at each time (at most), and about how many seconds."""

    cylinders: int
    seconds: float


@dataclass(frozen=True)
class Scan:
    """Clusters that share no cell, the highest score first; one value per cluster, except for the lists of cells.

    There is none where no cylinder holds more than is expected of it.
    ``x``, ``y``, ``radius``: metres, the middle of the cell in the centre and the distance to the farthest middle.
    ``first``, ``last``: days, both in the cluster. ``observed``, ``expected``: incidents. ``p``: (replications whose
    best is at least as high + 1) / (replications + 1). ``cell_x``, ``cell_y``: middles of the cells of all clusters;
    those of cluster i are cell_first[i]:cell_first[i + 1].
    """

    x: Floats
    y: Floats
    radius: Floats
    first: Integers
    last: Integers
    observed: Integers
    expected: Floats
    score: Floats
    p: Floats
    cell_x: Floats
    cell_y: Floats
    cell_first: Integers
    used: int
    without_place: int


@dataclass(frozen=True)
class _Ground:
    column: Integers
    row: Integers
    study: Study
    last_day: int
    used: int
    without_place: int


def cost(events: Events, parameters: ScanParameters, last_day: int | None = None) -> ScanCost:
    """Return what a run would take, before it starts; faults as of ``scan``."""
    ground = _ground(events, parameters, last_day)
    near = len(_zones(ground, parameters).near)
    longest = _searched(parameters, ground.study.steps).longest
    incidents = len(ground.study.step) * near / len(ground.column) ** 2
    if parameters.windows == "prospective":
        windows = min(longest, incidents)
        read = longest
    else:
        windows = incidents * max(1.0, incidents * longest / ground.study.steps)
        windows = min(windows, longest * ground.study.steps)
        read = ground.study.steps
    many = len(ground.study.step)
    each = near * (read * SECONDS_PER_STEP + windows * SECONDS_PER_WINDOW)
    each += many * (near / len(ground.column) * SECONDS_PER_INCIDENT + SECONDS_PER_DATE)
    return ScanCost(round(near * windows), each * (parameters.replications + 1))


def scan(
    events: Events,
    parameters: ScanParameters,
    last_day: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Scan:
    """Return the clusters of the study's days up to ``last_day`` (else that of the last event), by cells of events.

    The permutation scan (Kulldorff and others 2005): mu = (incidents of the cells)(incidents of the days)/C, score =
    c ln(c/mu) + (C-c) ln((C-c)/(C-mu)); or c ln(c/mu) + mu - c, which takes mu as known (Neill 2009). Windows are of
    whole steps that end on the last day; days before the first whole step are left out.
    MethodFault: fewer than 10 events with a place in the days compared, all of one step, or all in one cell.
    """
    ground = _ground(events, parameters, last_day)
    near = _zones(ground, parameters)
    searched = _searched(parameters, ground.study.steps)
    best = best_cylinders(ground.study, near, searched)
    chosen = _apart(best, near, parameters.clusters)
    highest = _replicated(ground.study, near, searched, parameters, progress)
    at_least = (highest[None, :] >= best.score[chosen][:, None] - 1e-12).sum(axis=1)
    return _described(ground, near, best, chosen, (at_least + 1) / (parameters.replications + 1), parameters)


def _ground(events: Events, parameters: ScanParameters, last_day: int | None) -> _Ground:
    placed = events.placed()
    day = whole_days(placed)
    if len(day) and last_day is None:
        last_day = int(day.max())
    steps = parameters.study // parameters.step
    back = (last_day or 0) - day
    held = (back >= 0) & (back < steps * parameters.step)
    if held.sum() < METHOD.minimum:
        raise MethodFault(
            "A scan needs at least 10 incidents with a place in the days compared; take more days."
        )
    placed, step = placed.taken(held), (steps - 1 - back[held] // parameters.step).astype(np.int32)
    column, row = (np.floor(axis / parameters.cell).astype(np.int64) for axis in (placed.x, placed.y))
    order = np.lexsort((step, column, row))
    places, cell = np.unique(np.column_stack([row, column])[order], axis=0, return_inverse=True)
    if len(places) == 1 or len(np.unique(step)) == 1:
        raise MethodFault("All incidents are in one cell or one step of time; choose smaller ones.")
    first = np.concatenate([[0], np.cumsum(np.bincount(cell.ravel()))]).astype(np.int64)
    study = Study(first, step[order], steps)
    missing = len(events) - len(events.placed())
    return _Ground(places[:, 1], places[:, 0], study, last_day or 0, len(step), missing)


def _zones(ground: _Ground, parameters: ScanParameters) -> Zones:
    return zones(ground.column, ground.row, parameters.radius / parameters.cell, parameters.nearest)


def _searched(parameters: ScanParameters, steps: int) -> Searched:
    longest = parameters.longest // parameters.step
    if longest < 1:
        raise MethodFault("The longest window must hold at least one step of time.", "longest")
    return Searched(
        longest=min(longest, steps),
        prospective=parameters.windows == "prospective",
        expectation=parameters.score == "expectation",
        least=parameters.least_incidents,
        most_share=parameters.most_share,
    )


def _replicated(
    study: Study,
    near: Zones,
    searched: Searched,
    parameters: ScanParameters,
    progress: Callable[[float], None] | None,
) -> Floats:
    shuffler = Shuffler(study.step, parameters.seed)
    highest = np.zeros(parameters.replications)
    for start in range(0, parameters.replications, BLOCK):
        if progress:
            progress(start / parameters.replications)
        times = min(BLOCK, parameters.replications - start)
        permuted = shuffler.fill(np.empty((times, len(study.step)), np.int32))
        highest[start : start + times] = best_of_permuted(study, near, searched, permuted)
    return highest


def _apart(best: Best, near: Zones, most: int) -> Integers:
    """Return the centres of the best cylinders that share no cell with a better one."""
    taken: set[int] = set()
    chosen: list[int] = []
    for centre in np.lexsort((best.cells, -best.score)):
        cells = _cells_of(int(centre), best, near)
        if best.score[centre] > 0 and len(chosen) < most and taken.isdisjoint(cells.tolist()):
            taken.update(cells.tolist())
            chosen.append(int(centre))
    return np.array(chosen, dtype=np.int64)


def _cells_of(centre: int, best: Best, near: Zones) -> Integers:
    start = near.first[centre]
    return near.near[start : start + best.cells[centre]]


def _described(
    ground: _Ground, near: Zones, best: Best, chosen: Integers, p: Floats, parameters: ScanParameters
) -> Scan:
    study, size = ground.study, parameters.cell
    first_step, last_step = best.start[chosen], best.end[chosen]
    observed, expected, radius = (np.zeros(len(chosen)) for _ in range(3))
    lists = [_cells_of(int(centre), best, near) for centre in chosen]
    for number, (centre, cells) in enumerate(zip(chosen, lists, strict=True)):
        within = (study.step >= first_step[number]) & (study.step <= last_step[number])
        at = [slice(study.first[cell], study.first[cell + 1]) for cell in cells]
        observed[number] = sum(int(within[part].sum()) for part in at)
        expected[number] = sum(part.stop - part.start for part in at) * within.sum() / len(study.step)
        apart = np.hypot(ground.column[cells] - ground.column[centre], ground.row[cells] - ground.row[centre])
        radius[number] = apart.max() * size
    every = np.concatenate([np.zeros(0, np.int64), *lists])
    begin = ground.last_day - study.steps * parameters.step + 1
    return Scan(
        x=_middle(ground.column[chosen], size),
        y=_middle(ground.row[chosen], size),
        radius=radius,
        first=begin + first_step * parameters.step,
        last=begin + (last_step + 1) * parameters.step - 1,
        observed=observed.astype(np.int64),
        expected=expected,
        score=best.score[chosen],
        p=p,
        cell_x=_middle(ground.column[every], size),
        cell_y=_middle(ground.row[every], size),
        cell_first=np.concatenate([[0], np.cumsum([len(cells) for cells in lists])]).astype(np.int64),
        used=ground.used,
        without_place=ground.without_place,
    )


def _middle(cell: Integers, size: float) -> Floats:
    return np.asarray((cell + 0.5) * size, dtype=np.float64)


METHOD = Method(
    key="space_time_scan",
    title="Space-time scan",
    question="Is there a place where more happens lately than place and time alone explain?",
    version="1",
    parameters=ScanParameters,
    run=scan,
    minimum=10,
    assumes=(
        "Without a cluster, places and times of incidents would have nothing to do with each other.",
        "Clusters are about round and last without a pause.",
        "Only cells with an incident in the days compared are looked at.",
    ),
    fails=(
        "Where the city changes during the days compared, slow change shows as clusters: compare fewer days.",
        "What rises everywhere at once is no cluster to it.",
        "The border of a cluster is not exact: neighbouring circles score nearly the same.",
    ),
    sources=(
        "Kulldorff, M. and others (2005): A space-time permutation scan statistic for disease outbreak detection. PLoS "
        "Medicine 2.",
        "Neill, D. B. (2009): Expectation-based scan statistics for monitoring spatial time series data. International "
        "Journal of Forecasting 25.",
    ),
)
