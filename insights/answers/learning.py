"""How links are learned here: the card of a model trained on the agency's solved series."""

from __future__ import annotations

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Need, Picture, Study, of_many
from insights.answers.links import LABELS, solved_of
from insights.answers.words import told_share
from insights.methods import linkage
from insights.methods.base import Floats
from insights.methods.linkage import Card, Linkage, Trained
from insights.methods.solved import Solved, examples

#: Measured on one core at 2.5 GHz: 20 splits of 20,000 pairs, twice.
SECONDS = 1.2


def answer_linkage(study: Study, parameters: Linkage) -> Answer:
    """Return the model card; rows are its features, those that tell most between linked and unlinked pairs first."""
    solved = solved_of(study)
    trained = linkage.train(solved, parameters, study.progress)
    linked, unlinked = _means(solved, trained, parameters)
    order = np.argsort(-np.abs(linked - unlinked), kind="stable")
    names = [trained.model.names[at] for at in order]
    card = trained.card
    return Answer(
        sentences=_sentences(card, LABELS.get(names[0], names[0])),
        figures=_figures(card, trained.model.base),
        columns=(
            Column("feature", "Feature", [LABELS.get(name, name) for name in names], Kind.TEXT),
            Column("linked", "Mean part where one offender did both", linked[order]),
            Column("unlinked", "Mean part where different ones did", unlinked[order]),
            Column("apart", "Difference", (linked - unlinked)[order]),
        ),
        pictures=(Picture("bars", "What each feature adds to the score", "feature", ("linked", "unlinked")),),
        cautions=card.cautions,
        kept={"model": card.model, "version": card.version, "auc": card.auc.mean, "series": card.series},
    )


def _means(solved: Solved, trained: Trained, asked: Linkage) -> tuple[Floats, Floats]:
    found = examples(solved, unlinked=asked.unlinked, days=asked.days, seed=asked.seed)
    parts = trained.model.contributions(found.evidence)
    linked, unlinked = (
        np.average(parts[side], axis=0, weights=found.weight[side]) for side in (found.linked, ~found.linked)
    )
    return linked, unlinked


def _sentences(card: Card, strongest: str) -> tuple[str, ...]:
    low, high = told_share(card.auc.low), told_share(card.auc.high)
    first = (
        f"Of a pair that one offender did and a pair that different ones did, the model scores the right one higher"
        f" {told_share(card.auc.mean)} of the time (95 % from {low} to {high}), on crimes that it did"
        " not see; guessing is right half of the time."
    )
    pairs = of_many(card.linked, "linked pair")
    second = f"It learned from {of_many(card.series, 'solved series', 'solved series')} with {pairs}."
    third = f"Most is told by {strongest}."
    if card.gain.low > 0:
        fourth = "It tells them apart better than the plain logistic regression."
    elif card.gain.high < 0:
        fourth = "It tells them apart worse than the plain logistic regression; use that one."
    else:
        fourth = "It is not told apart from the plain logistic regression: the difference may be chance."
    return (first, second, third) if card.model == "logistic" else (first, second, third, fourth)


def _figures(card: Card, base: float) -> tuple[Figure, ...]:
    return (
        Figure("model", "Model", card.model, Kind.TEXT),
        Figure("version", "Version", card.version, Kind.TEXT),
        Figure("auc", "AUC", card.auc.mean),
        Figure("auc_low", "AUC, from (95 %)", card.auc.low),
        Figure("auc_high", "AUC, to (95 %)", card.auc.high),
        Figure("gain", "AUC more than plain logistic regression", card.gain.mean),
        Figure("gain_low", "That, from (95 %)", card.gain.low),
        Figure("gain_high", "That, to (95 %)", card.gain.high),
        Figure("splits", "Splits by offender", card.splits, Kind.COUNT),
        Figure("series", "Solved series", card.series, Kind.COUNT),
        Figure("crimes", "Crimes in the pairs", card.crimes, Kind.COUNT),
        Figure("linked_pairs", "Linked pairs", card.linked, Kind.COUNT),
        Figure("unlinked_pairs", "Unlinked pairs", card.unlinked, Kind.COUNT),
        Figure("first_day", "First solved crime", card.first_day, Kind.MOMENT),
        Figure("last_day", "Last solved crime", card.last_day, Kind.MOMENT),
        Figure("base", "Base of every score", base),
    )


def cost(study: Study, parameters: Linkage) -> float:
    """Return about how many seconds training takes: by the pairs it learns from."""
    return 0.1 + SECONDS * parameters.unlinked / 20_000


LINKAGE = Analysis(linkage.METHOD, answer_linkage, frozenset({Need.SOLVED, Need.HABITS}), cost)
