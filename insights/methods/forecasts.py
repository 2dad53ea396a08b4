"""The models of where incidents happen next, by name: baselines first, then those that must beat them."""

from __future__ import annotations

from dataclasses import dataclass

from insights.methods.base import Events, Floats, Grid, MethodFault, Parameters
from insights.methods.blend import BlendParameters, blend
from insights.methods.boosted import BoostedParameters, boosted
from insights.methods.forecast_densities import (
    DensityParameters,
    SpaceTimeParameters,
    density,
    space_time_density,
)
from insights.methods.forecast_surfaces import Forecaster
from insights.methods.hawkes import HawkesParameters, hawkes
from insights.methods.prior_counts import CountParameters, prior_counts
from insights.methods.promap import ProMapParameters, promap


@dataclass(frozen=True)
class Model:
    """A forecaster with its parameters; a baseline is what the others are compared with."""

    name: str
    forecaster: Forecaster
    parameters: Parameters
    baseline: bool = False

    def forecast(
        self, events_before: Events, grid: Grid, start_day: float, days: int, seed: int = 0
    ) -> Floats:
        """Return the expected events of each cell in the days from ``start_day``; faults are the forecaster's."""
        return self.forecaster(events_before, grid, start_day, days, self.parameters, seed)


MODELS = (
    Model("counts, all years", prior_counts, CountParameters(), baseline=True),
    Model("counts, 1 year", prior_counts, CountParameters(years=1.0), baseline=True),
    Model("density, 1 year", density, DensityParameters(), baseline=True),
    Model("density, 3 years", density, DensityParameters(years=3.0), baseline=True),
    Model("density in space and time", space_time_density, SpaceTimeParameters()),
    Model("ProMap", promap, ProMapParameters()),
    Model("self-exciting", hawkes, HawkesParameters()),
    Model("boosted trees", boosted, BoostedParameters()),
    Model("blend", blend, BlendParameters()),
)


def model_of(name: str) -> Model:
    """Return the model of a name; MethodFault where there is none."""
    for model in MODELS:
        if model.name == name:
            return model
    raise MethodFault(
        f"There is no model {name!r}; choose one of {', '.join(model.name for model in MODELS)}."
    )
