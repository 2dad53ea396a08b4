"""ProMap: the risk that recent incidents leave around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from insights.methods.base import Events, Floats, Grid, Method, MethodFault, Parameters, parameter
from insights.methods.forecast_surfaces import history, scaled


@dataclass(frozen=True)
class ProMapParameters(Parameters):
    """How far and how long an incident raises risk."""

    distance: float = parameter(400.0, "Distance", unit="m", least=25, most=5000)
    window: int = parameter(61, "Window", unit="days", least=7, most=730, help="61 days are two months.")


def promap(
    events_before: Events,
    grid: Grid,
    start_day: float,
    days: int,
    parameters: ProMapParameters,
    seed: int = 0,
) -> Floats:
    """Return the expected events of each cell: sums of 1/((1+w)(1+c)) (Bowers, Johnson and Pease 2004).

    ``w``: whole weeks since an incident; ``c``: whole halves of a cell from its cell's middle, up to the distance. The
    sums are scaled to as many events as the window had, by day. MethodFault: the window is empty.
    """
    before = history(events_before, grid, start_day, days)
    recent = before.age <= parameters.window
    if not recent.any():
        raise MethodFault(
            f"Nothing happened in the last {parameters.window} days; choose a longer window.", "window"
        )
    weights = np.where(recent, 1 / (1 + before.age // 7), 0.0)
    risk = ndimage.convolve(
        before.counts(grid, weights), _rings(grid.size, parameters.distance), mode="constant"
    )
    span = min(before.span, parameters.window)
    return scaled(risk, grid, float(recent.sum() * days / span))


def _rings(size: float, distance: float) -> Floats:
    reach = int(distance // size)
    step = np.arange(-reach, reach + 1) * size
    apart = np.hypot(step[:, None], step[None, :])
    return np.asarray(np.where(apart <= distance, 1 / (1 + apart // (size / 2)), 0.0))


METHOD = Method(
    key="forecast_promap",
    title="Forecast by ProMap",
    question="Where did recent incidents leave raised risk?",
    version="1",
    parameters=ProMapParameters,
    run=promap,
    minimum=1,
    assumes=("An incident raises risk nearby, which falls with each week and each half of a cell.",),
    fails=(
        "Places that always have a high risk are forgotten after the window.",
        "Where few incidents happen most cells tie at nothing.",
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
    ),
    sources=(
        "Bowers, K. J., Johnson, S. D. and Pease, K. (2004): Prospective hot-spotting. British Journal of "
        "Criminology 44.",
    ),
)
