"""Proposed series: what was planted is found, what was not is seldom proposed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from insights.methods.base import MethodFault
from insights.methods.evidence import Crimes, evidence
from insights.methods.link_models import score
from insights.methods.series import Grouping, Proposed, proposed, shuffled
from tests.insights.methods.test_candidates import model
from tests.support import planted


def _named(found: Proposed) -> list[tuple[int, ...]]:
    return [tuple(sorted(one.keys.tolist())) for one in found.series]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_series_are_among_the_first_ten(seed: int) -> None:
    made = planted.planted(seed)

    found = proposed(made.crimes, model(), Grouping()).series[:10]

    for keys in made.series:
        shared = max((np.isin(one.keys, keys).sum(), len(one.keys)) for one in found)
        assert shared[0] >= 0.7 * len(keys)
        assert shared[0] >= 0.7 * shared[1]


def test_a_planted_series_is_stronger_than_those_of_shuffled_copies() -> None:
    made = planted.planted(1, background=400)

    found = proposed(made.crimes, model(), Grouping(replications=19))

    best = found.series[0]
    assert max(np.isin(best.keys, keys).mean() for keys in made.series) > 0.7
    assert best.p == pytest.approx(0.05)
    assert all(one.p is not None and 1 / 20 <= one.p <= 1 for one in found.series)


def test_without_series_the_false_alarms_are_those_stated() -> None:
    alarms = 0
    for seed in range(40):
        made = planted.planted(seed, background=60, series=())
        crimes = shuffled(made.crimes, np.random.default_rng(seed))
        found = proposed(crimes, model(), Grouping(replications=9, seed=seed, cut=1))
        alarms += any(one.p is not None and one.p <= 0.1 for one in found.series)

    # One in ten is stated: of 40, more than 9 have a chance of .5 %.
    assert alarms <= 9


def test_components_first_equals_grouping_all_at_once() -> None:
    crimes = planted.planted(4, background=150).crimes
    asked = Grouping(metres=50_000, days=3660, least=2)
    first, second = np.triu_indices(len(crimes), 1)
    scores = score(model(), evidence(crimes, np.column_stack([first, second])))
    label = fcluster(linkage(scores.max() - scores, "average"), scores.max() - asked.cut, "distance")
    groups = {tuple(np.flatnonzero(label == at).tolist()) for at in np.unique(label)}

    found = proposed(crimes, model(), asked)

    assert set(_named(found)) == {group for group in groups if len(group) > 1}
    assert found.pairs == len(first)


def test_proposals_tell_what_they_hold() -> None:
    made = planted.planted(2)
    best = proposed(made.crimes, model(), Grouping()).series[0]
    events = made.crimes.events.taken(best.keys)

    first, second = np.triu_indices(len(best.keys), 1)
    pairs = np.column_stack([best.keys[first], best.keys[second]])
    assert best.mean == pytest.approx(score(model(), evidence(made.crimes, pairs)).mean(), abs=1e-9)
    assert best.mean >= 2
    assert best.strength == pytest.approx(best.mean * (len(best.keys) - 1))
    assert best.number == best.keys.min()
    assert np.all(np.diff(events.begin) >= 0)
    assert (best.first, best.last) == (events.begin.min(), events.end.max())
    assert best.reach == pytest.approx(np.hypot(events.x - best.x, events.y - best.y).max())
    assert best.p is None
    assert not best.divided


def test_proposals_do_not_depend_on_the_order_of_rows() -> None:
    crimes = planted.planted(2, background=300).crimes
    turned = crimes.taken(np.random.default_rng(0).permutation(len(crimes)))
    asked = Grouping(replications=2)

    one, other = proposed(crimes, model(), asked), proposed(turned, model(), asked)

    assert _named(one) == _named(other)
    assert [p.strength for p in one.series] == [p.strength for p in other.series]
    assert [p.p for p in one.series] == [p.p for p in other.series]


def test_a_series_keeps_its_number_while_it_grows() -> None:
    made = planted.planted(2, background=300)
    keys = made.series[0]
    before = made.crimes.taken(~np.isin(made.crimes.events.key, keys[-2:]))

    numbers = [
        next(
            one.number
            for one in proposed(c, model(), Grouping()).series
            if np.isin(one.keys, keys).mean() > 0.7
        )
        for c in (before, made.crimes)
    ]

    assert numbers[0] == numbers[1]


def test_a_web_that_is_too_large_is_divided_and_says_so() -> None:
    crimes = planted.planted(2).crimes
    found = proposed(crimes, model(), Grouping(cut=0, largest=50))

    assert any(one.divided for one in found.series)
    assert max(len(one.keys) for one in found.series) <= 50
    assert len(set(np.concatenate([one.keys for one in found.series]))) == sum(
        len(o.keys) for o in found.series
    )


def test_more_links_than_are_kept_lose_the_weaker(monkeypatch: pytest.MonkeyPatch) -> None:
    crimes = planted.planted(2).crimes
    whole = proposed(crimes, model(), Grouping())
    monkeypatch.setattr("insights.methods.series.MOST_LINKS", 400)

    found = proposed(crimes, model(), Grouping())

    assert found.pairs == whole.pairs
    assert all(one.divided for one in found.series)
    assert set(found.series[0].keys) & set(whole.series[0].keys)


def test_crimes_that_nothing_tells_apart_are_refused_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    crimes = planted.planted(2).crimes.taken(np.zeros(60, np.int64))
    same = replace(crimes, events=replace(crimes.events, key=np.arange(60)))

    assert len(proposed(same, model(), Grouping()).series[0].keys) == 60
    with pytest.raises(MethodFault, match="equal scores"):
        proposed(same, model(), Grouping(largest=50))
    monkeypatch.setattr("insights.methods.series.MOST_LINKS", 400)
    with pytest.raises(MethodFault, match="equal scores"):
        proposed(same, model(), Grouping())


def test_shuffling_keeps_places_and_the_times_of_each_offence() -> None:
    crimes = planted.planted(2).crimes
    kinds = replace(crimes, events=replace(crimes.events, kind=crimes.events.key % 3))

    copy = shuffled(kinds, np.random.default_rng(0)).events

    assert np.array_equal(copy.x, kinds.events.x)
    assert not np.array_equal(copy.begin, kinds.events.begin)
    for kind in range(3):
        of_kind = copy.kind == kind
        assert np.array_equal(np.sort(copy.begin[of_kind]), np.sort(kinds.events.begin[of_kind]))
        assert np.array_equal(np.sort((copy.end - copy.begin)[of_kind]), np.sort(_lengths(kinds)[of_kind]))


def _lengths(crimes: Crimes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(crimes.events.end - crimes.events.begin)


def test_crimes_without_a_place_are_counted_and_too_few_refused() -> None:
    crimes = planted.planted(2, background=50).crimes
    x = crimes.events.x.copy()
    x[:5] = np.nan
    missing = replace(crimes, events=replace(crimes.events, x=x))

    assert proposed(missing, model(), Grouping()).left_out == 5
    with pytest.raises(MethodFault, match="At least two crimes"):
        proposed(missing.taken(np.arange(6)), model(), Grouping())
    with pytest.raises(MethodFault, match="At least two crimes"):
        proposed(crimes.taken(np.arange(0)), model(), Grouping())


def test_crimes_far_apart_make_no_series() -> None:
    crimes = planted.planted(2).crimes.taken(np.array([0, 1]))
    far = replace(crimes, events=replace(crimes.events, x=np.array([0, 1e6])))

    assert proposed(far, model(), Grouping()).series == ()


def test_progress_rises_and_may_cancel() -> None:
    told: list[float] = []
    crimes = planted.planted(2, background=100).crimes
    proposed(crimes, model(), Grouping(replications=3), told.append)

    assert told == sorted(told)
    assert told[-1] == 1

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proposed(crimes, model(), Grouping(), stop)
