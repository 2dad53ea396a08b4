"""Concentration: small cases by hand, esda's Gini, streets."""

from __future__ import annotations

import numpy as np
import pytest

from insights.methods.base import Events, Grid, MethodFault
from insights.methods.concentration import (
    ConcentrationParameters,
    concentration,
    concentration_at,
    concentration_of,
    generalised_gini,
    gini,
    hot_streets,
    places_holding,
)
from tests.insights.methods.data import chicago_area, chicago_burglaries

COUNTS = np.array([6, 2, 1, 1, 0, 0, 0, 0, 0, 0])


def test_by_hand() -> None:
    found = concentration_of(COUNTS, (0.25, 0.5, 0.8, 1.0))

    assert found.holding.tolist() == [1, 1, 2, 4]
    assert found.holding_share.tolist() == [0.1, 0.1, 0.2, 0.4]
    assert found.lorenz_places.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 1.0]
    assert found.lorenz_incidents.tolist() == pytest.approx([0.0, 0.6, 0.8, 0.9, 1.0, 1.0])
    # Half the mean difference of all pairs by the mean.
    assert found.gini == pytest.approx(np.abs(COUNTS[:, None] - COUNTS).mean() / 2 / COUNTS.mean())


def test_gini_is_the_area_of_the_lorenz_curve() -> None:
    counts = np.random.default_rng(1).negative_binomial(1, 0.2, 400)
    found = concentration_of(counts, (0.5,))

    under = np.trapezoid(found.lorenz_incidents, found.lorenz_places)

    assert found.gini == pytest.approx(2 * under - 1)


def test_gini_of_even_and_of_single_places() -> None:
    assert gini(np.full(8, 3)) == pytest.approx(0.0)
    assert gini(np.array([0, 0, 0, 9])) == pytest.approx(0.75)


def test_fewer_incidents_than_places_spread_evenly_are_no_concentration() -> None:
    few = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])

    assert gini(few) == pytest.approx(0.8)
    assert generalised_gini(few) == pytest.approx(0.0)
    assert generalised_gini(np.array([2, 0, 0, 0, 0, 0, 0, 0, 0, 0])) == pytest.approx(0.5)
    assert generalised_gini(COUNTS) == pytest.approx(gini(COUNTS))


def test_the_share_that_is_just_held_needs_no_more_places() -> None:
    assert places_holding(np.ones(10, np.int64), 0.3) == 3
    assert places_holding(np.ones(10, np.int64), 0.31) == 4


def test_burglary_in_chicago_is_concentrated() -> None:
    found = concentration(chicago_burglaries(), ConcentrationParameters(cell=500), chicago_area(500.0))

    assert found.incidents + found.left_out == 11_700
    assert found.places == chicago_area(500.0).inside.sum()
    assert found.holding_share[1] < 0.2
    assert 0.5 < found.generalised_gini < found.gini + 1e-12


def test_more_at_the_fullest_place_is_more_concentrated() -> None:
    more = COUNTS + np.eye(10, dtype=np.int64)[0] * 5

    assert gini(more) > gini(COUNTS)


def test_the_order_of_places_changes_nothing() -> None:
    shuffled = np.random.default_rng(1).permutation(COUNTS)

    assert concentration_of(shuffled, (0.5,)).gini == concentration_of(COUNTS, (0.5,)).gini


def test_places_of_any_kind() -> None:
    found = concentration_at(np.array([7, 7, 7, 3, 99]), np.array([5, 7, 3, 1]), (0.5,))

    assert (found.incidents, found.left_out, found.places) == (4, 1, 4)
    assert found.holding.tolist() == [1]
    with pytest.raises(MethodFault, match="named twice"):
        concentration_at(np.array([1]), np.array([1, 1]), (0.5,))


def test_hot_streets() -> None:
    streets = hot_streets(
        np.array([30, 30, 10, 10, 20, 77]), np.array([10, 20, 30, 40]), np.array([500.0, 100.0, 200.0, 200.0])
    )

    assert streets.segment.tolist() == [30, 10, 20, 40]
    assert streets.count.tolist() == [2, 2, 1, 0]
    assert streets.per_km.tolist() == [10.0, 4.0, 10.0, 0.0]
    assert streets.share.tolist() == pytest.approx([0.4, 0.8, 1.0, 1.0])
    assert streets.length_share.tolist() == pytest.approx([0.2, 0.7, 0.8, 1.0])
    assert (streets.holding.tolist(), streets.left_out) == ([1, 2], 1)


def test_streets_need_lengths() -> None:
    with pytest.raises(MethodFault, match="length above 0"):
        hot_streets(np.array([1]), np.array([1, 2]), np.array([0.0, 5.0]))


def test_all_at_one_place_and_one_incident() -> None:
    grid = Grid(150.0, 0, 0, np.ones((4, 5), dtype=np.bool_))

    one = concentration(Events.of([10.0, np.nan], [10.0, 0.0], [0, 0]), ConcentrationParameters(), grid)

    assert (one.holding.tolist(), one.left_out) == ([1, 1, 1], 1)
    assert one.gini == pytest.approx(0.95)
    assert one.generalised_gini == pytest.approx(0.0)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="At least 2 places"):
        concentration(Events.of([1.0], [1.0], [0]), ConcentrationParameters())
    with pytest.raises(MethodFault, match="No incident lies"):
        concentration_of(np.zeros(5, np.int64), (0.5,))
    with pytest.raises(MethodFault, match="No incident lies"):
        concentration_at(np.array([9]), np.array([1, 2]), (0.5,))
    with pytest.raises(MethodFault, match="At least 2 places"):
        concentration_at(np.array([9]), np.empty(0, np.int64), (0.5,))
    with pytest.raises(MethodFault, match="above 0"):
        concentration_of(COUNTS, (1.5,))
    with pytest.raises(MethodFault, match="No incident"):
        concentration(Events.of([], [], []), ConcentrationParameters())
    with pytest.raises(MethodFault, match="Shares of incidents"):
        ConcentrationParameters(shares=(0.25, 2.0))
