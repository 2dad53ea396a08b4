"""Who did several: proposed series of crimes, each crime with what ties it to its series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.answers.base import (
    MOST_ROWS,
    Analysis,
    Answer,
    Column,
    Figure,
    Kind,
    Need,
    Scale,
    Study,
    of_many,
)
from insights.answers.dates import told_days
from insights.answers.links import Learned, cautions_of_habits, crimes_of, learned, points_of, solved_of
from insights.methods import candidates
from insights.methods import series as method
from insights.methods.base import Integers
from insights.methods.evidence import Crimes, evidence
from insights.methods.link_models import LinkModel, reasons, score
from insights.methods.series import Grouping, Proposal, Proposed

#: Measured on one core at 2.5 GHz: learning the model and testing it on five splits.
SECONDS = 0.3
#: The level at which a proposal is told from shuffled copies.
LEVEL = 0.05


@dataclass(frozen=True)
class _Tie:
    """A crime of a series, and the one of the same that it is most alike to: with which score, and why."""

    key: int
    other: int
    score: float
    reasons: str


def answer_series(study: Study, parameters: Grouping) -> Answer:
    """Return one row for each crime of each proposed series, the strongest series first, by the time they began."""
    crimes = crimes_of(study)
    model = learned(solved_of(study))
    found = method.proposed(crimes, model.model, parameters, study.progress)
    crime_rows = [(rank, one, key) for rank, one in enumerate(found.series, 1) for key in one.keys.tolist()]
    shown = crime_rows[:MOST_ROWS]
    ties = _ties(crimes, found, model.model, len(shown))
    return Answer(
        sentences=_sentences(found, len(crimes)),
        figures=_figures(found, model, parameters, len(crimes)),
        columns=_columns(crimes, [(rank, one) for rank, one, _ in shown], ties),
        shapes=points_of(crimes, np.array([tie.key for tie in ties], np.int64)),
        coloured_by="number",
        scale=Scale.WORDS,
        cautions=(*model.cautions, *cautions_of_habits(crimes), *_cautions(found, parameters)),
        cut=len(crime_rows) - len(shown),
        kept={"series": [_kept(one) for one in found.series]},
    )


def _ties(crimes: Crimes, found: Proposed, model: LinkModel, most: int) -> list[_Tie]:
    ties: list[_Tie] = []
    for one in found.series:
        members = np.searchsorted(crimes.events.key, one.keys)
        for at in range(min(len(members), most - len(ties))):
            ties.append(_tie(crimes, members, at, model))
    return ties


def _tie(crimes: Crimes, members: Integers, at: int, model: LinkModel) -> _Tie:
    others = np.delete(members, at)
    told = evidence(crimes, np.column_stack([np.full(len(others), members[at]), others]))
    scores = score(model, told)
    keys = crimes.events.key
    best = int(np.lexsort((keys[others], -scores))[0])
    return _Tie(
        int(keys[members[at]]),
        int(keys[others[best]]),
        float(scores[best]),
        "; ".join(reasons(model, told, best)),
    )


def _columns(crimes: Crimes, rows: list[tuple[int, Proposal]], ties: list[_Tie]) -> tuple[Column, ...]:
    at = np.searchsorted(crimes.events.key, [tie.key for tie in ties])
    series = [one for _, one in rows]
    columns = [
        Column("series", "Series", [rank for rank, _ in rows], Kind.COUNT),
        Column("number", "Number of the series", [str(one.number) for one in series], Kind.TEXT),
        Column("incident", "Incident", [tie.key for tie in ties], Kind.INCIDENT),
        Column("began", "Began", crimes.events.begin[at], Kind.MOMENT),
        Column("tied_to", "Most alike to", [tie.other for tie in ties], Kind.INCIDENT),
        Column("tie", "Score with that", [tie.score for tie in ties]),
        Column("reasons", "Why", [tie.reasons for tie in ties], Kind.TEXT),
        Column("crimes", "Crimes of the series", [len(one.keys) for one in series], Kind.COUNT),
        Column("first", "First of the series", [one.first for one in series], Kind.MOMENT),
        Column("last", "Last of the series", [one.last for one in series], Kind.MOMENT),
        Column("strength", "Strength", [one.strength for one in series]),
        Column("mean", "Mean score of its pairs", [one.mean for one in series]),
        Column("reach", "Farthest from its middle", [one.reach for one in series], unit="m"),
        Column("divided", "Cut from a larger web", [one.divided for one in series], Kind.FLAG),
    ]
    if any(one.p is not None for one in series):
        columns.append(Column("p", "p", [one.p for one in series], Kind.P))
    return tuple(columns)


def _sentences(found: Proposed, crimes: int) -> tuple[str, ...]:
    compared = f"Among {of_many(crimes, 'crime')}"
    if not found.series:
        return (f"{compared} none are near and alike enough to be proposed as a series.",)
    best = found.series[0]
    proposed = of_many(len(found.series), "series", "series")
    verb = "is" if len(found.series) == 1 else "are"
    told = [
        f"{compared} {proposed} {verb} proposed.",
        f"The strongest has {of_many(len(best.keys), 'crime')} {told_days(best.first, math.floor(best.last) + 1)},"
        f" within {best.reach / 1000:.1f} km of their middle; its pairs score {best.mean:+.1f} on the average.",
    ]
    if best.p is not None:
        clear = sum(one.p is not None and one.p <= LEVEL for one in found.series)
        told.append(
            f"Of {proposed} {clear:,} {'is' if clear == 1 else 'are'} stronger than shuffled times give (p at most"
            f" {LEVEL:g}); the others may be chance."
        )
    return tuple(told)


def _figures(found: Proposed, model: Learned, asked: Grouping, crimes: int) -> tuple[Figure, ...]:
    best = found.series[0] if found.series else None
    return (
        Figure("series", "Proposed series", len(found.series), Kind.COUNT),
        Figure("crimes", "Crimes looked at", crimes - found.left_out, Kind.COUNT),
        Figure("left_out", "Without a place", found.left_out, Kind.COUNT),
        Figure("in_series", "Crimes in proposals", sum(len(one.keys) for one in found.series), Kind.COUNT),
        Figure("pairs", "Pairs compared", found.pairs, Kind.COUNT),
        Figure("strength", "Strength of the strongest", best.strength if best else None),
        Figure("p", "p of the strongest", best.p if best else None, Kind.P),
        Figure("replications", "Shuffled copies", asked.replications, Kind.COUNT),
        Figure("solved_series", "Solved series learned from", model.found.series, Kind.COUNT),
        Figure("auc", "AUC on series not seen", model.auc.mean),
        Figure("auc_low", "That, from (95 %)", model.auc.low),
        Figure("auc_high", "That, to (95 %)", model.auc.high),
    )


def _cautions(found: Proposed, asked: Grouping) -> tuple[str, ...]:
    told = []
    if found.series and not asked.replications:
        told.append(
            "How strong series look by chance was not asked for; ask for shuffled copies to learn it."
        )
    divided = sum(one.divided for one in found.series)
    if divided:
        told.append(
            f"{of_many(divided, 'proposal')} {'was' if divided == 1 else 'were'} cut from a larger web: crimes of its"
            " neighbours may belong to it."
        )
    return tuple(told)


def _kept(one: Proposal) -> dict[str, object]:
    return {
        "number": one.number,
        "keys": one.keys.tolist(),
        "strength": one.strength,
        "mean": one.mean,
        "first": one.first,
        "last": one.last,
        "p": one.p,
    }


def cost(study: Study, parameters: Grouping) -> float:
    """Return about how many seconds it takes: learning, then all near pairs once and for each shuffled copy."""
    pairs = candidates.cost(study.events, parameters.metres)
    return SECONDS + pairs * (parameters.replications + 1)


SERIES = Analysis(method.METHOD, answer_series, frozenset({Need.HABITS, Need.SOLVED}), cost)
