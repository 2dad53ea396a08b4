"""Moran's I: the figure of Chicago and esda's values."""

from __future__ import annotations

import esda
import numpy as np
import pytest

from insights.methods.autocorrelation import MoranParameters, global_moran, local_moran, moran
from insights.methods.base import Events, Grid, MethodFault
from tests.insights.methods.data import chicago_area, chicago_burglary_places
from tests.insights.methods.test_hotspots import WIDER, events_of, p_by_definition, patchy, weights_of


def test_chicago_has_the_published_autocorrelation() -> None:
    found = moran(
        chicago_burglary_places(), MoranParameters(cell=500, permutations=99), chicago_area(500.0, WIDER)
    )

    # The figure, .499993, is of another drawing of the boundary: two empty cells of its rim lie elsewhere.
    assert found.whole.value == pytest.approx(0.499993, abs=5e-5)
    assert found.whole.z > 30


def test_the_whole_is_that_of_esda() -> None:
    counts, inside = patchy()

    found = global_moran(counts, inside)
    oracle = esda.Moran(counts[inside], weights_of(inside), permutations=0)

    assert found.value == pytest.approx(oracle.I, abs=1e-12)
    assert found.expected == pytest.approx(oracle.EI, abs=1e-12)
    assert found.variance == pytest.approx(oracle.VI_rand, abs=1e-12)
    assert found.z == pytest.approx(oracle.z_rand, abs=1e-10)
    assert found.p == pytest.approx(oracle.p_rand, abs=1e-10)


def test_cells_are_those_of_esda() -> None:
    counts, inside = patchy()

    found = moran(events_of(counts), MoranParameters(cell=500, permutations=99), Grid(500.0, 0, 0, inside))
    oracle = esda.Moran_Local(counts[inside], weights_of(inside), permutations=0)

    assert found.local[inside] == pytest.approx(oracle.Is, abs=1e-12)
    assert np.array_equal(found.quarter[inside], oracle.q)
    assert (found.quarter[~inside] == 0).all()


def test_p_is_that_of_independent_draws_within_chance() -> None:
    counts, inside = patchy((8, 8))
    sign = np.sign(counts - counts[inside].mean())

    found = moran(events_of(counts), MoranParameters(cell=500, permutations=4999), Grid(500.0, 0, 0, inside))

    expected = p_by_definition(counts, inside, sign, 1000)
    assert found.p[inside] == pytest.approx(expected, abs=0.06)
    assert (found.p[~inside] == 1).all()


def test_the_mean_of_the_cells_is_near_the_whole() -> None:
    counts, inside = patchy()
    n = inside.sum()

    local, _ = local_moran(counts, inside)

    assert local.sum() / (n - 1) == pytest.approx(global_moran(counts, inside).value)


def test_a_cell_without_neighbours_weighs_nothing() -> None:
    counts, inside = patchy()
    wider, lone = np.zeros((14, 20)), np.zeros((14, 20), dtype=np.bool_)
    wider[:, :11], lone[:, :11] = counts, inside
    lone[7, 15], wider[7, 15] = True, 4.0

    found = moran(events_of(wider), MoranParameters(cell=500, permutations=99), Grid(500.0, 0, 0, lone))

    assert found.local[7, 15] == 0
    assert found.p[7, 15] == 1
    assert np.isfinite(found.whole.z)


def test_turning_and_scaling_change_nothing() -> None:
    counts, inside = patchy()

    assert global_moran(3 * counts.T, inside.T).z == pytest.approx(global_moran(counts, inside).z)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="30 cells"):
        global_moran(np.ones((2, 2)), np.ones((2, 2), dtype=np.bool_))
    with pytest.raises(MethodFault, match="same count"):
        local_moran(np.ones((9, 9)), np.ones((9, 9), dtype=np.bool_))
    with pytest.raises(MethodFault, match="No incident"):
        moran(Events.of([np.nan], [np.nan], [0]), MoranParameters())
