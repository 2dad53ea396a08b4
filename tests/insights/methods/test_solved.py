"""Examples of links: weights, components, no leak between the sides of a split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from insights.methods.base import Events, MethodFault
from insights.methods.evidence import Crimes
from insights.methods.solved import Examples, Solved, components, examples, grouped_splits, linked_pairs
from tests.insights.methods import crimes as linkage


def _keys(found: Examples, n: int = 1_000) -> list[int]:
    return [int(key) for key in found.pairs[:, 0] * n + found.pairs[:, 1]]


@pytest.mark.data
def test_linked_pairs_and_weights_equal_the_published_ones() -> None:
    reference, _ = linkage.published()
    linked = reference.taken(reference.linked)
    pairs, weight = linked_pairs(linkage.solved().offender, linkage.solved().crime)

    theirs = {tuple(sorted(p)): w for p, w in zip(linked.pairs.tolist(), linked.weight, strict=True)}

    assert len(pairs) == 255
    ours = {(a, b): w for (a, b), w in zip(pairs.tolist(), weight, strict=True)}
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_offenders_who_share_a_crime_are_one_component() -> None:
    found = components(6, np.array([7, 7, 9, 9, 4]), np.array([0, 2, 2, 5, 3]))

    assert found.tolist() == [0, -1, 0, 3, -1, 0]


def test_each_series_weighs_one() -> None:
    pairs, weight = linked_pairs(np.array([1, 1, 1, 2, 2]), np.array([4, 0, 2, 1, 3]))

    assert pairs.tolist() == [[0, 2], [0, 4], [1, 3], [2, 4]]
    assert weight.tolist() == [1 / 3, 1 / 3, 1.0, 1 / 3]


def test_a_pair_of_two_offenders_weighs_the_least() -> None:
    _, weight = linked_pairs(np.array([1, 1, 2, 2, 2]), np.array([0, 1, 0, 1, 2]))

    assert weight.tolist() == [1 / 3, 1 / 3, 1 / 3]


@pytest.mark.data
def test_unlinked_pairs_are_of_other_components_and_within_a_year() -> None:
    found = examples(linkage.solved(), unlinked=5_000, seed=3)
    others = found.taken(~found.linked)

    assert len(others) == 5_000
    assert np.all(others.group[:, 0] != others.group[:, 1])
    assert others.evidence.values[:, 1].max() <= 365
    assert len(set(_keys(found))) == len(found)
    assert np.all(found.group >= 0)


def test_a_long_gap_is_no_sign_of_a_link() -> None:
    chance = np.random.default_rng(0)
    offender = np.arange(2_000) % 500
    x, y = chance.uniform(0, 9_000, (2, 2_000))
    events = Events.of(x, y, chance.uniform(0, 2_000, 2_000))
    solved = Solved(Crimes(events, np.empty((2_000, 0), np.int64), ()), offender, np.arange(2_000))

    found = examples(solved, unlinked=20_000)

    days = found.evidence.values[:, 1]
    assert days[found.linked].max() <= 365
    # Nothing was planted, so nothing may be learned: a standard error is about .01.
    assert roc_auc_score(found.linked, days) == pytest.approx(0.5, abs=0.04)


@pytest.mark.data
def test_the_order_of_rows_does_not_matter() -> None:
    solved = linkage.solved()
    order = np.random.default_rng(1).permutation(len(solved.crimes))
    place = np.argsort(order)
    turned = Solved(solved.crimes.taken(order), solved.offender[::-1], place[solved.crime][::-1])

    one, other = examples(solved, unlinked=900, seed=2), examples(turned, unlinked=900, seed=2)

    assert np.array_equal(one.pairs, other.pairs)
    assert np.array_equal(one.evidence.values, other.evidence.values)
    assert not np.array_equal(one.pairs, examples(solved, unlinked=900, seed=5).pairs)


@pytest.mark.data
def test_more_crimes_than_all_pairs_draw_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.methods.solved.ALL_PAIRS", 100)
    found = examples(linkage.solved(), unlinked=1_000, seed=2)

    assert 900 <= (~found.linked).sum() <= 1_000
    assert len(set(_keys(found))) == len(found)


@pytest.mark.data
def test_no_offender_is_on_both_sides_of_a_split() -> None:
    found = examples(linkage.solved())
    splits = list(grouped_splits(found, times=5, seed=4))

    for split in splits:
        assert not set(found.group[split.train].ravel()) & set(found.group[split.test].ravel())
        assert found.linked[split.train].sum() > 20
        assert found.linked[split.test].sum() > 20
    assert not np.array_equal(splits[0].train, splits[1].train)
    assert np.array_equal(splits[3].test, list(grouped_splits(found, times=5, seed=4))[3].test)


@pytest.mark.data
def test_too_little_to_learn_from_is_told() -> None:
    solved = linkage.solved()
    with pytest.raises(MethodFault, match="two solved crimes"):
        examples(Solved(solved.crimes, np.array([1, 2]), np.array([0, 1])))
    nobody = np.empty(0, np.int64)
    with pytest.raises(MethodFault, match="two solved crimes"):
        examples(Solved(solved.crimes, nobody, nobody))
    with pytest.raises(MethodFault, match="different offenders"):
        examples(Solved(solved.crimes, np.array([1, 1]), np.array([0, 1])))


@pytest.mark.data
def test_crimes_without_a_place_are_left_out() -> None:
    solved = linkage.solved()
    events = solved.crimes.events
    x = events.x.copy()
    x[solved.crime[:40]] = np.nan
    found = examples(replace(solved, crimes=replace(solved.crimes, events=replace(events, x=x))))

    assert not np.isin(found.pairs, solved.crime[:40]).any()
