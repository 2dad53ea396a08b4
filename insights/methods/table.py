"""Every method there is, by its key: what runs, pages and commands offer."""

from __future__ import annotations

from insights.methods import (
    alarms,
    aoristic,
    autocorrelation,
    blend,
    boosted,
    candidates,
    chains,
    clusters,
    comparison,
    compstat,
    concentration,
    counts,
    density,
    emerging,
    forecast,
    forecast_densities,
    geoprofile,
    hawkes,
    hotspots,
    journeys,
    linkage,
    narratives,
    nearrepeat,
    operations,
    prior_counts,
    promap,
    scan,
    seasonality,
    series,
)
from insights.methods.base import Method

#: In the order of the questions: where, when, where next, who did several, where from, did it work.
METHODS: dict[str, Method] = {
    method.key: method
    for method in (
        counts.METHOD,
        density.METHOD,
        hotspots.METHOD,
        autocorrelation.METHOD,
        concentration.METHOD,
        clusters.METHOD,
        emerging.METHOD,
        aoristic.METHOD,
        seasonality.METHOD,
        compstat.METHOD,
        alarms.METHOD,
        nearrepeat.METHOD,
        chains.METHOD,
        scan.METHOD,
        prior_counts.METHOD,
        forecast_densities.METHOD,
        forecast_densities.SPACE_TIME,
        promap.METHOD,
        hawkes.METHOD,
        boosted.METHOD,
        blend.METHOD,
        forecast.METHOD,
        comparison.METHOD,
        linkage.METHOD,
        candidates.METHOD,
        series.METHOD,
        narratives.METHOD,
        geoprofile.METHOD,
        journeys.METHOD,
        operations.METHOD,
    )
}
