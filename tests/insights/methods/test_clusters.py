"""Clusters: the figures of Chicago, scikit-learn's labels and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from insights.methods.base import Events, MethodFault
from insights.methods.clusters import CONCAVE, ClusterParameters, clusters, cost
from insights.methods.linking import linked
from tests.insights.methods.data import chicago_burglaries

SPACE = ClusterParameters(radius=150, days=0, least=5)
SPACE_TIME = ClusterParameters(radius=250, days=14, least=6)


def _events(number: int = 1500, seed: int = 6) -> Events:
    random = np.random.default_rng(seed)
    centre = random.uniform(0, 6000, (12, 2))[random.integers(0, 12, number)]
    place = centre + random.normal(0, 350, (number, 2))
    # Some at one place, as addresses are.
    place = np.where(random.random((number, 1)) < 0.3, np.round(place, -2), place)
    return Events.of(place[:, 0], place[:, 1], random.uniform(0, 120, number))


def test_clusters_of_chicago_in_space() -> None:
    found = clusters(chicago_burglaries(), ClusterParameters(radius=200, days=0, least=10))

    assert len(found.count) == 159
    assert (found.label == -1).sum() == 7684
    assert found.core.sum() == 2336


def test_clusters_of_chicago_in_space_and_time() -> None:
    found = clusters(chicago_burglaries(), SPACE_TIME)

    assert len(found.count) == 77
    assert found.core.sum() == 390
    assert ((found.label >= 0) & ~found.core).sum() == 416
    assert (found.label == -1).sum() == 10_894


@pytest.mark.parametrize("seed", range(4))
def test_labels_in_space_are_those_of_scikit_learn(seed: int) -> None:
    events = _events(seed=seed)

    found = clusters(events, SPACE)
    oracle = DBSCAN(eps=150, min_samples=5).fit(np.column_stack((events.x, events.y)))

    assert np.array_equal(found.label, oracle.labels_)
    assert np.array_equal(np.flatnonzero(found.core), oracle.core_sample_indices_)


@pytest.mark.parametrize("seed", range(4))
def test_labels_in_space_and_time_are_those_of_scikit_learn(seed: int) -> None:
    events = _events(700, seed)
    far = np.hypot(events.x[:, None] - events.x, events.y[:, None] - events.y) / 250
    long = np.abs(events.begin[:, None] - events.begin) / 14

    found = clusters(events, SPACE_TIME)
    oracle = DBSCAN(eps=1, min_samples=6, metric="precomputed").fit(np.maximum(far, long))

    assert np.array_equal(found.label, oracle.labels_)
    assert np.array_equal(np.flatnonzero(found.core), oracle.core_sample_indices_)


def test_the_order_of_rows_changes_no_label() -> None:
    events = _events()
    shuffle = np.random.default_rng(1).permutation(len(events))

    one, other = clusters(events, SPACE_TIME), clusters(events.taken(shuffle), SPACE_TIME)

    assert np.array_equal(other.label, one.label[shuffle])
    assert np.array_equal(other.core, one.core[shuffle])
    assert np.array_equal(other.x, one.x)


def test_moving_all_incidents_changes_no_label() -> None:
    events = _events()
    moved = Events.of(np.round(events.x) + 4096, np.round(events.y) - 512, events.begin)
    at_home = Events.of(np.round(events.x), np.round(events.y), events.begin)

    assert np.array_equal(clusters(moved, SPACE).label, clusters(at_home, SPACE).label)


def test_many_days_are_as_no_days() -> None:
    events = _events()

    long = clusters(events, ClusterParameters(radius=150, days=3660, least=5))

    assert np.array_equal(long.label, clusters(events, SPACE).label)


def test_a_larger_distance_leaves_less_noise() -> None:
    events = _events()

    noise = [(clusters(events, ClusterParameters(r, 0, 5)).label < 0).sum() for r in (50, 100, 200, 400)]

    assert noise == sorted(noise, reverse=True)


def test_bounds_are_inside() -> None:
    label, core = linked(np.array([0.0, 3.0, 9.0]), np.array([0.0, 4.0, 0.0]), np.zeros(3), 5.0, 0.5, 2)

    assert label.tolist() == [0, 0, -1]
    assert core.tolist() == [True, True, False]
    label, _ = linked(np.zeros(3), np.zeros(3), np.array([0.0, 7.0, 14.5]), 5.0, 7.0, 2)
    assert label.tolist() == [0, 0, -1]


def test_summaries_are_of_the_members() -> None:
    events = _events()

    found = clusters(events, SPACE_TIME)

    for number, shape in enumerate(found.outlines):
        mine = events.taken(found.label == number)
        assert found.count[number] == len(mine)
        assert (found.first[number], found.last[number]) == (mine.begin.min(), mine.begin.max())
        assert (found.x[number], found.y[number]) == pytest.approx((mine.x.mean(), mine.y.mean()))
        assert all(shape.covers(point) for point in _points(mine))
        assert found.area_km2[number] == pytest.approx(shape.area / 1e6)


def _points(events: Events) -> list[object]:
    from shapely import Point

    return [Point(x, y) for x, y in zip(events.x, events.y, strict=True)]


def test_all_at_one_place_is_a_cluster_with_an_outline() -> None:
    found = clusters(Events.of([5.0] * 8, [7.0] * 8, np.zeros(8)), ClusterParameters(hull=CONCAVE))

    assert found.label.tolist() == [0] * 8
    assert found.area_km2[0] == pytest.approx(np.pi * 25**2 / 1e6, rel=0.02)


def test_concave_outlines_are_not_larger() -> None:
    events = _events()

    convex = clusters(events, SPACE)
    concave = clusters(events, ClusterParameters(radius=150, days=0, least=5, hull=CONCAVE))

    assert (concave.area_km2 <= convex.area_km2 + 1e-9).all()


def test_incidents_that_cannot_be_placed_are_noise_and_told() -> None:
    x = [0.0] * 6 + [np.nan, 0.0]
    found = clusters(Events.of(x, [0.0] * 8, [0.0] * 7 + [np.nan]), SPACE_TIME)

    assert found.label.tolist() == [0] * 6 + [-1, -1]
    assert found.left_out == 2


def test_no_cluster_is_an_answer() -> None:
    found = clusters(Events.of([0.0, 9e3], [0.0, 0.0], [0, 0]), SPACE)

    assert found.label.tolist() == [-1, -1]
    assert (len(found.count), len(found.outlines), len(found.first)) == (0, 0, 0)


def test_the_cost_rises_with_incidents() -> None:
    assert 0 < cost(1000) < cost(2000)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="At least 2 incidents"):
        clusters(Events.of([1.0], [1.0], [0]), SPACE)
    with pytest.raises(MethodFault, match="No incident with a place"):
        clusters(Events.of([], [], []), SPACE)
    with pytest.raises(MethodFault, match="at least 1 m"):
        ClusterParameters(radius=0)
    with pytest.raises(MethodFault, match="too far apart"):
        linked(np.array([0.0, 1e12]), np.zeros(2), np.zeros(2), 1.0, 1.0, 2)
    assert len(linked(np.empty(0), np.empty(0), np.empty(0), 1.0, 1.0, 2)[0]) == 0
