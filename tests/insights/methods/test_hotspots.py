"""Gi*: the figures of Chicago, esda's z and permutations, and what must not change them."""

from __future__ import annotations

import esda
import libpysal
import numpy as np
import pytest
from scipy.stats import false_discovery_control

from insights.methods.base import Events, Flags, Floats, Grid, MethodFault
from insights.methods.hotspots import (
    HotspotParameters,
    Hotspots,
    confidence_of,
    cost,
    discoveries,
    gi_star,
    hotspots,
)
from tests.insights.methods.data import chicago_area, chicago_burglary_places

#: Three metres round the community areas touch 2,648 cells, as many as the boundary behind the figures does.
WIDER = 3.0


@pytest.fixture(scope="module")
def chicago() -> Hotspots:
    return hotspots(chicago_burglary_places(), HotspotParameters(cell=500), chicago_area(500.0, WIDER))


def patchy(shape: tuple[int, int] = (14, 11)) -> tuple[Floats, Flags]:
    """Return counts and an area with a lake and a ragged edge."""
    random = np.random.default_rng(8)
    counts = random.poisson(random.gamma(0.6, 4, shape)).astype(float)
    inside = np.ones(shape, dtype=np.bool_)
    inside[4:6, 3:7] = False
    inside[0, :4] = inside[-1, 5:] = False
    return counts * inside, inside


def weights_of(inside: Flags) -> libpysal.weights.W:
    """Return libpysal's queen weights between the inside cells."""
    rows, columns = np.nonzero(inside)
    apart = np.maximum(np.abs(rows[:, None] - rows), np.abs(columns[:, None] - columns))
    return libpysal.weights.W({i: np.flatnonzero(near == 1).tolist() for i, near in enumerate(apart)})


def events_of(counts: Floats, size: float = 500.0) -> Events:
    """Return one event in the middle of its cell for each that is counted."""
    rows, columns = np.nonzero(counts)
    number = counts[rows, columns].astype(int)
    x, y = np.repeat((columns + 0.5) * size, number), np.repeat((rows + 0.5) * size, number)
    return Events.of(x, y, np.zeros(len(x)))


def test_chicago_has_the_published_z_scores(chicago: Hotspots) -> None:
    assert (chicago.grid.inside.sum(), chicago.counts.sum(), chicago.outside) == (2648, 11_701, 0)
    assert chicago.z.max() == pytest.approx(10.5404, abs=5e-5)
    assert chicago.z.min() == pytest.approx(-2.3258, abs=5e-5)


def test_chicago_has_the_published_hot_cells(chicago: Hotspots) -> None:
    hot = [int((chicago.confidence >= percent).sum()) for percent in (90, 95, 99)]

    assert hot == [498, 422, 323]
    assert int((chicago.significant & (chicago.z > 0)).sum()) == 291
    assert int((chicago.significant & (chicago.z < 0)).sum()) == 0


def test_z_is_that_of_esda() -> None:
    counts, inside = patchy()

    oracle = esda.G_Local(counts[inside], weights_of(inside), transform="B", star=True, permutations=0)

    assert gi_star(counts, inside)[inside] == pytest.approx(oracle.Zs, abs=1e-12)


def p_by_definition(counts: Floats, inside: Flags, sign: Floats, permutations: int) -> Floats:
    """Return the one-sided p-values of neighbours' sums, each cell by draws of its own."""
    values, random = counts[inside], np.random.default_rng(77)
    p = np.empty(len(values))
    for i, near in weights_of(inside).neighbors.items():
        others = np.delete(values, i)
        drawn = np.array([random.choice(others, len(near), replace=False).sum() for _ in range(permutations)])
        apart = sign[inside][i] * (drawn - values[near].sum())
        p[i] = (min((apart >= 0).sum(), (apart <= 0).sum()) + 1) / (permutations + 1)
    return p


def test_permuted_p_is_that_of_independent_draws_within_chance() -> None:
    counts, inside = patchy((8, 8))

    found = hotspots(
        events_of(counts), HotspotParameters(cell=500, permutations=4999), Grid(500.0, 0, 0, inside)
    )

    assert found.permuted_p is not None
    expected = p_by_definition(counts, inside, np.ones(inside.shape), 1000)
    assert found.permuted_p[inside] == pytest.approx(expected, abs=0.06)
    assert np.abs(found.permuted_p[inside] - expected).mean() < 0.012
    assert (found.permuted_p[~inside] == 1).all()


def test_permutations_depend_on_nothing_but_the_seed() -> None:
    counts, inside = patchy()
    events, grid = events_of(counts), Grid(500.0, 0, 0, inside)
    shuffled = events.taken(np.random.default_rng(2).permutation(len(events)))

    def p_of(those: Events, seed: int) -> Floats:
        found = hotspots(those, HotspotParameters(cell=500, permutations=199, seed=seed), grid).permuted_p
        assert found is not None
        return found

    one, again, other = p_of(events, 5), p_of(shuffled, 5), p_of(events, 6)

    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_permutations_of_randomly_spread_counts_give_even_p_values() -> None:
    counts = np.random.default_rng(4).poisson(20.0, (60, 60)).astype(float)
    grid = Grid(500.0, 0, 0, np.ones(counts.shape, dtype=np.bool_))

    found = hotspots(events_of(counts), HotspotParameters(cell=500, permutations=199), grid)

    assert found.permuted_p is not None
    # One-sided in the direction of the cell: below .05 on either side is a tenth.
    assert (found.permuted_p <= 0.05).mean() == pytest.approx(0.10, abs=0.02)


def test_z_does_not_change_with_units_of_counts_or_orientation() -> None:
    counts, inside = patchy()
    z = gi_star(counts, inside)

    assert gi_star(counts * 7, inside) == pytest.approx(z)
    assert gi_star(counts + 2, inside) == pytest.approx(z)
    assert gi_star(counts.T, inside.T) == pytest.approx(z.T)
    assert gi_star(counts[::-1], inside[::-1]) == pytest.approx(z[::-1])


def test_more_incidents_make_a_neighbourhood_hotter() -> None:
    counts, inside = patchy()
    more = counts.copy()
    more[9, 5] += 30

    assert gi_star(more, inside)[9, 5] > gi_star(counts, inside)[9, 5]


def test_levels_of_confidence() -> None:
    z = np.array([0.0, 1.644, 1.645, 1.96, 2.576, -1.645, -2.0, -9.0])

    assert confidence_of(z).tolist() == [0, 0, 90, 95, 99, -90, -95, -99]


def test_discoveries_are_those_of_scipy() -> None:
    p = np.random.default_rng(9).beta(0.4, 2.0, 500)

    assert np.array_equal(discoveries(p, 0.05), false_discovery_control(p) <= 0.05)
    assert not discoveries(np.array([0.2, 0.9]), 0.05).any()


def test_what_is_wrong_is_said() -> None:
    events = events_of(np.array([[3.0, 1.0], [0.0, 2.0]]))

    with pytest.raises(MethodFault, match="At least 30 cells are needed and the area has 4"):
        hotspots(events, HotspotParameters(cell=500))
    with pytest.raises(MethodFault, match="No incident"):
        hotspots(Events.of([], [], []), HotspotParameters())
    with pytest.raises(MethodFault, match="same count"):
        gi_star(np.ones((6, 6)), np.ones((6, 6), dtype=np.bool_))
    with pytest.raises(MethodFault, match="No incident lies"):
        gi_star(np.zeros((6, 6)), np.ones((6, 6), dtype=np.bool_))
    with pytest.raises(MethodFault, match="at most 9999"):
        HotspotParameters(permutations=10_000)


def test_incidents_at_one_place_are_one_hot_spot_and_those_elsewhere_are_told() -> None:
    grid = Grid(500.0, 0, 0, np.ones((9, 9), dtype=np.bool_))
    events = Events.of([2250.0] * 5 + [np.nan, 9e6], [2250.0] * 5 + [0.0, 9e6], [0] * 7)

    found = hotspots(events, HotspotParameters(cell=500), grid)

    assert (found.confidence == 90).sum() + (found.confidence > 90).sum() == 9
    assert (found.outside, found.unplaced) == (1, 1)


def test_the_cost_rises_with_cells_and_permutations() -> None:
    assert cost(100, HotspotParameters(permutations=99)) < cost(200, HotspotParameters(permutations=999))


def test_a_grid_of_other_cells_is_a_fault() -> None:
    with pytest.raises(MethodFault, match="other cells"):
        hotspots(chicago_burglary_places(), HotspotParameters(cell=250), chicago_area(500.0))


def test_a_run_may_be_cancelled() -> None:
    def cancel(_: float) -> None:
        raise InterruptedError

    counts, inside = patchy()
    with pytest.raises(InterruptedError):
        hotspots(
            events_of(counts), HotspotParameters(cell=500, permutations=99), Grid(500.0, 0, 0, inside), cancel
        )
