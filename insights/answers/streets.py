"""Which street segments hold the crime."""

from __future__ import annotations

import numpy as np

from insights.answers.base import (
    MOST_ROWS,
    Analysis,
    Answer,
    Column,
    Figure,
    Kind,
    Need,
    Study,
    of_many,
)
from insights.answers.spans import cautions_left_out
from insights.answers.words import told_share
from insights.methods import streets
from insights.methods.streets import StreetParameters, StreetsFound

#: From this share of the incidents on, those at crossings may turn the order of the segments.
MANY_AT_CROSSINGS = 0.2


def answer_streets(study: Study, parameters: StreetParameters) -> Answer:
    """Return the segments that hold incidents, the fullest first and of equal ones the shorter."""
    assert study.network is not None  # noqa: S101  the method needs it
    segments = streets.segments_of(study.network, study.area)
    found = streets.streets(study.events, parameters, segments)
    ranked = found.ranked
    shown = np.flatnonzero(ranked.count > 0)[:MOST_ROWS]
    at = ranked.segment[shown]
    return Answer(
        sentences=_sentences(found, parameters),
        figures=_figures(found),
        columns=(
            Column("street", "Street", [segments.names[one] for one in at], Kind.TEXT),
            Column("count", "Incidents", ranked.count[shown], Kind.COUNT),
            Column("length", "Length", ranked.length_km[shown] * 1000, unit="m"),
            Column("per_km", "Incidents per km", ranked.per_km[shown], unit="per km"),
            Column("share", "Share of incidents, with those before", ranked.share[shown], Kind.SHARE),
            Column("length_share", "Share of the length", ranked.length_share[shown], Kind.SHARE),
        ),
        shapes=[segments.lines[one] for one in at],
        coloured_by="count",
        cautions=_cautions(found, parameters),
        cut=max(0, int((ranked.count > 0).sum()) - MOST_ROWS),
    )


def _sentences(found: StreetsFound, parameters: StreetParameters) -> tuple[str, ...]:
    ranked, names = found.ranked, found.segments.names
    many = len(ranked.count)
    first = ranked.segment[0]
    told = [
        f"The fullest of {many:,} segments is of {names[first]}, {ranked.length_km[0] * 1000:,.0f} m long: it holds"
        f" {of_many(int(ranked.count[0]), 'incident')}."
    ]
    for share, holding in zip(parameters.shares, ranked.holding.tolist(), strict=True):
        told.append(
            f"{told_share(share)} of the incidents are on {of_many(holding, 'segment')},"
            f" {told_share(holding / many)} of all and {told_share(float(ranked.length_share[holding - 1]))} of their"
            " length."
        )
    return tuple(told)


def _figures(found: StreetsFound) -> tuple[Figure, ...]:
    ranked = found.ranked
    return (
        Figure("incidents", "Incidents on streets", int(ranked.count.sum()), Kind.COUNT),
        Figure("left_out", "On no street", ranked.left_out, Kind.COUNT),
        Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
        Figure("at_crossing", "At crossings", found.at_crossing, Kind.COUNT),
        Figure("segments", "Segments", len(ranked.count), Kind.COUNT),
        Figure("with_any", "Segments that hold any", int((ranked.count > 0).sum()), Kind.COUNT),
        Figure("length", "Length of all", float(ranked.length_km.sum()), unit="km"),
    )


def _cautions(found: StreetsFound, parameters: StreetParameters) -> tuple[str, ...]:
    told = list(cautions_left_out(unplaced=found.unplaced))
    if found.ranked.left_out:
        told.append(
            f"{of_many(found.ranked.left_out, 'incident')} farther than {parameters.reach:g} m from any street"
            " that was looked at are on none."
        )
    used = int(found.ranked.count.sum())
    if found.at_crossing > MANY_AT_CROSSINGS * used:
        told.append(
            f"{found.at_crossing:,} of {used:,} incidents are recorded at crossings, where several segments meet: the"
            " order of segments there is partly chance."
        )
    return tuple(told)


HOT_STREETS = Analysis(streets.METHOD, answer_streets, frozenset({Need.STREETS}))
