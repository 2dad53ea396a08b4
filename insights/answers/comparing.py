"""Which forecast to use: models beside the baselines over past periods, and the one that may be the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from insights.answers.ahead import SECONDS, size_of
from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Picture, Study, of_many
from insights.answers.dates import told_days
from insights.methods import comparison
from insights.methods.comparison import Compared, ComparisonParameters
from insights.methods.evaluation import Evaluation
from insights.methods.forecast import first_day_ahead
from insights.methods.scores import Interval

BEST, BASELINE, UNSCORED = "the best baseline", "a baseline", "without a score"
NOT_BELOW, WORSE, UNCLEAR = (
    "not below the baseline",
    "worse than the baseline",
    "not told apart from the baseline",
)


@dataclass(frozen=True)
class _Judged:
    """A model's place in the evaluation, None where it has no score, with its gain and verdict in words."""

    name: str
    at: int | None
    gain: Interval | None
    verdict: str


def answer_comparison(study: Study, parameters: ComparisonParameters) -> Answer:
    """Return one row per model, those with most hits first, and which may be the default."""
    end = first_day_ahead(study.events, study.today, study.until)
    found = comparison.compared(study.events, end, parameters, study.grid(parameters.cell), study.progress)
    told = found.evaluation
    chosen = told.models[told.chosen(0, seed=parameters.seed)].name
    judged = _judged(found, parameters.seed)
    return Answer(
        sentences=_sentences(judged, chosen, told, end),
        figures=_figures(study, found, chosen, end),
        columns=_columns(judged, told),
        pictures=(Picture("bars", "PAI by model", "model", ("pai",)),),
        cautions=_cautions(judged, found),
        kept=_kept(judged, told, chosen, parameters),
    )


def _judged(found: Compared, seed: int) -> list[_Judged]:
    told = found.evaluation
    best = told.best_baseline(0)
    ranked = sorted(range(len(told.models)), key=lambda at: (-told.hits[at, 0].sum(), at))
    judged = [_judgement(told, at, best, seed) for at in ranked]
    return judged + [_Judged(name, None, None, UNSCORED) for name in found.without]


def _judgement(told: Evaluation, at: int, best: int, seed: int) -> _Judged:
    gain = told.gain(at, 0, seed=seed)
    if at == best or told.models[at].baseline:
        verdict = BEST if at == best else BASELINE
    else:
        verdict = NOT_BELOW if gain.low >= 0 else WORSE if gain.high < 0 else UNCLEAR
    return _Judged(told.models[at].name, at, gain, verdict)


def _sentences(judged: list[_Judged], chosen: str, told: Evaluation, end: float) -> tuple[str, ...]:
    best = next(one for one in judged if one.verdict == BEST)
    one = next(one for one in judged if one.name == chosen)
    if one is best:
        first = f"Use {chosen}: no model is surely as good as this baseline here."
    else:
        first = f"Use {chosen}: surely no worse than {best.name}, the best baseline{_by(one.gain)}."
    places = {one.name: float(told.pai[one.at, 0]) for one in judged if one.at is not None}
    happened = of_many(int(told.totals.sum()), "incident")
    beside = "" if one is best else f" and {best.name} {places[best.name]:.2f}"
    second = (
        f"Over {of_many(len(told.starts), 'period')} {told_days(told.starts[0], end)}, {happened} happened; naming"
        f" {of_many(int(told.cells[0]), 'cell')}, {chosen} has PAI {places[chosen]:.2f}{beside}."
    )
    worse = [one.name for one in judged if one.verdict == WORSE]
    third = (f"Worse than the baseline: {', '.join(worse)}.",) if worse else ()
    return (first, second, *third)


def _by(gain: Interval | None) -> str:
    if gain is None:
        return ""
    return f", its PAI differs by {gain.difference:+.2f} (95 % from {gain.low:+.2f} to {gain.high:+.2f})"


def _figures(study: Study, found: Compared, chosen: str, end: float) -> tuple[Figure, ...]:
    told = found.evaluation
    begun = int(((study.events.begin >= told.starts[0]) & (study.events.begin < end)).sum())
    total = int(told.totals.sum())
    return (
        Figure("default", "Model to use", chosen, Kind.TEXT),
        Figure("best_baseline", "Best baseline", told.models[told.best_baseline(0)].name, Kind.TEXT),
        Figure("first_day", "First day", float(told.starts[0]), Kind.DAY),
        Figure("last_day", "Last day", float(end - 1), Kind.DAY),
        Figure("periods", "Periods", len(told.starts), Kind.COUNT),
        Figure("total", "Incidents in them (N)", total, Kind.COUNT),
        Figure("left_out", "Without a place or outside", begun - total, Kind.COUNT),
        Figure("cells", "Cells named", int(told.cells[0]), Kind.COUNT),
        Figure("area", "Cells of the area", int(told.area), Kind.COUNT),
        Figure(
            "most_hits", "Most hits that as many cells could have", float(told.most_hits[0].sum()), Kind.COUNT
        ),
    )


def _columns(judged: list[_Judged], told: Evaluation) -> tuple[Column, ...]:
    def of(values: Any) -> list[float]:
        return [float("nan") if one.at is None else float(values[one.at]) for one in judged]

    gains = [one.gain or Interval(np.nan, np.nan, np.nan) for one in judged]
    return (
        Column("model", "Model", [one.name for one in judged], Kind.TEXT),
        Column("verdict", "Verdict", [one.verdict for one in judged], Kind.TEXT),
        Column("hits", "Hits", of(told.hits[:, 0].sum(axis=1))),
        Column("hit_rate", "Hit rate", of(told.hit_rate[:, 0]), Kind.SHARE),
        Column("pai", "PAI", of(told.pai[:, 0])),
        Column("pei", "PEI", of(told.pei[:, 0])),
        Column("difference", "PAI more than the best baseline", [gain.difference for gain in gains]),
        Column("low", "From (95 %)", [gain.low for gain in gains]),
        Column("high", "To (95 %)", [gain.high for gain in gains]),
        Column("expected", "Incidents expected", of(told.predicted.sum(axis=1))),
        Column("deviance", "Poisson deviance per cell", of(told.deviance.mean(axis=1))),
    )


def _cautions(judged: list[_Judged], found: Compared) -> tuple[str, ...]:
    told = [
        f"{one.name[0].upper()}{one.name[1:]} is worse than the baseline here; do not use it."
        for one in judged
        if one.verdict == WORSE
    ]
    told += [
        f"{name[0].upper()}{name[1:]} has no score, so do not rely on it: {fault}"
        for name, fault in found.without.items()
    ]
    total = int(found.evaluation.totals.sum())
    if total < 100:
        told.append(f"With {of_many(total, 'incident')} in all periods most differences are chance.")
    return tuple(told)


def _kept(
    judged: list[_Judged], told: Evaluation, chosen: str, parameters: ComparisonParameters
) -> dict[str, Any]:
    models = {
        one.name: {
            "verdict": one.verdict,
            "pai": None if one.at is None else float(told.pai[one.at, 0]),
            "difference": one.gain.difference if one.gain else None,
            "low": one.gain.low if one.gain else None,
            "high": one.gain.high if one.gain else None,
        }
        for one in judged
    }
    asked = {"cell": parameters.cell, "days": parameters.days, "share": parameters.share}
    return {"default": chosen, "models": models, **asked}


def cost(study: Study, parameters: ComparisonParameters) -> float:
    """Return about how many seconds a comparison takes: each model forecasts every period anew."""
    seconds = sum(SECONDS.get(name, 0.0) for name in parameters.models)
    return 0.2 + parameters.periods * seconds * size_of(study, parameters.cell)


COMPARISON = Analysis(comparison.METHOD, answer_comparison, cost=cost)
