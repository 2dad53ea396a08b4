"""Learning from an agency's solved series how alike two crimes of one offender are, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t
from sklearn.metrics import roc_auc_score, roc_curve

from insights.methods.base import Flags, Floats, Method, MethodFault, Parameters, parameter
from insights.methods.link_models import LinkModel, fit_bayes, fit_logistic, score
from insights.methods.solved import UNLINKED, Examples, Solved, examples, grouped_splits

SPLITS = 20
SHARE = 0.7
CAUTIONS = (
    "Links between crimes are scored, never persons; a high score is a lead to check, not evidence.",
    "It learned from solved series, which are easier than the unsolved: nearer together, more alike, more often seen.",
    "Crimes that were not reported or not recorded with their modus operandi cannot be linked.",
)
BY_CHANCE = (
    "On crimes it did not see it may tell series apart no better than chance: do not rank leads by it."
)


@dataclass(frozen=True)
class Linkage(Parameters):
    """How links are learned."""

    model: str = parameter(
        "curved",
        "Model",
        choices=("curved", "logistic", "bayes"),
        help="Curved is logistic on the square roots of km and days; bayes counts in quantile bins.",
    )
    bins: int = parameter(15, "Bins of naive Bayes", least=2, most=50)
    smoothing: float = parameter(10.0, "Pairs added evenly to the bins", unit="pairs", least=0.01, most=1000)
    ridge: float = parameter(0.01, "Penalty on slopes", least=0, most=1000, help="0 is none.")
    unlinked: int = parameter(UNLINKED, "Unlinked pairs to learn from", unit="pairs", least=100, most=200_000)
    days: float = parameter(365.0, "Pairs at most apart", unit="days", least=1, most=3660)
    series: int = parameter(
        15, "Least number of solved series", unit="series", least=10, most=1000, help="Fewer are refused."
    )
    seed: int = parameter(0, "Seed", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Card:
    """What a trained model is, for whom who reads its scores. Days count from 1970-01-01.

    ``auc``: over grouped splits, where no offender is on both sides. ``gain``: AUC less that of the plain logistic
    regression on the same splits. Both intervals allow for splits that share crimes.
    """

    model: str
    version: str
    features: tuple[str, ...]
    crimes: int
    series: int
    linked: int
    unlinked: int
    first_day: float
    last_day: float
    splits: int
    auc: Interval
    gain: Interval
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """A model trained on all solved series, with its card."""

    model: LinkModel
    card: Card


def fit(found: Examples, asked: Linkage) -> LinkModel:
    """Return the model asked for. MethodFault: fewer solved series than asked for at least."""
    if found.series < asked.series:
        raise MethodFault(
            f"Only {found.series} solved series can be learned from; {asked.series} are needed at least."
        )
    return _fitted(found, asked)


def _fitted(found: Examples, asked: Linkage) -> LinkModel:
    if asked.model == "bayes":
        return fit_bayes(found, bins=asked.bins, smoothing=asked.smoothing)
    return fit_logistic(found, curved=asked.model == "curved", ridge=asked.ridge)


def train(solved: Solved, asked: Linkage, progress: Callable[[float], None] | None = None) -> Trained:
    """Return a model trained on all solved series and its card, made over 20 grouped splits.

    MethodFault: too few solved series, in all or in a split.
    """
    found = examples(solved, unlinked=asked.unlinked, days=asked.days, seed=asked.seed)
    model = fit(found, asked)
    measured = compare(found, (asked, replace(asked, model="logistic")), progress=progress)
    return Trained(model, _card(model, asked, solved, found, measured))


def _card(model: LinkModel, asked: Linkage, solved: Solved, found: Examples, measured: Floats) -> Card:
    events = solved.crimes.events.taken(np.unique(solved.crime))
    area = interval(measured[0])
    return Card(
        model=asked.model,
        version=METHOD.version,
        features=model.names,
        crimes=len(np.unique(found.pairs)),
        series=found.series,
        linked=int(found.linked.sum()),
        unlinked=int((~found.linked).sum()),
        first_day=float(events.begin.min()),
        last_day=float(events.end.max()),
        splits=len(measured[0]),
        auc=replace(area, high=min(area.high, 1.0)),
        gain=interval(measured[0] - measured[1]),
        cautions=(BY_CHANCE, *CAUTIONS) if area.low <= 0.5 else CAUTIONS,
    )


def compare(
    found: Examples,
    contenders: Sequence[Linkage],
    *,
    times: int = SPLITS,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Floats:
    """Return the AUC of each contender on each grouped split, shape (contenders, splits).

    MethodFault: a split leaves too few series on a side.
    """
    measured = np.empty((len(contenders), times))
    for number, split in enumerate(grouped_splits(found, times, SHARE, seed)):
        training, testing = found.taken(split.train), found.taken(split.test)
        if not (testing.linked.any() and (~testing.linked).any() and training.linked.any()):
            raise MethodFault(
                "Too few solved series to test a model on crimes it did not see; solve more first."
            )
        for at, asked in enumerate(contenders):
            measured[at, number] = auc(testing.linked, score(_fitted(training, asked), testing.evidence))
        if progress:
            progress((number + 1) / times)
    return measured


def auc(linked: Flags, scores: Floats) -> float:
    """Return the chance that a linked pair scores above an unlinked one, ties half (area under the ROC curve)."""
    return float(roc_auc_score(linked, scores))


def true_positive_rate(linked: Flags, scores: Floats, false: float = 0.05) -> float:
    """Return the share of linked pairs found where at most a share ``false`` of the unlinked is called linked."""
    wrong, right, _ = roc_curve(linked, scores, drop_intermediate=False)
    return float(right[wrong <= false].max())


def interval(values: Floats, *, corrected: bool = True) -> Interval:
    """Return the mean over splits and its 95 % interval by Student's t.

    ``corrected``: the variance is multiplied by (1/J + test/train), since the splits share crimes (Nadeau and Bengio,
    2003); else by 1/J, J the number of splits, as if they were independent.
    """
    count = len(values)
    factor = 1 / count + (1 - SHARE) / SHARE * corrected
    half = float(t.ppf(0.975, count - 1) * values.std(ddof=1) * np.sqrt(factor))
    mean = float(values.mean())
    return Interval(mean, mean - half, mean + half)


METHOD = Method(
    key="linkage",
    title="Links between crimes",
    question="How alike are two crimes of one offender here, and how well does that tell series apart?",
    version="1",
    parameters=Linkage,
    run=train,
    minimum=30,
    assumes=(
        "Solved series are like the unsolved ones: offenders keep near, repeat soon and keep their habits alike.",
        "Each feature adds its part alone; two that always go together are counted twice.",
        "Crimes of offenders who never shared a crime are unlinked.",
    ),
    fails=(
        "With few solved series, or series of one offence only, the figures swing with every new one.",
        "Where modus operandi is recorded by habit of the writer, it links the writer's reports.",
        "The score is a log Bayes factor, not a probability: links are rare, so most high scores are still wrong.",
    ),
    sources=(
        "Porter (2016), A statistical approach to crime linkage.",
        "Bennell and Jones (2005), Between a ROC and a hard place: a method for linking serial burglaries.",
        "Nadeau and Bengio (2003), Inference for the generalization error.",
    ),
)
