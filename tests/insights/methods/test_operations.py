"""Before and after an operation: the published figure, weights, zones, words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from insights.methods.base import Events, MethodFault
from insights.methods.operations import (
    Operation,
    Zone,
    counted,
    evaluated,
    weighted_displacement_difference,
    zones,
)

ASKED = Operation(before_from=0, before_until=100, after_from=100, after_until=200)
TREATED, CONTROL = shapely.box(0, 0, 1000, 1000), shapely.box(5000, 0, 6000, 1000)


def _events(counts: list[list[int]], moments: tuple[float, float] = (50, 150)) -> tuple[Events, np.ndarray]:
    zone = np.repeat(np.repeat(np.arange(len(counts)), 2), np.ravel(counts))
    begin = np.repeat(np.tile(moments, len(counts)), np.ravel(counts))
    return Events.of(np.zeros(len(zone)), np.zeros(len(zone)), begin), zone


def test_the_published_difference() -> None:
    found = weighted_displacement_difference(np.array([[20, 10], [20, 20]]))

    assert found.difference == -10
    assert found.error == pytest.approx(8.3666, abs=5e-5)
    assert found.z == pytest.approx(-1.1952, abs=5e-5)
    assert (found.low, found.high) == pytest.approx(
        (-10 - 1.959964 * 8.3666, -10 + 1.959964 * 8.3666), abs=1e-3
    )
    assert found.p == pytest.approx(0.23200, abs=1e-5)
    assert not found.is_clear


def test_events_give_the_same_as_counts() -> None:
    outcome = evaluated(*_events([[20, 10], [20, 20]]), ASKED)

    assert outcome.counts.tolist() == [[20, 10], [20, 20], [0, 0], [0, 0]]
    assert outcome.local.z == pytest.approx(-1.1952, abs=5e-5)
    assert outcome.around is None
    assert outcome.total == outcome.local
    assert outcome.sentences == (
        "In the treated area: 10.0 incidents fewer than the control leads one to expect (95 % from -26.4 to +6.4);"
        " chance alone may explain that.",
    )


@pytest.mark.parametrize(
    ("around", "word"),
    [
        ([20, 80], "displacement."),
        ([80, 20], "diffusion of benefit."),
        ([20, 20], "neither displacement nor"),
    ],
)
def test_what_happens_around_is_told_in_words(around: list[int], word: str) -> None:
    outcome = evaluated(*_events([[90, 20], [40, 40], around, [30, 30]]), ASKED)

    assert outcome.around is not None
    assert word in outcome.sentences[1]
    assert "fewer than chance explains" in outcome.sentences[0]
    assert outcome.total.difference == outcome.local.difference + outcome.around.difference
    assert outcome.total.error == pytest.approx(np.hypot(outcome.local.error, outcome.around.error))


def test_periods_of_unequal_length_are_weighted() -> None:
    longer = replace(ASKED, before_from=-100)

    outcome = evaluated(*_events([[40, 10], [40, 20]]), longer)

    assert outcome.local.difference == -10
    assert outcome.local.error == pytest.approx(np.sqrt(0.25 * 80 + 30))


def test_areas_of_unequal_size_are_weighted() -> None:
    events, zone = _events([[20, 10], [40, 40]])

    outcome = evaluated(events, zone, ASKED, np.array([1.0, 2.0, 0, 0]))

    assert outcome.local.difference == -10
    assert outcome.local.error == pytest.approx(np.sqrt(30 + 0.25 * 80))
    with pytest.raises(MethodFault, match="larger than 0 km²"):
        evaluated(events, zone, ASKED, np.array([1.0, 0, 0, 0]))


def test_five_in_a_hundred_quiet_operations_are_called_clear() -> None:
    chance = np.random.default_rng(1)
    drawn = chance.poisson(30, (4_000, 2, 2))

    clear = np.mean([weighted_displacement_difference(counts).is_clear for counts in drawn])

    assert 0.04 < clear < 0.06


def test_zones_lie_in_around_and_outside() -> None:
    x = [500, 5500, 1100, 6100, 1000, 3000, np.nan, 1400]
    events = Events.of(x, [500.0] * 8, [0.0] * 8)

    found, areas = zones(events, TREATED, CONTROL, 300)

    assert found.tolist() == [0, 1, 2, 3, Zone.TREATED, Zone.NONE, Zone.NONE, Zone.NONE]
    assert areas[:2] == pytest.approx([1, 1])
    assert areas[2] == pytest.approx(4 * 0.3 + np.pi * 0.09, rel=0.01)
    assert zones(events, TREATED, CONTROL, 0)[0].max() == 1


def test_surrounds_that_overlap_are_the_treated_area_s() -> None:
    near = shapely.box(1200, 0, 2200, 1000)
    found, areas = zones(Events.of([1100.0], [500.0], [0.0]), TREATED, near, 300)

    assert found.tolist() == [Zone.AROUND_TREATED]
    assert areas.sum() == pytest.approx(
        shapely.area(shapely.union(TREATED.buffer(300), near.buffer(300))) / 1e6, rel=1e-6
    )
    with pytest.raises(MethodFault, match="overlap"):
        zones(Events.of([], [], []), TREATED, shapely.box(900, 0, 2000, 10), 300)
    with pytest.raises(MethodFault, match="0 m wide"):
        zones(Events.of([], [], []), TREATED, near, float("nan"))


def test_the_middle_of_a_window_decides_and_a_period_ends_before_its_end() -> None:
    events = Events.of([0] * 4, [0] * 4, [90, 100, 199, 200], [108, 100, 200, 200])

    assert counted(events, np.zeros(4, np.int64), ASKED)[0].tolist() == [1, 2]


def test_the_order_of_rows_does_not_matter_and_missing_places_are_counted() -> None:
    events, zone = _events([[30, 10], [20, 20], [9, 8], [7, 6]])
    order = np.random.default_rng(0).permutation(len(events))
    events.x[order[:3]] = np.nan

    one, other = evaluated(events, zone, ASKED), evaluated(events.taken(order), zone[order], ASKED)

    assert one.left_out == other.left_out == 3
    assert one.total == other.total


def test_too_few_incidents_and_wrong_periods_are_refused() -> None:
    with pytest.raises(MethodFault, match="Only 19 incidents"):
        evaluated(*_events([[5, 5], [5, 4], [40, 40]]), ASKED)
    with pytest.raises(MethodFault, match="Only 0 incidents"):
        evaluated(Events.of([], [], []), np.empty(0, np.int64), ASKED)
    with pytest.raises(MethodFault, match="No incident happened"):
        weighted_displacement_difference(np.zeros((2, 2), np.int64))
    for wrong in (
        {"before_until": 120},
        {"after_until": 100},
        {"before_from": 100},
        {"after_from": float("nan")},
    ):
        with pytest.raises(MethodFault):
            replace(ASKED, **wrong)
