"""The living list: places at raised risk today, which expire."""

from __future__ import annotations

import numpy as np
import shapely

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Study, of_many
from insights.answers.dates import told_day
from insights.answers.repeats import LEAST_DRAWN, knox_cautions, knox_cost, knox_figures
from insights.answers.spans import timed
from insights.methods import risk
from insights.methods.base import Floats
from insights.methods.chains import Raised
from insights.methods.nearrepeat import SAME_PLACE, KnoxParameters
from insights.methods.risk import Risk

#: Sides of the quarter of a circle; along streets equal distances are a square on its corner.
ROUND, SQUARE = 16, 1


def answer_risk(study: Study, parameters: KnoxParameters) -> Answer:
    """Return the rings at raised risk today, the highest ratio first."""
    events, undated = timed(study.events)
    found = risk.at_risk(events, parameters, int(np.floor(study.today)), study.progress)
    many = 0 if found.places is None else len(found.places.key)
    figures = (
        Figure("as_of", "Day", found.as_of, Kind.DAY),
        Figure("rings", "Rings at raised risk", many, Kind.COUNT),
        Figure("later", "Incidents after that day, left out", found.later, Kind.COUNT),
        *knox_figures(found.repeats, parameters, undated),
    )
    cautions = knox_cautions(found.repeats, undated)
    if found.places is None:
        return Answer(sentences=_nothing(found, events.begin), figures=figures, cautions=cautions)
    return Answer(
        sentences=_sentences(found, found.places, events.begin),
        figures=figures,
        columns=_columns(found.places),
        shapes=rings(found.places, parameters.metric)[:MOST_ROWS],
        coloured_by="ratio",
        cautions=cautions,
        cut=max(0, many - MOST_ROWS),
    )


def rings(places: Raised, metric: str) -> list[shapely.Geometry]:
    """Return the rings as polygons in metres; those of the same place are drawn 10 m wide to be seen."""
    sides = SQUARE if metric == "manhattan" else ROUND
    middles = shapely.points(places.x, places.y)
    outer = shapely.buffer(middles, np.maximum(places.outer, LEAST_DRAWN), quad_segs=sides)
    hollow = places.inner > SAME_PLACE
    inner = shapely.buffer(middles, np.where(hollow, places.inner, 0.0), quad_segs=sides)
    return list(np.where(hollow, shapely.difference(outer, inner), outer))


def _columns(places: Raised) -> tuple[Column, ...]:
    shown = slice(0, MOST_ROWS)
    return (
        Column("incident", "Incident", places.key[shown], Kind.INCIDENT),
        Column("ratio", "Times the usual", places.ratio[shown]),
        Column("age", "Days since", places.age[shown], Kind.COUNT, "days"),
        Column("inner", "From", _whole(places.inner[shown]), unit="m"),
        Column("outer", "To", places.outer[shown], unit="m"),
        Column("expires", "Expires", places.expires[shown], Kind.DAY),
    )


def _whole(inner: Floats) -> Floats:
    """Return 0 for where the first ring about the same place begins."""
    return np.where(inner <= SAME_PLACE, 0.0, inner)


def _sentences(found: Risk, places: Raised, begin: Floats) -> tuple[str, ...]:
    if not len(places.key):
        return _nothing(found, begin)
    incidents, rings_now = len(np.unique(places.key)), len(places.key)
    return (
        f"On {told_day(found.as_of)} risk is raised round {of_many(incidents, 'incident')}, in"
        f" {of_many(rings_now, 'ring')}.",
        f"The highest has {places.ratio[0]:.1f} times as many repeats as chance,"
        f" {'at the same place' if places.inner[0] < SAME_PLACE else f'up to {places.outer[0]:g} m away'}.",
        f"The first ring expires on {told_day(places.expires.min())}, the last on {told_day(places.expires.max())}.",
    )


def _nothing(found: Risk, begin: Floats) -> tuple[str, ...]:
    """Say why the list is empty: there are no near repeats, or nothing happened lately."""
    day = told_day(found.as_of)
    if found.places is None:
        return (
            f"No place is at raised risk on {day}: there are no more near repeats than chance would make.",
        )
    flagged = found.repeats.flagged
    lasts = int(found.repeats.days[1:][flagged.any(axis=0)].max())
    newest = begin[begin < found.as_of + 1].max()
    bands = int(flagged.sum())
    return (
        f"No place is at raised risk on {day}: the newest incident is of {told_day(newest)}.",
        f"After an incident risk is raised in {of_many(bands, 'band')} of distance and time, for up to {lasts} days.",
    )


RISK = Analysis(risk.METHOD, answer_risk, cost=knox_cost)
