"""Who did several: crimes like one, with the reasons."""

from __future__ import annotations

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Need, Study, of_many
from insights.answers.links import (
    Learned,
    cautions_of_habits,
    crimes_of,
    learned,
    parts,
    points_of,
    solved_of,
    told_reasons,
)
from insights.methods import candidates
from insights.methods.base import MethodFault
from insights.methods.candidates import Candidates, Ranked

#: A log Bayes factor from which a candidate is told of: seven times likelier if one offender did both.
STRONG = 2.0
#: Measured on one core at 2.5 GHz: learning the model and testing it on five splits.
SECONDS = 0.3


def answer_candidates(study: Study, parameters: Candidates) -> Answer:
    """Return the crimes most like the one asked about; the base and the parts of each sum to its score."""
    if study.subject is None:
        raise MethodFault("Name the crime that others are compared with.")
    crimes = crimes_of(study)
    model = learned(solved_of(study))
    found = candidates.ranked(crimes, study.subject, model.model, parameters)
    told = found.evidence.values
    return Answer(
        sentences=_sentences(found, parameters),
        figures=_figures(found, model),
        columns=(
            Column("incident", "Incident", found.key, Kind.INCIDENT),
            Column("score", "Score (log Bayes factor)", found.score),
            Column("reasons", "Reasons", told_reasons(model.model, found.evidence), Kind.TEXT),
            Column("apart_km", "Apart", told[:, 0], unit="km"),
            Column("apart_days", "Apart in time", told[:, 1], unit="days"),
            *parts(model.model, found.contributions),
        ),
        shapes=points_of(crimes, found.key),
        coloured_by="score",
        cautions=(*model.cautions, *cautions_of_habits(crimes)),
    )


def _sentences(found: Ranked, asked: Candidates) -> tuple[str, ...]:
    crimes = of_many(found.compared, "crime")
    looked = f"{crimes} within {asked.metres / 1000:g} km and {asked.days:g} days were compared"
    if not found.compared:
        return ("No crime lies near enough in space and time to be compared.",)
    strong = int((found.score >= STRONG).sum())
    best = float(found.score[0])
    if best < 0:
        return (
            f"{looked}; none looks like this one: even the likeliest speaks against a link ({best:+.1f}).",
        )
    if not strong:
        return (
            f"{looked}; none stands out: the likeliest has a score of {best:+.1f}, which chance gives often.",
        )
    more = " or more" if strong == asked.most else ""
    verb = "scores" if strong == 1 else "score"
    return (
        f"{looked}; {strong:,}{more} {verb} {STRONG:g} or above, which is at least seven times likelier if one offender"
        " did both.",
        f"The likeliest has {best:+.1f}. Links are rare, so most high scores are still wrong: read the reasons.",
    )


def _figures(found: Ranked, model: Learned) -> tuple[Figure, ...]:
    return (
        Figure("compared", "Crimes compared", found.compared, Kind.COUNT),
        Figure("left_out", "Without a place", found.left_out, Kind.COUNT),
        Figure("best", "Highest score", float(found.score[0]) if len(found.score) else None),
        Figure("series", "Solved series learned from", model.found.series, Kind.COUNT),
        Figure("auc", "AUC on series not seen", model.auc.mean),
        Figure("auc_low", "That, from (95 %)", model.auc.low),
        Figure("auc_high", "That, to (95 %)", model.auc.high),
    )


def cost(study: Study, parameters: Candidates) -> float:
    """Return about how many seconds it takes: learning, then one pair for each crime."""
    return SECONDS + len(study.events) * candidates.SECONDS_PER_PAIR


CANDIDATES = Analysis(
    candidates.METHOD, answer_candidates, frozenset({Need.SUBJECT, Need.HABITS, Need.SOLVED}), cost
)
