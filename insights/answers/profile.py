"""Where from: the ground to search first for the anchor of one series."""

from __future__ import annotations

import math

import numpy as np

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Study, of_many, squares
from insights.answers.words import told_share
from insights.methods import geoprofile
from insights.methods.base import Floats, Integers
from insights.methods.geoprofile import Profile, Profiled

#: The best cells are those of this share of the area, which is searched first.
TOP = 0.05
#: Measured on one core at 2.5 GHz: one crime's part in one cell's score.
SECONDS_PER_PART = 2e-8


def answer_geoprofile(study: Study, parameters: Profile) -> Answer:
    """Return the best 5 % of the cells, the best first; all events are taken for one series."""
    found = geoprofile.profiled(study.events, parameters)
    rows, columns, scores = _top(found)
    shown = slice(0, MOST_ROWS)
    apart = math.dist(found.centre, found.peak)
    return Answer(
        sentences=_sentences(found, scores, apart),
        figures=_figures(study, found, parameters, scores, apart),
        columns=(
            Column("rank", "Rank", np.arange(1, len(scores) + 1)[shown], Kind.COUNT),
            Column("score", "Score (all cells sum to 1)", scores[shown]),
            Column("times", "Times the mean cell", (scores * found.scores.size)[shown]),
            Column(
                "searched",
                "Area searched up to here",
                (np.arange(1, len(scores) + 1) / found.scores.size)[shown],
                Kind.SHARE,
            ),
        ),
        shapes=squares(found.grid, rows[shown], columns[shown]),
        coloured_by="score",
        cautions=_cautions(found, apart),
        cut=max(0, len(scores) - MOST_ROWS),
    )


def _top(found: Profiled) -> tuple[Integers, Integers, Floats]:
    rows, columns = np.nonzero(found.top(TOP))
    scores = found.scores[rows, columns]
    order = np.argsort(-scores, kind="stable")
    return rows[order].astype(np.int64), columns[order].astype(np.int64), scores[order]


def _sentences(found: Profiled, scores: Floats, apart: float) -> tuple[str, ...]:
    share, area = len(scores) / found.scores.size, len(scores) * found.grid.size**2 / 1e6
    return (
        f"Search the darkest cells first: {told_share(share)} of the area, {area:.2f} km², hold"
        f" {told_share(float(scores.sum()))} of the profile.",
        f"Its peak lies {apart / 1000:.1f} km from the centre of minimum distance, which did about as well in studies.",
    )


def _figures(
    study: Study, found: Profiled, parameters: Profile, scores: Floats, apart: float
) -> tuple[Figure, ...]:
    crimes = len(study.events.placed())
    buffer = found.buffer if parameters.decay == "rossmo" else None
    return (
        Figure("crimes", "Crimes of the series", crimes, Kind.COUNT),
        Figure("places", "Different places", found.places, Kind.COUNT),
        Figure("left_out", "Without a place", len(study.events) - crimes, Kind.COUNT),
        Figure("buffer", "Buffer (B)", buffer, unit="m"),
        Figure("peak_x", "Peak, x", found.peak[0], unit="m"),
        Figure("peak_y", "Peak, y", found.peak[1], unit="m"),
        Figure("centre_x", "Centre of minimum distance, x", found.centre[0], unit="m"),
        Figure("centre_y", "Centre of minimum distance, y", found.centre[1], unit="m"),
        Figure("apart", "From the peak to the centre", apart, unit="m"),
        Figure("area", "Area of the profile", found.scores.size * found.grid.size**2 / 1e6, unit="km²"),
        Figure("cells", "Cells of the profile", found.scores.size, Kind.COUNT),
        Figure("top_cells", "Best cells", len(scores), Kind.COUNT),
        Figure("top_share", "Share of the profile in them", float(scores.sum()), Kind.SHARE),
    )


def _cautions(found: Profiled, apart: float) -> tuple[str, ...]:
    told = ["The profile holds only if one offender, or one group, did all of these crimes."]
    if found.places < 2 * geoprofile.LEAST_PLACES:
        told.append(f"With {of_many(found.places, 'place')} one crime more or less moves the peak far.")
    reach = found.grid.size * math.hypot(*found.scores.shape)
    if apart > reach / 4:
        told.append(
            "The peak and the centre of minimum distance lie far apart: look for a reason before using either."
        )
    return tuple(told)


def cost(study: Study, parameters: Profile) -> float:
    """Return about how many seconds it takes: crimes times cells."""
    events = study.events.placed()
    if not len(events):
        return 0.0
    sides = [
        float(np.ptp(axis)) * (1 + 2 * parameters.margin) / parameters.cell + 1
        for axis in (events.x, events.y)
    ]
    return len(events) * min(sides[0] * sides[1], geoprofile.CELLS) * SECONDS_PER_PART


GEOPROFILE = Analysis(geoprofile.METHOD, answer_geoprofile, cost=cost)
