"""Which model to forecast with: models against the best of prior counts and densities over past periods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from insights.methods.base import Events, Grid, Method, MethodFault, Parameters, parameter
from insights.methods.evaluation import Evaluation, evaluated
from insights.methods.forecast import BASELINE, LEAST, known_grid
from insights.methods.forecasts import MODELS, Model
from insights.methods.scores import cells_of_share

CHALLENGERS = tuple(model.name for model in MODELS if not model.baseline)


@dataclass(frozen=True)
class ComparisonParameters(Parameters):
    """Which models are compared with the baselines, over which periods."""

    models: tuple[str, ...] = parameter(
        CHALLENGERS,
        "Models",
        choices=CHALLENGERS,
        help="Prior counts and densities of earlier years are compared with them always.",
    )
    cell: float = parameter(250.0, "Cell", unit="m", least=50, most=5_000)
    days: int = parameter(7, "Days of a period", unit="days", least=1, most=366)
    periods: int = parameter(
        12, "Periods", least=4, most=104, help="They follow one another up to the last day known."
    )
    share: float = parameter(0.03, "Share of the area to name", least=0.01, most=0.2)
    seed: int = parameter(0, "Seed", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class Compared:
    """The evaluation of the models that could forecast, at one area; the faults of those that could not, by name."""

    evaluation: Evaluation
    without: dict[str, str]
    grid: Grid


def compared(
    events: Events,
    end: float,
    parameters: ComparisonParameters,
    grid: Grid | None = None,
    progress: Callable[[float], None] | None = None,
) -> Compared:
    """Return how the models did in periods of which the last ends at ``end``.

    Each forecast knows only what came before its period, and the grid only what came before the first of them.
    MethodFault: too few incidents before the first period, or nothing happened in any of the periods.
    """
    first = end - parameters.days * parameters.periods
    over = known_grid(events, first, parameters.days, parameters.cell, grid)
    starts = [first + parameters.days * number for number in range(parameters.periods)]
    cells = [cells_of_share(parameters.share, int(over.inside.sum()))]
    chosen = [model for model in MODELS if model.baseline or model.name in parameters.models]
    parts: list[Evaluation] = []
    without: dict[str, str] = {}
    for number, model in enumerate(chosen):
        hears = _part(progress, number, len(chosen))
        try:
            parts.append(
                evaluated(
                    events,
                    over,
                    [model],
                    starts,
                    parameters.days,
                    cells,
                    seed=parameters.seed,
                    progress=hears,
                )
            )
        except MethodFault as fault:
            if model.name == BASELINE:
                raise
            # A model that cannot forecast one of the periods has no score; the others still have theirs.
            without[model.name] = str(fault)
    return Compared(_joined(parts), without, over)


def _part(progress: Callable[[float], None] | None, number: int, of: int) -> Callable[[float], None] | None:
    return (lambda share: progress((number + share) / of)) if progress else None


def _joined(parts: list[Evaluation]) -> Evaluation:
    models: tuple[Model, ...] = tuple(model for part in parts for model in part.models)
    return replace(
        parts[0],
        models=models,
        hits=np.concatenate([part.hits for part in parts]),
        predicted=np.concatenate([part.predicted for part in parts]),
        deviance=np.concatenate([part.deviance for part in parts]),
    )


METHOD = Method(
    key="forecast_comparison",
    title="Comparison of forecasts",
    question="Which model would have named the right places, and is it no worse than counting?",
    version="1",
    parameters=ComparisonParameters,
    run=compared,
    minimum=LEAST,
    assumes=(
        "The periods to come are like those compared.",
        "What happened before each period was known at its beginning, as it is recorded now.",
    ),
    fails=(
        "With few incidents in the periods the interval is wide, and a good model is not told from a lucky one.",
        "Of many models compared the best looks better than it is.",
        "It shows what was reported and recorded: more patrol finds more, which is then forecast again.",
    ),
    sources=(
        "Tashman, L. J. (2000): Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16.",
        "Politis, D. N. and Romano, J. P. (1992): A circular block-resampling procedure for stationary data.",
        "Hunt, J. M. (2016): Do crime hot spots move? (the predictive efficiency index).",
    ),
)
