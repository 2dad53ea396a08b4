"""Outlines of the densest ground: they nest, hold what they say, and are of the size that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from insights.methods.base import Events, Grid, MethodFault
from insights.methods.contours import ContourParameters, outlined
from insights.methods.surfaces import threshold_of_share

CHANCE = np.random.default_rng(3)
X, Y = np.concatenate((CHANCE.normal(3000, 300, (300, 2)), CHANCE.uniform(0, 10_000, (300, 2)))).T
EVENTS = Events.of(X, Y, np.zeros(600))


def test_outlines_nest_and_hold_what_they_say() -> None:
    found = outlined(EVENTS, ContourParameters(cell=100.0, shares=(0.01, 0.1, 0.05)))

    assert found.share.tolist() == [0.1, 0.05, 0.01]
    for wider, narrower in zip(found.outlines[:-1], found.outlines[1:], strict=True):
        assert shapely.area(shapely.difference(narrower, wider)) < 1e-6
    for shape, count, pieces in zip(found.outlines, found.count, found.pieces, strict=True):
        assert count == sum(shapely.contains_xy(shape, X, Y))
        assert pieces == len(shapely.get_parts(shape))
    assert found.threshold.tolist() == [threshold_of_share(found.surface, share) for share in found.share]
    # Lines run between the middles of cells, so areas are those of the shares up to half a cell around them.
    whole = found.surface.grid.inside.sum() * 0.1**2
    assert found.area_km2 / whole == pytest.approx(found.share, rel=0.25)
    # Half of the incidents were put onto a few per cent of the ground.
    assert found.count[1] > 250


def test_shares_beyond_all_density_are_outlined_once() -> None:
    three = Events.of([5000.0, 1000.0, 9000.0], [5000.0, 1000.0, 9000.0], np.zeros(3))
    grid = Grid(100.0, 0, 0, np.ones((100, 100), dtype=np.bool_))

    found = outlined(three, ContourParameters(cell=100.0, bandwidth=300.0, shares=(0.3, 0.5)), grid)

    assert found.share.tolist() == [0.5]
    assert found.count.tolist() == [3]


def test_shares_of_less_than_a_few_cells_are_refused() -> None:
    few = Events.of([100.0, 400.0], [100.0, 400.0], np.zeros(2))

    with pytest.raises(MethodFault, match="less than a few cells") as fault:
        outlined(few, ContourParameters(cell=200.0, shares=(0.001,)))
    assert fault.value.parameter == "shares"
    with pytest.raises(MethodFault, match="At least one share"):
        outlined(EVENTS, ContourParameters(shares=()))
    with pytest.raises(MethodFault, match=r"at most 0\.5"):
        ContourParameters(shares=(0.7,))
