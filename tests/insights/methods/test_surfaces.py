"""Colour scales, thresholds and contours of surfaces."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from insights.methods.base import Events, Floats, Grid, MethodFault
from insights.methods.density import DensityParameters, Surface, density
from insights.methods.surfaces import (
    EQUAL,
    MULTIPLES,
    QUANTILES,
    class_breaks,
    contours,
    per_period,
    threshold_of_mean,
    threshold_of_share,
)


def _surface(values: Floats | list[list[float]]) -> Surface:
    array = np.array(values, dtype=np.float64)
    return Surface(Grid(100.0, 0, 0, np.ones(array.shape, dtype=np.bool_)), array, 1, 0, 0)


def test_one_scale_holds_all_surfaces() -> None:
    low, high = _surface([[0.0, 1.0], [2.0, 1.0]]), _surface([[0.0, 10.0], [4.0, 6.0]])

    assert class_breaks([low, high], 5, EQUAL).tolist() == [0, 2, 4, 6, 8, 10]
    assert class_breaks([low, high], 2, QUANTILES).tolist() == [0, 3, 10]
    assert class_breaks([low, high], 3, MULTIPLES).tolist() == [0, 3, 6, 10]
    assert np.array_equal(class_breaks([low, high]), class_breaks([high, low]))


def test_scales_need_surfaces_with_density() -> None:
    with pytest.raises(MethodFault, match="At least one"):
        class_breaks([])
    with pytest.raises(MethodFault, match="empty"):
        class_breaks([_surface([[0.0]])])
    with pytest.raises(MethodFault, match="at least 2"):
        class_breaks([_surface([[1.0]])], 1)
    with pytest.raises(MethodFault, match="made by"):
        class_breaks([_surface([[1.0]])], 3, "jenks")


def test_thresholds() -> None:
    surface = _surface(np.arange(100.0).reshape(10, 10))

    assert threshold_of_share(surface, 0.05) == 95.0
    assert threshold_of_share(surface, 1.0) == 0.0
    assert threshold_of_mean(surface, 2.0) == pytest.approx(99.0)
    with pytest.raises(MethodFault, match="share"):
        threshold_of_share(surface, 0)
    with pytest.raises(MethodFault, match="multiple"):
        threshold_of_mean(surface, float("nan"))


def test_surfaces_of_different_spans_are_compared_per_period() -> None:
    year, month = _surface([[365.0, 73.0]]), _surface([[30.0, 6.0]])

    assert per_period(year, 365, 28).density == pytest.approx(per_period(month, 30, 28).density)
    with pytest.raises(MethodFault, match="above 0"):
        per_period(year, 0, 28)


def test_the_contour_of_one_cell_is_a_diamond_half_way_to_its_neighbours() -> None:
    values = np.zeros((3, 3))
    values[1, 1] = 2.0

    (found,) = contours(_surface(values), 1.0)

    assert found.equals(shapely.Polygon([(200, 150), (150, 200), (100, 150), (150, 100)]))


def test_contours_close_at_the_edge_and_keep_holes() -> None:
    values = np.full((5, 5), 4.0)
    values[2, 2] = 0.0

    (found,) = contours(_surface(values), 2.0)

    assert len(found.interiors) == 1
    assert found.is_valid
    assert found.bounds == (0, 0, 500, 500)


def test_the_contour_of_a_single_incident_is_near_a_circle() -> None:
    events = Events.of([0.0], [0.0], [0])
    grid = Grid(20.0, -40, -40, np.ones((80, 80), dtype=np.bool_))
    surface = density(events, DensityParameters(bandwidth=500, cell=20), grid)

    # A quartic kernel falls to a quarter of its peak where (1 - (d/h)²)² = 1/4.
    (found,) = contours(surface, 3 / (np.pi * 0.25) / 4)

    assert found.area == pytest.approx(np.pi * 500**2 / 2, rel=0.01)


def test_contours_of_thresholds_that_nothing_reaches_are_faults() -> None:
    with pytest.raises(MethodFault, match="lower"):
        contours(_surface([[1.0]]), 2.0)
    with pytest.raises(MethodFault, match="above 0"):
        contours(_surface([[1.0]]), 0.0)
