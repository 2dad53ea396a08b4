"""Counts on cells: the figures of Chicago, hexagons against the nearest centre, rates and shares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from insights.methods.base import Events, MethodFault
from insights.methods.counts import (
    FLAT,
    POINTY,
    SQUARES,
    CountParameters,
    area_of,
    cells_of,
    centres_of,
    count_cells,
    poisson_interval,
    rates,
    top_share,
)
from tests.insights.methods.data import chicago_burglaries


def _points(number: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    return random.uniform(-9000, 9000, number), random.uniform(-9000, 9000, number)


def test_squares_of_500_m_in_chicago() -> None:
    found = count_cells(chicago_burglaries(), CountParameters(size=500))

    assert len(found.count) == 1787
    assert (found.count[0], found.column[0], found.row[0]) == (58, 721, 1128)
    assert found.count.sum() == 11_700


def test_hexagons_of_300_m_in_chicago() -> None:
    found = count_cells(chicago_burglaries(), CountParameters(shape=FLAT, size=300))

    assert len(found.count) == 1860
    assert (found.count[0], found.column[0], found.row[0]) == (68, 809, 1087)
    assert found.count.sum() == 11_700


@pytest.mark.parametrize("shape", [SQUARES, FLAT, POINTY])
def test_a_point_lies_in_the_cell_of_the_nearest_centre(shape: str) -> None:
    x, y = _points()
    columns, rows = np.meshgrid(np.arange(-60, 61), np.arange(-60, 61))
    centres = np.column_stack(centres_of(columns.ravel(), rows.ravel(), shape, 300.0))
    nearest = cKDTree(centres).query(np.column_stack((x, y)))[1]

    column, row = cells_of(x, y, shape, 300.0)

    assert np.array_equal(column, columns.ravel()[nearest])
    assert np.array_equal(row, rows.ravel()[nearest])


def test_hexagons_tile_the_plane() -> None:
    x, y = _points(200_000)
    column, row = cells_of(x, y, POINTY, 500.0)

    inner = (np.abs(column) < 5) & (np.abs(row) < 5)
    counted = np.unique(np.column_stack((column, row))[inner], axis=0, return_counts=True)[1]

    density = 200_000 / (18.0 * 18.0)
    assert counted.mean() == pytest.approx(density * area_of(POINTY, 500.0), rel=0.02)


def test_pointy_hexagons_are_flat_ones_with_axes_exchanged() -> None:
    x, y = _points()

    pointy, flat = cells_of(x, y, POINTY, 200.0), cells_of(y, x, FLAT, 200.0)

    assert np.array_equal(pointy[0], flat[1])
    assert np.array_equal(pointy[1], flat[0])


@pytest.mark.parametrize(("shape", "step"), [(SQUARES, (250.0, 250.0)), (FLAT, (750.0, 250 * 3**0.5))])
def test_moving_by_whole_cells_moves_the_cells(shape: str, step: tuple[float, float]) -> None:
    x, y = _points()
    steps = (4, 7)

    before = cells_of(x, y, shape, 250.0)
    after = cells_of(x + steps[0] * step[0], y + steps[1] * step[1], shape, 250.0)

    columns = steps[0] * (2 if shape == FLAT else 1)
    assert np.array_equal(after[0], before[0] + columns)
    assert np.array_equal(after[1], before[1] + steps[1])


def test_the_order_of_rows_changes_nothing() -> None:
    x, y = _points(500)
    events = Events.of(x, y, np.zeros(500))
    shuffled = events.taken(np.random.default_rng(1).permutation(500))

    one, other = (count_cells(e, CountParameters(size=900)) for e in (events, shuffled))

    assert np.array_equal(one.column, other.column)
    assert np.array_equal(one.count, other.count)


def test_incidents_without_a_place_are_left_out_and_told() -> None:
    found = count_cells(Events.of([1.0, np.nan, 2.0], [1.0, 5.0, np.inf], [0, 0, 0]), CountParameters())

    assert (found.count.tolist(), found.unplaced) == ([1], 2)
    assert found.per_km2.tolist() == [16.0]


def test_no_incident_is_a_fault() -> None:
    with pytest.raises(MethodFault, match="No incident with a place"):
        count_cells(Events.of([], [], []), CountParameters())


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": float("nan")}, {"shape": "triangles"}])
def test_wrong_parameters_are_faults(wrong: dict[str, object]) -> None:
    with pytest.raises(MethodFault):
        CountParameters(**wrong)  # type: ignore[arg-type]


def test_rates_leave_cells_without_a_base_out() -> None:
    found = rates(np.array([10, 0, 4]), np.array([2000.0, 500.0, 0.0]))

    assert found.known.tolist() == [0, 1]
    assert found.rate.tolist() == [5.0, 0.0]
    # Garwood's bounds of a count of 10 are 4.7954 and 18.3904, of 0 they are 0 and 3.6889.
    assert found.low == pytest.approx([4.795389 / 2, 0.0], abs=1e-6)
    assert found.high == pytest.approx([18.390356 / 2, 3.688879 * 2], abs=1e-6)


def test_rates_refuse_a_base_that_is_no_number() -> None:
    with pytest.raises(MethodFault, match="base"):
        rates(np.array([1]), np.array([np.nan]))
    with pytest.raises(MethodFault, match="same cells"):
        rates(np.array([1, 2]), np.array([1.0]))


def test_poisson_intervals_hold_the_count() -> None:
    counts = np.arange(50)

    low, high = poisson_interval(counts)

    assert ((low <= counts) & (counts <= high)).all()


def test_top_shares() -> None:
    counts = np.array([6, 2, 1, 1, 0, 0, 0, 0, 0, 0])

    assert top_share(counts, 0.1) == 0.6
    assert top_share(counts, 0.05) == pytest.approx(0.3)
    assert top_share(counts, 0.3) == top_share(counts[::-1], 0.3) == 0.9
    assert top_share(counts, 1.0) == 1.0
    with pytest.raises(MethodFault, match="No incident"):
        top_share(np.zeros(4, np.int64), 0.5)
    with pytest.raises(MethodFault, match="above 0"):
        top_share(counts, 0)
