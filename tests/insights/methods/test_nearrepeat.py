from __future__ import annotations

import warnings
from dataclasses import asdict
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

from insights.methods import knox
from insights.methods.base import Events, MethodFault
from insights.methods.knox import Bands, expected_pairs, months_of
from insights.methods.nearrepeat import METHOD, KnoxParameters, cost, near_repeats, one_threshold
from insights.methods.pairs import near_pairs
from tests.insights.methods.data import chicago_burglaries

FEBRUARY = np.datetime64("2016-02-01", "D").astype(int)


@pytest.fixture(scope="module")
def january() -> Events:
    burglaries = chicago_burglaries()
    return burglaries.taken(burglaries.begin < FEBRUARY)


def scattered(n: int, seed: int = 4, days: int = 60, width: float = 2000) -> Events:
    rng = np.random.default_rng(seed)
    x, y = np.round(rng.uniform(0, width, (2, n)), -1)
    return Events.of(x, y, rng.integers(0, days, n))


def by_hand(events: Events, p: KnoxParameters) -> Any:
    first, last = np.triu_indices(len(events), 1)
    dx, dy = (np.abs(axis[first] - axis[last]) for axis in (events.x, events.y))
    apart = dx + dy if p.metric == "manhattan" else np.hypot(dx, dy)
    days = np.abs(np.floor(events.begin[first]) - np.floor(events.begin[last]))
    return np.histogram2d(
        apart, days, bins=(np.nextafter(p.bands.metres, -1), np.nextafter(p.bands.days, -1))
    )[0]


def test_january_in_chicago_has_the_published_counts_and_ratios(january: Events) -> None:
    found = near_repeats(january, KnoxParameters())

    assert len(january) == 970
    assert found.observed.tolist() == [[28, 5, 5], [141, 69, 27], [186, 140, 100], [237, 192, 128]]
    ratios = [1.803198, 0.401570, 0.616338, 1.413291, 0.862515, 0.518012, 1.015118, 0.952877, 1.044640]
    np.testing.assert_allclose(found.ratio.ravel(), [*ratios, 0.973702, 0.983750, 1.006587], atol=1e-6)
    assert found.flagged.tolist() == [[True, False, False], [True, False, False], [False] * 3, [False] * 3]
    assert found.far_ratio == pytest.approx(1.006587, abs=1e-6)
    assert not found.drifts


def test_one_threshold_in_january_is_as_published(january: Events) -> None:
    found = one_threshold(january, 200, 7)

    assert found.observed == 207
    assert found.expected == pytest.approx(156.2713, abs=5e-5)
    assert found.p == pytest.approx(4.56167e-05, rel=1e-6)


def test_one_threshold_equals_pointpats() -> None:
    pointpats = pytest.importorskip("pointpats")
    events = scattered(300)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = pointpats.Knox(
            np.column_stack([events.x, events.y]), events.begin[:, None], 200, 7, permutations=0
        )
    found = one_threshold(events, 200, 7)

    assert found.observed == oracle.statistic_
    assert found.p == pytest.approx(oracle.p_poisson, rel=1e-9)


@pytest.mark.parametrize("metric", ["manhattan", "euclidean"])
def test_counts_are_those_of_all_pairs_in_turn(metric: str) -> None:
    events = scattered(400)
    parameters = KnoxParameters(metric=metric, permutations=99)

    np.testing.assert_array_equal(near_repeats(events, parameters).observed, by_hand(events, parameters))


@pytest.mark.parametrize("within_months", [False, True])
def test_the_expectation_is_the_mean_of_every_permutation(within_months: bool) -> None:
    x = np.array([0.0, 50, 120, 120, 300, 310, 700])
    y = np.array([0.0, 0, 0, 0, 40, 0, 0])
    day = np.array([27, 29, 30, 31, 32, 35, 40])
    stratum = months_of(day) if within_months else np.zeros(7, np.int64)
    bands = Bands((0.0, 0.1, 100, 200, 400), (0, 2, 4, 8))
    parameters = KnoxParameters(permutations=99)

    tables = []
    for order in permutations(range(7)):
        if (stratum[list(order)] == stratum).all():
            moved = Events.of(x, y, day[list(order)])
            tables.append(_table(moved, bands))

    exact = expected_pairs(x, y, day, stratum, bands, parameters.metric)
    np.testing.assert_allclose(exact, np.mean(tables, axis=0), atol=1e-12)


def _table(events: Events, bands: Bands) -> Any:
    first, last = np.triu_indices(len(events), 1)
    apart = np.abs(events.x[first] - events.x[last]) + np.abs(events.y[first] - events.y[last])
    days = np.abs(events.begin[first] - events.begin[last])
    return np.histogram2d(apart, days, bins=(np.nextafter(bands.metres, -1), np.nextafter(bands.days, -1)))[0]


def test_p_is_near_that_of_the_poisson_where_pairs_are_many() -> None:
    events = scattered(600, days=90)
    parameters = KnoxParameters(distance_band=100, distance_bands=1, time_bands=1, metric="euclidean")

    found = near_repeats(events, parameters)

    assert found.p[1, 0] == pytest.approx(
        poisson.sf(found.observed[1, 0] - 1, found.expected[1, 0]), abs=0.06
    )


def test_near_repeats_that_were_put_there_are_found() -> None:
    base = scattered(300, days=180, width=8000)
    again = Events.of(
        np.concatenate([base.x, base.x[:80] + 30]),
        np.concatenate([base.y, base.y[:80]]),
        np.concatenate([base.begin, base.begin[:80] + 2]),
    )

    found = near_repeats(again, KnoxParameters())

    assert found.flagged[1, 0]
    assert found.ratio[1, 0] > 5
    assert found.p[1, 0] == 0.001


def test_a_pattern_that_moves_raises_the_far_band_and_permuting_within_months_lowers_it() -> None:
    rng = np.random.default_rng(2)
    day = np.arange(720)
    drift = Events.of(rng.normal(day * 3, 700), rng.normal(0, 700, 720), day)

    free = near_repeats(drift, KnoxParameters(permutations=99))
    tied = near_repeats(drift, KnoxParameters(permutations=99, within_months=True))

    assert free.drifts
    assert tied.far_ratio is not None
    assert free.far_ratio is not None
    assert tied.far_ratio < free.far_ratio
    assert not tied.drifts


@pytest.mark.parametrize("within_months", [False, True])
def test_rows_in_another_order_change_nothing(within_months: bool) -> None:
    events = scattered(300)
    parameters = KnoxParameters(permutations=99, within_months=within_months)
    mixed = events.taken(np.random.default_rng(9).permutation(300))

    here, there = (asdict(near_repeats(rows, parameters)) for rows in (events, mixed))

    for name, value in here.items():
        np.testing.assert_array_equal(value, there[name])


def test_moving_everything_in_space_and_time_changes_nothing() -> None:
    events = scattered(200)
    moved = Events.of(events.x + 51_200, events.y - 20_480, events.begin + 400)

    here, there = (near_repeats(rows, KnoxParameters(permutations=99)) for rows in (events, moved))

    np.testing.assert_array_equal(here.observed, there.observed)
    np.testing.assert_allclose(here.expected, there.expected, rtol=1e-12)


def test_incidents_without_a_place_are_left_out_and_told() -> None:
    events = scattered(100)
    more = Events.of(np.append(events.x, np.nan), np.append(events.y, 5.0), np.append(events.begin, 3))

    found = near_repeats(more, KnoxParameters(permutations=99))

    assert (found.used, found.without_place) == (100, 1)
    np.testing.assert_array_equal(
        found.observed, near_repeats(events, KnoxParameters(permutations=99)).observed
    )


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (Events.of([], [], []), "at least two incidents"),
        (Events.of([1], [1], [1]), "at least two incidents"),
        (Events.of([1, 1, 1], [2, 2, 2], [1, 2, 3]), "at one place"),
        (Events.of([1, 9, 20], [2, 2, 2], [1, 1.5, 1.7]), "of one day"),
        (Events.of([1, 9e5], [2, 2], [1, 5]), "nearer than 600 m and 21 days"),
        (Events.of([1, 9], [2, 2], [1, np.nan]), "has no time"),
        (Events.of([1, 9, 10], [2, 2, 2], [1, 500_000, 500_001]), "correct their dates"),
    ],
)
def test_events_that_say_nothing_are_refused_in_words(events: Events, words: str) -> None:
    with pytest.raises(MethodFault, match=words):
        near_repeats(events, KnoxParameters())


@pytest.mark.parametrize(
    ("name", "value"), [("distance_band", 0), ("metric", "taxi"), ("permutations", 5), ("time_bands", 99)]
)
def test_parameters_out_of_bounds_are_refused(name: str, value: Any) -> None:
    with pytest.raises(MethodFault) as fault:
        KnoxParameters(**{name: value})

    assert fault.value.parameter == name


def test_a_threshold_below_nothing_is_refused() -> None:
    with pytest.raises(MethodFault, match="at least 0"):
        one_threshold(scattered(10), -1, 7)


def test_the_cost_is_near_the_pairs_there_are() -> None:
    events = scattered(1500, width=8000)
    parameters = KnoxParameters()

    told = cost(events, parameters)
    there = by_hand(events, KnoxParameters(time_band=60, time_bands=1)).sum()

    assert told.pairs == pytest.approx(there, rel=0.1)
    assert told.seconds > 0
    assert cost(Events.of([], [], []), parameters).pairs == 0


def test_progress_rises_and_may_cancel() -> None:
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        near_repeats(scattered(50), KnoxParameters(), stop)
    assert told == sorted(told)


def test_too_many_pairs_to_keep_are_refused() -> None:
    events = scattered(50)

    with pytest.raises(MethodFault, match="near each other"):
        near_pairs(events.x, events.y, events.begin, (500, 0, 50), "euclidean", 10)


def test_it_says_what_it_assumes() -> None:
    assert METHOD.run is near_repeats
    assert METHOD.assumes
    assert METHOD.fails
    assert METHOD.sources


def test_progress_is_told_within_a_permutation_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 3000, (2, 800))
    events = Events.of(x, y, rng.integers(0, 300, 800))
    asked = KnoxParameters(permutations=99)
    whole = near_repeats(events, asked)
    parts: list[float] = []
    monkeypatch.setattr(knox, "STEP", 20_000)

    found = near_repeats(events, asked, parts.append)

    assert np.array_equal(found.observed, whole.observed)
    assert np.array_equal(found.p, whole.p)
    assert len(parts) > 200
    assert parts.count(0.0) > 2
    assert parts == sorted(parts)
    assert 0 <= parts[0] < parts[-1] < 1
