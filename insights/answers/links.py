"""What the answers on links share: the model of the agency's solved series, and reasons as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from insights.answers.base import Column, Study, of_many
from insights.methods.base import Floats, Integers, MethodFault
from insights.methods.evidence import MISSING, Crimes, Evidence
from insights.methods.link_models import LinkModel, reasons
from insights.methods.linkage import BY_CHANCE, Interval, Linkage, compare, fit, interval
from insights.methods.solved import Examples, Solved, examples

#: Splits that a model is tested on where only its use was asked for; its own page takes 20.
SPLITS = 5
#: What every incident tells; the other fields are its modus operandi.
ALWAYS_TOLD = ("offence", "completion")
#: The share of crimes without any that makes a caution.
MOST_BARE = 0.2
LEADS = "A high score is a lead to check, not evidence; it speaks of crimes, never of persons."
LABELS = {"spatial": "distance", "temporal": "days apart", "tod": "hour of the day", "dow": "day of the week"}


@dataclass(frozen=True)
class Learned:
    """A model with what it was learned from, and how well it tells solved series apart that it did not see."""

    model: LinkModel
    found: Examples
    auc: Interval

    @property
    def cautions(self) -> tuple[str, ...]:
        """What is to be said wherever this model scores."""
        return (LEADS, BY_CHANCE) if self.auc.low <= 0.5 else (LEADS,)


def learned(solved: Solved) -> Learned:
    """Return the usual model, trained on all solved series. MethodFault: they are too few."""
    asked = Linkage()
    found = examples(solved, unlinked=asked.unlinked, days=asked.days, seed=asked.seed)
    model = fit(found, asked)
    return Learned(model, found, interval(compare(found, (asked,), times=SPLITS)[0]))


def crimes_of(study: Study) -> Crimes:
    """Return the crimes to compare, by key. MethodFault: how they were done is not given."""
    if study.crimes is None or not len(study.crimes):
        raise MethodFault("No crime with what is known of how it was done is in what was asked for.")
    return study.crimes.taken(np.argsort(study.crimes.events.key, kind="stable"))


def cautions_of_habits(crimes: Crimes) -> tuple[str, ...]:
    """Return what is to be said where many crimes do not tell how they were done."""
    told = [at for at, name in enumerate(crimes.fields) if name not in ALWAYS_TOLD]
    bare = int((crimes.habits[:, told] == MISSING).all(axis=1).sum())
    if bare <= MOST_BARE * len(crimes):
        return ()
    return (
        f"Of {of_many(len(crimes), 'crime')} {bare:,} do not tell how they were done; two such look alike to the model,"
        " so choose offences whose modus operandi is recorded.",
    )


def solved_of(study: Study) -> Solved:
    """Return the solved crimes. MethodFault: there are none."""
    if study.solved is None or not len(study.solved.crime):
        raise MethodFault("No crime is solved yet, so nothing tells what a link is like.")
    return study.solved


def points_of(crimes: Crimes, keys: Integers) -> Sequence[shapely.Geometry]:
    """Return where crimes are, by their keys; the crimes are in the order of their keys."""
    at = np.searchsorted(crimes.events.key, keys)
    points: Sequence[shapely.Geometry] = shapely.points(crimes.events.x[at], crimes.events.y[at])
    return points


def told_reasons(model: LinkModel, evidence: Evidence) -> list[str]:
    """Return one text for each pair: what each feature says, the strongest first."""
    return ["; ".join(reasons(model, evidence, row)) for row in range(len(evidence))]


def parts(model: LinkModel, contributions: Floats) -> tuple[Column, ...]:
    """Return what each pair's score is the sum of, as columns: the base, then the part of each feature."""
    base = Column("base", "Base of every score", np.full(len(contributions), model.base))
    return (
        base,
        *(
            Column(
                f"part_{name.replace(' ', '_')}", f"Part of {LABELS.get(name, name)}", contributions[:, at]
            )
            for at, name in enumerate(model.names)
        ),
    )
