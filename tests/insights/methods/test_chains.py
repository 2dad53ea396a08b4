from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from scipy.cluster.hierarchy import DisjointSet

from insights.methods.base import Events, MethodFault
from insights.methods.chains import METHOD, ChainParameters, chains, raised
from insights.methods.nearrepeat import KnoxParameters, NearRepeats, near_repeats
from tests.insights.methods.data import chicago_burglaries


def scattered(n: int = 300, seed: int = 5) -> Events:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 6000, (2, n))
    return Events.of(x, y, rng.integers(0, 120, n), key=rng.permutation(n) + 7)


def three_in_a_row() -> Events:
    return Events.of([0, 300, 600, 5000, 0], [0, 0, 0, 0, 0], [10, 20.5, 33, 20, 60], key=[4, 5, 6, 7, 8])


def test_a_chain_runs_on_from_one_incident_to_the_next() -> None:
    found = chains(three_in_a_row(), ChainParameters())

    assert found.chain.tolist() == [0, 0, 0, -1, -1]
    assert found.incidents.tolist() == [3]
    assert (found.first[0], found.last[0], found.open_until[0]) == (10, 33, 47)
    assert (found.x[0], found.y[0], found.reach[0], found.pairs) == (300, 0, 300, 2)


@pytest.mark.parametrize(
    ("distance", "days", "pairs"), [(305, 14, 2), (300, 13, 2), (299, 14, 0), (305, 12, 1)]
)
def test_both_ends_of_distance_and_days_belong_to_them(distance: float, days: int, pairs: int) -> None:
    assert chains(three_in_a_row(), ChainParameters(distance=distance, days=days)).pairs == pairs


def test_pairs_of_the_first_days_may_be_left_out() -> None:
    events = Events.of([0, 10, 20], [0, 0, 0], [1, 2, 6])

    assert chains(events, ChainParameters(least_days=3)).pairs == 2
    assert chains(events, ChainParameters(least_days=3, days=4)).chain.tolist() == [-1, 0, 0]


def test_chains_are_the_components_that_all_pairs_in_turn_give() -> None:
    events = scattered()
    joined = DisjointSet(range(len(events)))
    for i in range(len(events)):
        apart = np.hypot(events.x - events.x[i], events.y - events.y[i])
        for j in np.flatnonzero((apart <= 305) & (np.abs(events.begin - events.begin[i]) <= 14)):
            joined.merge(i, int(j))

    found = chains(events, ChainParameters())

    theirs = {frozenset(part) for part in joined.subsets() if len(part) > 1}
    ours = {frozenset(np.flatnonzero(found.chain == n).tolist()) for n in range(len(found.incidents))}
    assert ours == theirs


def test_chicago_has_chains_and_longer_days_never_make_fewer_pairs() -> None:
    burglaries = chicago_burglaries()

    pairs = [chains(burglaries, ChainParameters(days=days)).pairs for days in (3, 7, 14)]
    found = chains(burglaries, ChainParameters(days=3))

    assert pairs == sorted(pairs)
    assert found.incidents.sum() == (found.chain >= 0).sum()
    assert (np.diff(found.first) >= 0).all()


def test_rows_in_another_order_make_the_same_chains() -> None:
    events = scattered()
    mixed = np.random.default_rng(1).permutation(len(events))

    here, there = chains(events, ChainParameters()), chains(events.taken(mixed), ChainParameters())

    for name, value in asdict(replace(there, chain=here.chain)).items():
        np.testing.assert_array_equal(value, asdict(here)[name])
    np.testing.assert_array_equal(here.chain[mixed], there.chain)


def test_no_pair_is_no_chain_and_no_place_is_told() -> None:
    found = chains(Events.of([0, 9000, np.nan], [0, 0, 0], [1, 2, 2]), ChainParameters())

    assert found.chain.tolist() == [-1, -1, -1]
    assert (len(found.incidents), found.pairs, found.without_place) == (0, 0, 1)


def test_all_at_one_place_and_time_are_one_chain() -> None:
    found = chains(Events.of([5.0] * 9, [5.0] * 9, [3.0] * 9), ChainParameters())

    assert found.incidents.tolist() == [9]
    assert found.reach[0] == 0


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_are_refused(count: int) -> None:
    with pytest.raises(MethodFault, match="at least two"):
        chains(Events.of([1.0] * count, [1.0] * count, [1.0] * count), ChainParameters())


def test_small_chains_may_be_left_out() -> None:
    events = Events.of([0, 0, 9000, 9000, 9000], [0] * 5, [1, 2, 1, 2, 3])

    assert chains(events, ChainParameters(least_incidents=3)).chain.tolist() == [-1, -1, 0, 0, 0]


def knox(flagged: list[list[bool]]) -> NearRepeats:
    shape = np.array(flagged).shape
    ratio = np.arange(1, shape[0] * shape[1] + 1, dtype=float).reshape(shape)
    counts = np.ones(shape, np.int64)
    return NearRepeats(
        metres=np.array([0, 0.1, 200.0, 400.0])[: shape[0] + 1],
        days=np.arange(0, 7 * shape[1] + 1, 7),
        observed=counts,
        expected=counts / ratio,
        ratio=ratio,
        p=np.full(shape, 0.01),
        flagged=np.array(flagged),
        far_ratio=1.0,
        drifts=False,
        used=9,
        without_place=0,
    )


def test_the_living_list_names_ring_ratio_and_the_day_it_ends() -> None:
    found = knox([[True, True, False], [True, False, True], [False, False, False]])
    events = Events.of([0, 50, 90, 99], [0] * 4, [100, 108, 87, 109], key=[1, 2, 3, 4])

    living = raised(events, found, 108)

    rows = zip(living.key, living.inner, living.ratio, living.age, living.expires, strict=True)
    assert list(rows) == [(2, 0.1, 4, 0, 115), (1, 0, 2, 8, 114), (2, 0, 1, 0, 122)]
    assert living.outer.tolist() == [200, 0.1, 0.1]


def test_the_living_list_ignores_the_future_and_empties_with_time() -> None:
    burglaries = chicago_burglaries()
    day = int(burglaries.begin.max()) - 60
    past = burglaries.taken(burglaries.begin <= day)
    found = near_repeats(past, KnoxParameters(permutations=99))

    now, with_future = raised(past, found, day), raised(burglaries, found, day)

    for name, value in asdict(now).items():
        np.testing.assert_array_equal(value, asdict(with_future)[name])
    assert len(now.key)
    assert (now.expires > day).all()
    assert not len(raised(past, found, day + 30).key)


def test_without_a_flagged_band_there_is_no_list() -> None:
    with pytest.raises(MethodFault, match="no living list"):
        raised(three_in_a_row(), knox([[False, False]]), 30)


def test_it_says_what_it_assumes() -> None:
    assert METHOD.run is chains
    assert METHOD.assumes
    assert METHOD.fails
