"""What methods ask of events: order, places, times, grids."""

from __future__ import annotations

import numpy as np
import pytest

from insights.methods.base import Events, Grid, MethodFault
from insights.methods.needs import dated, gridded, in_order, placed, placed_and_dated

EVENTS = Events.of([1.0, np.nan, 3.0], [1.0, 2.0, 3.0], [5.0, 6.0, np.nan], key=[30, 20, 10])


def test_events_come_by_key() -> None:
    assert in_order(EVENTS).key.tolist() == [10, 20, 30]
    assert in_order(in_order(EVENTS)).x.tolist()[0] == 3.0


def test_events_that_cannot_be_used_are_left_out() -> None:
    assert placed(EVENTS, 1).key.tolist() == [10, 30]
    assert dated(EVENTS, 1).key.tolist() == [20, 30]
    assert placed_and_dated(EVENTS, 1).key.tolist() == [30]


def test_too_few_are_told_in_one_sentence() -> None:
    with pytest.raises(MethodFault) as fault:
        placed(EVENTS, 3)

    assert str(fault.value) == (
        "At least 3 incidents with a place are needed and 2 were found; choose a longer period."
    )


@pytest.mark.parametrize(("x", "begin", "told"), [(1e12, 5.0, "million"), (1.0, 1e12, "thousands")])
def test_places_and_times_that_cannot_be_are_faults(x: float, begin: float, told: str) -> None:
    with pytest.raises(MethodFault, match=told):
        placed_and_dated(Events.of([x], [0.0], [begin]), 1)


def test_a_grid_is_made_where_none_is_given() -> None:
    grid = Grid(50.0, 0, 0, np.ones((1, 1), dtype=np.bool_))

    assert gridded(placed(EVENTS, 1), 2.0, None).shape == (2, 2)
    assert gridded(EVENTS, 50.0, grid) is grid
    with pytest.raises(MethodFault, match="other cells"):
        gridded(EVENTS, 2.0, grid)
