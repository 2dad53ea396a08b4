"""A forecast of the days ahead by one of the models, with the prior counts that it will be held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Grid, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.forecasts import MODELS, model_of
from insights.methods.needs import placed_and_dated
from insights.methods.scores import cells_of_share, expected_hits

#: What every forecast is held against.
BASELINE = MODELS[0].name
#: With fewer incidents any forecast is mostly chance.
LEAST = 50
#: A stored forecast keeps every cell twice, 8 bytes each.
MOST_CELLS = 250_000
#: After so many days without an incident the records are taken to have ended.
SILENCE = 28


@dataclass(frozen=True)
class ForecastParameters(Parameters):
    """What is forecast, by which model, and how much of the area is named."""

    model: str = parameter(
        BASELINE,
        "Model",
        choices=tuple(model.name for model in MODELS),
        help="Others than counts are worth it only where past periods show that they are no worse.",
    )
    cell: float = parameter(250.0, "Cell", unit="m", least=50, most=5_000)
    days: int = parameter(7, "Days ahead", unit="days", least=1, most=366)
    share: float = parameter(0.03, "Share of the area to name", least=0.01, most=0.2)
    seed: int = parameter(0, "Seed", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class Forecast:
    """Expected incidents in [start_day, start_day + days).

    ``expected``, ``baseline``: by the model and by prior counts, ``prior``: incidents so far, of each cell inside the
    grid, in the order of ``grid.inside``. ``cells``: how many may be named; ``named``: positions of those that are,
    the highest first, none where nothing is expected; of ``tied`` cells at the cut only the first are. ``hits_before``:
    incidents of as many days just before in the cells of the model and of the counts, ``total_before`` in all.
    """

    grid: Grid
    start_day: float
    days: int
    model: str
    expected: Floats
    baseline: Floats
    prior: Integers
    cells: int
    named: Integers
    tied: int
    hits_before: tuple[float, float]
    total_before: int


def first_day_ahead(events: Events, today: float, until: float | None = None) -> float:
    """Return the first day of a forecast: ``until``, else tomorrow.

    Where the records ended longer than ``SILENCE`` before tomorrow, it is the day after their last.
    """
    if until is not None:
        return until
    tomorrow = float(np.floor(today)) + 1
    known = events.begin[events.begin < tomorrow]
    after = float(np.floor(known.max())) + 1 if len(known) else tomorrow
    return after if tomorrow - after > SILENCE else tomorrow


def known_grid(events: Events, start_day: float, days: int, cell: float, grid: Grid | None = None) -> Grid:
    """Return the grid of a forecast of ``days``: the one given, else over what is known before ``start_day``.

    MethodFault: fewer than ``LEAST`` incidents are known in it, they cover less than twice the days ahead, it has a
    single cell, or more than ``MOST_CELLS``.
    """
    before = events.taken(events.begin < start_day).placed()
    if grid is not None:
        before = before.taken(grid.cells(before.x, before.y) >= 0)
    if len(before) < LEAST:
        raise MethodFault(
            f"At least {LEAST} incidents with a place are needed before the first day that is forecast, and"
            f" {len(before)} {'was' if len(before) == 1 else 'were'} found; look further back."
        )
    before = placed_and_dated(before, LEAST)
    span = start_day - float(np.floor(before.begin.min()))
    if span < 2 * days:
        raise MethodFault(
            f"What is known covers {span:.0f} days before the first that is forecast, and {2 * days} are needed; look"
            " further back.",
            "days",
        )
    over = grid or Grid.over(before.x, before.y, cell, most=MOST_CELLS)
    inside = int(over.inside.sum())
    if inside < 2:
        raise MethodFault(
            "All of the area is one cell, so there is nothing to choose; take smaller cells.", "cell"
        )
    if inside > MOST_CELLS:
        raise MethodFault(f"The area has more than {MOST_CELLS:,} cells; choose larger ones.", "cell")
    return over


def forecast(
    events: Events, start_day: float, parameters: ForecastParameters, grid: Grid | None = None
) -> Forecast:
    """Return the forecast from ``start_day`` on; incidents at it or later are never looked at.

    MethodFault: as of ``known_grid`` and of the model.
    """
    over = known_grid(events, start_day, parameters.days, parameters.cell, grid)
    surfaces = [
        model_of(name).forecast(events, over, start_day, parameters.days, parameters.seed)[over.inside]
        for name in (parameters.model, BASELINE)
    ]
    expected, baseline = surfaces
    cells = cells_of_share(parameters.share, len(expected))
    named = np.argsort(-expected, kind="stable")[:cells]
    at_cut = int((expected == expected[named[-1]]).sum())
    before = counted(events, over, start_day - parameters.days, start_day)
    return Forecast(
        grid=over,
        start_day=start_day,
        days=parameters.days,
        model=parameters.model,
        expected=expected,
        baseline=baseline,
        prior=counted(events, over, -np.inf, start_day),
        cells=cells,
        named=named[expected[named] > 0],
        tied=at_cut,
        hits_before=(expected_hits(expected, before, cells), expected_hits(baseline, before, cells)),
        total_before=int(before.sum()),
    )


def counted(events: Events, grid: Grid, first: float, until: float) -> Integers:
    """Return the incidents that began in [first, until) of each cell inside the grid, in the order of its inside."""
    within = events.placed()
    within = within.taken((within.begin >= first) & (within.begin < until))
    found: Integers = grid.counts(within.x, within.y)[grid.inside]
    return found


METHOD = Method(
    key="forecast",
    title="Forecast of the days ahead",
    question="Where will most happen in the next days?",
    version="1",
    parameters=ForecastParameters,
    run=forecast,
    minimum=LEAST,
    assumes=(
        "What happened before tells where it happens next, in the way that the chosen model assumes.",
        "All that happened before the first day ahead is recorded by now.",
    ),
    fails=(
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
        "Late records make the last days look quiet, and models of what is recent follow them.",
        "It names places, not persons, and most of what happens will happen elsewhere.",
        "One period is mostly chance; judge a model by its scores over many.",
    ),
    sources=(
        "Chainey, S., Tompson, L. and Uhlig, S. (2008): The utility of hotspot mapping. Security Journal 21.",
        "Lum, K. and Isaac, W. (2016): To predict and serve? Significance 13.",
    ),
)
