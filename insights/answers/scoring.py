"""What became of a stored forecast: its score after its period, beside that of prior counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Need, Picture, Study, of_many
from insights.answers.dates import told_day, told_days
from insights.answers.stored import grid_of, surface_of
from insights.answers.words import told_share
from insights.methods import forecast_score as method
from insights.methods.base import Events, Floats, MethodFault
from insights.methods.forecast import counted
from insights.methods.forecast_score import ScoreParameters
from insights.methods.scores import Calibration, Scores, calibration, recapture_rate, scored

GROUPS = 10
ONE_PERIOD = "One period alone does not tell skill from luck; read it with the scores of others."


def score_forecast(kept: dict[str, Any], events: Events, today: float) -> Answer:
    """Return the score of a stored forecast (``Answer.kept``) against what happened; ``today`` in days.

    Rows are tenths of the cells by rising prediction, of the model and of prior counts.
    MethodFault: nothing is stored, its period has not ended, or nothing happened in it.
    """
    grid = grid_of(kept)
    expected, baseline = (surface_of(kept, name) for name in ("expected", "expected_of_baseline"))
    start, until = kept["start_day"], kept["start_day"] + kept["days"]
    if today < until:
        raise MethodFault(f"The period ends with {told_day(until - 1)}; its score can be told from then on.")
    happened = counted(events, grid, start, until)
    if not happened.any():
        raise MethodFault("Nothing happened in the area in the period, so there was nothing to hit.")
    own = scored(expected, happened, kept["cells"])
    counts = scored(baseline, happened, kept["cells"])
    begun = int(((events.begin >= start) & (events.begin < until)).sum())
    return Answer(
        sentences=_sentences(kept, own, counts),
        figures=(
            Figure("first_day", "First day", start, Kind.DAY),
            Figure("days", "Days", kept["days"], Kind.COUNT, "days"),
            Figure("model", "Model", kept["model"], Kind.TEXT),
            Figure("total", "Incidents in the area (N)", own.total, Kind.COUNT),
            Figure("left_out", "Without a place or outside", begun - own.total, Kind.COUNT),
            Figure("cells", "Cells named", own.cells, Kind.COUNT),
            Figure("area", "Cells of the area", own.area, Kind.COUNT),
            Figure("most_hits", "Most hits that as many cells could have", own.most_hits, Kind.COUNT),
            *_figures("", "", own, _recapture(kept, 0, own), float(expected.sum())),
            *_figures(
                "counts_", ", prior counts", counts, _recapture(kept, 1, counts), float(baseline.sum())
            ),
            Figure("difference", "Hits more than prior counts", own.hits - counts.hits),
        ),
        columns=_columns(calibration(expected, happened, GROUPS), calibration(baseline, happened, GROUPS)),
        pictures=(
            Picture(
                "bars", "Expected and happened, by tenths of the cells", "group", ("expected", "happened")
            ),
            Picture(
                "bars", "The same of prior counts", "group", ("expected_by_counts", "happened_by_counts")
            ),
        ),
        cautions=_cautions(kept, own),
        kept={
            "model": kept["model"],
            "start_day": start,
            "days": kept["days"],
            "hits": own.hits,
            "hits_of_counts": counts.hits,
            "total": own.total,
            "cells": own.cells,
            "area": own.area,
            "most_hits": own.most_hits,
        },
    )


def _sentences(kept: dict[str, Any], own: Scores, counts: Scores) -> tuple[str, ...]:
    period = told_days(kept["start_day"], kept["start_day"] + kept["days"])
    first = (
        f"{period[0].upper()}{period[1:]} the cells named by {kept['model']} caught {own.hits:.3g} of"
        f" {of_many(own.total, 'incident')} in {told_share(own.cells / own.area)} of the area (PAI {own.pai:.2f})."
    )
    if kept["model"] == kept["baseline"]:
        return (first, "It is the baseline itself: there is nothing that it was better or worse than.")
    gain = own.hits - counts.hits
    verdict = (
        "better than" if gain > 1e-9 else "worse than" if gain < -1e-9 else "no better and no worse than"
    )
    return (
        first,
        f"It did {verdict} prior counts, which caught {counts.hits:.3g} (PAI {counts.pai:.2f}).",
    )


def _cautions(kept: dict[str, Any], own: Scores) -> tuple[str, ...]:
    cautions = [ONE_PERIOD]
    if kept["made"] >= kept["start_day"]:
        cautions.append("It was made when its period had begun: this is not the score of a forecast.")
    if own.total < 20:
        cautions.append(
            f"With {of_many(own.total, 'incident')} one hit more or less changes every figure much."
        )
    return tuple(cautions)


def _recapture(kept: dict[str, Any], which: int, scores: Scores) -> float | None:
    try:
        return recapture_rate(scores.hits, scores.total, kept["hits_before"][which], kept["total_before"])
    except MethodFault:
        return None


def _figures(
    name: str, label: str, scores: Scores, recapture: float | None, expected: float
) -> tuple[Figure, ...]:
    return (
        Figure(f"{name}hits", f"Hits{label} (n)", scores.hits),
        Figure(f"{name}hit_rate", f"Hit rate{label}", scores.hit_rate, Kind.SHARE),
        Figure(f"{name}pai", f"PAI{label}", scores.pai),
        Figure(f"{name}pei", f"PEI{label}", scores.pei),
        Figure(f"{name}rri", f"Recapture rate index{label}", recapture),
        Figure(f"{name}expected", f"Expected in the area{label}", expected),
    )


def _columns(own: Calibration, counts: Calibration) -> tuple[Column, ...]:
    rows = max(len(own.cells), len(counts.cells))
    told = [Column("group", "Cells by rising prediction", [str(at + 1) for at in range(rows)], Kind.TEXT)]
    for name, label, one in (("", "", own), ("_by_counts", ", prior counts", counts)):
        told += [
            Column(f"cells{name}", f"Cells{label}", _filled(one.cells, rows), Kind.COUNT),
            Column(f"expected{name}", f"Expected{label}", _filled(one.predicted, rows)),
            Column(f"happened{name}", f"Happened{label}", _filled(one.happened, rows), Kind.COUNT),
        ]
    return tuple(told)


def _filled(values: Any, rows: int) -> Floats:
    """Return the values with not a number where one model has fewer groups, since its predictions are equal."""
    filled = np.full(rows, np.nan)
    filled[: len(values)] = values
    return filled


def answer_score(study: Study, parameters: ScoreParameters) -> Answer:
    """Return the score of the forecast that the study is about."""
    del parameters
    return score_forecast(study.kept or {}, study.events, study.today)


SCORE = Analysis(method.METHOD, answer_score, needs=frozenset({Need.FORECAST}))
