"""Counts on H3 cells: names that every city shares."""

from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely

from insights.methods.base import MethodFault
from insights.methods.h3_cells import H3Parameters, count_h3, outlines


def test_cells_bear_names_known_everywhere() -> None:
    longitude = np.array([-122.42, -122.42, -87.62, np.nan])
    latitude = np.array([37.77, 37.77, 41.88, 41.88])

    found = count_h3(longitude, latitude, H3Parameters(resolution=9))

    assert found.cell == [h3.latlng_to_cell(37.77, -122.42, 9), h3.latlng_to_cell(41.88, -87.62, 9)]
    assert found.count.tolist() == [2, 1]
    assert found.unplaced == 1
    # Uber's table of resolutions: a mean of .1053 km² at 9.
    assert found.area_km2 == pytest.approx([0.1053, 0.1053], rel=0.2)


def test_metres_nothing_and_odd_resolutions_are_refused() -> None:
    with pytest.raises(MethodFault, match="degrees"):
        count_h3(np.array([350_000.0]), np.array([578_000.0]), H3Parameters())
    with pytest.raises(MethodFault, match="No incident"):
        count_h3(np.array([np.nan]), np.array([np.nan]), H3Parameters())
    with pytest.raises(MethodFault, match="at most 12"):
        H3Parameters(resolution=16)


def test_outlines_hold_their_points_across_the_antimeridian_too() -> None:
    longitude, latitude = np.array([179.9999, 20.0]), np.array([-17.0, 50.0])

    found = count_h3(longitude, latitude, H3Parameters(resolution=7))

    drawn = dict(zip(found.cell, outlines(found.cell), strict=True))
    for east, north in zip(longitude, latitude, strict=True):
        shape = drawn[h3.latlng_to_cell(north, east, 7)]
        assert shape.is_valid
        assert shape.area < 0.01
        assert shapely.contains_xy(shape, east, north) or shapely.contains_xy(shape, east + 360, north)
