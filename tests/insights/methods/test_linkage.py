"""Models of links: the published figures, parts that sum to the score, honest comparison."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from insights.methods.base import Events, MethodFault
from insights.methods.evidence import Crimes, Evidence
from insights.methods.link_models import Bayes, LinkModel, Logistic, fit_bayes, fit_logistic, reasons, score
from insights.methods.linkage import (
    METHOD,
    Linkage,
    auc,
    compare,
    fit,
    interval,
    train,
    true_positive_rate,
)
from insights.methods.solved import Examples, Solved, examples
from tests.insights.methods import crimes as linkage

REFERENCE = ("spatial", "temporal", "tod", "MO1")


@cache
def _examples() -> Examples:
    return examples(linkage.solved(), unlinked=4_000)


def _published() -> tuple[Examples, Examples]:
    found, training = linkage.published()
    return found.taken(training), found.taken(~training)


@pytest.mark.data
def test_the_published_regression_is_met() -> None:
    training, testing = _published()

    model = fit_logistic(training, REFERENCE)

    np.testing.assert_allclose(model.slopes, np.array([-0.452632, -0.016302, -0.128332, 1.553881]), atol=1e-6)
    assert model.intercept == pytest.approx(-2.130671, abs=1e-6)
    scores = model.log_odds(testing.evidence)
    assert len(testing) == 3_286
    assert testing.linked.sum() == 75
    assert auc(testing.linked, scores) == pytest.approx(0.950217, abs=1e-6)
    assert true_positive_rate(testing.linked, scores) == pytest.approx(0.827, abs=5e-4)
    by_hand = model.intercept + testing.evidence.values[:, [0, 1, 2, 4]] @ model.slopes
    np.testing.assert_allclose(scores, by_hand, atol=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("name", ["curved", "logistic", "bayes"])
def test_contributions_sum_to_the_score(name: str) -> None:
    training, testing = _published()
    model = fit(training, Linkage(model=name))

    parts = model.contributions(testing.evidence)

    assert parts.shape == (len(testing), 7)
    np.testing.assert_allclose(parts.sum(axis=1) + model.base, score(model, testing.evidence), atol=1e-12)
    assert auc(testing.linked, score(model, testing.evidence)) > 0.9


@pytest.mark.data
def test_bayes_counts_by_weight_in_fifteen_bins() -> None:
    training, _ = _published()
    model = fit_bayes(training, smoothing=2.0)

    held = np.searchsorted(model.edges[0], training.evidence.values[:, 0], side="right") == 0
    linked = training.weight[training.linked & held].sum(), training.weight[training.linked].sum()
    other = training.weight[~training.linked & held].sum(), training.weight[~training.linked].sum()

    # The quantiles of the clock tie at 6 hours, where windows say nothing.
    assert [len(factors) for factors in model.factors] == [15, 15, 14, 15, 2, 2, 2]
    expected = np.log((linked[0] + 2 / 15) / (linked[1] + 2)) - np.log((other[0] + 2 / 15) / (other[1] + 2))
    assert model.factors[0][0] == pytest.approx(expected, abs=1e-12)
    assert model.base == 0


@pytest.mark.data
def test_a_log_bayes_factor_leaves_the_share_of_links_out() -> None:
    training, testing = _published()
    one = fit_logistic(training, REFERENCE)
    more = replace(training, weight=np.where(training.linked, 5 * training.weight, training.weight))
    other = fit_logistic(more, REFERENCE)

    assert other.prior - one.prior == pytest.approx(np.log(5))
    gap = score(one, testing.evidence) - score(other, testing.evidence)
    assert np.abs(gap).mean() < 0.5
    assert np.abs(one.log_odds(testing.evidence) - other.log_odds(testing.evidence)).mean() > 1


def test_reasons_are_sentences_with_the_strongest_first() -> None:
    model = Logistic(
        REFERENCE, np.array([-2.0, -0.01, 0.0, 1.0]), 0, 0, np.array([1.3, 30, 6, 0.5]), curved=False
    )
    found = Evidence(linkage.NAMES, np.array([[0.4, 130.2, 1.26, 0.5, 0, 1, 1.0]]))

    assert reasons(model, found) == (
        "0.4 km apart: speaks for a link, +1.8",
        "130 days apart: speaks against a link, -1.0",
        "MO1 differs: speaks against a link, -0.5",
        "1.3 hours apart on the clock: says little",
    )


@pytest.mark.data
def test_the_default_is_no_worse_than_the_plain_regression() -> None:
    found = examples(linkage.solved(), unlinked=20_000)

    measured = compare(found, (Linkage(), Linkage(model="logistic", ridge=0)), times=20)

    assert interval(measured[0] - measured[1], corrected=False).low > 0


@pytest.mark.data
def test_the_card_says_what_the_model_is_made_of() -> None:
    told: list[float] = []
    trained = train(linkage.solved(), Linkage(unlinked=2_000), told.append)
    card = trained.card

    assert (card.series, card.linked, card.unlinked, card.splits) == (48, 255, 2_000, 20)
    assert card.features == linkage.NAMES
    assert card.auc.low < card.auc.mean < card.auc.high <= 1
    assert 0.85 < card.auc.mean < 0.97
    assert card.gain.low < card.gain.mean < card.gain.high
    assert card.version == METHOD.version
    assert not any("no better than chance" in caution for caution in card.cautions)
    assert any("never persons" in caution for caution in card.cautions)
    assert told[-1] == 1
    assert told == sorted(told)
    assert np.array_equal(
        _slopes(train(linkage.solved(), Linkage(unlinked=2_000)).model), _slopes(trained.model)
    )


def test_a_card_says_so_where_nothing_was_learned() -> None:
    chance = np.random.default_rng(0)
    x, y = chance.uniform(0, 9_000, (2, 400))
    events = Events.of(x, y, chance.uniform(0, 300, 400))
    crimes = Crimes(events, chance.integers(0, 4, (400, 1)), ("MO1",))

    card = train(Solved(crimes, np.arange(400) % 150, np.arange(400)), Linkage()).card

    assert card.auc.low <= 0.5
    assert "no better than chance" in card.cautions[0]


def _slopes(model: LinkModel) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    assert isinstance(model, Logistic)
    return np.asarray(model.slopes)


@pytest.mark.data
def test_progress_may_cancel() -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(linkage.solved(), Linkage(unlinked=500), stop)


def test_intervals_that_allow_for_shared_crimes_are_wider() -> None:
    values = np.array([0.90, 0.92, 0.91, 0.95])
    plain, wide = interval(values, corrected=False), interval(values)

    assert plain.mean == pytest.approx(0.92)
    assert plain.high - plain.mean == pytest.approx(3.182446305 * values.std(ddof=1) / 2, rel=1e-6)
    assert wide.low < plain.low < plain.high < wide.high


@pytest.mark.data
def test_too_few_solved_series_are_refused() -> None:
    solved = linkage.solved()
    with pytest.raises(MethodFault, match="Only 48 solved series"):
        train(solved, Linkage(series=49))
    first = solved.offender <= solved.offender[0]
    with pytest.raises(MethodFault, match="solved"):
        train(Solved(solved.crimes, solved.offender[first], solved.crime[first]), Linkage())


@pytest.mark.data
def test_pairs_told_apart_without_fault_need_a_penalty() -> None:
    training, _ = _published()
    perfect = replace(training.evidence, values=training.evidence.values.copy())
    perfect.values[:, 0] = np.where(training.linked, 0.1, 9)
    with pytest.raises(MethodFault, match="raise the penalty"):
        fit_logistic(replace(training, evidence=perfect), ("spatial",))
    assert fit_logistic(replace(training, evidence=perfect), ("spatial",), ridge=0.1).slopes[0] < 0


@pytest.mark.data
def test_what_never_differs_has_no_say() -> None:
    training, _ = _published()
    training.evidence.values[:, 6] = 1
    assert fit_logistic(training).slopes[6] == 0
    training.evidence.values[:] = 1
    with pytest.raises(MethodFault, match="alike in every feature"):
        fit_logistic(training)


@pytest.mark.data
def test_crimes_that_lack_a_feature_are_refused() -> None:
    training, testing = _published()
    model: Bayes = fit_bayes(training)
    with pytest.raises(MethodFault, match="needs MO3"):
        score(model, Evidence(linkage.NAMES[:6], testing.evidence.values[:, :6]))


@pytest.mark.parametrize("asked", [{"model": "forest"}, {"bins": 1}, {"ridge": float("nan")}, {"series": 2}])
def test_parameters_out_of_bounds_are_refused(asked: dict[str, float]) -> None:
    with pytest.raises(MethodFault):
        Linkage(**asked)  # type: ignore[arg-type]
