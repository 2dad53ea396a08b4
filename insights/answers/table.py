"""Every analysis that people can run, by its key: what runs, pages and commands offer."""

from __future__ import annotations

from insights.answers import (
    ahead,
    alarms,
    briefing,
    comparing,
    contoured,
    emerging,
    hexagons,
    hot,
    learning,
    living,
    operation,
    periods,
    places,
    profile,
    proposals,
    repeats,
    reports,
    scanned,
    scoring,
    seasons,
    streets,
    surfaces,
    week,
    where,
    who,
)
from insights.answers.base import Analysis

#: In the order of the questions: where, when, where next, who did several, where from, did it work.
ANALYSES: dict[str, Analysis] = {
    analysis.key: analysis
    for analysis in (
        where.COUNTS,
        hexagons.H3_COUNTS,
        surfaces.DENSITY,
        contoured.CONTOURS,
        hot.HOTSPOTS,
        hot.AUTOCORRELATION,
        places.CONCENTRATION,
        streets.HOT_STREETS,
        places.CLUSTERS,
        emerging.EMERGING,
        week.AORISTIC,
        seasons.SEASONALITY,
        periods.OFFENCES,
        periods.BEATS,
        alarms.ALARMS,
        briefing.BRIEFING,
        repeats.NEAR_REPEAT,
        repeats.CHAINS,
        living.RISK,
        scanned.SCAN,
        ahead.FORECAST,
        scoring.SCORE,
        comparing.COMPARISON,
        learning.LINKAGE,
        who.CANDIDATES,
        proposals.SERIES,
        reports.NARRATIVES,
        profile.GEOPROFILE,
        operation.OPERATIONS,
    )
}
