"""Densities: the figure of Chicago, scikit-learn's densities, edges and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from insights.methods.base import Events, Grid, MethodFault
from insights.methods.density import (
    GAUSSIAN,
    QUARTIC,
    DensityParameters,
    Surface,
    cost,
    density,
    share_inside,
)
from tests.insights.methods.data import chicago_burglaries

CHICAGO = DensityParameters(kernel=QUARTIC, bandwidth=1000, cell=250)


def _events(number: int = 400, width: float = 3000.0) -> Events:
    random = np.random.default_rng(11)
    return Events.of(random.uniform(0, width, number), random.uniform(0, width, number), np.zeros(number))


def test_the_densest_cell_of_chicago() -> None:
    found = density(chicago_burglaries(), CHICAGO)

    row, column = divmod(int(np.argmax(found.density)), found.grid.shape[1])
    assert found.density.max() == pytest.approx(134.25126, abs=5e-6)
    assert (found.grid.first_column + column, found.grid.first_row + row) == (1456, 2260)
    assert (found.counted, found.outside, found.unplaced) == (11_700, 0, 0)


def test_a_quartic_kernel_is_its_formula() -> None:
    events, parameters = _events(), DensityParameters(bandwidth=600, cell=150)
    found = density(events, parameters)

    across, upwards = found.grid.centres()
    apart = np.hypot(across[None, :, None] - events.x, upwards[:, None, None] - events.y)
    expected = np.where(apart < 600, 3 / (np.pi * 600**2) * (1 - (apart / 600) ** 2) ** 2, 0).sum(2) * 1e6

    assert found.density == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_gaussian_kernel_is_that_of_scikit_learn() -> None:
    events, parameters = _events(), DensityParameters(kernel=GAUSSIAN, bandwidth=300, cell=150)
    found = density(events, parameters)

    across, upwards = np.meshgrid(*found.grid.centres())
    oracle = KernelDensity(bandwidth=300, kernel="gaussian").fit(np.column_stack((events.x, events.y)))
    expected = np.exp(oracle.score_samples(np.column_stack((across.ravel(), upwards.ravel())))) * len(events)

    assert found.density.ravel() == pytest.approx(expected * 1e6, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("kernel", [QUARTIC, GAUSSIAN])
def test_all_incidents_are_under_a_surface_that_reaches_beyond_them(kernel: str) -> None:
    events = _events()
    grid = Grid(50.0, -100, -100, np.ones((260, 260), dtype=np.bool_))

    found = density(events, DensityParameters(kernel=kernel, bandwidth=500, cell=50), grid)

    assert found.density.sum() * 0.05**2 == pytest.approx(400, rel=1e-3)


def test_edges_are_clipped_and_incidents_outside_told() -> None:
    events = _events()
    inside = np.ones((20, 20), dtype=np.bool_)
    inside[:, 10:] = False
    grid = Grid(150.0, 0, 0, inside)

    found = density(events, DensityParameters(bandwidth=600, cell=150), grid)

    assert (found.density[~inside] == 0).all()
    assert found.counted == (events.x < 1500).sum()
    assert found.outside == 400 - found.counted


@pytest.mark.parametrize("kernel", [QUARTIC, GAUSSIAN])
def test_corrected_edges_keep_an_even_density_even(kernel: str) -> None:
    side = np.arange(12.5, 3000, 25)
    x, y = (column.ravel() for column in np.meshgrid(side, side))
    events = Events.of(x, y, np.zeros(len(x)))
    parameters = DensityParameters(kernel=kernel, bandwidth=400, cell=100, correct_edges=True)

    corrected = density(events, parameters).density
    plain = density(events, DensityParameters(kernel=kernel, bandwidth=400, cell=100)).density

    assert corrected == pytest.approx(np.full((30, 30), 1600.0), rel=0.01)
    assert plain[0, 0] < 0.5 * 1600


def test_the_share_inside_is_whole_in_the_middle_and_a_quarter_in_a_corner() -> None:
    grid = Grid(10.0, 0, 0, np.ones((200, 200), dtype=np.bool_))

    share = share_inside(grid, DensityParameters(bandwidth=500, cell=10))

    assert share[100, 100] == pytest.approx(1.0)
    assert share[0, 0] == pytest.approx(0.25, abs=0.02)
    assert (share > 0).all()


def test_moving_by_whole_cells_moves_the_surface() -> None:
    events = _events()
    moved = Events.of(events.x + 4 * 256, events.y - 7 * 256, events.begin)
    parameters = DensityParameters(bandwidth=600, cell=256)

    assert density(moved, parameters).density == pytest.approx(density(events, parameters).density, rel=1e-9)


@pytest.mark.parametrize("kernel", [QUARTIC, GAUSSIAN])
def test_the_order_of_rows_changes_no_bit(kernel: str) -> None:
    events, parameters = _events(), DensityParameters(kernel=kernel)

    shuffled = events.taken(np.random.default_rng(3).permutation(len(events)))

    assert np.array_equal(density(events, parameters).density, density(shuffled, parameters).density)


def test_one_incident_and_all_at_one_place() -> None:
    parameters = DensityParameters(bandwidth=500, cell=200)

    one = density(Events.of([100.0], [100.0], [0]), parameters)
    many = density(Events.of([100.0] * 7, [100.0] * 7, [0] * 7), parameters)

    assert one.density.shape == (1, 1)
    assert one.density[0, 0] == pytest.approx(3 / (np.pi * 0.25))
    assert many.density == pytest.approx(7 * one.density)


def test_incidents_without_a_place_are_told() -> None:
    found = density(Events.of([0.0, np.nan], [0.0, 1.0], [0, 0]), DensityParameters())

    assert (found.counted, found.unplaced) == (1, 1)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="No incident"):
        density(Events.of([], [], []), DensityParameters())
    with pytest.raises(MethodFault, match="half of a cell"):
        density(_events(), DensityParameters(bandwidth=50, cell=200))
    with pytest.raises(MethodFault, match="other cells"):
        density(_events(), DensityParameters(cell=100), Grid(50.0, 0, 0, np.ones((9, 9), dtype=np.bool_)))
    with pytest.raises(MethodFault, match="No incident lies in the area"):
        density(_events(), DensityParameters(), Grid(200.0, -99, -99, np.ones((2, 2), dtype=np.bool_)))
    with pytest.raises(MethodFault, match="at least 10 m"):
        DensityParameters(bandwidth=0)


def test_progress_ends_whole_and_may_cancel() -> None:
    heard: list[float] = []
    density(_events(), DensityParameters(), progress=heard.append)

    def cancel(_: float) -> None:
        raise InterruptedError

    assert heard == [0.0, 1.0]
    with pytest.raises(InterruptedError):
        density(_events(), DensityParameters(), progress=cancel)


def test_the_cost_rises_with_incidents_and_bandwidth() -> None:
    assert cost(1000, CHICAGO) < cost(2000, CHICAGO) < cost(2000, DensityParameters(GAUSSIAN, 1000, 250))


def test_surfaces_are_frozen() -> None:
    found: Surface = density(_events(), DensityParameters())

    with pytest.raises(AttributeError):
        found.counted = 3  # type: ignore[misc]
