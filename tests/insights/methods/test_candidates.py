"""Candidates for one crime, and the pairs near enough to be compared."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from insights.methods.base import Events, MethodFault
from insights.methods.candidates import Candidates, cost, near_pairs, pairs_of, ranked
from insights.methods.evidence import evidence
from insights.methods.link_models import LinkModel, score
from insights.methods.linkage import Linkage, fit
from insights.methods.solved import examples
from tests.support import planted


@cache
def model() -> LinkModel:
    """Return the default model, trained on the made-up agency's solved year."""
    return fit(examples(planted.solved(5), unlinked=5_000), Linkage())


def test_an_offender_s_other_crimes_come_first() -> None:
    made = planted.planted(3)
    for keys in made.series:
        found = ranked(made.crimes, int(keys[4]), model(), Candidates(most=len(keys) - 1))
        assert np.isin(found.key, keys).mean() > 0.7


def test_every_candidate_tells_its_parts() -> None:
    made = planted.planted(3)

    found = ranked(made.crimes, 7, model(), Candidates(most=15))

    assert found.contributions.shape == (15, 7)
    np.testing.assert_allclose(found.contributions.sum(axis=1) + model().base, found.score, atol=1e-12)
    pairs = np.column_stack([np.full(15, 7), found.key])
    np.testing.assert_allclose(score(model(), evidence(made.crimes, pairs)), found.score, atol=1e-12)
    assert np.all(np.diff(found.score) <= 0)
    assert 7 not in found.key


def test_candidates_do_not_depend_on_the_order_of_rows() -> None:
    crimes = planted.planted(3).crimes
    turned = crimes.taken(np.random.default_rng(0).permutation(len(crimes)))

    one, other = ranked(crimes, 9, model(), Candidates()), ranked(turned, 9, model(), Candidates())

    assert np.array_equal(one.key, other.key)
    assert np.array_equal(one.score, other.score)


def test_bounds_of_time_and_place_are_kept() -> None:
    crimes = planted.planted(3).crimes
    found = ranked(crimes, 9, model(), Candidates(most=1000, days=30, metres=1500))

    assert 0 < len(found.key) == found.compared
    assert found.evidence.values[:, 0].max() <= 1.5
    assert found.evidence.values[:, 1].max() <= 30


def test_crimes_without_a_place_are_left_out_and_counted() -> None:
    crimes = planted.planted(3).crimes
    x = crimes.events.x.copy()
    x[[1, 2, 3]] = np.nan
    missing = replace(crimes, events=replace(crimes.events, x=x))

    found = ranked(missing, 9, model(), Candidates(most=1000))

    assert found.left_out == 3
    assert not np.isin([1, 2, 3], found.key).any()
    with pytest.raises(MethodFault, match="has no place"):
        ranked(missing, 1, model(), Candidates())
    with pytest.raises(MethodFault, match="not among"):
        ranked(crimes, 999_999, model(), Candidates())


def test_one_crime_alone_has_no_candidates() -> None:
    crimes = planted.planted(3).crimes.taken(np.array([4]))
    found = ranked(crimes, 4, model(), Candidates())

    assert len(found.key) == found.compared == 0


@pytest.mark.parametrize(("metres", "days"), [(300.0, 20.0), (1_000.0, 5.0), (20_000.0, 500.0)])
def test_near_pairs_are_those_of_all_pairs(
    metres: float, days: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = planted.planted(1, background=400).crimes.events
    monkeypatch.setattr("insights.methods.candidates.CHUNK", 700)
    chunks = list(near_pairs(events, metres, days))
    found = np.concatenate(chunks)

    first, second = np.triu_indices(len(events), 1)
    away = np.hypot(events.x[first] - events.x[second], events.y[first] - events.y[second])
    gap = np.maximum(events.begin[second] - events.end[first], events.begin[first] - events.end[second])
    expected = np.column_stack([first, second])[(away <= metres) & (gap <= days)]
    assert np.array_equal(found[np.lexsort(found.T[::-1])], expected)
    assert max(map(len, chunks)) <= 700
    assert pairs_of(events, metres) == (away <= metres).sum()


def test_no_events_have_no_pairs_and_all_at_one_place_have_all() -> None:
    nowhere, here = Events.of([], [], []), Events.of([5.0] * 30, [5.0] * 30, [1.0] * 30)

    assert list(near_pairs(nowhere, 100, 1)) == []
    assert cost(nowhere, 100) == 0
    assert sum(map(len, near_pairs(here, 100, 1))) == pairs_of(here, 100) == 435
    assert cost(here, 100) > 0
