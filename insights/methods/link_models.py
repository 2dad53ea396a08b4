"""Models of links between crimes: each feature adds its part to the log Bayes factor, so every score can be told.

Both are sums of one curve for each feature: a logistic regression, on the measures or on their square roots, and
naive Bayes on quantile bins. Scores are log Bayes factors: 0 says nothing, above speaks for one offender.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.linear_model import LogisticRegression

from insights.methods.base import Floats, MethodFault
from insights.methods.evidence import MEASURES, Evidence
from insights.methods.solved import Examples
from insights.methods.threads import one_thread

#: The measures whose square root the curved model takes: a kilometre more means less the farther away one is.
ROOTS = ("spatial", "temporal")
#: A contribution smaller than this is told as saying little.
LITTLE = 0.05
#: Log odds for one standard deviation that no habit reaches: the solver was on its way to infinity.
MOST_SLOPE = 20.0


class LinkModel(Protocol):
    """A trained model: ``names`` of its features, ``base`` of every score, contributions of shape (m, features)."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def base(self) -> float: ...

    def contributions(self, evidence: Evidence) -> Floats: ...


@dataclass(frozen=True)
class Logistic:
    """log odds = ``intercept`` + sum of ``slopes`` · z, z the evidence or, where ``curved``, its square root.

    ``prior``: the log odds of a link in the training pairs, which a log Bayes factor leaves out. ``centres``: the
    middle between linked and unlinked training pairs, where a feature speaks neither for nor against.
    """

    names: tuple[str, ...]
    slopes: Floats
    intercept: float
    prior: float
    centres: Floats
    curved: bool

    @property
    def base(self) -> float:
        """What remains of every log Bayes factor where all features are at their centres."""
        return float(self.intercept - self.prior + self.slopes @ self.centres)

    def contributions(self, evidence: Evidence) -> Floats:
        """Return each feature's part of the log Bayes factor, shape (m, features)."""
        parts: Floats = self.slopes * (_read(self.names, evidence, self.curved) - self.centres)
        return parts

    def log_odds(self, evidence: Evidence) -> Floats:
        """Return the log odds of a link under the share of links in the training pairs, shape (m)."""
        return score(self, evidence) + self.prior


@dataclass(frozen=True)
class Bayes:
    """Log Bayes factor = sum of ``factors`` of the bins; ``edges`` divide each feature, a bin holds its lower edge."""

    names: tuple[str, ...]
    edges: tuple[Floats, ...]
    factors: tuple[Floats, ...]

    @property
    def base(self) -> float:
        """Naive Bayes has none."""
        return 0.0

    def contributions(self, evidence: Evidence) -> Floats:
        """Return each feature's part of the log Bayes factor, shape (m, features)."""
        values = _read(self.names, evidence, False)
        columns = [
            factors[np.searchsorted(edges, values[:, at], side="right")]
            for at, (edges, factors) in enumerate(zip(self.edges, self.factors, strict=True))
        ]
        return np.column_stack(columns)


def score(model: LinkModel, evidence: Evidence) -> Floats:
    """Return the log Bayes factor of each pair, shape (m): the base and all contributions."""
    total: Floats = model.base + model.contributions(evidence).sum(axis=1)
    return total


def fit_logistic(
    found: Examples, names: tuple[str, ...] | None = None, *, curved: bool = False, ridge: float = 0.0
) -> Logistic:
    """Return the weighted logistic regression; ``ridge`` is the penalty on slopes of standardised features.

    MethodFault: the pairs are told apart without fault, so that no finite slopes exist; a ridge gives some.
    Source: Porter (2016).
    """
    names = names or found.evidence.names
    values = _read(names, found.evidence, curved)
    middle, spread = values.mean(axis=0), values.std(axis=0)
    differs = spread > 1e-12
    slopes = np.zeros(len(names))
    fitted = _solve((values[:, differs] - middle[differs]) / spread[differs], found, ridge)
    slopes[differs] = fitted.coef_[0] / spread[differs]
    intercept = float(fitted.intercept_[0] - slopes @ middle)
    linked, unlinked = _mean(values, found, True), _mean(values, found, False)
    return Logistic(names, slopes, intercept, _prior(found), (linked + unlinked) / 2, curved)


@one_thread
def _solve(values: Floats, found: Examples, ridge: float) -> LogisticRegression:
    strength = 1 / ridge if ridge > 0 else np.inf
    solver = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=200)
    if not values.shape[1]:
        raise MethodFault("All solved pairs are alike in every feature; nothing can be learned from them.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        solver.fit(values, found.linked, sample_weight=found.weight)
    scores = solver.decision_function(values)
    apart = scores[found.linked].min() > scores[~found.linked].max()
    if ridge == 0 and (apart or np.abs(solver.coef_).max() > MOST_SLOPE or not np.all(np.isfinite(scores))):
        raise MethodFault(
            "The solved pairs are too few to weigh these features by: some tell them apart without fault; raise the"
            " penalty on slopes.",
            "ridge",
        )
    return solver


def fit_bayes(
    found: Examples, names: tuple[str, ...] | None = None, *, bins: int = 15, smoothing: float = 10.0
) -> Bayes:
    """Return naive Bayes on ``bins`` quantile bins of each measure; fields have two, match and not.

    A bin's factor is log of (its weight of linked pairs + s/k) / (their sum + s), less the same of unlinked pairs;
    k bins, s ``smoothing``: pairs that are added, evenly, to both. Quantiles that tie make fewer bins.
    Source: Porter (2016).
    """
    names = names or found.evidence.names
    values = _read(names, found.evidence, False)
    edges = tuple(_edges(name, values[:, at], bins) for at, name in enumerate(names))
    return Bayes(
        names, edges, tuple(_factors(values[:, at], e, found, smoothing) for at, e in enumerate(edges))
    )


def _edges(name: str, column: Floats, bins: int) -> Floats:
    if name not in MEASURES:
        return np.array([0.5])
    cuts: Floats = np.unique(np.quantile(column, np.linspace(0, 1, bins + 1)[1:-1]))
    return cuts


def _factors(column: Floats, edges: Floats, found: Examples, smoothing: float) -> Floats:
    held, size = np.searchsorted(edges, column, side="right"), len(edges) + 1
    shares = []
    for side in (found.linked, ~found.linked):
        weight = np.bincount(held, found.weight * side, size)
        shares.append((weight + smoothing / size) / (weight.sum() + smoothing))
    factors: Floats = np.log(shares[0] / shares[1])
    return factors


def _read(names: tuple[str, ...], evidence: Evidence, curved: bool) -> Floats:
    missing = [name for name in names if name not in evidence.names]
    if missing:
        raise MethodFault(f"The model needs {missing[0]}, which these crimes do not tell; train it without.")
    values: Floats = evidence.values[:, [evidence.names.index(name) for name in names]]
    if curved:
        at = [place for place, name in enumerate(names) if name in ROOTS]
        values[:, at] = np.sqrt(values[:, at])
    return values


def _mean(values: Floats, found: Examples, linked: bool) -> Floats:
    side = found.linked == linked
    mean: Floats = np.average(values[side], axis=0, weights=found.weight[side])
    return mean


def _prior(found: Examples) -> float:
    return float(np.log(found.weight[found.linked].sum() / found.weight[~found.linked].sum()))


def reasons(model: LinkModel, evidence: Evidence, row: int = 0) -> tuple[str, ...]:
    """Return what each feature of one pair says, as a sentence; the strongest first.

    For example "0.4 km apart: speaks for a link, +1.8".
    """
    one = evidence.taken(np.array([row]))
    parts = model.contributions(one)[0]
    values = dict(zip(one.names, one.values[0], strict=True))
    order = np.argsort(-np.abs(parts), kind="stable")
    return tuple(f"{_said(model.names[at], values[model.names[at]])}: {_verdict(parts[at])}" for at in order)


def _said(name: str, value: float) -> str:
    told = {
        "spatial": f"{value:.1f} km apart",
        "temporal": f"{value:.0f} days apart",
        "tod": f"{value:.1f} hours apart on the clock",
        "dow": f"{value:.1f} days apart in the week",
    }
    return told.get(name) or f"{name} {'matches' if value else 'differs'}"


def _verdict(part: float) -> str:
    if abs(part) < LITTLE:
        return "says little"
    return f"speaks {'for' if part > 0 else 'against'} a link, {part:+.1f}"
