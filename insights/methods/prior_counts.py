"""The forecast that any other must beat: as many as there were before."""

from __future__ import annotations

from dataclasses import dataclass

from insights.methods.base import Events, Floats, Grid, Method, Parameters, parameter
from insights.methods.forecast_surfaces import history


@dataclass(frozen=True)
class CountParameters(Parameters):
    """How far back is counted."""

    years: float = parameter(
        0.0, "Years back", unit="years", least=0, most=30, help="0 counts all there are."
    )


def prior_counts(
    events_before: Events, grid: Grid, start_day: float, days: int, parameters: CountParameters, seed: int = 0
) -> Floats:
    """Return the expected events of each cell: its prior count over the days counted, times the days ahead."""
    before = history(events_before, grid, start_day, days, parameters.years)
    return before.counts(grid) * (days / before.span)


METHOD = Method(
    key="forecast_counts",
    title="Forecast by prior counts",
    question="Where will most happen, if all goes on as before?",
    version="1",
    parameters=CountParameters,
    run=prior_counts,
    minimum=1,
    assumes=(
        "Places keep the risk they had.",
        "Incidents were recorded throughout the years that are counted.",
    ),
    fails=(
        "Cells without an incident so far are never named, however near one they lie.",
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
    ),
    sources=(
        "Chainey, S., Tompson, L. and Uhlig, S. (2008): The utility of hotspot mapping. Security Journal 21.",
    ),
)
